"""One patient's way through everything, over HTTP: signing in, finding a doctor, booking, paying, being seen, being rated."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from booking.models import Appointment, EventKind
from booking.services.closing import ClosedDay, close_days_before
from booking.services.waitlist.passing import pass_on_seats
from booking.tasks import send_refunds
from hospitals.models import ClinicSession, Hospital
from scoring.services.nightly import score_hospital
from tests.factories.accounts import valid_resident_id
from tests.factories.booking import make_clinic, make_clinic_now
from tests.factories.hospitals import make_department, make_hospital
from tests.journey.conftest import Phone
from wechat.emulator.testing import Emulator

PEOPLES_SQUARE = "121.475,31.228"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def hospital() -> Hospital:
    make_hospital(code="far-away", name="远方医院", longitude=116.4, latitude=39.9)
    return make_hospital(code="nearby", name="近处医院", longitude=121.48, latitude=31.23)


@pytest.fixture
def session(hospital: Hospital, now: datetime) -> ClinicSession:
    """Running now, at 25 yuan."""
    return make_clinic_now(now=now, department=make_department(hospital=hospital, name="内科"), fee_fen=2500)


def register(phone: Phone, wechat: Emulator) -> int:
    """Sign in for the first time and add oneself; the patient's id."""
    assert phone.sign_in(wechat.login_code("周小舟"))["is_new"] is True
    me = phone.get("/me")
    added = phone.post(
        "/patients",
        {
            "name": "周小舟",
            "document_type": "01",
            "document_number": valid_resident_id(date(1990, 1, 31), "female"),
            "relationship": "self",
            "phone": "13800138000",
            "consents": ["health-data"],
            "consent_version": me["consent_version"],
        },
    )
    (patient,) = phone.get("/patients")
    assert patient == added
    return int(patient["id"])


def find_slot(phone: Phone, day: date, *, left: int = 20) -> dict[str, Any]:
    """From a place on the map to a window: hospital near → department → doctor → session → slot."""
    near = phone.get("/hospitals", near=PEOPLES_SQUARE)["results"]
    assert [hospital["code"] for hospital in near] == ["nearby", "far-away"]
    (group,) = phone.get("/hospitals/nearby/departments")
    (department,) = group["departments"]
    (doctor,) = phone.get("/hospitals/nearby/doctors", department=department["id"])["results"]
    (session,) = phone.get("/sessions", doctor=doctor["id"], **{"from": day.isoformat(), "to": day.isoformat()})["results"]
    assert (session["fee_fen"], session["seats_left"]) == (2500, left)
    slots = phone.get(f"/sessions/{session['id']}/slots")["slots"]
    free: dict[str, Any] = next(slot for slot in slots if slot["seats_left"])
    return free


def pay(wechat: Emulator, parameters: dict[str, str]) -> None:
    """The payment sheet opens, the patient pays, WeChat notifies the web server."""
    answer = requests.post(f"{wechat.base_url}/_emulator/request-payment", json=parameters | {"decision": "pay"}, timeout=10)
    assert answer.json() == {"errMsg": "requestPayment:ok"}
    assert wechat.deliver() == 1


def test_from_signing_in_to_tier_a(
    phone: Phone, wechat: Emulator, hospital: Hospital, session: ClinicSession, now: datetime
) -> None:
    patient = register(phone, wechat)
    slot = find_slot(phone, session.visit_date)

    booked = phone.post("/appointments", {"patient": patient, "slot": slot["id"]}, **{"Idempotency-Key": "first-booking"})
    code = booked["appointment"]["code"]
    assert (booked["appointment"]["status"], booked["appointment"]["channel"]) == ("pending", "same-day")
    assert phone.get(f"/sessions/{session.pk}/slots")["session"]["seats_left"] == 19

    pay(wechat, booked["payment"])
    shown = phone.get(f"/appointments/{code}")
    assert (shown["status"], shown["payment_order"]["paid_fen"]) == ("booked", 2500)
    assert [row["code"] for row in phone.get("/appointments", state="coming")["results"]] == [code]
    assert wechat.deliver() == 0  # the notification was taken

    assert phone.post(f"/appointments/{code}/check-in")["status"] == "checked-in"

    tomorrow = now + timedelta(days=1)
    closed = close_days_before(hospital=hospital, day=session.visit_date + timedelta(days=1), now=tomorrow)
    assert closed == ClosedDay(fulfilled=1, missed=0, withdrawn=0, sessions=1)
    score_hospital(hospital_id=hospital.pk, now=tomorrow)

    standing = phone.get("/standing", hospital="nearby", patient=patient)
    assert (standing["tier"], standing["score"], standing["total"], standing["fulfilled"]) == ("A", "100.00", 1, 1)
    assert standing["rates"] == {"fulfilled": 100.0, "unattended": 0.0, "cancelled": 0.0, "missed": 0.0}
    assert [row["outcome"] for row in phone.get("/appointments", state="past")["results"]] == ["fulfilled"]
    assert list(Appointment.objects.get().events.values_list("kind", flat=True)) == [
        EventKind.CREATED,
        EventKind.PAYMENT_RECEIVED,
        EventKind.BOOKED,
        EventKind.CHECKED_IN,
        EventKind.CLOSED,
    ]


def test_withdrawn_in_time_the_money_comes_back(phone: Phone, wechat: Emulator, hospital: Hospital, now: datetime) -> None:
    day = timezone.localdate(now) + timedelta(days=3)
    make_clinic(visit_date=day, department=make_department(hospital=hospital, name="内科"), fee_fen=2500)
    patient = register(phone, wechat)
    booked = phone.post("/appointments", {"patient": patient, "slot": find_slot(phone, day)["id"]})
    pay(wechat, booked["payment"])
    code = booked["appointment"]["code"]

    withdrawn = phone.post(f"/appointments/{code}/cancel", {"reason": "改日再来"})
    assert (withdrawn["appointment"]["status"], withdrawn["refund_fen"]) == ("cancelled", 2500)

    send_refunds.delay()
    assert wechat.deliver() == 1
    kinds = list(Appointment.objects.get().events.values_list("kind", flat=True))
    assert kinds[-3:] == [EventKind.CANCELLED, EventKind.REFUND_REQUESTED, EventKind.REFUND_DONE]
    # Nobody can tell when the seat comes back; nobody waits for one, so two hours later it has.
    find_slot(phone, day, left=19)
    pass_on_seats(now=now + timedelta(hours=2, minutes=1))
    find_slot(phone, day)
