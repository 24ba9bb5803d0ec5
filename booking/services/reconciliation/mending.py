"""What a bill tells us that we had not heard: asked about by query and recorded as any late notification would be."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from booking.locks import TooBusy
from booking.models import OrderState, PaymentOrder, Refund, RefundState
from booking.services.orders import PaymentUnavailable, settle_order
from booking.services.reconciliation.comparison import refund_agrees
from booking.services.refunds import record_refund
from wechat import pay

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Mended:
    """Numbers that a query set right, those it could not be asked about, and refunds that WeChat does not know."""

    settled: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    unknown_refunds: list[Refund] = field(default_factory=list)


def settle_payments(*, rows: Iterable[pay.BillRow], now: datetime, mended: Mended) -> None:
    """Record the payments on the bill that we never heard of: the lost notifications."""
    paid_fen = {row.out_trade_no: row.paid_fen for row in rows}
    unpaid = PaymentOrder.objects.filter(out_trade_no__in=list(paid_fen)).exclude(state=OrderState.PAID).order_by("pk")
    for order in unpaid:
        if order.amount_fen != paid_fen[order.out_trade_no]:
            # Asking would bring the same wrong amount: it is for staff.
            continue
        try:
            is_paid = settle_order(order_id=order.pk, now=now)
        except (PaymentUnavailable, TooBusy):
            logger.warning("Order %s is paid by the bill and could not be asked about", order.out_trade_no)
            mended.unanswered.append(order.out_trade_no)
            continue
        if is_paid:
            mended.settled.append(order.out_trade_no)


def settle_refunds(*, rows: Iterable[pay.BillRow], now: datetime, mended: Mended) -> None:
    """Bring refunds that the bill shows further than we knew to where they are."""
    lines = {row.out_refund_no: row for row in rows if row.out_refund_no}
    for refund in Refund.objects.filter(out_refund_no__in=list(lines)).order_by("pk"):
        line = lines[refund.out_refund_no]
        if refund_agrees(refund, line) or not _ask(refund, now, mended):
            continue
        refund.refresh_from_db()
        if refund_agrees(refund, line):
            mended.settled.append(refund.out_refund_no)


def find_unknown_refunds(*, refunds: Iterable[Refund], now: datetime, mended: Mended) -> None:
    """Ask about refunds that were requested on the bill's day and are not on the bill.

    One that WeChat took after midnight is on the next day's; only what WeChat does not know at all is missing there.
    """
    for refund in refunds:
        if _ask(refund, now, mended) is False:
            mended.unknown_refunds.append(refund)


def _ask(refund: Refund, now: datetime, mended: Mended) -> bool | None:
    """Ask WeChat how a refund stands and record the answer. False where it knows of no money going back, None where it did not
    answer (which is noted).
    """
    try:
        answer = pay.query_refund(out_refund_no=refund.out_refund_no)
        state = record_refund(state=answer, now=now)
    except pay.RefundNotFound:
        return False
    except (pay.PayError, TooBusy) as error:
        logger.warning("Refund %s could not be asked about: %s", refund.out_refund_no, error)
        mended.unanswered.append(refund.out_refund_no)
        return None
    # We hold it to be done, and WeChat closed it: it knows the number, but no money went back.
    return not (state == RefundState.SUCCEEDED and answer.status == "CLOSED")
