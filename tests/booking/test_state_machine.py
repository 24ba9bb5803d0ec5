"""The booking core driven at random against a model simple enough to be believed by reading it.

One session with a fee: N = 4 in two windows of two, N1 and NA change. Five patients book, pay (in time, late, twice), withdraw,
check in; holds run out; seats that came back are kept off sale and released; the clock goes from the eve of the visit to the day
after. After every step the model and the database must say the same, and the books must balance.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from accounts.errors import Refusal
from booking.models import Appointment, CancelledBy
from booking.services import returns
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.payments import record_payment
from booking.services.returns import release_due_returns
from booking.services.transitions import SYSTEM, patient_actor
from hospitals.services.quotas import SessionNotOpen, publish_quota
from tests.booking.books import check_books
from tests.booking.clock import VISIT, at
from tests.factories.booking import book, make_account, make_clinic, paid_state, slot_of

RATED, PATIENTS, WINDOW_SEATS = 4, 5, 2
HOLD = timedelta(minutes=10)
CLOSE, MIDNIGHT, END, CLOSED = at("17:00", days=-1), at("00:00"), at("12:00"), at("00:10", days=1)
WINDOW_ENDS = (at("10:00"), at("12:00"))
CHECK_IN_OPENS = (at("07:30"), at("09:30"))
DEADLINE = at("23:59:59", days=-1)
# Where chance has its way, here it always says the same.
CHANCE, LONGEST_DELAY, SHARE_OF_TIME_LEFT = 0.5, timedelta(hours=2), 4

LIVE, SEATED = {"pending", "booked", "checked-in"}, {"pending", "booked", "checked-in", "fulfilled", "noshow"}


@dataclass
class Seat:
    """What the model knows of one appointment."""

    row: Appointment
    patient: int
    window: int
    channel: str
    hold_ends: datetime
    status: str = "pending"
    outcome: str = ""
    is_paid: bool = False
    is_expired: bool = False
    # When the seat that it gave up is on sale again, while it is not.
    withheld_until: datetime | None = None


class Booking(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        # As Django's own TestCase marks its transactions, within which a durable one may begin.
        self.transaction._from_testcase = True
        self.transaction.__enter__()
        self.seats: list[Seat] = []
        self.now = at("16:00", days=-1)
        self.is_closed = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(advance=st.integers(0, RATED), extra=st.integers(0, 2))
    def open(self, advance: int, extra: int) -> None:
        self.session = make_clinic(
            visit_date=VISIT,
            fee_fen=1000,
            rated_capacity=RATED,
            advance_quota=advance,
            extra_quota=extra,
            slot_minutes=120,
        )
        self.windows = [slot_of(self.session, 0), slot_of(self.session, 1)]
        assert [window.capacity for window in self.windows] == [WINDOW_SEATS] * 2
        self.accounts = [make_account() for _ in range(PATIENTS)]
        self.advance, self.extra = advance, extra

    def taken(self, channel: str) -> int:
        return sum(seat.channel == channel and seat.status in SEATED for seat in self.seats)

    def withheld(self) -> int:
        return sum(seat.withheld_until is not None for seat in self.seats)

    def open_channel(self) -> str | None:
        if self.is_closed or self.now >= END or CLOSE <= self.now < MIDNIGHT:
            return None
        rated_left = RATED - self.taken("advance") - self.taken("same-day") - self.withheld()
        if self.now < MIDNIGHT:
            return "advance" if self.taken("advance") + self.withheld() < self.advance and rated_left else None
        if rated_left:
            return "same-day"
        return "extra" if self.taken("extra") < self.extra else None

    def used(self, window: int) -> int:
        """Seats of the window that nobody can have: somebody has them, or they came back and are not on sale yet."""
        return sum(
            seat.window == window and ((seat.status in SEATED and seat.channel != "extra") or seat.withheld_until is not None)
            for seat in self.seats
        )

    def capacity(self, window: int) -> int:
        """What the first window left behind goes on to the second."""
        return RATED - self.used(0) if window == 1 and self.now >= WINDOW_ENDS[0] else WINDOW_SEATS

    def give_back(self, seat: Seat) -> None:
        """The seat is off sale for half of the longest delay: two hours, or a quarter of what is left of its window."""
        left = WINDOW_ENDS[seat.window] - self.now
        if seat.channel != "extra" and left > timedelta(0):
            seat.withheld_until = self.now + min(LONGEST_DELAY, left / SHARE_OF_TIME_LEFT) * CHANCE

    def bookable(self, patient: int, window: int) -> str | None:
        """The channel in which this patient would get a seat of this window now."""
        channel = self.open_channel()
        is_full = channel != "extra" and self.used(window) >= self.capacity(window)
        has_one = any(seat.patient == patient and seat.status in LIVE for seat in self.seats)
        return None if has_one or is_full or self.now >= WINDOW_ENDS[window] else channel

    @rule(minutes=st.sampled_from([5, 10, 60, 240]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(patient=st.integers(0, PATIENTS - 1), window=st.integers(0, 1))
    def book(self, patient: int, window: int) -> None:
        channel = self.bookable(patient, window)
        if channel is None:
            with pytest.raises(Refusal):
                book(self.accounts[patient], self.windows[window], now=self.now)
            return
        row = book(self.accounts[patient], self.windows[window], now=self.now)
        assert row.channel == channel
        self.seats.append(Seat(row, patient, window, channel, min(self.now + HOLD, WINDOW_ENDS[window])))

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def pay(self, data: Any) -> None:
        """WeChat says that somebody paid: for a hold, for one that ran out, for one withdrawn, or what it said before."""
        seat = data.draw(st.sampled_from(self.seats))
        record_payment(state=paid_state(seat.row, now=self.now), now=self.now)
        if seat.is_paid:
            return
        seat.is_paid = True
        if seat.status == "pending":
            seat.status, seat.outcome = ("booked", "") if self.now < END else ("cancelled", "void")
            if self.now >= END:
                self.give_back(seat)
        elif seat.is_expired:
            self.pay_late(seat)

    def pay_late(self, seat: Seat) -> None:
        """Their own seat where it is still kept, else one that the rules would give anybody."""
        kept, seat.withheld_until = seat.withheld_until, None
        if channel := self.bookable(seat.patient, seat.window):
            seat.status, seat.outcome, seat.channel, seat.is_expired = "booked", "", channel, False
        else:
            seat.withheld_until = kept

    @precondition(lambda self: self.seats)
    @rule(data=st.data(), by=st.sampled_from([CancelledBy.PATIENT, CancelledBy.HOSPITAL]))
    def withdraw(self, data: Any, by: CancelledBy) -> None:
        seat = data.draw(st.sampled_from(self.seats))
        actor = patient_actor(self.accounts[seat.patient].user) if by == CancelledBy.PATIENT else SYSTEM
        is_late = by == CancelledBy.PATIENT and self.now >= END
        asked: dict[str, Any] = {"appointment_id": seat.row.pk, "by": by, "actor": actor, "now": self.now}
        if seat.status not in {"pending", "booked", "cancelled"} or (is_late and seat.status != "cancelled"):
            with pytest.raises(Refusal):
                cancel_appointment(**asked)
            return
        cancel_appointment(**asked)
        if seat.status == "cancelled":
            return
        by_choice = by == CancelledBy.PATIENT and seat.status == "booked"
        seat.outcome = "void" if not by_choice else "cancelled" if self.now <= DEADLINE else "unattended"
        seat.status = "cancelled"
        self.give_back(seat)

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def run_out(self, data: Any) -> None:
        seat = data.draw(st.sampled_from(self.seats))
        is_due = seat.status == "pending" and self.now >= seat.hold_ends
        assert expire_hold(appointment_id=seat.row.pk, now=self.now) is is_due
        if is_due:
            seat.status, seat.outcome, seat.is_expired = "cancelled", "void", True
            self.give_back(seat)

    @precondition(lambda self: self.withheld())
    @rule()
    def seats_come_back(self) -> None:
        due = [seat for seat in self.seats if seat.withheld_until is not None and seat.withheld_until <= self.now]
        assert release_due_returns(now=self.now) == len(due)
        for seat in due:
            seat.withheld_until = None

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def arrive(self, data: Any) -> None:
        seat = data.draw(st.sampled_from(self.seats))
        if seat.status == "checked-in":
            check_in(appointment_id=seat.row.pk, actor=SYSTEM, now=self.now)
        elif seat.status == "booked" and CHECK_IN_OPENS[seat.window] <= self.now < END:
            check_in(appointment_id=seat.row.pk, actor=SYSTEM, now=self.now)
            seat.status = "checked-in"
        else:
            with pytest.raises(Refusal):
                check_in(appointment_id=seat.row.pk, actor=SYSTEM, now=self.now)

    @rule(advance=st.integers(0, RATED + 1), extra=st.integers(0, 2))
    def publish(self, advance: int, extra: int) -> None:
        if self.is_closed:
            with pytest.raises(SessionNotOpen):
                publish_quota(session_id=self.session.pk, advance_quota=advance, extra_quota=extra)
            return
        publish_quota(session_id=self.session.pk, advance_quota=advance, extra_quota=extra)
        self.advance = max(min(advance, RATED), min(self.taken("advance") + self.withheld(), RATED))
        self.extra = max(extra, self.taken("extra"))

    @precondition(lambda self: self.now >= CLOSED)
    @rule()
    def close(self) -> None:
        close_days_before(hospital=self.session.hospital, day=VISIT + timedelta(days=1), now=self.now)
        if any(seat.status == "pending" for seat in self.seats):
            return
        self.is_closed = True
        for seat in self.seats:
            ends = {"booked": ("noshow", "missed"), "checked-in": ("fulfilled", "fulfilled")}
            seat.status, seat.outcome = ends.get(seat.status, (seat.status, seat.outcome))

    @invariant()
    def agree(self) -> None:
        rows = Appointment.objects.values_list("pk", "status", "outcome", "channel")
        assert set(rows) == {(seat.row.pk, seat.status, seat.outcome, seat.channel) for seat in self.seats}
        self.session.refresh_from_db()
        assert self.session.withheld == self.withheld()
        check_books()

    @invariant()
    def every_number_is_somebodys(self) -> None:
        numbers = Counter(Appointment.objects.values_list("number", flat=True))
        assert all(count == 1 for count in numbers.values())


class Settled:
    """Chance that always falls out the same."""

    def random(self) -> float:
        return CHANCE


@pytest.mark.usefixtures("db")
def test_the_core_does_what_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "_random", Settled())
    run_state_machine_as_test(
        Booking,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
