"""Sums of a hospital's monthly indicators: by month, by department, by doctor. One query each, however many rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, QuerySet, Sum

from hospitals.models import DoctorTitle
from scoring.models import MonthlyIndicator

RATES: Final = ("fulfilled", "unattended", "cancelled", "missed")
COUNTS: Final = ("total", *RATES, "void")
TITLES: Final = dict(DoctorTitle.choices)


@dataclass(frozen=True, slots=True)
class Tally:
    """Closed appointments by outcome. The four make up the total; void ones stand beside it."""

    total: int = 0
    fulfilled: int = 0
    unattended: int = 0
    cancelled: int = 0
    missed: int = 0
    void: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in COUNTS))

    def rate(self, name: str) -> float | None:
        """The share (0–1) of one of RATES; None where nothing was counted, which is no zero."""
        return getattr(self, name) / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class DepartmentTally:
    """`months` is how many of the months asked for have anything of the department."""

    department_id: int
    name: str
    months: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class DoctorTally:
    """A doctor's part in one department: who worked in two has two."""

    department_id: int
    doctor_id: int
    name: str
    title: str
    code: str
    tally: Tally


def added(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def tallies_by_month(*, hospital_id: int, first: date, last: date, department_id: int | None = None) -> dict[date, Tally]:
    """The hospital's (or one department's) months from `first` to `last` that have anything, in order."""
    rows = _rows(hospital_id, first, last).filter(doctor=None)
    if department_id is not None:
        rows = rows.filter(department_id=department_id)
    return {month: _tally(counts) for month, *counts in _summed(rows, "month").order_by("month")}


def tallies_by_department(*, hospital_id: int, first: date, last: date) -> list[DepartmentTally]:
    """Departments with anything in those months, by code."""
    rows = _summed(_rows(hospital_id, first, last).filter(doctor=None), "department__code", "department_id", "department__name")
    # A department has one row a month.
    rows = rows.annotate(months=Count("pk")).order_by("department__code")
    return [DepartmentTally(pk, name, months, _tally(counts)) for _, pk, name, *counts, months in rows]


def tallies_by_doctor(*, hospital_id: int, first: date, last: date) -> list[DoctorTally]:
    """Doctors with anything in those months, by the department's code and their own."""
    columns = ("department__code", "doctor__code", "department_id", "doctor_id", "doctor__name", "doctor__title")
    rows = _summed(_rows(hospital_id, first, last).exclude(doctor=None), *columns).order_by(*columns[:4])
    return [
        DoctorTally(department_id, doctor_id, name, TITLES.get(title, title), code, _tally(counts))
        for _, code, department_id, doctor_id, name, title, *counts in rows
    ]


def months_on_record(*, hospital_id: int) -> tuple[date, date] | None:
    """The first and the last month with an indicator, or None."""
    months = MonthlyIndicator.objects.filter(hospital_id=hospital_id).order_by("month").values_list("month", flat=True)
    first, last = months.first(), months.last()
    return None if first is None or last is None else (first, last)


def _rows(hospital_id: int, first: date, last: date) -> QuerySet[MonthlyIndicator]:
    return MonthlyIndicator.objects.filter(hospital_id=hospital_id, month__gte=first, month__lte=last)


def _summed(rows: QuerySet[MonthlyIndicator], *by: str) -> Any:
    return rows.order_by().values_list(*by).annotate(*(Sum(name) for name in COUNTS))


def _tally(counts: Iterable[Any]) -> Tally:
    return Tally(*(int(count) for count in counts))
