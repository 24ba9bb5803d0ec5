"""The booking policy: every threshold of how registration works, per hospital and optionally per registration type.

Versioned: a change writes a new row, and an appointment keeps the version it was made under.
"""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hospitals.models.organisation import Hospital, RegistrationType


class MoveScope(models.TextChoices):
    DOCTOR = "doctor", "同一医生"
    DEPARTMENT = "department", "同一科室"


class SuspensionDefault(models.TextChoices):
    REFUND = "refund", "退款"
    SUBSTITUTE = "substitute", "接受替诊"


class BookingPolicy(models.Model):
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="policies")
    registration_type = models.ForeignKey(
        RegistrationType,
        verbose_name="号别",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="留空则适用于全院；填写后只适用于该号别，优先于全院规则。",
    )
    version = models.PositiveIntegerField("版本", editable=False)
    valid_from = models.DateTimeField("生效时间", editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="修改人", null=True, blank=True, on_delete=models.PROTECT, editable=False
    )

    schedule_days = models.PositiveSmallIntegerField(
        "排班提前天数",
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="按每周模板提前多少天生成门诊班次，应大于放号提前天数。",
    )
    release_days = models.PositiveSmallIntegerField(
        "放号提前天数", default=15, validators=[MaxValueValidator(60)], help_text="普通号源在就诊日前多少天放出。"
    )
    hot_release_days = models.PositiveSmallIntegerField(
        "热门号放号提前天数",
        default=7,
        validators=[MaxValueValidator(60)],
        help_text="热门号源在就诊日前多少天向所有人放出。",
    )
    release_time = models.TimeField("放号时刻", default=time(7, 0))
    advance_close_time = models.TimeField(
        "次日号截止时刻", default=time(17, 0), help_text="就诊前一日此刻之后不再预约次日号，改在就诊日挂现场号。"
    )
    slot_minutes = models.PositiveSmallIntegerField(
        "分时段长度（分钟）", default=30, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    hold_minutes = models.PositiveSmallIntegerField(
        "待支付保留时长（分钟）",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="未支付的号源保留多久；到时自动释放。",
    )
    cancel_deadline_days = models.PositiveSmallIntegerField(
        "取消截止提前天数", default=1, validators=[MaxValueValidator(14)], help_text="1 表示就诊前一日。"
    )
    cancel_deadline_time = models.TimeField("取消截止时刻", default=time(23, 59, 59))
    late_refund_percent = models.PositiveSmallIntegerField(
        "逾期取消退款比例（%）",
        default=100,
        validators=[MaxValueValidator(100)],
        help_text="截止时间之后取消的退款比例；截止之前与医院原因始终全额退款。",
    )
    moves_allowed = models.PositiveSmallIntegerField(
        "改约次数上限", default=1, validators=[MaxValueValidator(10)], help_text="同一次预约最多改约几次；须在取消截止之前。"
    )
    move_scope = models.CharField(
        "改约范围",
        max_length=10,
        choices=MoveScope,
        default=MoveScope.DEPARTMENT,
        help_text="改约可以换到同一医生或同一科室的其他时段。",
    )
    early_cancellations_per_month = models.PositiveSmallIntegerField(
        "每月按时取消上限", default=3, help_text="达到后当月暂停预约，次月自动恢复；0 表示不限。"
    )
    live_per_department_day = models.PositiveSmallIntegerField("同科室同日上限", default=1)
    live_per_day = models.PositiveSmallIntegerField("同日上限", default=2)
    live_per_week = models.PositiveSmallIntegerField("7 日内上限", default=3)
    live_per_quarter = models.PositiveSmallIntegerField("3 个月内上限", default=5)
    missed_limit = models.PositiveSmallIntegerField("爽约限制次数", default=3, help_text="12 个月内达到该次数即暂停预约。")
    missed_pause_days = models.PositiveSmallIntegerField("爽约暂停天数", default=90)
    missed_limit_severe = models.PositiveSmallIntegerField("严重爽约次数", default=6)
    missed_pause_days_severe = models.PositiveSmallIntegerField("严重爽约暂停天数", default=180)
    checkin_opens_minutes = models.PositiveSmallIntegerField(
        "签到提前分钟数", default=30, help_text="就诊时段开始前多久可以签到。"
    )
    late_grace_minutes = models.PositiveSmallIntegerField("迟到宽限（分钟）", default=30)

    late_places_back = models.PositiveSmallIntegerField(
        "迟到后退位数", default=3, validators=[MaxValueValidator(50)], help_text="宽限内迟到的患者排到几位之后。"
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
        "A 级提前叫号（分钟）", default=15, validators=[MaxValueValidator(60)]
    )
    head_start_minutes_b = models.PositiveSmallIntegerField(
        "B 级提前叫号（分钟）", default=15, validators=[MaxValueValidator(60)]
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

    class Meta:
        verbose_name = "预约规则"
        verbose_name_plural = "预约规则"
        ordering = ["hospital", "registration_type", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "version"],
                condition=Q(registration_type__isnull=True),
                name="hospital_policy_version_once",
            ),
            models.UniqueConstraint(
                fields=["hospital", "registration_type", "version"],
                condition=Q(registration_type__isnull=False),
                name="type_policy_version_once",
            ),
            models.CheckConstraint(
                condition=Q(hot_release_days__lte=models.F("release_days")),
                name="policy_hot_release_not_before_release",
            ),
            models.CheckConstraint(
                condition=Q(schedule_days__gte=models.F("release_days")), name="policy_schedule_reaches_release"
            ),
        ]

    def __str__(self) -> str:
        scope = self.registration_type.name if self.registration_type else "全院"
        return f"{self.hospital} · {scope} · 第 {self.version} 版"
