"""Orders and refunds: looked at, and what WeChat gave up is submitted again."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.read_only import RecordAdmin
from booking.models import PaymentOrder, Refund, RefundState
from booking.services.refunds import resubmit_refund
from hospitals.admin.money import yuan
from hospitals.admin.scoped import ADMINISTRATOR_ONLY, ReadOnlyInline
from hospitals.admin.sentences import refusal_sentence


class RefundInline(ReadOnlyInline, admin.TabularInline):
    model = Refund
    fields = ["out_refund_no", "amount", "reason", "state", "requested_at", "settled_at", "attempts", "last_error"]
    readonly_fields = ["amount"]

    @admin.display(description="金额")
    def amount(self, refund: Refund) -> str:
        return f"{yuan(refund.amount_fen)} 元"


@admin.register(PaymentOrder)
class PaymentOrderAdmin(RecordAdmin):
    list_display = ["out_trade_no", "hospital", "appointment", "amount", "state_shown", "returned", "paid_at"]
    list_filter = ["state"]
    search_fields = ["out_trade_no", "transaction_id", "appointment__code"]
    date_hierarchy = "created_at"
    list_select_related = ["hospital", "appointment"]
    inlines = [RefundInline]
    exclude = ["openid", "prepay_id", "state", "amount_fen", "paid_fen", "refunded_fen", "returned_fen"]
    readonly_fields = ["state_shown", "amount", "paid", "refunded", "returned"]

    @admin.display(description="状态", ordering="state")
    def state_shown(self, order: PaymentOrder) -> str:
        return order.state_label

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, order: PaymentOrder) -> str:
        return f"{yuan(order.amount_fen)} 元"

    @admin.display(description="已付", ordering="paid_fen")
    def paid(self, order: PaymentOrder) -> str:
        return f"{yuan(order.paid_fen)} 元"

    @admin.display(description="应退", ordering="refunded_fen")
    def refunded(self, order: PaymentOrder) -> str:
        return f"{yuan(order.refunded_fen)} 元"

    @admin.display(description="已退到账", ordering="returned_fen")
    def returned(self, order: PaymentOrder) -> str:
        return f"{yuan(order.returned_fen)} 元"


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    hospital_path = "order__hospital"
    list_display = ["out_refund_no", "amount", "state", "reason", "requested_at", "settled_at", "last_error"]
    list_filter = ["state"]
    search_fields = ["out_refund_no", "order__out_trade_no"]
    search_help_text = "按退款单号或订单号查找"
    date_hierarchy = "requested_at"
    list_select_related = ["order__hospital"]
    actions = ["resubmit_selected"]
    exclude = ["amount_fen"]
    readonly_fields = ["amount"]

    def has_resubmit_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, ADMINISTRATOR_ONLY, None)

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, refund: Refund) -> str:
        return f"{yuan(refund.amount_fen)} 元"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("order__hospital")

    @admin.action(description="重新提交所选退款…", permissions=["resubmit"])
    def resubmit_selected(self, request: HttpRequest, queryset: QuerySet[Refund]) -> HttpResponse | None:
        """Say what follows, then ask WeChat about each and send it on."""
        if "confirmed" in request.POST:
            self._resubmit(request, queryset)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "重新提交退款",
            "opts": self.model._meta,
            "refunds": [(refund, self.amount(refund)) for refund in queryset],
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/booking/resubmit_refunds.html", context)

    def _resubmit(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        by, now = cast(User, request.user), timezone.now()
        # The action is open to whoever administers some hospital; each row is judged at its own.
        for refund in [refund for refund in chosen if self.has_role(request, ADMINISTRATOR_ONLY, refund)]:
            try:
                going_on = resubmit_refund(refund_id=refund.pk, by=by, now=now)
            except Refusal as refusal:
                self.message_user(request, f"{refund.out_refund_no}：{refusal_sentence(refusal)}", messages.ERROR)
                continue
            self.message_user(request, f"{refund.out_refund_no}：{_outcome(refund, going_on)}", messages.SUCCESS)


def _outcome(refund: Refund, going_on: Refund) -> str:
    if going_on.state == RefundState.SUCCEEDED:
        return "微信已退款成功，已记录。"
    if going_on.pk != refund.pk:
        return f"原退款已关闭，已换新单号 {going_on.out_refund_no} 重新提交。"
    return "已按原单号重新提交。"
