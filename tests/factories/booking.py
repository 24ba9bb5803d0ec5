"""Accounts that can book and appointments made as patients make them: through the services, never as raw rows."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Patient, User
from accounts.services.tokens import issue_tokens
from booking.models import Appointment
from booking.services.appointments import book_appointment
from booking.services.idempotency import RequestKey
from booking.services.payments import record_payment
from hospitals.models import ClinicSession, Hospital, Slot
from tests.factories.accounts import give_health_consent, make_patient, make_user
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_registration_type, make_session
from wechat import pay

_serial = itertools.count(1)


@dataclass(frozen=True)
class Account:
    """A signed-in person with one patient."""

    user: User
    patient: Patient


def make_account(*, with_wechat: bool = True, **patient: Any) -> Account:
    """An account that came by WeChat, so that it can pay; `patient` are fields of its patient."""
    # 28 characters led by "o", as WeChat's are.
    user = make_user(openid=f"o{next(_serial):027d}" if with_wechat else None)
    account = Account(user, make_patient(user=user, **patient))
    give_health_consent(user=user, patient=account.patient)
    return account


def api_client(user: User) -> APIClient:
    """A client that sends the account's access token with each request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user=user, now=timezone.now()).access}")
    return client


def make_clinic(*, visit_date: date, fee_fen: int = 0, hospital: Hospital | None = None, **session: Any) -> ClinicSession:
    """A doctor's morning at `fee_fen`: `make_session` with its hospital, department and registration type."""
    if "department" in session:
        hospital = session["department"].hospital
    hospital = hospital or make_hospital()
    department = session.pop("department", None) or make_department(hospital=hospital)
    return make_session(
        visit_date=visit_date,
        doctor=make_doctor(department=department),
        department=department,
        registration_type=make_registration_type(hospital=hospital, fee_fen=fee_fen),
        **session,
    )


def make_clinic_now(*, now: datetime, **session: Any) -> ClinicSession:
    """A session that is running: it began ten minutes ago and ends in two hours."""
    begins, ends = now - timedelta(minutes=10), now + timedelta(hours=2)
    return make_clinic(visit_date=timezone.localdate(now), starts_at=begins, ends_at=ends, **session)


def slot_of(session: ClinicSession, place: int = 0) -> Slot:
    """The session's windows in their order; negative places count from the end."""
    return list(session.slots.order_by("starts_at"))[place]


def book(account: Account, slot: Slot | ClinicSession, *, now: datetime, request: RequestKey | None = None) -> Appointment:
    """Book a window, or a session's first window, for the account's patient."""
    wanted = slot_of(slot) if isinstance(slot, ClinicSession) else slot
    return book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=wanted.pk, now=now, request=request)


def make_appointment(
    *,
    now: datetime,
    account: Account | None = None,
    session: ClinicSession | None = None,
    slot: Slot | None = None,
    is_paid: bool = True,
    **clinic: Any,
) -> Appointment:
    """A booked appointment, for the third day from `now` where no session is given. A fee is paid unless `is_paid` is False."""
    if slot is None:
        session = session or make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), **clinic)
        slot = slot_of(session)
    appointment = book(account or make_account(), slot, now=now)
    if appointment.fee_fen and is_paid:
        record_payment(state=paid_state(appointment, now=now), now=now)
    appointment.refresh_from_db()
    return appointment


def paid_state(appointment: Appointment, *, now: datetime, **changes: Any) -> pay.OrderState:
    """What WeChat says of the appointment's order once it is paid."""
    order = appointment.payment_order
    told = {
        "out_trade_no": order.out_trade_no,
        "trade_state": "SUCCESS",
        "transaction_id": f"42{order.pk:026d}",
        "amount_fen": order.amount_fen,
        "success_time": now,
        "openid": order.openid,
    }
    return pay.OrderState(**told | changes)
