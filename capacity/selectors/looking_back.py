"""What was expected of sessions that are over, and what came: by month, by doctor."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from capacity.models import SessionComparison
from capacity.selectors.drifts import DoctorDrift, doctor_drifts
from hospitals.models import Department, Doctor, Hospital

COUNTS = ("seen", "missed", "overload", "turned_away")
# Of which the model says how far chance takes them.
JUDGED = ("seen", "missed")
# Of the normal law.
CENTRAL_95 = 1.96
SUMS = {
    "sessions": Count("pk"),
    **{name: Sum(name) for name in COUNTS},
    **{f"expected_{name}": Sum(f"expected_{name}") for name in COUNTS},
    "seen_variance": Sum(F("seen_deviation") * F("seen_deviation")),
    "missed_variance": Sum(F("missed_deviation") * F("missed_deviation")),
    "seen_error": Sum("seen_error"),
    "missed_error": Sum("missed_error"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some sessions, in patients."""

    sessions: int
    expected: Mapping[str, float]
    came: Mapping[str, float]
    # Of `JUDGED`: the standard deviation of the difference's sum by the model, estimation errors included.
    deviation: Mapping[str, float]

    @classmethod
    def of(cls, sums: Mapping[str, Any]) -> "Tally":
        return cls(
            sessions=sums["sessions"],
            expected={name: sums[f"expected_{name}"] for name in COUNTS},
            came={name: sums[name] for name in COUNTS},
            deviation={name: math.hypot(math.sqrt(sums[f"{name}_variance"]), sums[f"{name}_error"]) for name in JUDGED},
        )

    def each(self, values: Mapping[str, float], name: str) -> float:
        """Per session."""
        return values[name] / self.sessions

    def difference(self, name: str) -> float:
        """Came beyond what was expected, per session."""
        return (self.came[name] - self.expected[name]) / self.sessions

    def margin(self, name: str) -> float:
        """How far chance takes that difference nineteen times in twenty where the model is right; of `JUDGED`."""
        return CENTRAL_95 * self.deviation[name] / self.sessions

    def is_chance(self, name: str) -> bool:
        """Whether the difference is no more than that."""
        return abs(self.difference(name)) <= self.margin(name)


@dataclass(frozen=True)
class LookingBack:
    """One hospital's comparisons between two days, both included; of a department or doctor where given."""

    hospital: Hospital
    first: date
    last: date
    today: date
    department: Department | None = None
    doctor: Doctor | None = None

    def comparisons(self) -> QuerySet[SessionComparison]:
        """All, also of sessions that had no plan."""
        rows = SessionComparison.objects.filter(hospital=self.hospital, visit_date__range=(self.first, self.last))
        if self.department is not None:
            rows = rows.filter(department=self.department)
        return rows if self.doctor is None else rows.filter(doctor=self.doctor)

    @cached_property
    def total(self) -> Tally | None:
        sums = self._judged().aggregate(**SUMS)
        return Tally.of(sums) if sums["sessions"] else None

    @cached_property
    def months(self) -> dict[date, Tally]:
        """By the first of the month."""
        rows = self._judged().annotate(month=TruncMonth("visit_date")).values("month").annotate(**SUMS).order_by("month")
        return {row["month"]: Tally.of(row) for row in rows}

    @cached_property
    def doctors(self) -> list[tuple[Department, Doctor | None, Tally, DoctorDrift | None]]:
        """Those with a drift first, then by department and name."""
        rows = list(self._judged().values("department", "doctor").annotate(**SUMS).order_by())
        departments = Department.objects.in_bulk({row["department"] for row in rows})
        doctors = Doctor.objects.in_bulk({row["doctor"] for row in rows} - {None})
        found = []
        for row in rows:
            doctor = doctors.get(row["doctor"])
            drift = self.drifts.get((row["department"], row["doctor"]))
            found.append((departments[row["department"]], doctor, Tally.of(row), drift))
        return sorted(found, key=_order)

    @cached_property
    def drifts(self) -> dict[tuple[int, int | None], DoctorDrift]:
        """Of the latest sessions, whatever the months looked at."""
        return doctor_drifts(hospital_id=self.hospital.pk, today=self.today)

    @property
    def without_plan(self) -> int:
        """Sessions of which nothing was expected."""
        return self.comparisons().filter(expected_seen__isnull=True).count()

    def _judged(self) -> QuerySet[SessionComparison]:
        return self.comparisons().filter(expected_seen__isnull=False).order_by()


def _order(row: tuple[Department, Doctor | None, Tally, DoctorDrift | None]) -> tuple[bool, str, int, str]:
    department, doctor, _, drift = row
    return not (drift and drift.is_warning), department.name, department.pk, doctor.name if doctor else ""
