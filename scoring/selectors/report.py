"""Everything the page of the indicators and its exports show, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hospitals.models import Department, Hospital
from scoring.months import first_of_month, months_back, months_between
from scoring.selectors.assessment import DoctorAssessment, assess_doctors
from scoring.selectors.benchmark import Benchmark, benchmark
from scoring.selectors.indicators import (
    DepartmentTally,
    Tally,
    tallies_by_department,
    tallies_by_doctor,
    tallies_by_month,
)
from scoring.selectors.suggestions import Suggestion, suggest_flexible_slots


@dataclass(frozen=True)
class Report:
    """One hospital's indicators over the months from `first` to `last`, of one department where one is chosen.

    `today` is the day at the hospital. Each part is read when it is first asked for; an export of one table reads no other.
    """

    hospital: Hospital
    department: Department | None
    first: date
    last: date
    today: date

    @property
    def months(self) -> list[date]:
        return months_between(self.first, self.last)

    @property
    def last_full_month(self) -> date:
        """The last month of the range that is over: what the headline is about."""
        return min(self.last, months_back(first_of_month(self.today), 1))

    @cached_property
    def by_month(self) -> dict[date, Tally]:
        """Of the range and of the two months that the headline compares."""
        first = min(self.first, months_back(self.last_full_month, 1))
        department_id = self.department.pk if self.department else None
        return tallies_by_month(hospital_id=self.hospital.pk, first=first, last=self.last, department_id=department_id)

    @property
    def headline(self) -> tuple[Tally, Tally]:
        """The last full month and the one before it."""
        month = self.last_full_month
        return self.by_month.get(month, Tally()), self.by_month.get(months_back(month, 1), Tally())

    @cached_property
    def departments(self) -> list[DepartmentTally]:
        return tallies_by_department(hospital_id=self.hospital.pk, first=self.first, last=self.last)

    @cached_property
    def doctors(self) -> list[DoctorAssessment]:
        """Judged among all the hospital's doctors, so that a mark is the same whichever department is looked at."""
        doctors = tallies_by_doctor(hospital_id=self.hospital.pk, first=self.first, last=self.last)
        found = assess_doctors(departments=self.departments, doctors=doctors)
        return [one for one in found if self.department is None or one.doctor.department_id == self.department.pk]

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        return suggest_flexible_slots(hospital_id=self.hospital.pk, today=self.today)

    @cached_property
    def benchmark(self) -> Benchmark:
        """Of whole hospitals and full months only."""
        return benchmark(first=self.first, last=self.last_full_month)

    @cached_property
    def hospital_by_month(self) -> dict[date, Tally]:
        if self.department is None:
            return self.by_month
        return tallies_by_month(hospital_id=self.hospital.pk, first=self.first, last=self.last)
