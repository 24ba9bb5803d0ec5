"""How many patients wanted a department on each day, and how many seats it laid out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, F, Max, OuterRef, QuerySet, Sum, Value

from booking.models import Appointment, Outcome, RefusedAttempt
from hospitals.models import ClinicSession, Hospital, SessionStatus

# What was wanted, whatever became of it: a number that was given back, or not come for, was wanted when it was taken. Void ones
# were not: mistakes, the earlier links of a chain of moves, and what the hospital itself took back.
WANTED = (Outcome.FULFILLED, Outcome.UNATTENDED, Outcome.CANCELLED, Outcome.MISSED)

DailyCounts = Mapping[tuple[int, date], int]


def last_closed_day(*, hospital: Hospital, before: date) -> date | None:
    """The last visit day whose appointments have come to an end: later days are not known yet."""
    closed = Appointment.objects.filter(hospital=hospital, visit_date__lt=before, outcome__in=WANTED)
    return closed.aggregate(last=Max("visit_date"))["last"]


def daily_demand(*, hospital: Hospital, since: date, until: date, department_id: int | None = None) -> DailyCounts:
    """By (department, visit day), both days included: the appointments made for it, and the patients who found it full.

    A patient who was turned away counts once a department and day, and not where they got a number there after all. Without them
    a department that is sold out each day would seem to be wanted by exactly as many as it has seats for. One query.
    """
    booked = Appointment.objects.filter(hospital=hospital, visit_date__range=(since, until), outcome__in=WANTED)
    refused = RefusedAttempt.objects.filter(session__hospital=hospital, session__visit_date__range=(since, until))
    if department_id is not None:
        booked, refused = booked.filter(department_id=department_id), refused.filter(session__department_id=department_id)
    counted = (
        booked.order_by()
        .values(place=F("department_id"), day=F("visit_date"))
        .annotate(count=Count("pk"), source=Value("booked", output_field=CharField()))
    )
    found: dict[tuple[int, date], int] = {}
    for row in counted.union(_turned_away(refused), all=True):
        key = (row["place"], row["day"])
        found[key] = found.get(key, 0) + row["count"]
    return found


def daily_seats(*, hospital: Hospital, since: date, until: date) -> DailyCounts:
    """By (department, visit day): the rated seats of the sessions that were not suspended. One query."""
    sessions = ClinicSession.objects.filter(hospital=hospital, visit_date__range=(since, until))
    rows = (
        sessions.exclude(status=SessionStatus.SUSPENDED)
        .order_by()
        .values_list("department_id", "visit_date")
        .annotate(seats=Sum("rated_capacity"))
    )
    return {(department_id, day): seats for department_id, day, seats in rows}


def _turned_away(refused: "QuerySet[RefusedAttempt]") -> "QuerySet[RefusedAttempt, Any]":
    got_one = Appointment.objects.filter(
        patient_id=OuterRef("patient_id"),
        visit_date=OuterRef("session__visit_date"),
        department_id=OuterRef("session__department_id"),
        outcome__in=WANTED,
    )
    return (
        refused.filter(~Exists(got_one))
        .order_by()
        .values(place=F("session__department_id"), day=F("session__visit_date"))
        .annotate(count=Count("patient_id", distinct=True), source=Value("refused", output_field=CharField()))
    )
