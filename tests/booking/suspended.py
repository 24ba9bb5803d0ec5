"""A suspended morning and what stands in for it."""

from typing import Any

from accounts.models import User
from booking.models import Choice
from booking.services.choices import Chosen, choose
from booking.services.suspension import Suspended, suspend_session
from hospitals.models import ClinicSession, DoctorTitle
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_doctor, make_registration_type, make_session


def another_session(
    of: ClinicSession, *, fee_fen: int | None = None, title: str = DoctorTitle.CHIEF, **changes: Any
) -> ClinicSession:
    """Another doctor's session of the same department, on the same morning unless said otherwise."""
    department = changes.pop("department", of.department)
    fee = of.fee_fen if fee_fen is None else fee_fen
    given: dict[str, Any] = {
        "visit_date": of.visit_date,
        "department": department,
        "doctor": make_doctor(department=department, title=title),
        "registration_type": make_registration_type(hospital=of.hospital, fee_fen=fee),
    }
    return make_session(**given | changes)


def suspend(session: ClinicSession, substitute: ClinicSession | None = None, **changes: Any) -> Suspended:
    given: dict[str, Any] = {
        "session_id": session.pk,
        "reason": "医生临时外出会诊",
        "by": make_staff(),
        "now": NOW,
        "substitute_session_id": substitute.pk if substitute else None,
    }
    return suspend_session(**given | changes)


def chosen(appointment: Any, choice: Choice, *, user: User | None = None, slot: Any = None, now: Any = NOW) -> Chosen:
    """What the account that booked the appointment chooses."""
    return choose(
        appointment_id=appointment.pk,
        choice=choice,
        user=user or appointment.booked_by,
        slot_id=slot.pk if slot is not None else None,
        now=now,
    )


def set_policy(session: ClinicSession, **changes: Any) -> None:
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=NOW)
