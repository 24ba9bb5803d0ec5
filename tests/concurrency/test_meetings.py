"""Bookings that meet what else changes a session or an order at the same moment."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, OrderState, PaymentOrder, Refund
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.holds import expire_due_holds
from booking.services.orders import place_order, settle_order
from booking.services.refunds import due_refunds, submit_refund
from booking.services.transitions import SYSTEM
from hospitals.models import ClinicSession
from hospitals.services.quotas import publish_quota
from tests.booking.notices import post
from tests.concurrency.race import kinds, race
from tests.factories.booking import book, make_account, make_appointment, make_clinic, make_clinic_now
from wechat.emulator.testing import Emulator

HOLD = timedelta(minutes=10)
ROUNDS = 4


def cancel(appointment: Appointment, now: datetime, by: CancelledBy = CancelledBy.HOSPITAL) -> Any:
    return cancel_appointment(appointment_id=appointment.pk, by=by, actor=SYSTEM, now=now)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_book_against_cancel(now: datetime, _round: int) -> None:
    """Full, then one leaves as four arrive: at most one of them gets in, and nobody else is harmed."""
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=1)
    leaving = book(make_account(), session, now=now)
    arriving = [make_account() for _ in range(4)]
    _, *results = race(lambda: cancel(leaving, now), *[lambda one=one: book(one, session, now=now) for one in arriving])
    found = Counter(kinds(results))
    assert found["Appointment"] <= 1
    assert found["Appointment"] + found["SessionFull"] == 4
    session.refresh_from_db()
    assert session.advance_taken == found["Appointment"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_book_against_publishing_a_quota(now: datetime, _round: int) -> None:
    """The quota is cut to 2 while 6 book: it ends at what was taken, never below."""
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=16, slot_minutes=240)
    accounts = [make_account() for _ in range(6)]
    published, *results = race(
        lambda: publish_quota(session_id=session.pk, advance_quota=2, extra_quota=0),
        *[lambda one=one: book(one, session, now=now) for one in accounts],
    )
    found = Counter(kinds(results))
    session.refresh_from_db()
    assert session.advance_taken == found["Appointment"]
    assert session.advance_quota == published.advance == max(2, found["Appointment"])
    assert found["Appointment"] + found["SessionFull"] == 6


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_book_against_expiry(now: datetime, _round: int, emulator: Emulator) -> None:
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=1, fee_fen=100)
    book(make_account(), session, now=now)
    later = now + HOLD
    accounts = [make_account() for _ in range(3)]
    swept, *results = race(
        lambda: expire_due_holds(now=later), *[lambda one=one: book(one, session, now=later) for one in accounts]
    )
    assert (swept.expired, swept.paid) == (1, 0)
    found = Counter(kinds(results))
    assert found["Appointment"] <= 1
    assert found["Appointment"] + found["SessionFull"] == 3


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_notification_against_query_against_expiry(now: datetime, _round: int, emulator: Emulator) -> None:
    """Paid in the last second: whoever comes first, the payment is recorded once and the patient has the seat."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    order = appointment.payment_order
    emulator.pay(order.out_trade_no, notify="doubled")
    (notice,) = emulator.notifications(order.out_trade_no)
    results = race(
        lambda: post(notice).status_code,
        lambda: post(notice).status_code,
        lambda: settle_order(order_id=order.pk, now=now),
        lambda: settle_order(order_id=order.pk, now=now),
        lambda: expire_due_holds(now=now + HOLD),
        lambda: expire_hold(appointment_id=appointment.pk, now=now + HOLD),
    )
    assert results[:4] == [204, 204, True, True]
    assert not any(isinstance(result, BaseException) for result in results)
    appointment.refresh_from_db()
    order.refresh_from_db()
    # Freed first, it was taken again: the seat was still there.
    assert (appointment.status, order.state, order.paid_fen, order.refunded_fen) == (AppointmentStatus.BOOKED, "paid", 5000, 0)
    assert appointment.events.filter(kind=EventKind.PAYMENT_RECEIVED).count() == 1
    assert not Refund.objects.exists()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_payment_against_the_patients_change_of_mind(now: datetime, _round: int, emulator: Emulator) -> None:
    """Either way the appointment is withdrawn and every fen owed is owed once."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no)
    (notice,) = emulator.notifications(appointment.payment_order.out_trade_no)
    race(lambda: post(notice), *[lambda: cancel(appointment, now, CancelledBy.PATIENT) for _ in range(3)])
    appointment.refresh_from_db()
    order = PaymentOrder.objects.get()
    assert (appointment.status, order.state) == (AppointmentStatus.CANCELLED, OrderState.PAID)
    assert [refund.amount_fen for refund in Refund.objects.all()] == [5000]
    assert ClinicSession.objects.get().advance_taken == 0


def test_one_refund_sent_by_four_workers_is_paid_once(now: datetime, emulator: Emulator) -> None:
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no, notify="lost")
    settle_order(order_id=appointment.payment_order.pk, now=now)
    cancel(appointment, now)
    (refund_id,) = due_refunds(now=now)
    results = race(*[lambda: submit_refund(refund_id=refund_id, now=now) for _ in range(4)])
    assert set(results) <= {"processing", "succeeded"}
    with emulator.world.store.transaction() as db:
        assert [tuple(row) for row in db.execute("SELECT amount FROM refund").fetchall()] == [(5000,)]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_check_in_against_cancel(now: datetime, _round: int) -> None:
    """Nobody is both there and gone."""
    appointment = make_appointment(now=now, session=make_clinic_now(now=now))
    results = race(
        lambda: check_in(appointment_id=appointment.pk, actor=SYSTEM, now=now),
        lambda: cancel(appointment, now, CancelledBy.PATIENT),
    )
    assert kinds(results) in (["Appointment", "TransitionRefused"], ["Cancellation", "TransitionRefused"])


def test_the_day_closed_by_two_at_once_is_closed_once(now: datetime) -> None:
    session = make_clinic_now(now=now, rated_capacity=40)
    for _ in range(3):
        make_appointment(now=now, session=session)
    tomorrow = session.visit_date + timedelta(days=1)
    results = race(
        *[lambda: close_days_before(hospital=session.hospital, day=tomorrow, now=now + timedelta(days=1)) for _ in range(3)]
    )
    assert sorted((closed.missed, closed.sessions) for closed in results) == [(0, 0), (0, 0), (3, 1)]
