"""A hospital's days ahead by department and by day: seats, what the plans expect, what waits for the clinic office."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from capacity.models import PlanStatus, SessionSuggestion
from hospitals.models import ClinicSession, Hospital, SessionStatus

DAYS = 7


@dataclass(frozen=True, slots=True)
class Load:
    """Sessions that are held, and what is expected of them. Patients; the expected ones are None where no session has a plan.

    `expected_sessions` have a plan: the one in force, or where there is none yet the one that waits.
    """

    sessions: int
    seats: int
    advance: int
    extra: int
    taken: int
    expected_sessions: int
    expected_seats: int
    seen: float | None
    overload: float | None
    turned_away: float | None
    waiting: int

    @property
    def fill(self) -> float | None:
        """Expected patients of a rated seat, where there are plans."""
        return self.seen / self.expected_seats if self.seen is not None and self.expected_seats else None


@dataclass(frozen=True, slots=True)
class DepartmentLoad:
    department_id: int
    name: str
    load: Load


@dataclass
class Overview:
    """Of `DAYS` days from `first` on."""

    hospital: Hospital
    first: date

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS - 1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=place) for place in range(DAYS)]

    @cached_property
    def departments(self) -> list[DepartmentLoad]:
        rows = _loads(self._sessions(), "department_id", "department__name", "department__code").order_by("department__code")
        return [DepartmentLoad(row.pop("department_id"), row.pop("department__name"), _load(row)) for row in rows]

    @cached_property
    def by_day(self) -> dict[date, Load]:
        return {row.pop("visit_date"): _load(row) for row in _loads(self._sessions(), "visit_date")}

    @cached_property
    def by_department_and_day(self) -> dict[tuple[int, date], Load]:
        rows = _loads(self._sessions(), "department_id", "visit_date")
        return {(row.pop("department_id"), row.pop("visit_date")): _load(row) for row in rows}

    @cached_property
    def total(self) -> Load:
        return _load(self._sessions().aggregate(**SUMS))

    @cached_property
    def suspended(self) -> int:
        days = Q(visit_date__range=(self.first, self.last))
        return ClinicSession.objects.filter(days, hospital=self.hospital, status=SessionStatus.SUSPENDED).count()

    @cached_property
    def suggestions(self) -> list[SessionSuggestion]:
        """Of the weeks that these days lie in: sessions that should be more or fewer, the largest change first."""
        mondays = {day - timedelta(days=day.isoweekday() - 1) for day in self.days}
        found = SessionSuggestion.objects.filter(hospital=self.hospital, week__in=mondays, dismissed_at=None)
        return list(found.select_related("department").order_by("week", "-sessions", "department__code"))

    def _sessions(self) -> QuerySet[ClinicSession]:
        """With the plan in force and the plan that waits: at most one of each, so that nothing is counted twice."""
        return (
            ClinicSession.objects.filter(hospital=self.hospital, visit_date__range=(self.first, self.last))
            .exclude(status=SessionStatus.SUSPENDED)
            .order_by()
            .annotate(
                in_force=FilteredRelation("plans", condition=Q(plans__status=PlanStatus.APPLIED)),
                waiting_plan=FilteredRelation("plans", condition=Q(plans__status=PlanStatus.PROPOSED)),
            )
        )


_EXPECTED = Q(in_force__isnull=False) | Q(waiting_plan__isnull=False)
SUMS = {
    "sessions": Count("pk"),
    "seats": Sum("rated_capacity", default=0),
    "advance": Sum("advance_quota", default=0),
    "extra": Sum("extra_quota", default=0),
    "taken": Sum(F("advance_taken") + F("same_day_taken") + F("extra_taken"), default=0),
    "expected_sessions": Count("pk", filter=_EXPECTED),
    "expected_seats": Sum("rated_capacity", filter=_EXPECTED, default=0),
    "seen": Sum(Coalesce("in_force__expected_seen", "waiting_plan__expected_seen")),
    "overload": Sum(Coalesce("in_force__expected_overload", "waiting_plan__expected_overload")),
    "turned_away": Sum(Coalesce("in_force__expected_turned_away", "waiting_plan__expected_turned_away")),
    "waiting": Count("waiting_plan"),
}


def _loads(sessions: QuerySet[ClinicSession], *by: str) -> QuerySet[ClinicSession, dict[str, Any]]:
    return sessions.values(*by).annotate(**SUMS)


def _load(row: dict[str, Any]) -> Load:
    return Load(**{name: row[name] for name in SUMS})
