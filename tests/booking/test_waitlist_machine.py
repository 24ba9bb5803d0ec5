"""The waitlist driven at random against a model simple enough to be believed by reading it.

One free session of three seats, of which two can be booked at first and are. Seven patients book, wait, leave, accept, give up
and let offers run out, from two days before the visit to the morning of it; the sweep runs whenever it likes. After every step
the model and the database must say the same of the queue, the seats and what is kept off sale, and the books must balance.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Refusal
from booking.models import LIVE_STATUSES, Appointment, CancelledBy, WaitlistEntry
from booking.services import returns
from booking.services.acceptance import accept_offer
from booking.services.cancellation import cancel_appointment
from booking.services.holds import expire_due_holds
from booking.services.transitions import SYSTEM
from booking.services.waitlist.joining import join_waitlist, leave_waitlist
from booking.services.waitlist.passing import PassedOn, pass_on_seats
from hospitals.services.quotas import publish_quota
from tests.booking.books import check_books
from tests.booking.clock import NOW, VISIT, at
from tests.booking.waiting import set_policy
from tests.factories.booking import book, make_account, make_clinic, slot_of

RATED, PATIENTS, PLACES = 3, 7, 3
# Walks in which much comes about; the last assertion says what must.
SEEDS, STEPS = (6, 7, 10), 70
ENDS, LAST = at("12:00"), at("08:00")
# Closed in the two nights; the eve's closing time ends the waitlist.
NIGHT, CLEARS = (at("23:00", days=-2), at("06:00", days=-1)), at("23:00", days=-1)
CLOSE, MIDNIGHT = at("17:00", days=-1), at("00:00")
FLOOR, LONGEST_DELAY, CHANCE = timedelta(minutes=30), timedelta(hours=2), 0.5


@dataclass
class Seat:
    """What the model knows of one live appointment."""

    row: Appointment
    patient: int
    channel: str
    # Until when it is held for who has yet to accept it; None once it is booked.
    held_until: datetime | None = None


@dataclass
class Place:
    entry: WaitlistEntry
    patient: int


class Walk:
    """One run from two days before the visit to its morning."""

    def __init__(self, seed: int, happened: Counter[str]) -> None:
        self.rng, self.happened, self.now = random.Random(seed), happened, NOW
        self.session = make_clinic(visit_date=VISIT, rated_capacity=RATED, advance_quota=RATED - 1, slot_minutes=240)
        self.quota = RATED - 1
        set_policy(self.session.hospital, waitlist_limit=PLACES, early_cancellations_per_month=0)
        self.accounts = [make_account() for _ in range(PATIENTS)]
        self.queue: list[Place] = []
        # When each seat that came back is on sale for everyone, in the order in which they came.
        self.kept: list[datetime] = []
        first = [(n, book(self.accounts[n], slot_of(self.session), now=self.now)) for n in range(self.quota)]
        self.seats = [Seat(row, patient, "advance") for patient, row in first]
        weighted: dict[Callable[[], None], int] = {
            self.wait: 3,
            self.book: 1,
            self.join: 4,
            self.leave: 1,
            self.withdraw: 2,
            self.accept: 2,
            self.run_out: 2,
            self.change_quota: 1,
            self.slip_in: 3,
            self.sweep: 4,
        }
        self.actions, self.weights = list(weighted), list(weighted.values())

    def step(self) -> None:
        (action,) = self.rng.choices(self.actions, self.weights)
        action()
        self.agree()

    def finish(self) -> None:
        """In the end every offer was answered, nobody waits and every seat is on sale."""
        self.now = LAST
        self.run_out()
        self.now = ENDS
        self.sweep()
        self.agree()
        assert (self.queue, self.kept) == ([], [])

    def anybody(self) -> int:
        return self.rng.randrange(PATIENTS)

    def somebody_new(self) -> int:
        """Mostly one who has nothing yet."""
        with_something = {seat.patient for seat in self.seats} | {place.patient for place in self.queue}
        new = [patient for patient in range(PATIENTS) if patient not in with_something]
        return self.rng.choice(new) if new and self.rng.random() < 0.8 else self.anybody()

    def taken(self, *channels: str) -> int:
        return sum(seat.channel in channels for seat in self.seats)

    def rated_left(self) -> int:
        return RATED - self.taken("advance", "same-day") - len(self.kept)

    def advance_left(self) -> int:
        return min(self.quota - self.taken("advance") - len(self.kept), self.rated_left())

    def has_seat(self, patient: int) -> bool:
        return any(seat.patient == patient for seat in self.seats)

    def is_open(self) -> bool:
        return self.now < CLEARS and not NIGHT[0] <= self.now < NIGHT[1]

    def give_back(self, seat: Seat) -> None:
        self.seats.remove(seat)
        self.kept.append(self.now + min(LONGEST_DELAY, (ENDS - self.now) / 4) * CHANCE)

    def wait(self) -> None:
        self.now = min(self.now + timedelta(minutes=self.rng.choice([10, 10, 60, 60, 240, 600])), LAST)

    def book(self) -> None:
        self.book_for(self.anybody())

    def slip_in(self) -> None:
        """The quota is raised, and who waits sees the seat on sale before the sweep offers it."""
        if self.queue:
            self.publish(RATED)
            self.book_for(self.rng.choice(self.queue).patient)

    def book_for(self, patient: int) -> None:
        left, channel = (self.advance_left(), "advance") if self.now < MIDNIGHT else (self.rated_left(), "same-day")
        if left <= 0 or CLOSE <= self.now < MIDNIGHT or self.has_seat(patient):
            with pytest.raises(Refusal):
                book(self.accounts[patient], slot_of(self.session), now=self.now)
            return
        row = book(self.accounts[patient], slot_of(self.session), now=self.now)
        self.seats.append(Seat(row, patient, channel))

    def join(self) -> None:
        patient = self.somebody_new()
        account = self.accounts[patient]
        asked: dict[str, Any] = {"patient_id": account.patient.pk, "session_id": self.session.pk, "now": self.now}
        mine = [place for place in self.queue if place.patient == patient]
        if mine:
            joined = join_waitlist(user=account.user, **asked)
            assert (joined.entry.pk, joined.is_new) == (mine[0].entry.pk, False)
            return
        is_full = self.advance_left() <= 0
        if not is_full or not self.is_open() or self.has_seat(patient) or len(self.queue) >= PLACES:
            with pytest.raises(Refusal):
                join_waitlist(user=account.user, **asked)
            return
        self.queue.append(Place(join_waitlist(user=account.user, **asked).entry, patient))
        self.happened["joined"] += 1

    def leave(self) -> None:
        if not self.queue:
            return
        place = self.rng.choice(self.queue)
        leave_waitlist(entry_id=place.entry.pk, user=place.entry.joined_by, now=self.now)
        self.queue.remove(place)

    def withdraw(self) -> None:
        if not self.seats:
            return
        seat, by = self.rng.choice(self.seats), self.rng.choice([CancelledBy.PATIENT, CancelledBy.HOSPITAL])
        cancel_appointment(appointment_id=seat.row.pk, by=by, actor=SYSTEM, now=self.now)
        self.give_back(seat)

    def accept(self) -> None:
        held = [(seat, seat.held_until) for seat in self.seats if seat.held_until]
        if not held:
            return
        seat, until = self.rng.choice(held)
        user = self.accounts[seat.patient].user
        if self.now >= until:
            with pytest.raises(Refusal):
                accept_offer(appointment_id=seat.row.pk, user=user, now=self.now)
            return
        accept_offer(appointment_id=seat.row.pk, user=user, now=self.now)
        seat.held_until = None
        self.happened["accepted"] += 1

    def run_out(self) -> None:
        due = [seat for seat in self.seats if seat.held_until and seat.held_until <= self.now]
        assert expire_due_holds(now=self.now).expired == len(due)
        for seat in sorted(due, key=lambda seat: seat.held_until or self.now):
            self.give_back(seat)
            self.happened["ran out"] += 1

    def change_quota(self) -> None:
        self.publish(self.rng.randint(0, RATED))

    def publish(self, quota: int) -> None:
        publish_quota(session_id=self.session.pk, advance_quota=quota, extra_quota=0)
        self.quota = max(quota, min(self.taken("advance") + len(self.kept), RATED))

    def sweep(self) -> None:
        # An offer that ran out and was not swept yet still holds its seat.
        cleared = self.clear()
        offered, passed_over = self.offer()
        released = self.release(passed_over)
        assert pass_on_seats(now=self.now) == PassedOn(offered=len(offered), released=released, cleared=cleared)
        for place, until in offered:
            place.entry.refresh_from_db()
            row = place.entry.appointment
            assert row is not None
            assert row.hold_expires_at == until
            self.seats.append(Seat(row, place.patient, "advance", until))
        self.happened.update({"offered": len(offered), "released": released, "cleared": cleared, "passed over": len(passed_over)})

    def clear(self) -> int:
        cleared = len(self.queue)
        if self.now < CLEARS or not cleared:
            return 0
        self.queue, self.kept = [], []
        return cleared

    def offer(self) -> tuple[list[tuple[Place, datetime]], set[int]]:
        """Who is offered a seat and until when, and who cannot be: they have one already."""
        offered: list[tuple[Place, datetime]] = []
        if not self.queue or not self.is_open():
            return [], set()
        left = CLEARS - self.now
        if left < FLOOR:
            return [], {place.patient for place in self.queue} if self.kept or self.advance_left() > 0 else set()
        passed_over: set[int] = set()
        fresh = self.advance_left()
        for place in list(self.queue):
            if not self.kept and fresh <= 0:
                break
            if self.has_seat(place.patient):
                passed_over.add(place.patient)
                continue
            if self.kept:
                self.kept.pop(0)
            else:
                fresh -= 1
            self.queue.remove(place)
            offered.append((place, self.now + max(min(timedelta(hours=24), left / 4), FLOOR)))
        return offered, passed_over

    def release(self, passed_over: set[int]) -> int:
        """A seat stays while anybody waits for whom it could be kept."""
        if {place.patient for place in self.queue} - passed_over:
            return 0
        due = [moment for moment in self.kept if moment <= self.now]
        self.kept = [moment for moment in self.kept if moment > self.now]
        return len(due)

    def agree(self) -> None:
        rows = Appointment.objects.filter(session=self.session, status__in=LIVE_STATUSES).values_list("pk", "status", "channel")
        expected = {(seat.row.pk, "pending" if seat.held_until else "booked", seat.channel) for seat in self.seats}
        assert set(rows) == expected
        waiting = WaitlistEntry.objects.filter(session=self.session, ended_at=None).order_by("pk").values_list("pk", flat=True)
        assert list(waiting) == [place.entry.pk for place in self.queue]
        self.session.refresh_from_db()
        assert (self.session.withheld, self.session.advance_quota) == (len(self.kept), self.quota)
        check_books()


class Settled:
    """Chance that always falls out the same."""

    def random(self) -> float:
        return CHANCE


def test_the_waitlist_does_what_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "_random", Settled())
    happened = Counter[str]()
    for seed in SEEDS:
        walk = Walk(seed, happened)
        for _ in range(STEPS):
            walk.step()
        walk.finish()
    # That it came about everywhere a waitlist can lead.
    wanted = {"joined", "offered", "accepted", "ran out", "released", "cleared", "passed over"}
    assert wanted - {what for what, count in happened.items() if count} == set(), happened
