"""Departments and doctors of a hospital."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from accounts.compiled import CompiledQuery
from hospitals.models import ClinicSession, Department, Doctor, Hospital, SessionStatus

# Departments whose subject is not recorded, shown last.
OTHER_SUBJECT_NAME = "其他科室"


@dataclass(frozen=True, slots=True)
class SubjectGroup:
    """The departments under one first-level subject (e.g. 03 内科); the code is empty where the subject is not recorded."""

    code: str
    name: str
    departments: list[Department]


def open_departments(hospital: Hospital | None = None) -> QuerySet[Department]:
    """Departments that patients may see, of one hospital or of all."""
    departments = Department.objects.filter(is_active=True, hospital__is_active=True)
    return departments.filter(hospital=hospital) if hospital else departments


def open_department(department_id: int) -> Department | None:
    """The department with its hospital, where patients may see it."""
    return _OPEN.first(department_id=department_id)


_OPEN = CompiledQuery(
    lambda department_id: open_departments().select_related("hospital").filter(pk=department_id).order_by(), department_id=int
)


def department_tree(hospital: Hospital) -> list[SubjectGroup]:
    """Return the open departments in the order of the ministry's list. One query."""
    groups: dict[str, SubjectGroup] = {}
    for department in open_departments(hospital).select_related("subject__parent").order_by("subject_id", "code"):
        subject = department.subject
        top = (subject.parent or subject) if subject else None
        code, name = (top.code, top.name) if top else ("", OTHER_SUBJECT_NAME)
        groups.setdefault(code, SubjectGroup(code, name, [])).departments.append(department)
    return sorted(groups.values(), key=lambda group: (group.code == "", group.code))


def doctors_of(
    hospital: Hospital,
    *,
    now: datetime,
    department_id: int | None = None,
    on: date | None = None,
    title: str = "",
    hot: bool | None = None,
) -> QuerySet[Doctor]:
    """Return the doctors who see patients, with `is_hot`: a session to come is hot.

    `on` keeps those with a session on that date (suspended ones do not count).
    """
    doctors = active_doctors(now=now).filter(hospital=hospital)
    if department_id is not None:
        doctors = doctors.filter(department_id=department_id)
    if on is not None:
        doctors = doctors.filter(Exists(_sessions_of_doctor().filter(visit_date=on)))
    if title:
        doctors = doctors.filter(title=title)
    if hot is not None:
        hot_session = Exists(_hot_sessions_to_come(now))
        doctors = doctors.filter(hot_session if hot else ~hot_session)
    return doctors


def active_doctors(*, now: datetime) -> QuerySet[Doctor]:
    """Doctors whose hospital and department are open too, annotated with `is_hot`."""
    return (
        Doctor.objects.filter(is_active=True, department__is_active=True, hospital__is_active=True)
        .select_related("department", "hospital")
        .annotate(is_hot=Exists(_hot_sessions_to_come(now)))
        .order_by("code", "id")
    )


def _hot_sessions_to_come(now: datetime) -> QuerySet[ClinicSession]:
    # The date is in the index, which the hour is not; one day of slack covers every zone.
    return _sessions_of_doctor().filter(is_hot=True, visit_date__gte=now.date() - timedelta(days=1), ends_at__gt=now)


def _sessions_of_doctor() -> QuerySet[ClinicSession]:
    return ClinicSession.objects.filter(doctor=OuterRef("pk"), status=SessionStatus.ACTIVE)
