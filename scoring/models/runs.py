from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from hospitals.models import Hospital


class ScoringPolicy(models.Model):
    """How a hospital scores. Without a row the defaults below apply."""

    hospital = models.OneToOneField(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="scoring_policy")
    window_days = models.PositiveSmallIntegerField(
        "评分窗口（天）",
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(1825)],
        help_text="只计算最近多少天内的就诊。",
    )
    tier_a_from = models.DecimalField("A 级起点（含）", max_digits=5, decimal_places=2, default=90)
    tier_b_from = models.DecimalField("B 级起点（含）", max_digits=5, decimal_places=2, default=80)
    tier_c_from = models.DecimalField("C 级起点（含）", max_digits=5, decimal_places=2, default=70)

    class Meta:
        verbose_name = "评分规则"
        verbose_name_plural = "评分规则"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    tier_a_from__gt=F("tier_b_from"),
                    tier_b_from__gt=F("tier_c_from"),
                    tier_c_from__gt=0,
                    tier_a_from__lte=100,
                ),
                name="scoring_bounds_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hospital} 评分规则"

    def clean(self) -> None:
        if not 100 >= self.tier_a_from > self.tier_b_from > self.tier_c_from > 0:
            raise ValidationError("等级起点必须满足 100 ≥ A > B > C > 0。")


class ScoringRun(models.Model):
    """One run over one hospital: what went in, what changed, how long it took."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="scoring_runs")
    as_of = models.DateField("截至日期")
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    seconds = models.FloatField("用时（秒）", null=True, blank=True)
    appointments = models.PositiveIntegerField("计入预约数", default=0)
    patients = models.PositiveIntegerField("评分人数", default=0)
    changed = models.PositiveIntegerField("变更人数", default=0)
    moved_up = models.PositiveIntegerField("升级人数", default=0)
    moved_down = models.PositiveIntegerField("降级人数", default=0)
    tiers = models.JSONField("各级人数", default=dict)

    class Meta:
        verbose_name = "评分批次"
        verbose_name_plural = "评分批次"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.hospital} {self.as_of}"
