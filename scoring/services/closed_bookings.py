"""A hospital's closed bookings as arrays, read in pieces, so that their number costs no more than the arrays themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import Case, F, Func, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay, TruncDate

from booking.models import Appointment, Outcome
from hospitals.models import Hospital
from scoring.numeric import OUTCOMES
from scoring.numeric.backtest import ClosedBookings
from scoring.numeric.features import CHANNELS, PERIODS, BookingFacts, Flags, Integers, decayed_history

EPOCH = date(1970, 1, 1)
ROWS_PER_PIECE = 20_000
Progress = Callable[[int], None]

# A seat that was held to the end and not used. Who withdrew in time gave it back: neither kept nor missed.
HELD = (Outcome.FULFILLED, Outcome.UNATTENDED, Outcome.MISSED)
UNUSED = (Outcome.UNATTENDED, Outcome.MISSED)


class DayNumber(Func):
    """A date as days since 1970-01-01."""

    template = "(%(expressions)s - DATE '1970-01-01')"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class HeldBookings:
    """n bookings to learn from, every array (n,): what was known of each, the day of its visit, and whether it was missed."""

    facts: BookingFacts
    visit_days: Integers
    is_missed: Flags


def day_number(day: date) -> int:
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def closed_bookings(
    *, hospital: Hospital, until: date | None = None, latest: int | None = None, on_progress: Progress | None = None
) -> ClosedBookings:
    """All that count, with visits up to `until`; or of them the `latest`, whole days only."""
    closed = Appointment.objects.filter(hospital=hospital, outcome__in=OUTCOMES)
    if until is not None:
        closed = closed.filter(visit_date__lte=until)
    columns: dict[str, Any] = {
        "patient_number": F("patient_id"),
        "booked_day": booked_day(hospital),
        "visit_day": DayNumber("visit_date"),
        "outcome_place": place_in("outcome", OUTCOMES),
    }
    found = _read(closed, columns, visit_column=2, latest=latest, on_progress=on_progress)
    return ClosedBookings(*found.T)


def held_bookings(*, hospital: Hospital, latest: int, on_progress: Progress | None = None) -> HeldBookings:
    """The `latest` bookings that were held to the end, whole days only; their histories are made of the same bookings."""
    closed = Appointment.objects.filter(hospital=hospital, outcome__in=HELD)
    columns: dict[str, Any] = {
        "patient_number": F("patient_id"),
        "booked_day": booked_day(hospital),
        "visit_day": DayNumber("visit_date"),
        "is_unused": Case(When(outcome__in=UNUSED, then=1), default=0, output_field=IntegerField()),
        **fact_columns(hospital),
    }
    found = _read(closed, columns, visit_column=2, latest=latest, on_progress=on_progress)
    patients, booked, visits, unused = found[:, :4].T
    is_missed = unused == 1
    visited, missed = decayed_history(patients, booked, visits, is_missed)
    facts = facts_from(found[:, 4:], lead_days=visits - booked, past_visits=visited, past_missed=missed)
    return HeldBookings(facts, visits, is_missed)


def fact_columns(hospital: Hospital) -> dict[str, Any]:
    """What stands on the booking itself, as whole numbers, in the order that `facts_from` takes them."""
    return {
        "booked_hour": ExtractHour("created_at", tzinfo=hospital.zone),
        "visit_weekday": ExtractIsoWeekDay("visit_date"),
        "age": Coalesce("age_at_visit", Value(-1), output_field=IntegerField()),
        "channel_place": place_in("channel", CHANNELS),
        "period_place": place_in("session__period", PERIODS),
        "department_number": F("department_id"),
        "doctor_number": Coalesce("doctor_id", Value(0)),
    }


def facts_from(columns: Integers, *, lead_days: Integers, past_visits: Any, past_missed: Any) -> BookingFacts:
    """The facts of n bookings from their `fact_columns` (n, 7), leads and decayed histories (n,)."""
    hour, weekday, age, channel, period, department, doctor = columns.T
    return BookingFacts(
        lead_days=np.maximum(lead_days, 0),
        hour=hour,
        weekday=weekday,
        age_years=np.where(age < 0, np.nan, age.astype(np.float64)),
        channel=channel,
        period=period,
        department=department,
        doctor=doctor,
        past_visits=past_visits,
        past_missed=past_missed,
    )


def booked_day(hospital: Hospital) -> DayNumber:
    return DayNumber(TruncDate("created_at", tzinfo=hospital.zone))


def place_in(field: str, values: tuple[str, ...]) -> Case:
    """The place of the field's value among `values`, −1 where it is none of them."""
    whens = [When(**{field: value, "then": Value(place)}) for place, value in enumerate(values)]
    return Case(*whens, default=Value(-1), output_field=IntegerField())


def _read(
    closed: QuerySet[Appointment],
    columns: dict[str, Any],
    *,
    visit_column: int,
    latest: int | None,
    on_progress: Progress | None,
) -> Integers:
    """The columns as an array (n, number of columns)."""
    chosen = closed.order_by() if latest is None else closed.order_by("-visit_date", "pk")[: latest + 1]
    rows: Iterator[tuple[int, ...]] = chosen.values_list(*columns.values()).iterator(chunk_size=ROWS_PER_PIECE)
    pieces, count = [np.empty((0, len(columns)), dtype=np.int64)], 0
    while piece := list(islice(rows, ROWS_PER_PIECE)):
        pieces.append(np.array(piece, dtype=np.int64))
        count += len(piece)
        if on_progress is not None:
            on_progress(count)
    found = np.concatenate(pieces)
    if latest is not None and count > latest:
        # Where the cut goes through a day, which of its bookings came first is chance.
        found = found[found[:, visit_column] > found[-1, visit_column]]
    return found
