"""Money that goes back: owed in the transaction that decides it, sent afterwards, retried under the same number."""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from booking.locks import lock_order
from booking.models import EventKind, PaymentOrder, Refund, RefundState
from booking.services.pay_states import OPEN_REFUND_STATES, move_refund, refund_may_become
from booking.services.transitions import SYSTEM, record_event
from wechat import pay

logger = logging.getLogger(__name__)

# WeChat accepts a refund at once and settles it in minutes to days: asked again at these distances, then hourly for good.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))

_FINAL: dict[str, RefundState] = {
    "SUCCESS": RefundState.SUCCEEDED,
    # WeChat closed it, or the payer's account cannot take it: staff must act.
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,
}


def request_refund(*, order: PaymentOrder, amount_fen: int, reason: str, now: datetime) -> Refund:
    """Owe a locked, paid order's payer `amount_fen`. The database refuses more than was paid."""
    order.refunded_fen += amount_fen
    order.save(update_fields=["refunded_fen"])
    refund = Refund.objects.create(
        order=order,
        out_refund_no=f"YR{now:%Y%m%d}{secrets.token_hex(10)}",
        amount_fen=amount_fen,
        reason=reason,
        requested_at=now,
        next_attempt_at=now,
    )
    record_event(
        appointment=order.appointment,
        kind=EventKind.REFUND_REQUESTED,
        actor=SYSTEM,
        now=now,
        from_status=order.appointment.status,
        detail={"amount_fen": amount_fen, "reason": reason, "out_refund_no": refund.out_refund_no},
    )
    return refund


def submit_refund(*, refund_id: int, now: datetime) -> RefundState:
    """Send a refund to WeChat, or ask how it stands where it was accepted before. Safe to run twice at once.

    The number stays the same, so that WeChat pays once however often it is sent.
    """
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    if refund.state not in OPEN_REFUND_STATES:
        return RefundState(refund.state)
    try:
        answer = _send(refund)
    except pay.PayError as error:
        logger.warning("Refund %s: %s", refund.out_refund_no, error)
        _postpone(refund, str(error), now)
        return RefundState(refund.state)
    return record_refund(state=answer, now=now)


def _send(refund: Refund) -> pay.RefundState:
    if refund.state == RefundState.PROCESSING:
        return pay.query_refund(out_refund_no=refund.out_refund_no)
    return pay.refund(
        out_refund_no=refund.out_refund_no,
        out_trade_no=refund.order.out_trade_no,
        refund_fen=refund.amount_fen,
        total_fen=refund.order.amount_fen,
        reason=refund.reason,
    )


def _postpone(refund: Refund, error: str, now: datetime) -> None:
    # A racing answer or notification may have settled it meanwhile: then there is nothing to come back to.
    unsettled = Refund.objects.filter(pk=refund.pk, state__in=OPEN_REFUND_STATES)
    unsettled.update(attempts=F("attempts") + 1, next_attempt_at=now + _delay(refund.attempts), last_error=error[:200])


@transaction.atomic
def record_refund(*, state: pay.RefundState, now: datetime) -> RefundState:
    """Record what WeChat says of a refund, by answer, notification or query. Raises Refund.DoesNotExist."""
    order_id = Refund.objects.values_list("order_id", flat=True).get(out_refund_no=state.out_refund_no)
    lock_order(order_id)
    refund = Refund.objects.select_related("order__appointment").get(out_refund_no=state.out_refund_no)
    after = _FINAL.get(state.status, RefundState.PROCESSING)
    if after == refund.state == RefundState.PROCESSING:
        _ask_again_later(refund, now)
        return after
    if not refund_may_become(refund, after):
        return RefundState(refund.state)
    _move(refund, after, state, now)
    if after == RefundState.SUCCEEDED:
        appointment = refund.order.appointment
        record_event(
            appointment=appointment,
            kind=EventKind.REFUND_DONE,
            actor=SYSTEM,
            now=now,
            from_status=appointment.status,
            detail={"amount_fen": refund.amount_fen, "out_refund_no": refund.out_refund_no},
        )
    return after


def _move(refund: Refund, after: RefundState, state: pay.RefundState, now: datetime) -> None:
    attempts = refund.attempts + 1
    if after == RefundState.PROCESSING:
        move_refund(refund, after, attempts=attempts, next_attempt_at=now + _delay(attempts), last_error="")
        return
    error = f"WeChat: {state.status}" if after == RefundState.FAILED else ""
    settled_at = state.success_time or now
    move_refund(refund, after, attempts=attempts, next_attempt_at=None, settled_at=settled_at, last_error=error)
    if error:
        logger.error("Refund %s ended as %s: staff must act", refund.out_refund_no, state.status)


def _ask_again_later(refund: Refund, now: datetime) -> None:
    refund.attempts += 1
    refund.next_attempt_at, refund.last_error = now + _delay(refund.attempts), ""
    refund.save(update_fields=["attempts", "next_attempt_at", "last_error"])


def _delay(attempts: int) -> timedelta:
    return RETRY_AFTER[min(attempts, len(RETRY_AFTER) - 1)]


def due_refunds(*, now: datetime) -> list[int]:
    """Ids of refunds that should be sent or asked about now."""
    due = Refund.objects.filter(state__in=OPEN_REFUND_STATES).filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
    )
    return list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True))
