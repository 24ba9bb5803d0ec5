from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from hospitals.models import ClinicSession, Hospital


class CapacityPolicy(models.Model):
    """What a hospital lets the computed quotas do. Without a row the defaults below apply."""

    hospital = models.OneToOneField(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="capacity_policy")
    overload_cost = models.FloatField(
        "超负荷成本系数 β",
        default=1.5,
        validators=[MaxValueValidator(100)],
        help_text="医生每多看一位额定之外的患者，相当于多少位患者的代价；必须大于 1。",
    )
    applies_automatically = models.BooleanField("自动生效", default=True, help_text="关闭后，每个方案都等待门诊办公室审批。")
    largest_extra = models.PositiveSmallIntegerField("加号上限", default=10, help_text="医生最多接受的加号数。")
    largest_change = models.PositiveSmallIntegerField(
        "单次最大调整",
        default=10,
        validators=[MinValueValidator(1)],
        help_text="自动生效时，一次最多调整的号源数；超过则等待审批。",
    )
    history_days = models.PositiveSmallIntegerField(
        "历史窗口（天）", default=365, validators=[MinValueValidator(28), MaxValueValidator(1825)]
    )

    class Meta:
        verbose_name = "号源配置规则"
        verbose_name_plural = "号源配置规则"
        constraints = [models.CheckConstraint(condition=models.Q(overload_cost__gt=1), name="overload_cost_above_one")]

    def __str__(self) -> str:
        return f"{self.hospital} 号源配置规则"

    def clean(self) -> None:
        if not self.overload_cost > 1:
            raise ValidationError({"overload_cost": "必须大于 1：否则加号没有代价，最优解无界。"})


class PlanStatus(models.TextChoices):
    PROPOSED = "proposed", "待审批"
    APPLIED = "applied", "已生效"
    REJECTED = "rejected", "已驳回"
    SUPERSEDED = "superseded", "已被取代"


class CapacityPlan(models.Model):
    """One computed quota for one session, with the numbers it was computed from and what is expected of it."""

    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="plans")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField("生成时间")
    status = models.CharField("状态", max_length=10, choices=PlanStatus, default=PlanStatus.PROPOSED)
    status_reason = models.CharField("说明", max_length=200, blank=True, default="")
    advance_quota = models.PositiveSmallIntegerField("预约号 N1")
    extra_quota = models.PositiveSmallIntegerField("加号 NA")
    previous_advance_quota = models.PositiveSmallIntegerField("原预约号")
    previous_extra_quota = models.PositiveSmallIntegerField("原加号")
    inputs = models.JSONField("输入", help_text="需求均值、相关系数、爽约率、样本数与 β。")
    result = models.JSONField("结果", help_text="预计就诊、超负荷、被拒人数与备选方案。")
    applied_at = models.DateTimeField("生效时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="审批人", null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "号源方案"
        verbose_name_plural = "号源方案"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=models.Q(status__in=["proposed", "applied"]), name="plan_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session} N1={self.advance_quota} NA={self.extra_quota}"
