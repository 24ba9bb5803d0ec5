"""Which clinics a hospital has: what recurs and gets quotas of its own, a doctor's (or department's) weekday and half day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractIsoWeekDay

from hospitals.models import ClinicSession, Department, Doctor, Period, Weekday

# A clinic that was not held for so long, and is not laid out, is offered no more.
DAYS_BACK = 365


@dataclass(frozen=True, slots=True)
class ClinicPlace:
    """A clinic's place in the week. As text: `1-am`."""

    weekday: int
    period: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what names no place of a week."""
        weekday, _, period = text.partition("-")
        known = weekday in map(str, Weekday.values) and period in Period.values
        return cls(int(weekday), period) if known else None

    def __str__(self) -> str:
        return f"{self.weekday}-{self.period}"

    @property
    def name(self) -> str:
        return f"{Weekday(self.weekday).label}{Period(self.period).label}"

    @property
    def order(self) -> tuple[int, int]:
        return self.weekday, list(Period).index(Period(self.period))


@dataclass(frozen=True, slots=True)
class Clinic:
    """Without a doctor: the department's own numbers (普通号)."""

    department: Department
    doctor: Doctor | None
    place: ClinicPlace

    @property
    def who(self) -> str:
        return self.doctor.name if self.doctor else f"{self.department.name}普通号"

    def __str__(self) -> str:
        return f"{self.who} {self.place.name}"

    def sessions(self) -> QuerySet[ClinicSession]:
        """All of it, past and to come, in no order."""
        return ClinicSession.objects.filter(
            Q(doctor=self.doctor) if self.doctor else Q(doctor__isnull=True),
            department=self.department,
            period=self.place.period,
            visit_date__iso_week_day=self.place.weekday,
        ).order_by()


def departments_with_clinics(*, hospital_id: int, today: date) -> list[Department]:
    recent = _recent(today).filter(hospital_id=hospital_id)
    return list(Department.objects.filter(hospital_id=hospital_id, pk__in=recent.values("department")).order_by("code", "pk"))


def doctors_with_clinics(*, department: Department, today: date) -> list[Doctor | None]:
    """By their codes; None, last, where the department has clinics without a doctor."""
    ids = set(_recent(today).filter(department=department).values_list("doctor_id", flat=True).distinct())
    doctors: list[Doctor | None] = list(Doctor.objects.filter(pk__in=ids - {None}).order_by("code", "pk"))
    return [*doctors, None] if None in ids else doctors


def clinics_of(*, department: Department, doctor: Doctor | None, today: date) -> list[Clinic]:
    """In the order of the week."""
    whose = Q(doctor=doctor) if doctor else Q(doctor__isnull=True)
    rows = _recent(today).filter(whose, department=department).annotate(weekday=ExtractIsoWeekDay("visit_date"))
    places = {ClinicPlace(weekday, period) for weekday, period in rows.values_list("weekday", "period").distinct()}
    return [Clinic(department, doctor, place) for place in sorted(places, key=lambda place: place.order)]


def clinic_of(session: ClinicSession) -> Clinic:
    return Clinic(session.department, session.doctor, ClinicPlace(session.visit_date.isoweekday(), session.period))


def _recent(today: date) -> QuerySet[ClinicSession]:
    return ClinicSession.objects.filter(visit_date__gte=today - timedelta(days=DAYS_BACK)).order_by()
