"""How much a patient may book, cancel, move and miss."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class MoveScope(models.TextChoices):
    DOCTOR = "doctor", "同一医生"
    DEPARTMENT = "department", "同一科室"


class LimitTerms(models.Model):
    cancel_deadline_days = models.PositiveSmallIntegerField(
        "取消截止提前天数", default=1, validators=[MaxValueValidator(14)], help_text="1 表示就诊前一日。"
    )
    cancel_deadline_time = models.TimeField(
        "取消截止时刻", default=time(23, 59, 59), help_text="截止日的这一时刻之前取消不影响履约记录。"
    )
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
    live_per_department_day = models.PositiveSmallIntegerField(
        "同科室同日上限", default=1, help_text="每位就诊人同一科室同一天最多几个有效预约。"
    )
    live_per_day = models.PositiveSmallIntegerField("同日上限", default=2, help_text="每位就诊人同一天最多几个有效预约。")
    live_per_week = models.PositiveSmallIntegerField(
        "短期预约上限", default=3, help_text="连续若干天（见“短期上限天数”，默认 7 天）内最多几个有效预约。"
    )
    week_span_days = models.PositiveSmallIntegerField(
        "短期上限天数",
        default=7,
        validators=[MinValueValidator(2), MaxValueValidator(31)],
        help_text="“短期预约上限”按连续多少天计算。",
    )
    live_per_quarter = models.PositiveSmallIntegerField(
        "长期预约上限", default=5, help_text="连续若干天（见“长期上限天数”，默认 90 天）内最多几个有效预约。"
    )
    quarter_span_days = models.PositiveSmallIntegerField(
        "长期上限天数",
        default=90,
        validators=[MinValueValidator(7), MaxValueValidator(366)],
        help_text="“长期预约上限”按连续多少天计算。",
    )
    missed_window_days = models.PositiveSmallIntegerField(
        "爽约统计天数",
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(1095)],
        help_text="在多少天之内累计爽约次数。",
    )
    missed_limit = models.PositiveSmallIntegerField(
        "爽约限制次数", default=3, help_text="统计期内达到该次数即暂停预约；0 表示不限。"
    )
    missed_pause_days = models.PositiveSmallIntegerField("爽约暂停天数", default=90, help_text="到期自动恢复。")
    missed_limit_severe = models.PositiveSmallIntegerField(
        "严重爽约次数", default=6, help_text="统计期内达到该次数即按更长时间暂停；0 表示不分级。"
    )
    missed_pause_days_severe = models.PositiveSmallIntegerField("严重爽约暂停天数", default=180, help_text="到期自动恢复。")
    appeal_days = models.PositiveSmallIntegerField(
        "申诉期限（天）",
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text="就诊结果认定或暂停预约后多少天内可以申诉。",
    )

    class Meta:
        abstract = True
