"""Money that goes back: owed in the transaction that decides it, sent afterwards, retried under the same number."""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import TooBusy, lock_appointment, lock_order
from booking.models import EventKind, PaymentOrder, Refund, RefundState
from booking.services.pay_states import OPEN_REFUND_STATES, move_refund, refund_may_become
from booking.services.transitions import SYSTEM, Actor, record_event, staff_actor
from wechat import pay

logger = logging.getLogger(__name__)

# WeChat accepts a refund at once and settles it in minutes to days: asked again at these distances, then hourly for good.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))

_FINAL: dict[str, RefundState] = {
    "SUCCESS": RefundState.SUCCEEDED,
    # WeChat closed it for want of money, or the payer's account cannot take it: staff must act.
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,
}


class RefundNotFailed(Refusal):
    """Only what WeChat gave up is submitted again by hand: the rest goes on by itself, or is done."""


class RefundUnanswered(Refusal):
    """WeChat does not say how the refund stands, and without that it must not be submitted again."""


class _OrderHandedOver(Exception):
    """While its appointment was being locked, the order went over to the appointment of a move."""


def new_refund_number(now: datetime) -> str:
    """Unique and not guessable, with the day of its bill."""
    return f"YR{now.astimezone(pay.BILL_ZONE):%Y%m%d}{secrets.token_hex(10)}"


def request_refund(*, order: PaymentOrder, amount_fen: int, reason: str, now: datetime) -> Refund:
    """Owe a locked, paid order's payer `amount_fen`. The database refuses more than was paid."""
    order.refunded_fen += amount_fen
    order.save(update_fields=["refunded_fen"])
    refund = Refund.objects.create(
        order=order,
        out_refund_no=new_refund_number(now),
        amount_fen=amount_fen,
        reason=reason,
        requested_at=now,
        next_attempt_at=now,
    )
    _note_request(refund, SYSTEM, reason, now)
    return refund


def _note_request(refund: Refund, actor: Actor, reason: str, now: datetime, **facts: str) -> None:
    appointment = refund.order.appointment
    record_event(
        appointment=appointment,
        kind=EventKind.REFUND_REQUESTED,
        actor=actor,
        now=now,
        from_status=appointment.status,
        detail={"amount_fen": refund.amount_fen, "reason": reason, "out_refund_no": refund.out_refund_no, **facts},
    )


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
    try:
        return record_refund(state=answer, now=now)
    except TooBusy:
        logger.warning("What WeChat says of refund %s could not be recorded yet, the sweep will come back", refund.out_refund_no)
        return RefundState(refund.state)


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


def record_refund(*, state: pay.RefundState, now: datetime) -> RefundState:
    """Record what WeChat says of a refund, by answer, notification or query. Raises Refund.DoesNotExist, TooBusy."""
    while True:
        try:
            return _record(state, now)
        except _OrderHandedOver:
            # An order only ever goes on to a later appointment, and a policy bounds how often.
            continue


@transaction.atomic
def _record(state: pay.RefundState, now: datetime) -> RefundState:
    refund = _lock_refund(out_refund_no=state.out_refund_no)
    after = _FINAL.get(state.status, RefundState.PROCESSING)
    if after == refund.state == RefundState.PROCESSING:
        _ask_again_later(refund, now)
        return after
    if not refund_may_become(refund, after):
        return RefundState(refund.state)
    _move(refund, after, state, now)
    if after == RefundState.SUCCEEDED:
        _note_return(refund, now)
    return after


def _lock_refund(*, out_refund_no: str) -> Refund:
    """Lock a refund's appointment and order, in the order of all locks. Raises Refund.DoesNotExist, TooBusy, _OrderHandedOver."""
    found = Refund.objects.select_related("order").get(out_refund_no=out_refund_no)
    appointment, _ = lock_appointment(found.order.appointment_id)
    order = lock_order(found.order_id)
    if order.appointment_id != appointment.pk:
        raise _OrderHandedOver()
    order.appointment = appointment
    refund = Refund.objects.get(pk=found.pk)
    refund.order = order
    return refund


def _note_return(refund: Refund, now: datetime) -> None:
    order, appointment = refund.order, refund.order.appointment
    order.returned_fen += refund.amount_fen
    order.save(update_fields=["returned_fen"])
    record_event(
        appointment=appointment,
        kind=EventKind.REFUND_DONE,
        actor=SYSTEM,
        now=now,
        from_status=appointment.status,
        detail={"amount_fen": refund.amount_fen, "out_refund_no": refund.out_refund_no},
    )


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


def resubmit_refund(*, refund_id: int, by: User, now: datetime) -> Refund:
    """Staff send on a refund that WeChat gave up. Returns the refund that goes on: the sweep sends it.

    WeChat is asked first how it stands. What was closed for good (the merchant's account lacked the money for a week) gets a new
    number, as WeChat demands; anything else keeps its own, so that it is never paid twice. Where staff have meanwhile settled it
    in WeChat's console, that is recorded and nothing is sent.

    Raises Refund.DoesNotExist, RefundNotFailed, RefundUnanswered, TooBusy.
    """
    refund = Refund.objects.get(pk=refund_id)
    _refuse_unless_failed(refund)
    try:
        answer = pay.query_refund(out_refund_no=refund.out_refund_no)
    except pay.PayError as error:
        logger.warning("Refund %s could not be asked about: %s", refund.out_refund_no, error)
        raise RefundUnanswered() from error
    if _FINAL.get(answer.status) == RefundState.SUCCEEDED:
        record_refund(state=answer, now=now)
        return Refund.objects.get(pk=refund_id)
    while True:
        try:
            return _resubmit(refund.out_refund_no, answer.status == "CLOSED", by, now)
        except _OrderHandedOver:
            continue


@transaction.atomic
def _resubmit(out_refund_no: str, is_closed: bool, by: User, now: datetime) -> Refund:
    refund = _lock_refund(out_refund_no=out_refund_no)
    # Two members of staff at once: one of them is too late.
    _refuse_unless_failed(refund)
    if is_closed:
        going_on = _replace(refund, now)
    else:
        going_on = refund
        move_refund(
            refund,
            RefundState.REQUESTED,
            settled_at=None,
            next_attempt_at=now,
            resubmissions=refund.resubmissions + 1,
        )
    facts = {"replaces": out_refund_no} if is_closed else {}
    _note_request(going_on, staff_actor(by), "人工重新提交", now, **facts)
    logger.info("Refund %s was submitted again by %s as %s", out_refund_no, by.pk, going_on.out_refund_no)
    return going_on


def _refuse_unless_failed(refund: Refund) -> None:
    if refund.state != RefundState.FAILED:
        raise RefundNotFailed(state=RefundState(refund.state).label)


def _replace(refund: Refund, now: datetime) -> Refund:
    """The same debt under a new number: what the order owes stays."""
    move_refund(refund, RefundState.REPLACED)
    return Refund.objects.create(
        order=refund.order,
        out_refund_no=new_refund_number(now),
        amount_fen=refund.amount_fen,
        reason=refund.reason,
        requested_at=now,
        next_attempt_at=now,
        replaces=refund,
        resubmissions=refund.resubmissions + 1,
    )


def due_refunds(*, now: datetime) -> list[int]:
    """Ids of refunds that should be sent or asked about now."""
    due = Refund.objects.filter(state__in=OPEN_REFUND_STATES).filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
    )
    return list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True))
