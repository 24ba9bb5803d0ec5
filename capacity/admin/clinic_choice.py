"""Which clinic a page is asked about: hospital, department, doctor, place in the week. What is left out is the first there is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from capacity.admin.own_hospitals import chosen_hospital
from capacity.models import CapacityPlan
from capacity.selectors.clinics import Clinic, clinic_of, clinics_of, departments_with_clinics, doctors_with_clinics
from hospitals.models import ClinicSession, Department, Doctor, Hospital

# In addresses, in the place of a doctor.
GENERAL = "general"
# Longer numbers are no keys of the database.
MOST_DIGITS = 18

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ClinicChoice:
    """What may be chosen, and what is. `clinic` is None where the hospital has no clinics; `plan` is a plan's key."""

    hospitals: list[Hospital]
    hospital: Hospital
    departments: list[Department]
    department_id: int | None
    doctors: list[Doctor | None]
    clinics: list[Clinic]
    clinic: Clinic | None
    plan: int | None

    @property
    def address(self) -> str:
        """The same choice as the query of an address."""
        if self.clinic is None:
            return urlencode({"hospital": self.hospital.pk})
        chosen = clinic_query(self.clinic)
        return urlencode(chosen | {"plan": self.plan} if self.plan else chosen)

    @property
    def doctor_options(self) -> list[tuple[str, str, bool]]:
        """Value, words, whether it is chosen."""
        chosen = doctor_key(self.clinic.doctor) if self.clinic else ""
        return [(doctor_key(one), str(one) if one else "科室普通号", doctor_key(one) == chosen) for one in self.doctors]

    @property
    def clinic_options(self) -> list[tuple[str, str, bool]]:
        return [(str(one.place), one.place.name, one == self.clinic) for one in self.clinics]


def clinic_query(clinic: Clinic) -> dict[str, object]:
    """What names a clinic in an address."""
    return {"department": clinic.department.pk, "doctor": doctor_key(clinic.doctor), "clinic": str(clinic.place)}


def doctor_key(doctor: Doctor | None) -> str:
    return str(doctor.pk) if doctor else GENERAL


def read_choice(data: QueryDict, *, hospitals: list[Hospital], now: datetime) -> ClinicChoice:
    """`data` may name a plan or a session instead, or a doctor alone. Raises Http404 for what is not of `hospitals`.

    A doctor or a place that does not go with what stands before it gives way to the first: so the chooser works without a script,
    where the doctor of the department before is still chosen.
    """
    mine = {hospital.pk: hospital for hospital in hospitals}
    wanted = _clinic_of_row(data, mine)
    department_id = wanted.department.pk if wanted else _department_id(data, mine)
    department = None
    if department_id is not None:
        department = Department.objects.filter(pk=department_id, hospital__in=mine).first()
        if department is None:
            raise Http404
    hospital = mine[department.hospital_id] if department else chosen_hospital(hospitals, data.get("hospital", ""))
    today = now.astimezone(hospital.zone).date()
    departments = departments_with_clinics(hospital_id=hospital.pk, today=today)
    if department is None:
        department = departments[0] if departments else None
    if department is None:
        return ClinicChoice(hospitals, hospital, [], None, [], [], None, None)
    department.hospital = hospital
    doctors = doctors_with_clinics(department=department, today=today)
    doctor_wanted = doctor_key(wanted.doctor) if wanted else data.get("doctor", "")
    if "department" not in data and doctor_wanted and doctor_wanted not in map(doctor_key, doctors):
        # A doctor who is named alone gives way to nobody.
        return ClinicChoice(hospitals, hospital, departments, department.pk, doctors, [], None, None)
    doctor = _first(doctors, doctor_wanted, doctor_key)
    clinics = clinics_of(department=department, doctor=doctor, today=today) if doctors else []
    place_wanted = str(wanted.place) if wanted else data.get("clinic", "")
    clinic = _first(clinics, place_wanted, lambda one: str(one.place))
    return ClinicChoice(
        hospitals, hospital, departments, department.pk, doctors, clinics, clinic, _key(data.get("plan", "")) or None
    )


def _clinic_of_row(data: QueryDict, mine: dict[int, Hospital]) -> Clinic | None:
    """The clinic of the plan or session that is named."""
    sessions = ClinicSession.objects.filter(hospital__in=mine).select_related("department", "doctor")
    if plan := data.get("plan"):
        session = sessions.filter(pk__in=CapacityPlan.objects.filter(pk=_key(plan)).values("session")).first()
    elif named := data.get("session"):
        session = sessions.filter(pk=_key(named)).first()
    else:
        return None
    if session is None:
        raise Http404
    return clinic_of(session)


def _department_id(data: QueryDict, mine: dict[int, Hospital]) -> int | None:
    if text := data.get("department"):
        return _key(text)
    doctor = data.get("doctor", "")
    if not doctor or doctor == GENERAL:
        return None
    found = Doctor.objects.filter(pk=_key(doctor), hospital__in=mine).first()
    if found is None:
        raise Http404
    held = found.sessions.order_by("-visit_date", "-pk").values_list("department", flat=True).first()
    return held or found.department_id


def _key(text: str) -> int:
    """0, which is no row's, for what is no key."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0


def _first(offered: Iterable[T], wanted: str, key: Callable[[T], str]) -> T | None:
    listed = list(offered)
    return next((one for one in listed if key(one) == wanted), listed[0] if listed else None)
