"""Full sessions, and people who wait for a seat in them."""

from datetime import datetime, time, timedelta
from typing import Any

from booking.models import Appointment, CancelledBy, WaitlistEntry
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import SYSTEM
from booking.services.waitlist.joining import join_waitlist
from hospitals.models import ClinicSession, Hospital
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, VISIT, at
from tests.factories.booking import Account, book, make_account, make_clinic


def full_session(*, seats: int = 1, now: datetime = NOW, **session: Any) -> tuple[ClinicSession, list[Appointment]]:
    """A session of one window that is booked up, and its bookings."""
    clinic = make_clinic(**{"visit_date": VISIT, "rated_capacity": seats, "slot_minutes": 240} | session)
    return clinic, [book(make_account(), clinic, now=now) for _ in range(clinic.advance_quota)]


def full_session_now(now: datetime, *, seats: int = 1, **session: Any) -> ClinicSession:
    """As above, for what runs by the real clock: in five days, and its waitlist is open at any hour of the day."""
    clinic, _ = full_session(**{"visit_date": (now + timedelta(days=5)).date(), "seats": seats} | session, now=now)
    set_policy_from(now, clinic.hospital, **ALL_DAY)
    return clinic


def set_policy_from(now: datetime, hospital: Hospital, **changes: Any) -> None:
    """In force since the day before."""
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=now - timedelta(days=1))


ALL_DAY = {
    "waitlist_opens_time": time(0),
    "waitlist_closes_time": time(23, 59, 59),
    "waitlist_pending_per_patient": 10,
    "live_per_week": 10,
    "live_per_department_day": 2,
}


def wait_for(session: ClinicSession, account: Account | None = None, *, now: datetime = NOW) -> WaitlistEntry:
    """The account's place in the session's waitlist, somebody new's without one."""
    account = account or make_account()
    return join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=session.pk, now=now).entry


def cancel(appointment: Appointment, *, now: datetime = NOW, by: CancelledBy = CancelledBy.HOSPITAL) -> None:
    cancel_appointment(appointment_id=appointment.pk, by=by, actor=SYSTEM, now=now)


def set_policy(hospital: Hospital, **changes: Any) -> None:
    """In force since before anything happens at VISIT's sessions."""
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=at("00:00", days=-30))


def reread(entry: WaitlistEntry) -> WaitlistEntry:
    return WaitlistEntry.objects.select_related("appointment__slot").get(pk=entry.pk)
