"""What WeChat says of a refund arrives while the appointment changes, or its order goes over to another one."""

import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from booking.locks import lock_appointment
from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, PaymentOrder, Refund, RefundState
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import finish_visit
from booking.services.moves import move_appointment
from booking.services.refunds import RefundNotFailed, record_refund, resubmit_refund, submit_refund
from booking.services.transitions import SYSTEM, staff_actor
from hospitals.models import BookingPolicy
from tests.booking.books import check_events
from tests.booking.trading import paid_at_wechat
from tests.concurrency.race import PATIENCE_SECONDS, kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic, slot_of
from wechat import pay
from wechat.emulator.testing import Emulator


@pytest.fixture
def refund(now: datetime) -> Refund:
    """Of the difference, after a paid appointment was moved to a cheaper one that stands."""
    dear = make_appointment(now=now, fee_fen=5000)
    cheap = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=4), department=dear.department, fee_fen=3000)
    assert dear.booked_by is not None
    move_appointment(user=dear.booked_by, appointment_id=dear.pk, slot_id=slot_of(cheap).pk, now=now)
    return Refund.objects.select_related("order__appointment").get()


def told(refund: Refund, now: datetime) -> pay.RefundState:
    return pay.RefundState(refund.out_refund_no, refund.order.out_trade_no, "50", "SUCCESS", 2000, 5000, success_time=now)


def wait_for_a_lock() -> None:
    """Until another connection waits for a lock that this one holds."""
    deadline = threading.Event()
    for _ in range(PATIENCE_SECONDS * 20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        deadline.wait(0.05)
    pytest.fail("nobody waited for the lock")


def test_its_event_begins_where_the_appointment_is_by_then(refund: Refund, now: datetime) -> None:
    """The visit is finished, and not committed yet, when the notification comes."""
    appointment, staff = refund.order.appointment, staff_actor(make_staff())
    holds = threading.Event()

    def finish() -> None:
        with transaction.atomic():
            lock_appointment(appointment.pk)
            holds.set()
            wait_for_a_lock()
            finish_visit(appointment_id=appointment.pk, actor=staff, now=now)

    def hear() -> RefundState:
        assert holds.wait(PATIENCE_SECONDS)
        return record_refund(state=told(refund, now), now=now)

    assert race(finish, hear) == [None, RefundState.SUCCEEDED]
    last = appointment.events.order_by("pk").last()
    assert last is not None
    fulfilled = AppointmentStatus.FULFILLED
    assert (last.kind, last.from_status, last.to_status) == (EventKind.REFUND_DONE, fulfilled, fulfilled)
    check_events(Appointment.objects.get(pk=appointment.pk))


def test_its_order_goes_over_to_a_move_meanwhile(refund: Refund, now: datetime) -> None:
    """Whoever comes first: the event is with the appointment that has the order then, and nobody waits for ever."""
    moved = refund.order.appointment
    assert moved.booked_by is not None
    BookingPolicy.objects.update(moves_allowed=9)
    next_one = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=5), department=moved.department, fee_fen=3000)
    move = partial(move_appointment, user=moved.booked_by, appointment_id=moved.pk, slot_id=slot_of(next_one).pk, now=now)
    results = race(move, lambda: record_refund(state=told(refund, now), now=now))
    assert results[1] == RefundState.SUCCEEDED
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    order = PaymentOrder.objects.get(returned_fen__gt=0)
    assert (order.refunded_fen, order.returned_fen) == (2000, 2000)


def test_two_members_of_staff_submit_it_again_at_once(emulator: Emulator, now: datetime) -> None:
    appointment = paid_at_wechat(emulator, now)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)
    refund = Refund.objects.get()
    emulator.next_refund("closed")
    for _ in range(2):
        submit_refund(refund_id=refund.pk, now=now)
    people = [make_staff() for _ in range(3)]
    results = race(*[partial(resubmit_refund, refund_id=refund.pk, by=by, now=now) for by in people])
    assert kinds(results) == ["Refund", *[RefundNotFailed.__name__] * 2]
    assert sorted(Refund.objects.values_list("state", flat=True)) == [RefundState.REPLACED, RefundState.REQUESTED]
