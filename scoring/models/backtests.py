from django.db import models

from hospitals.models import Hospital


class BacktestReport(models.Model):
    """Whether the tiers of a hospital told who would miss: the latest answer, one a hospital.

    `tiers` has an entry for each tier from A to unrated: tier, bookings, patients, missed, share, low, high; the last three are
    None where there were no bookings.
    """

    hospital = models.OneToOneField(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="backtest")
    computed_at = models.DateTimeField("计算时间")
    since = models.DateField("就诊日期从", null=True)
    until = models.DateField("就诊日期到", null=True)
    window_days = models.PositiveSmallIntegerField("评分窗口（天）")
    minimum_appointments = models.PositiveSmallIntegerField("评级最少预约次数")
    tiers = models.JSONField("各级失约率", default=list)
    auc = models.FloatField("评分的 AUC", null=True, blank=True)
    is_rising = models.BooleanField("失约率逐级上升", null=True, blank=True)
    bookings = models.PositiveIntegerField("预约数")

    class Meta:
        verbose_name = "等级是否可信"
        verbose_name_plural = "等级是否可信"
        ordering = ["hospital"]

    def __str__(self) -> str:
        return f"{self.hospital} {self.computed_at:%Y-%m-%d}"
