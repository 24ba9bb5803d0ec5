"""The day at the clinic: check-in, the order of calling, suspensions, numbers that a doctor adds."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class SuspensionDefault(models.TextChoices):
    REFUND = "refund", "退款"
    SUBSTITUTE = "substitute", "接受替诊"


class VisitTerms(models.Model):
    checkin_opens_minutes = models.PositiveSmallIntegerField(
        "签到提前分钟数", default=30, help_text="就诊时段开始前多久可以签到。"
    )
    late_grace_minutes = models.PositiveSmallIntegerField(
        "迟到宽限（分钟）", default=30, help_text="时段开始后多久之内签到仍按时段叫号，只后退几位；更晚的排到最后。"
    )
    late_places_back = models.PositiveSmallIntegerField(
        "迟到后退位数", default=3, validators=[MaxValueValidator(50)], help_text="宽限内迟到的患者排到几位之后。"
    )
    calls_missed_before_set_aside = models.PositiveSmallIntegerField(
        "过号几次后搁置",
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="叫号未到满几次后搁置，由工作人员恢复。",
    )
    first_visits_per_return = models.PositiveSmallIntegerField(
        "初诊与回诊交替",
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
        help_text="每叫几位初诊患者，叫一位回诊患者。",
    )
    priority_age = models.PositiveSmallIntegerField(
        "优先就诊年龄", default=80, validators=[MinValueValidator(60)], help_text="达到该年龄的患者优先叫号。"
    )
    head_start_minutes_a = models.PositiveSmallIntegerField(
        "A 级提前叫号（分钟）",
        default=15,
        validators=[MaxValueValidator(60)],
        help_text="比同时段普通患者早多少分钟进入叫号顺序。",
    )
    head_start_minutes_b = models.PositiveSmallIntegerField(
        "B 级提前叫号（分钟）",
        default=15,
        validators=[MaxValueValidator(60)],
        help_text="比同时段普通患者早多少分钟进入叫号顺序。",
    )
    suspension_choice_hours = models.PositiveSmallIntegerField(
        "停诊选择时限（小时）",
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text="停诊后患者可在多长时间内选择替诊、改期或退款；不晚于原就诊时间。",
    )
    suspension_default = models.CharField(
        "停诊默认处理",
        max_length=10,
        choices=SuspensionDefault,
        default=SuspensionDefault.REFUND,
        help_text="患者到时没有选择的处理方式；没有替诊医生时一律退款。",
    )
    grant_accept_minutes = models.PositiveSmallIntegerField(
        "医生加号确认时限（分钟）",
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
        help_text="医生为指定患者加号后，患者须在多长时间内确认或支付。",
    )

    class Meta:
        abstract = True
