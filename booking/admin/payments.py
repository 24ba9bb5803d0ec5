from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from booking.admin.read_only import RecordAdmin
from booking.models import PaymentOrder, Refund
from hospitals.admin.money import yuan
from hospitals.admin.scoped import ReadOnlyInline


class RefundInline(ReadOnlyInline, admin.TabularInline):
    model = Refund
    fields = ["out_refund_no", "amount", "reason", "state", "requested_at", "settled_at", "attempts", "last_error"]
    readonly_fields = ["amount"]

    @admin.display(description="金额")
    def amount(self, refund: Refund) -> str:
        return f"{yuan(refund.amount_fen)} 元"


@admin.register(PaymentOrder)
class PaymentOrderAdmin(RecordAdmin):
    list_display = ["out_trade_no", "hospital", "appointment", "amount", "state", "paid", "refunded", "created_at", "paid_at"]
    list_filter = ["state"]
    search_fields = ["out_trade_no", "transaction_id", "appointment__code"]
    date_hierarchy = "created_at"
    list_select_related = ["hospital", "appointment"]
    inlines = [RefundInline]
    exclude = ["openid", "prepay_id", "amount_fen", "paid_fen", "refunded_fen"]
    readonly_fields = ["amount", "paid", "refunded"]

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, order: PaymentOrder) -> str:
        return f"{yuan(order.amount_fen)} 元"

    @admin.display(description="已付", ordering="paid_fen")
    def paid(self, order: PaymentOrder) -> str:
        return f"{yuan(order.paid_fen)} 元"

    @admin.display(description="已退", ordering="refunded_fen")
    def refunded(self, order: PaymentOrder) -> str:
        return f"{yuan(order.refunded_fen)} 元"


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    hospital_path = "order__hospital"
    list_display = ["out_refund_no", "order", "amount", "reason", "state", "requested_at", "settled_at", "last_error"]
    list_filter = ["state"]
    search_fields = ["out_refund_no", "order__out_trade_no"]
    date_hierarchy = "requested_at"
    list_select_related = ["order__hospital"]

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, refund: Refund) -> str:
        return f"{yuan(refund.amount_fen)} 元"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("order__hospital")
