"""A patient who moves, pays, forgets to pay and thinks better of it at random: after every step the books balance."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.errors import Refusal
from booking.models import Appointment, AppointmentStatus, CancelledBy, OrderState, PaymentOrder
from booking.services import returns
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.moves import move_appointment
from booking.services.payments import record_payment
from booking.services.returns import release_due_returns
from booking.services.transitions import patient_actor
from hospitals.services.policies import revise_policy
from tests.booking.books import check_books
from tests.booking.clock import NOW, VISIT
from tests.factories.booking import book, make_account, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department

WALKS, STEPS = 2, 60
GENEROUS = {
    "moves_allowed": 10,
    "early_cancellations_per_month": 0,
    "live_per_department_day": 3,
    "live_per_day": 9,
    "live_per_week": 9,
    "live_per_quarter": 9,
    "late_refund_percent": 30,
    # A few steps of the walk.
    "return_delay_minutes": 5,
}


class Walk:
    """One patient with a wide choice of fees, one step a minute."""

    def __init__(self, seed: int) -> None:
        self.rng, self.account, self.now = random.Random(seed), make_account(), NOW
        department = make_department()
        revise_policy(hospital=department.hospital, registration_type=None, changes=GENEROUS, by=None, now=NOW)
        sessions = [
            make_clinic(visit_date=VISIT + timedelta(days=n % 3), department=department, fee_fen=fee, rated_capacity=4)
            for n, fee in enumerate((0, 2000, 5000, 5000, 801))
        ]
        self.slots = [slot_of(session, place) for session in sessions for place in (0, -1)]
        self.actions: list[Callable[[], str]] = [self.book, *[self.move] * 3, *[self.pay] * 2, self.run_out, self.withdraw]
        self.actions.append(self.come_back)

    def step(self) -> str:
        self.now += timedelta(minutes=1)
        try:
            return self.rng.choice(self.actions)()
        except Refusal:
            return "refused"

    def one(self, status: AppointmentStatus) -> Appointment | None:
        mine = Appointment.objects.filter(patient=self.account.patient, status=status).order_by("pk")
        return self.rng.choice(list(mine) or [None])

    def book(self) -> str:
        return f"book {book(self.account, self.rng.choice(self.slots), now=self.now).status}"

    def move(self) -> str:
        old = self.one(AppointmentStatus.BOOKED)
        if old is None:
            return "nothing to move"
        slot = self.rng.choice(self.slots)
        new = move_appointment(user=self.account.user, appointment_id=old.pk, slot_id=slot.pk, now=self.now)
        return f"move to {new.status}"

    def pay(self) -> str:
        unpaid = PaymentOrder.objects.filter(appointment__patient=self.account.patient).exclude(state=OrderState.PAID)
        order = self.rng.choice(list(unpaid.order_by("pk")) or [None])
        if order is None:
            return "nothing to pay"
        paid, is_held = order.appointment, order.appointment.status == AppointmentStatus.PENDING
        record_payment(state=paid_state(paid, now=self.now), now=self.now)
        return f"pay a {'move' if paid.move_count else 'booking'}{'' if is_held else ' late'}"

    def run_out(self) -> str:
        held = self.one(AppointmentStatus.PENDING)
        if held is None:
            return "nothing to run out"
        assert held.hold_expires_at is not None
        assert expire_hold(appointment_id=held.pk, now=held.hold_expires_at) is True
        return f"a {'move' if held.move_count else 'booking'} runs out"

    def withdraw(self) -> str:
        chosen, actor = self.one(AppointmentStatus.BOOKED), patient_actor(self.account.user)
        if chosen is None:
            return "nothing to withdraw"
        cancel_appointment(appointment_id=chosen.pk, by=CancelledBy.PATIENT, actor=actor, now=self.now)
        return "withdraw"

    def come_back(self) -> str:
        return "seats come back" if release_due_returns(now=self.now) else "no seat to come back"


def test_what_is_paid_less_what_goes_back_is_owed_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "_random", random.Random(0))
    done = Counter[str]()
    for seed in range(WALKS):
        walk = Walk(seed)
        for _ in range(STEPS):
            done[walk.step()] += 1
            check_books()
    # That it came about everywhere a move can lead.
    expected = {"move to booked", "move to pending", "pay a move", "a move runs out", "pay a move late", "withdraw", "refused"}
    expected.add("seats come back")
    assert expected - done.keys() == set(), done
