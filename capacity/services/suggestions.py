"""Weeks in which a department's forecast demand and its laid-out seats differ by whole sessions, said to the clinic office.

Said only beyond the interval: more where even the low forecasts of the week's days together exceed its seats, fewer where even
the high ones leave a session empty. Adding up the days' bounds supposes that they all miss to the same side, so the office is
told too rarely rather than too often.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db import transaction
from django.db.models import F

from accounts.errors import Refusal
from capacity.models import DailyForecast, SessionSuggestion, SuggestionDirection
from capacity.services.forecast_factors import LARGEST_ERROR
from hospitals.models import ClinicSession, Hospital, SessionStatus

WEEK = timedelta(days=7)
SUNDAY = timedelta(days=6)


class SuggestionGone(Refusal):
    """The suggestion was taken back by the night, or belongs to another hospital."""


@dataclass(frozen=True, slots=True)
class _Week:
    """A department's week: what is foretold, and what is laid out."""

    department_id: int
    monday: date
    mean: float
    lower: float
    upper: float
    seats: int
    session_seats: float


def suggest_sessions(*, hospital: Hospital, now: datetime) -> list[SessionSuggestion]:
    """Write the suggestions for the coming whole weeks, and take back those that no longer hold. Dismissed ones stay so.

    A week counts once sessions of every department are laid out that far: the hospital's last laid-out day ends it. Run again it
    writes the same.
    """
    today = now.astimezone(hospital.zone).date()
    monday = today - timedelta(days=today.weekday())
    made = [
        suggestion for week in _weeks(hospital, monday + WEEK) if (suggestion := _suggestion(hospital, week, now)) is not None
    ]
    with transaction.atomic():
        Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
        kept = {(each.department_id, each.week) for each in made}
        undismissed = SessionSuggestion.objects.filter(hospital=hospital, dismissed_at__isnull=True)
        stale = [row.pk for row in undismissed if (row.department_id, row.week) not in kept]
        SessionSuggestion.objects.filter(pk__in=stale, dismissed_at__isnull=True).delete()
        SessionSuggestion.objects.filter(hospital=hospital, week__lt=monday).delete()
        SessionSuggestion.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["department", "week"],
            update_fields=["direction", "sessions", "demand", "seats", "computed_at"],
        )
    return made


def dismiss_suggestion(*, suggestion_id: int, hospital_id: int, now: datetime) -> SessionSuggestion:
    """Say nothing more about that department's week. Raises SuggestionGone; dismissing twice keeps the first time."""
    with transaction.atomic():
        found = SessionSuggestion.objects.select_for_update(of=("self",)).filter(pk=suggestion_id, hospital_id=hospital_id)
        suggestion = found.select_related("department").first()
        if suggestion is None:
            raise SuggestionGone
        if suggestion.dismissed_at is None:
            suggestion.dismissed_at = now
            suggestion.save(update_fields=["dismissed_at"])
    return suggestion


def _weeks(hospital: Hospital, first: date) -> Iterator[_Week]:
    """The weeks from `first` on that are both foretold and laid out whole."""
    sessions = ClinicSession.objects.filter(hospital=hospital, visit_date__gte=first).exclude(status=SessionStatus.SUSPENDED)
    seats: dict[tuple[int, date], list[int]] = defaultdict(list)
    last = first
    for department_id, day, rated in sessions.order_by().values_list("department_id", "visit_date", "rated_capacity"):
        seats[department_id, _monday(day)].append(rated)
        last = max(last, day)
    usual = _usual_session(seats)
    for (department_id, monday), days in _foretold(hospital, first).items():
        # A hospital that is closed at weekends lays its week out up to Friday.
        if len(days) == 7 and last >= monday + timedelta(days=4) and department_id in usual:
            here = seats.get((department_id, monday), [])
            yield _Week(
                department_id,
                monday,
                mean=sum(day.mean for day in days),
                lower=sum(day.lower for day in days),
                upper=sum(day.upper for day in days),
                seats=sum(here),
                session_seats=median(here) if here else usual[department_id],
            )


def _foretold(hospital: Hospital, first: date) -> Mapping[tuple[int, date], list[DailyForecast]]:
    """The days of the departments whose forecasts are good enough to act on, by department and Monday."""
    days = DailyForecast.objects.filter(
        series__hospital=hospital, series__department__isnull=False, series__error__lte=LARGEST_ERROR, date__gte=first
    )
    found: dict[tuple[int, date], list[DailyForecast]] = defaultdict(list)
    for day in days.annotate(department_id=F("series__department_id")).order_by("series", "date"):
        found[day.department_id, _monday(day.date)].append(day)
    return found


def _usual_session(seats: Mapping[tuple[int, date], Iterable[int]]) -> dict[int, float]:
    """How large a department's sessions are."""
    of_department: dict[int, list[int]] = defaultdict(list)
    for (department_id, _), rated in seats.items():
        of_department[department_id].extend(rated)
    return {department_id: median(rated) for department_id, rated in of_department.items()}


def _suggestion(hospital: Hospital, week: _Week, now: datetime) -> SessionSuggestion | None:
    if week.lower > week.seats:
        direction, sessions = SuggestionDirection.MORE, int((week.mean - week.seats) // week.session_seats)
    else:
        direction, sessions = SuggestionDirection.FEWER, int((week.seats - week.upper) // week.session_seats)
    if sessions < 1:
        return None
    return SessionSuggestion(
        hospital=hospital,
        department_id=week.department_id,
        week=week.monday,
        direction=direction,
        sessions=sessions,
        demand=week.mean,
        seats=week.seats,
        computed_at=now,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
