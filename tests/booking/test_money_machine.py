"""The proof about money: at every reachable state of an order, paid − refunded is what the patient owes, and WeChat never gave
back more than that.

One patient has the only seat of a session for 10 yuan, of which half goes back after the deadline. From there everything that can
happen is done in every state that it leads to: the walk is exhaustive. WeChat is the emulator behind its real clients; it loses
answers and notifications, tells late, twice, out of order and is forged, fails, and settles refunds well, badly or not at all.
Nothing is called but the services that views, notifications and tasks call.

A state is what both sides say of the order, its appointment and its refund, and the time of day. Both sides' databases are put
back after each step: a savepoint here, a copy of the emulator's there.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.compiled import CompiledQuery
from accounts.errors import Refusal
from accounts.models import User
from booking.models import Appointment, AppointmentStatus, CancelledBy, OrderState, PaymentOrder, Refund, RefundState, SeatReturn
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.holds import close_abandoned_orders, expire_due_holds
from booking.services.notifications import handle_notification
from booking.services.orders import NothingToPay, PaymentUnavailable, place_order, settle_order
from booking.services.pay_states import OPEN_REFUND_STATES
from booking.services.payments import record_payment
from booking.services.refunds import RefundUnanswered, resubmit_refund, submit_refund
from booking.services.returns import release_due_returns
from booking.services.transitions import SYSTEM, patient_actor
from hospitals.services.policies import effective_policy, revise_policy
from tests.booking.books import check_books, owed_fen
from tests.booking.clock import VISIT, at
from tests.booking.snapshot import everything
from tests.booking.trading import set_clock
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_account, make_appointment, make_clinic, paid_state
from wechat import pay
from wechat.emulator.testing import Emulator

# The hold runs; it is over; the deadline is over and the clinic is open; the day is over.
TIMES = (at("22:00", days=-1), at("22:30", days=-1), at("09:00"), at("00:10", days=1))
ORDERS, PLACE, REFUNDS = "/v3/pay/transactions/out-trade-no/", "/v3/pay/transactions/jsapi", "/v3/refund/domestic/refunds"

State = tuple[Any, ...]

# Asked for in every step of a thousand: composing them anew took longer than all that the steps do.
ORDER = CompiledQuery(
    lambda appointment_id: PaymentOrder.objects.select_related("appointment__policy").filter(appointment=appointment_id),
    appointment_id=int,
)
REFUND = CompiledQuery(
    lambda appointment_id: Refund.objects.filter(order__appointment=appointment_id).order_by("-pk"), appointment_id=int
)


@dataclass
class Walk:
    """Both sides, and every state that they were found in together."""

    emulator: Emulator
    appointment: Appointment
    staff: User
    time: int = 0
    seen: set[State] = field(default_factory=set)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def now(self) -> datetime:
        return TIMES[self.time]

    @property
    def order(self) -> PaymentOrder:
        return ORDER.get(appointment_id=self.appointment.pk)

    @property
    def refund(self) -> Refund | None:
        return REFUND.first(appointment_id=self.appointment.pk)

    def wechat(self, query: str, number: str) -> Any:
        with self.emulator.world.store.transaction() as db:
            row = db.execute(query, (number,)).fetchone()
            return row and tuple(row)

    def state(self) -> State:
        """What decides what can follow. Once the appointment is withdrawn by somebody, or money is on its way back, neither the
        time nor who has the seat does any more; after a hold that ran out, both do. Whether an order was placed as far as we know
        matters only while it could be.
        """
        order, refund = self.order, self.refund
        appointment = order.appointment
        is_open, is_pending = order.state != OrderState.PAID, appointment.status == AppointmentStatus.PENDING
        ran_out = is_open and appointment.cancelled_by == CancelledBy.SYSTEM
        is_over = refund is not None or (appointment.status == AppointmentStatus.CANCELLED and not ran_out)
        return (
            None if is_over else self.time,
            order.state if is_pending or order.state != OrderState.CREATED else OrderState.PLACED,
            refund and refund.state,
            order.paid_fen - order.refunded_fen,
            is_pending and bool(order.prepay_id),
            is_open and self.wechat("SELECT state FROM payment_order WHERE out_trade_no = ?", order.out_trade_no),
            appointment.status,
            ran_out,
            refund and self.wechat("SELECT status FROM refund WHERE out_refund_no = ?", refund.out_refund_no),
            ran_out and Appointment.objects.count(),
            ran_out and self.own_seat(),
        )

    def own_seat(self) -> str:
        """What became of the seat that a hold gave up: kept off sale, due to come back, or back."""
        kept = SeatReturn.objects.filter(appointment=self.appointment, ended_at=None).first()
        return "back" if kept is None else "due" if kept.returns_at <= self.now else "kept"

    def pay_states(self) -> tuple[str, ...]:
        """Of the order and its refund, as they are stored."""
        return self.order.state, *((self.refund.state, self.refund.out_refund_no) if self.refund else ())

    def explore(self, state: State) -> None:
        """Do everything in this state, and go on from each state that was not met before."""
        self.seen.add(state)
        self.check()
        before = self.pay_states()
        for name, act in ACTIONS.items():
            time, savepoint, ledger = self.time, transaction.savepoint(), self.emulator.world.store._db.serialize()
            is_possible = act(self) is not False
            # A fault that met no call is not kept for the next step.
            self.emulator.world.faults.clear()
            if is_possible:
                after = self.state()
                self.moves[name, "moved" if self.pay_states() != before else "stayed"] += 1
                if after not in self.seen:
                    self.explore(after)
            transaction.savepoint_rollback(savepoint)
            self.emulator.world.store._db.deserialize(ledger)
            self.time = time
            set_clock(self.emulator, self.now)

    def check(self) -> None:
        check_books()
        order = self.order
        kept, owed = order.paid_fen - order.refunded_fen, owed_fen(order)
        assert kept == owed, f"{kept} kept, {owed} owed"
        total, given_back = self.at_wechat(order)
        assert given_back <= order.refunded_fen <= order.paid_fen <= total
        if self.refund and self.refund.state == RefundState.SUCCEEDED:
            assert given_back == order.refunded_fen

    def at_wechat(self, order: PaymentOrder) -> tuple[int, int]:
        """What WeChat took for the order, and what it gave back."""
        paid = "SELECT coalesce(sum(total), 0) FROM payment_order WHERE out_trade_no = ? AND paid_at IS NOT NULL"
        back = "SELECT coalesce(sum(amount), 0) FROM refund WHERE out_trade_no = ? AND status = 'SUCCESS'"
        return self.wechat(paid, order.out_trade_no)[0], self.wechat(back, order.out_trade_no)[0]


# What can happen. An action returns False where it can not.
Action = Callable[[Walk], bool | None]


def broken(path: str, kind: str, act: Action) -> Action:
    """The same, and WeChat's answer to it goes wrong."""

    def act_broken(walk: Walk) -> bool | None:
        walk.emulator.break_next(path, kind)
        return act(walk)

    return act_broken


