from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from hospitals.models import Hospital


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

    scales_by_forecast = models.BooleanField(
        "按预测调整需求", default=True, db_default=True, help_text="勾选后，方案的需求均值按科室预约量预测放大或缩小。"
    )
    resolves_in_morning = models.BooleanField(
        "开诊前重算加号", default=True, db_default=True, help_text="勾选后，每班次开诊前按已约患者各自的到诊概率重算当天加号。"
    )
    morning_minutes = models.PositiveSmallIntegerField(
        "开诊前多少分钟重算",
        default=60,
        db_default=60,
        validators=[MinValueValidator(15), MaxValueValidator(720)],
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
