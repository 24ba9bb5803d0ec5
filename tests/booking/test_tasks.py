"""What runs by the clock, run through Celery as the schedule names it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    IdempotencyRecord,
    OrderState,
    Outcome,
    PaymentOrder,
    Refund,
    RefundState,
    Tier,
)
from booking.services.cancellation import cancel_appointment
from booking.services.idempotency import request_key
from booking.services.orders import place_order, settle_order
from booking.services.transitions import SYSTEM, patient_actor
from config.beat import SCHEDULE
from tests.booking.rated import rated
from tests.booking.snapshot import everything
from tests.booking.suspended import suspend
from tests.factories.booking import Account, book, make_appointment, make_clinic, make_clinic_now
from tests.factories.hospitals import make_hospital
from wechat.emulator.testing import Emulator

OURS = {name: entry["task"] for name, entry in SCHEDULE.items() if entry["task"].startswith("booking.")}


def run(name: str) -> None:
    """Run a scheduled task in place, by its name and without arguments, as the worker would."""
    import_string(OURS[name]).delay()


def test_the_schedule_is_all_of_ours() -> None:
    assert set(OURS) == {
        "expire-holds",
        "pass-on-seats",
        "settle-orders",
        "send-refunds",
        "close-days",
        "forget-answers",
        "reconcile",
        "settle-choices",
        "release-unconfirmed",
        "grant-entitlements",
    }


@pytest.mark.parametrize("name", OURS)
def test_with_nothing_to_do_nothing_changes(name: str, now: datetime, emulator: Emulator) -> None:
    make_appointment(now=now)
    before = everything()
    run(name)
    assert everything() == before


def test_expire_holds(now: datetime, emulator: Emulator) -> None:
    due, fresh = (make_appointment(now=now - timedelta(minutes=ago), fee_fen=100, is_paid=False) for ago in (11, 1))
    run("expire-holds")
    due.refresh_from_db()
    fresh.refresh_from_db()
    assert (due.status, fresh.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.PENDING)
    before = everything()
    run("expire-holds")
    assert everything() == before


def test_settle_choices(now: datetime, emulator: Emulator) -> None:
    asked_long_ago, asked_now = (make_appointment(now=now, fee_fen=100) for _ in range(2))
    suspend(asked_long_ago.session, now=now - timedelta(hours=24))
    suspend(asked_now.session, now=now)
    run("settle-choices")
    asked_long_ago.refresh_from_db()
    asked_now.refresh_from_db()
    assert (asked_long_ago.status, asked_now.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED)
    before = everything()
    run("settle-choices")
    assert everything() == before


def test_release_unconfirmed(now: datetime) -> None:
    """Of two bookings of tier D the one that nobody confirmed in time."""
    hospital = make_hospital()
    due, fresh = (
        make_appointment(
            now=now - timedelta(hours=ago),
            account=rated(hospital, Tier.D, now=now),
            session=make_clinic(visit_date=timezone.localdate(now) + timedelta(days=8), hospital=hospital),
        )
        for ago in (48, 47)
    )
    run("release-unconfirmed")
    due.refresh_from_db()
    fresh.refresh_from_db()
    assert (due.status, fresh.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED)
    before = everything()
    run("release-unconfirmed")
    assert everything() == before


def test_settle_orders(now: datetime, emulator: Emulator) -> None:
    appointment = make_appointment(now=now, fee_fen=100, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    actor = patient_actor(appointment.booked_by)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=now)
    run("settle-orders")
    assert PaymentOrder.objects.get().state == OrderState.CLOSED
    before = everything()
    run("settle-orders")
    assert everything() == before


def test_send_refunds(now: datetime, emulator: Emulator) -> None:
    appointment = make_appointment(now=now, fee_fen=100, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no, notify="lost")
    settle_order(order_id=appointment.payment_order.pk, now=now)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)
    run("send-refunds")
    assert Refund.objects.get().state == RefundState.PROCESSING
    before = everything()
    run("send-refunds")  # it is asked about in five minutes
    assert everything() == before
    Refund.objects.update(next_attempt_at=now)
    run("send-refunds")
    assert Refund.objects.get().state == RefundState.SUCCEEDED


def test_close_days(now: datetime) -> None:
    """Yesterday's at two hospitals are closed, today's stays open."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    missed = [make_appointment(now=now - timedelta(days=4), session=make_clinic(visit_date=yesterday)) for _ in range(2)]
    today = make_appointment(now=now, session=make_clinic_now(now=now))
    run("close-days")
    outcomes = Appointment.objects.filter(pk__in=[one.pk for one in missed]).values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.MISSED] * 2
    today.refresh_from_db()
    assert today.outcome == ""
    before = everything()
    run("close-days")
    assert everything() == before


def test_forget_answers(now: datetime, account: Account) -> None:
    for days in (2, 0):
        key = request_key(user=account.user, key=f"key-of-day-{days}", path="/", body={})
        moment = now - timedelta(days=days)
        session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3 + days))
        book(account, session, now=moment, request=key)
    run("forget-answers")
    assert IdempotencyRecord.objects.get().key == "key-of-day-0"
