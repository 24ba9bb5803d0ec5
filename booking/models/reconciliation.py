"""The morning's comparison of our orders and refunds with WeChat's bill of the day before."""

from django.conf import settings
from django.db import models


class ReconciliationRun(models.Model):
    """One day's bill, compared line by line. The bill covers the merchant, and so every hospital."""

    day = models.DateField("账单日期", unique=True)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    paid_lines = models.PositiveIntegerField("支付笔数", default=0)
    refund_lines = models.PositiveIntegerField("退款笔数", default=0)
    paid_fen = models.BigIntegerField("支付合计（分）", default=0)
    refunded_fen = models.BigIntegerField("退款合计（分）", default=0)

    class Meta:
        verbose_name = "对账"
        verbose_name_plural = "对账"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} 对账"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing-here", "微信有、本方无"
    MISSING_THERE = "missing-there", "本方有、微信无"
    AMOUNT = "amount", "金额不符"
    STATE = "state", "状态不符"


class ReconciliationDifference(models.Model):
    """A line on which the two sides disagree, until a member of staff has dealt with it."""

    run = models.ForeignKey(ReconciliationRun, verbose_name="对账", on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField("类型", max_length=14, choices=DifferenceKind)
    number = models.CharField("订单号或退款单号", max_length=32)
    ours_fen = models.BigIntegerField("本方金额（分）", null=True, blank=True)
    theirs_fen = models.BigIntegerField("微信金额（分）", null=True, blank=True)
    detail = models.CharField("说明", max_length=200, blank=True, default="")
    resolved_at = models.DateTimeField("处理时间", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="处理人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.CharField("处理说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "对账差异"
        verbose_name_plural = "对账差异"
        constraints = [models.UniqueConstraint(fields=["run", "kind", "number"], name="difference_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
