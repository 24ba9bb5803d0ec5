"""What is offered when, and what is left of it, as a patient sees it at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.compiled import CompiledQuery
from hospitals.availability import (
    ADVANCE_CLOSED,
    CLOSED,
    EXTRA,
    FULL,
    NOT_RELEASED,
    OPEN,
    SAME_DAY,
    STATES,
    SUSPENDED,
    Opening,
    early_release,
    open_channel,
    seats_left,
    slot_seats_left,
)
from hospitals.models import BookingPolicy, ClinicSession, Department, Slot
from hospitals.policy_book import policies_in_force
from hospitals.services.windows import capacities_now


@dataclass(frozen=True, slots=True)
class OfferedSession:
    """`seats_left` counts the channel that is open now; 0 where none is. Times are the hospital's.

    `early_release` says for the tiers that may book this hot session before everyone from when they may; `policy` is the one in
    force.
    """

    session: ClinicSession
    policy: BookingPolicy
    opening: Opening
    seats_left: int
    early_release: Mapping[str, datetime]

    @property
    def state(self) -> str:
        return self.opening.state

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def starts_at(self) -> datetime:
        return self.session.starts_at.astimezone(self.session.hospital.zone)

    @property
    def ends_at(self) -> datetime:
        return self.session.ends_at.astimezone(self.session.hospital.zone)

    @property
    def releases_at(self) -> datetime:
        return self.session.releases_at.astimezone(self.session.hospital.zone)


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """`seats_left` counts the channel that is open now. Times are the hospital's.

    `capacity` is the window's own with what earlier ones left behind.
    """

    slot: Slot
    capacity: int
    starts_at: datetime
    ends_at: datetime
    seats_left: int


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """A day of a department: the best state among its sessions (None where there are none), the seats left in all of them."""

    visit_date: date
    state: str | None
    sessions: int
    seats_left: int

    @property
    def state_label(self) -> str:
        return STATES[self.state] if self.state else ""


# Of several sessions on a day, the one that helps a patient most speaks for the day.
_BEST_FIRST = (OPEN, SAME_DAY, EXTRA, NOT_RELEASED, ADVANCE_CLOSED, FULL, SUSPENDED, CLOSED)


def visible_sessions() -> QuerySet[ClinicSession]:
    """Sessions of hospitals, departments and doctors that are open to the public."""
    return ClinicSession.objects.filter(
        Q(doctor__isnull=True) | Q(doctor__is_active=True), hospital__is_active=True, department__is_active=True
    ).select_related("hospital", "department", "doctor", "registration_type")


def sessions_between(
    *, first: date, last: date, now: datetime, department_id: int | None = None, doctor_id: int | None = None
) -> QuerySet[ClinicSession]:
    """Return the visible sessions from `first` to `last`, both included, that are not over."""
    sessions = visible_sessions().filter(visit_date__range=(first, last), ends_at__gt=now)
    if department_id is not None:
        sessions = sessions.filter(department_id=department_id)
    if doctor_id is not None:
        sessions = sessions.filter(doctor_id=doctor_id)
    return sessions.order_by("visit_date", "starts_at", "id")


def with_openings(sessions: Iterable[ClinicSession], *, now: datetime, tier: str = "") -> list[OfferedSession]:
    """Judge each session at `now`, for a patient of `tier` where one is given. One query for the policies of all.

    The shares of a hot session that is not out for everyone are booking's to judge.
    """
    sessions = list(sessions)
    book = policies_in_force(hospital_ids={session.hospital_id for session in sessions}, at=now)
    offered = []
    for session in sessions:
        policy = book.of(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id)
        opening = open_channel(session, policy, now, tier=tier)
        left, early = seats_left(session, opening), early_release(session, policy)
        offered.append(OfferedSession(session, policy, opening, left, early))
    return offered


def slots_of_session(offered: OfferedSession, *, now: datetime) -> list[OfferedSlot]:
    """Return the windows of a session with what is left of each. One query."""
    session = offered.session
    zone = session.hospital.zone
    slots = list(session.slots.order_by("starts_at"))
    capacity = capacities_now(slots, now)
    return [
        OfferedSlot(
            slot=slot,
            capacity=capacity[slot.pk],
            starts_at=slot.starts_at.astimezone(zone),
            ends_at=slot.ends_at.astimezone(zone),
            seats_left=slot_seats_left(slot, capacity[slot.pk], session, offered.opening, now),
        )
        for slot in slots
    ]


def department_days(department: Department, *, first: date, now: datetime, days: int = 7) -> list[OfferedDay]:
    """Return `days` days of a department from `first` on, each with its state. Two queries."""
    last = first + timedelta(days=days - 1)
    sessions = _OF_DEPARTMENT.all(department_id=department.pk, first=first, last=last, now=now)
    for session in sessions:
        session.hospital = department.hospital
    return days_of(with_openings(sessions, now=now), first=first, days=days)


def days_of(offered: Iterable[OfferedSession], *, first: date, days: int) -> list[OfferedDay]:
    """`days` days from `first` on, each with the state of its sessions; these are all of those days."""
    by_day: dict[date, list[OfferedSession]] = {first + timedelta(days=ahead): [] for ahead in range(days)}
    for each in offered:
        by_day[each.session.visit_date].append(each)
    return [_day(day, of_day) for day, of_day in by_day.items()]


# Names are not shown: nothing is joined, and every session is of the department's hospital.
_OF_DEPARTMENT = CompiledQuery(
    lambda department_id, first, last, now: (
        sessions_between(first=first, last=last, now=now, department_id=department_id).select_related(None).order_by()
    ),
    department_id=int,
    first=date,
    last=date,
    now=datetime,
)


def _day(visit_date: date, offered: list[OfferedSession]) -> OfferedDay:
    states = {each.state for each in offered}
    best = next((state for state in _BEST_FIRST if state in states), None)
    return OfferedDay(visit_date, best, len(offered), sum(each.seats_left for each in offered))