def time_passes(walk: Walk) -> bool | None:
    if walk.time + 1 == len(TIMES):
        return False
    walk.time += 1
    set_clock(walk.emulator, walk.now)
    return None


def place(walk: Walk) -> bool | None:
    if walk.order.state == OrderState.PAID:
        return False
    with suppress(NothingToPay, PaymentUnavailable):
        place_order(appointment_id=walk.appointment.pk, now=walk.now)
    return None


def somebody_pays(walk: Walk) -> bool | None:
    """At WeChat, if WeChat lets them: not what is closed, paid, or was never placed."""
    try:
        walk.emulator.pay(walk.order.out_trade_no, notify="lost")
    except (LookupError, ValueError):
        return False
    return None


def query(walk: Walk) -> None:
    with suppress(PaymentUnavailable):
        settle_order(order_id=walk.order.pk, now=walk.now)


def hear(walk: Walk, number: str, *, is_forged: bool = False) -> bool | None:
    """What the view does with all that WeChat ever wrote, at the walk's time. Signatures keep real time."""
    notices = walk.emulator.notifications(number)
    for notice in notices:
        body = notice.body.replace(b"SUCCESS", b"SUCCES5") if is_forged else notice.body
        read = pay.read_notification(headers=notice.headers, body=body, now=timezone.now())
        handle_notification(notification=read, now=walk.now)
    return None if notices else False


def payment_is_notified(walk: Walk) -> bool | None:
    return hear(walk, walk.order.out_trade_no)


def payment_is_forged(walk: Walk) -> bool | None:
    if walk.order.state == OrderState.PAID or not walk.emulator.notifications(walk.order.out_trade_no):
        return False
    before = everything()
    with pytest.raises(pay.ForgedNotification):
        hear(walk, walk.order.out_trade_no, is_forged=True)
    assert everything() == before
    return None


def refund_is_notified(walk: Walk) -> bool | None:
    return hear(walk, walk.refund.out_refund_no) if walk.refund else False


def patient_withdraws(walk: Walk) -> None:
    actor = patient_actor(walk.appointment.booked_by)
    with suppress(Refusal):
        cancel_appointment(appointment_id=walk.appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=walk.now)


def hospital_withdraws(walk: Walk) -> None:
    with suppress(Refusal):
        cancel_appointment(appointment_id=walk.appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=walk.now)


def patient_arrives(walk: Walk) -> None:
    with suppress(Refusal):
        check_in(appointment_id=walk.appointment.pk, actor=SYSTEM, now=walk.now)


def holds_are_swept(walk: Walk) -> None:
    expire_due_holds(now=walk.now)


def orders_are_swept(walk: Walk) -> None:
    close_abandoned_orders(now=walk.now)


def seats_come_back(walk: Walk) -> bool | None:
    return None if release_due_returns(now=walk.now) else False


