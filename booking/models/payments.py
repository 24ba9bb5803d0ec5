from django.db import models
from django.db.models import F, Q

from booking.models.appointments import Appointment
from hospitals.models import Hospital


class OrderState(models.TextChoices):
    CREATED = "created", "待下单"
    PLACED = "placed", "待支付"
    PAID = "paid", "已支付"
    CLOSED = "closed", "已关闭"


# What may follow what; booking.services.pay_states refuses anything else. A payment can still arrive for an order that we think
# closed (WeChat closed it a moment too late).
ORDER_TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.CREATED: frozenset({OrderState.PLACED, OrderState.PAID, OrderState.CLOSED}),
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CLOSED}),
    OrderState.CLOSED: frozenset({OrderState.PAID}),
    OrderState.PAID: frozenset(),
}


class PaymentOrder(models.Model):
    """One order with WeChat Pay for one appointment. `paid_fen − refunded_fen` is what the patient has paid us."""

    appointment = models.OneToOneField(Appointment, verbose_name="预约", on_delete=models.PROTECT, related_name="payment_order")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.PROTECT, related_name="+")
    out_trade_no = models.CharField("商户订单号", max_length=32, unique=True)
    openid = models.CharField("付款人 OpenID", max_length=64)
    amount_fen = models.PositiveIntegerField("金额（分）")
    state = models.CharField("状态", max_length=8, choices=OrderState, default=OrderState.CREATED)
    prepay_id = models.CharField("预支付标识", max_length=64, blank=True, default="")
    placed_at = models.DateTimeField("下单时间", null=True, blank=True, help_text="预支付标识自此两小时内有效。")
    transaction_id = models.CharField("微信支付单号", max_length=32, blank=True, default="")
    created_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("支付截止")
    paid_at = models.DateTimeField("支付时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)
    close_requested_at = models.DateTimeField("申请关闭时间", null=True, blank=True)
    paid_fen = models.PositiveIntegerField("已付（分）", default=0)
    refunded_fen = models.PositiveIntegerField("应退（分）", default=0, help_text="已受理的退款合计，含处理中。")
    returned_fen = models.PositiveIntegerField(
        "已退到账（分）", default=0, db_default=0, help_text="微信已退到付款人账户的合计。"
    )

    class Meta:
        verbose_name = "支付订单"
        verbose_name_plural = "支付订单"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state__in=["created", "placed"]), name="order_to_settle"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(refunded_fen__lte=F("paid_fen")), name="order_refund_within_paid"),
            models.CheckConstraint(condition=Q(returned_fen__lte=F("refunded_fen")), name="order_returned_within_refunded"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="order_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_fen=F("amount_fen"), paid_at__isnull=False),
                name="order_paid_in_full",
            ),
        ]

    def __str__(self) -> str:
        return self.out_trade_no

    @property
    def state_label(self) -> str:
        """The state in words, and what became of the money since it was paid."""
        if self.state != OrderState.PAID or not self.refunded_fen:
            return OrderState(self.state).label
        if self.returned_fen < self.refunded_fen:
            return "退款中"
        return "已全额退款" if self.returned_fen == self.paid_fen else "部分退款"


class RefundState(models.TextChoices):
    REQUESTED = "requested", "待提交"
    PROCESSING = "processing", "退款中"
    SUCCEEDED = "succeeded", "已退款"
    FAILED = "failed", "异常"
    REPLACED = "replaced", "已换号重新提交"


# As above. Sent twice, a refund may end before we have noted that it was accepted. What failed can still succeed: staff pay it to
# another account at WeChat, or send it on from here. The number stays the same, save where WeChat has closed it for good: then
# another refund takes its place.
REFUND_TRANSITIONS: dict[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.PROCESSING, RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.PROCESSING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.REQUESTED, RefundState.SUCCEEDED, RefundState.REPLACED}),
    RefundState.SUCCEEDED: frozenset(),
    RefundState.REPLACED: frozenset(),
}


class Refund(models.Model):
    """A refund we owe. It is retried under the same number until WeChat says it is done."""

    order = models.ForeignKey(PaymentOrder, verbose_name="支付订单", on_delete=models.PROTECT, related_name="refunds")
    out_refund_no = models.CharField("商户退款单号", max_length=32, unique=True)
    amount_fen = models.PositiveIntegerField("金额（分）")
    reason = models.CharField("原因", max_length=80)
    state = models.CharField("状态", max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    requested_at = models.DateTimeField("申请时间")
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)
    replaces = models.OneToOneField(
        "self", verbose_name="接替", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    resubmissions = models.PositiveSmallIntegerField("人工重新提交次数", default=0, db_default=0)
    attempts = models.PositiveSmallIntegerField("提交次数", default=0)
    next_attempt_at = models.DateTimeField("下次处理", null=True, blank=True)
    last_error = models.CharField("最近错误", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "退款"
        verbose_name_plural = "退款"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_amount_positive")]

    def __str__(self) -> str:
        return self.out_refund_no


class PayNotification(models.Model):
    """A WeChat Pay notification that was handled; the same id never acts twice."""

    notification_id = models.CharField("通知编号", max_length=64, unique=True)
    event_type = models.CharField("类型", max_length=32)
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "支付通知"
        verbose_name_plural = "支付通知"

    def __str__(self) -> str:
        return self.notification_id
