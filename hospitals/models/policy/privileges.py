"""What the tiers A to D carry (scoring-model.md, "Privileges"): every cell of its table that booking enforces."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class PrivilegeTerms(models.Model):
    hot_early_days_a = models.PositiveSmallIntegerField(
        "热门号：A 级提前天数",
        default=16,
        validators=[MaxValueValidator(90)],
        help_text="A 级患者在就诊日前多少天起可预约热门号；不大于热门号放号天数则没有优先。",
    )
    hot_early_days_b = models.PositiveSmallIntegerField(
        "热门号：B 级提前天数",
        default=15,
        validators=[MaxValueValidator(90)],
        help_text="B 级患者在就诊日前多少天起可预约热门号。",
    )
    hot_early_percent = models.PositiveSmallIntegerField(
        "热门号：优先份额（%）",
        default=50,
        validators=[MaxValueValidator(100)],
        help_text="统一放号前 A、B 两级合计最多可约预约号的百分之几。",
    )
    hot_early_percent_a = models.PositiveSmallIntegerField(
        "热门号：A 级专留（%）",
        default=20,
        validators=[MaxValueValidator(100)],
        help_text="优先份额中只留给 A 级的部分，占预约号的百分之几；统一放号时作废。",
    )
    hot_reserve_percent = models.PositiveSmallIntegerField(
        "热门号：照顾份额（%）",
        default=10,
        validators=[MaxValueValidator(50)],
        help_text="统一放号后为老年患者和首次就诊（未评级）患者保留的预约号百分比。",
    )
    hot_reserve_age = models.PositiveSmallIntegerField(
        "照顾份额的年龄",
        default=65,
        validators=[MinValueValidator(55), MaxValueValidator(100)],
        help_text="达到该年龄的患者可用照顾份额。",
    )
    hot_reserve_days = models.PositiveSmallIntegerField(
        "照顾份额保留到就诊前（天）",
        default=2,
        validators=[MaxValueValidator(30)],
        help_text="就诊日前多少天的放号时刻起，未用的照顾份额向所有人开放。",
    )
    is_hot_open_to_c = models.BooleanField("C 级可约热门号", default=False, help_text="不勾选则 C 级只能预约非热门号。")
    is_hot_open_to_d = models.BooleanField("D 级可约热门号", default=False, help_text="不勾选则 D 级只能预约非热门号。")
    lead_days_d = models.PositiveSmallIntegerField(
        "D 级最少提前天数",
        default=7,
        validators=[MaxValueValidator(60)],
        help_text="D 级患者只能预约多少天及以后的号；0 表示不限。",
    )
    phone_confirmation_hours_d = models.PositiveSmallIntegerField(
        "D 级电话确认时限（小时）",
        default=48,
        validators=[MaxValueValidator(336)],
        help_text="D 级患者预约后，须在多少小时内由工作人员电话确认，否则释放号源并全额退款；0 表示不需要确认。",
    )
    free_moves_a = models.PositiveSmallIntegerField(
        "A 级每季度免费改约", default=1, validators=[MaxValueValidator(20)], help_text="超出改约次数后仍可用的次数；0 表示没有。"
    )
    free_move_reach_days_a = models.PositiveSmallIntegerField(
        "A 级免费改约范围（天）", default=7, validators=[MaxValueValidator(60)], help_text="只能改到原就诊时间前后多少天之内。"
    )
    free_moves_b = models.PositiveSmallIntegerField(
        "B 级每月免费改约", default=1, validators=[MaxValueValidator(20)], help_text="超出改约次数后仍可用的次数；0 表示没有。"
    )
    free_move_notice_hours_b = models.PositiveSmallIntegerField(
        "B 级免费改约提前（小时）", default=24, validators=[MaxValueValidator(336)], help_text="须在就诊前多少小时提出。"
    )
    reminders_a = models.PositiveSmallIntegerField(
        "A 级提醒次数", default=1, validators=[MaxValueValidator(3)], help_text="依次在就诊前 24、72、2 小时提醒。"
    )
    reminders_b = models.PositiveSmallIntegerField(
        "B 级提醒次数", default=1, validators=[MaxValueValidator(3)], help_text="依次在就诊前 24、72、2 小时提醒。"
    )
    reminders_c = models.PositiveSmallIntegerField(
        "C 级提醒次数", default=3, validators=[MaxValueValidator(3)], help_text="依次在就诊前 24、72、2 小时提醒。"
    )
    reminders_d = models.PositiveSmallIntegerField(
        "D 级提醒次数", default=2, validators=[MaxValueValidator(3)], help_text="依次在就诊前 24、72、2 小时提醒。"
    )
    reminders_unrated = models.PositiveSmallIntegerField(
        "未评级提醒次数", default=1, validators=[MaxValueValidator(3)], help_text="依次在就诊前 24、72、2 小时提醒。"
    )

    class Meta:
        abstract = True