def another_takes_the_seat(walk: Walk) -> bool | None:
    has_left = walk.order.appointment.status == AppointmentStatus.CANCELLED
    if not has_left or walk.order.state == OrderState.PAID or Appointment.objects.count() > 1:
        return False
    try:
        taken = book(make_account(), walk.appointment.session, now=walk.now)
    except Refusal:
        return False
    record_payment(state=paid_state(taken, now=walk.now), now=walk.now)
    return None


def refund_is_sent(walk: Walk) -> bool | None:
    refund = walk.refund
    if refund is None or refund.state not in OPEN_REFUND_STATES:
        return False
    # It stays under way until WeChat settles it.
    walk.emulator.next_refund("stuck")
    submit_refund(refund_id=refund.pk, now=walk.now)
    return None


def staff_submit_again(walk: Walk) -> bool | None:
    refund = walk.refund
    if refund is None or refund.state != RefundState.FAILED:
        return False
    with suppress(RefundUnanswered):
        resubmit_refund(refund_id=refund.pk, by=walk.staff, now=walk.now)
    return None


def wechat_settles(outcome: str) -> Action:
    def settle(walk: Walk) -> bool | None:
        try:
            walk.emulator.settle_refund(walk.refund.out_refund_no if walk.refund else "", outcome)
        except LookupError:
            return False
        return None

    return settle


def day_is_closed(walk: Walk) -> bool | None:
    if walk.time + 1 < len(TIMES):
        return False
    close_days_before(hospital=walk.appointment.hospital, day=VISIT + timedelta(days=1), now=walk.now)
    return None


ACTIONS: dict[str, Action] = {
    "place": place,
    "place, answer lost": broken(PLACE, "lost_answer", place),
    "somebody pays": somebody_pays,
    "query": query,
    "query fails": broken(ORDERS, "status", query),
    "payment notified": payment_is_notified,
    "payment forged": payment_is_forged,
    "patient withdraws": patient_withdraws,
    "hospital withdraws": hospital_withdraws,
    "patient arrives": patient_arrives,
    "holds swept": holds_are_swept,
    "holds swept, WeChat down": broken(ORDERS, "status", holds_are_swept),
    "orders swept": orders_are_swept,
    "orders swept, answer lost": broken(ORDERS, "lost_answer", orders_are_swept),
    "seats come back": seats_come_back,
    "another takes the seat": another_takes_the_seat,
    "refund sent": refund_is_sent,
    "refund sent, answer lost": broken(REFUNDS, "lost_answer", refund_is_sent),
    "refund succeeds": wechat_settles("success"),
    "refund abnormal": wechat_settles("abnormal"),
    "refund closed": wechat_settles("closed"),
    "refund notified": refund_is_notified,
    "refund submitted again": staff_submit_again,
    "refund submitted again, WeChat down": broken(REFUNDS, "status", staff_submit_again),
    "day closed": day_is_closed,
    "time passes": time_passes,
}
# What may move an order or a refund; all else leaves both as they were, wherever it is done.
MOVES = {"place", "query", "payment notified", "patient withdraws", "hospital withdraws", "holds swept", "orders swept"}
MOVES |= {"refund sent", "refund notified", "refund submitted again"}


def test_paid_less_refunded_is_owed_in_every_reachable_state(emulator: Emulator) -> None:
    session = make_clinic(visit_date=VISIT, fee_fen=1000, rated_capacity=1, slot_minutes=240)
    early = at("07:00", days=-15)
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=early)
    changes = {
        "late_refund_percent": 50,
        "advance_close_time": at("23:59").time(),
        # What is given up at one of the walk's times is back on sale at the next, however the dice fall.
        "return_delay_minutes": 20,
    }
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=early)
    set_clock(emulator, TIMES[0])
    walk = Walk(emulator, make_appointment(now=TIMES[0], session=session, is_paid=False), make_staff())

    walk.explore(walk.state())

    orders, refunds = {state[1] for state in walk.seen}, {state[2] for state in walk.seen}
    # What was replaced has one that goes on, which is what is looked at.
    assert (orders, refunds) == (set(OrderState), {None, *RefundState} - {RefundState.REPLACED})
    assert Refund.objects.count() == 0, "every step was taken back"
    assert {state[3] for state in walk.seen} == {0, 500, 1000}
    with_order = {(state[1], state[6]) for state in walk.seen}
    assert with_order == {
        ("created", "pending"),
        ("placed", "pending"),
        ("placed", "cancelled"),
        ("closed", "cancelled"),
        ("paid", "booked"),
        ("paid", "checked-in"),
        ("paid", "fulfilled"),
        ("paid", "cancelled"),
        ("paid", "noshow"),
    }
    # Nothing that was to be tried was left out.
    assert {name for name, _ in walk.moves} == set(ACTIONS)
    assert {name for name, what in walk.moves if what == "moved"} == MOVES
