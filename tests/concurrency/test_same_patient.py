"""One patient, or one request, twice at once."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import Appointment, IdempotencyRecord
from booking.services import appointments, wanted
from booking.services.standing import patient_on_footing
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.concurrency.race import kinds, race
from tests.factories.accounts import give_health_consent, link_patient, make_user
from tests.factories.booking import Account, api_client, book, make_account, make_clinic, slot_of
from tests.factories.hospitals import make_department, make_hospital

URL = "/api/v1/appointments"


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def two_sessions(now: datetime) -> list[ClinicSession]:
    """Of one department on one day: a patient may have one of them. The hospital has its policy, so that no one waits for it."""
    department, visit_date = make_department(hospital=make_hospital()), (now + timedelta(days=3)).date()
    sessions = [make_clinic(visit_date=visit_date, department=department) for _ in range(2)]
    effective_policy(hospital_id=department.hospital_id, registration_type_id=None, at=now)
    return sessions


@pytest.mark.usefixtures("oversells")
def test_control_without_the_patients_lock_the_caps_are_passed(
    account: Account, two_sessions: list[ClinicSession], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)
    really_write = appointments._write

    def write_together(*args: Any) -> Appointment:
        meeting.wait(10)
        return really_write(*args)

    monkeypatch.setattr(wanted, "lock_patient_on_footing", lambda user_id, **whose: patient_on_footing(**whose))
    monkeypatch.setattr(appointments, "_write", write_together)
    results = race(*[lambda session=session: book(account, session, now=now) for session in two_sessions])
    assert kinds(results) == ["Appointment", "Appointment"]


def test_the_caps_hold_for_two_sessions_at_once(account: Account, two_sessions: list[ClinicSession], now: datetime) -> None:
    results = race(*[lambda session=session: book(account, session, now=now) for session in two_sessions])
    assert kinds(results) == ["Appointment", "DepartmentDayCapReached"]
    assert Appointment.objects.count() == 1


def test_the_same_session_at_once_from_two_accounts(account: Account, two_sessions: list[ClinicSession], now: datetime) -> None:
    """A person whom two accounts carry is one patient."""
    other = make_user(openid="o" + "z" * 27)
    link_patient(user=other, patient=account.patient)
    give_health_consent(user=other, patient=account.patient)
    accounts = [account, Account(other, account.patient)]
    results = race(*[lambda one=one: book(one, two_sessions[0], now=now) for one in accounts])
    assert kinds(results) == ["AlreadyBooked", "Appointment"]
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("rated", [1, 20], ids=["last-seat", "plenty"])
def test_one_key_twice_at_once_books_once_and_answers_both_the_same(account: Account, now: datetime, rated: int) -> None:
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=rated)
    body = {"patient": account.patient.pk, "slot": slot_of(session).pk}
    clients = [api_client(account.user) for _ in range(4)]

    def tap(client: Any) -> Any:
        return client.post(URL, body, format="json", headers={"Idempotency-Key": "double-tap"})

    answers = race(*[lambda client=client: tap(client) for client in clients])

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert Appointment.objects.count() == 1
    assert IdempotencyRecord.objects.count() == 1


def test_one_key_twice_at_once_is_refused_the_same(account: Account, now: datetime) -> None:
    session = make_clinic(visit_date=(now + timedelta(days=40)).date())
    body = {"patient": account.patient.pk, "slot": slot_of(session).pk}
    clients = [api_client(account.user) for _ in range(4)]
    answers = race(
        *[
            lambda client=client: client.post(URL, body, format="json", headers={"Idempotency-Key": "double-tap"})
            for client in clients
        ]
    )
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "not-released")}
    assert IdempotencyRecord.objects.count() == 1


def test_one_key_for_two_requests_at_once_serves_one(account: Account, now: datetime) -> None:
    visit = (now + timedelta(days=3)).date()
    bodies = [{"patient": account.patient.pk, "slot": slot_of(make_clinic(visit_date=visit)).pk} for _ in range(2)]
    answers = race(
        *[
            lambda body=body: api_client(account.user).post(URL, body, format="json", headers={"Idempotency-Key": "double-tap"})
            for body in bodies
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Appointment.objects.count() == 1
