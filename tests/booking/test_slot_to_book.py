"""What the page of confirmation is told of a window, in one answer that writes nothing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from booking.booking_terms import terms_of
from booking.models import Appointment, RefusedAttempt, Standing, Tier
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.factories.booking import api_client, make_account, make_clinic


@pytest.fixture
def session(db: None) -> ClinicSession:
    today = timezone.now().astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    return make_clinic(visit_date=today + dt.timedelta(days=5), fee_fen=2500)


def address(session: ClinicSession) -> str:
    return f"/api/v1/slots/{session.slots.earliest('starts_at').pk}"


def rate(session: ClinicSession, patient_id: int, tier: Tier) -> None:
    Standing.objects.create(
        hospital=session.hospital,
        patient_id=patient_id,
        tier=tier,
        score=50,
        total=4,
        missed=4,
        as_of=session.visit_date,
        changed_at=timezone.now(),
    )


def test_anyone_sees_the_window_its_fee_and_the_rules(session: ClinicSession) -> None:
    found = APIClient().get(address(session)).json()

    assert found["hospital"]["code"] == session.hospital.code
    assert (found["session"]["id"], found["session"]["fee_fen"], found["session"]["state"]) == (session.pk, 2500, "open")
    assert found["slot"]["seats_left"] > 0
    assert (found["hold_minutes"], found["chance"]) == (10, None)
    eve = session.visit_date - dt.timedelta(days=1)
    assert found["terms"][0] == "提交后号源保留 10 分钟，逾期未支付自动释放。"
    assert f"{eve.month}月{eve.day}日 23:59 前可取消，全额退款；之后取消记为“预约未到”" in found["terms"][1]


def test_a_patient_hears_what_booking_itself_would_say(session: ClinicSession) -> None:
    account = make_account()
    rate(session, account.patient.pk, Tier.D)
    ClinicSession.objects.filter(pk=session.pk).update(is_hot=True)
    client = api_client(account.user)
    slot = session.slots.earliest("starts_at")

    chance = client.get(f"{address(session)}?patient={account.patient.pk}").json()["chance"]
    wanted = {"patient": account.patient.pk, "slot": slot.pk}
    refused = client.post("/api/v1/appointments", wanted, format="json", HTTP_IDEMPOTENCY_KEY="a-key-of-its-own").json()

    assert (chance["tier"], chance["is_bookable"]) == ("D", False)
    assert chance["reasons"][0] == {"code": refused["code"], "message": refused["message"]}
    assert refused["code"] == "hot-not-open-to-tier"


def test_a_patient_who_may_book_has_no_reasons_and_nothing_is_written(session: ClinicSession) -> None:
    account = make_account()

    chance = api_client(account.user).get(f"{address(session)}?patient={account.patient.pk}").json()["chance"]

    assert (chance["is_bookable"], chance["reasons"], chance["tier"]) == (True, [], "unrated")
    assert not Appointment.objects.exists()
    assert not RefusedAttempt.objects.exists()


def test_a_sold_out_window_is_told_and_is_no_refused_attempt(session: ClinicSession) -> None:
    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=0)
    account = make_account()

    found = api_client(account.user).get(f"{address(session)}?patient={account.patient.pk}").json()

    assert (found["session"]["state"], found["chance"]["is_bookable"]) == ("full", False)
    assert [reason["code"] for reason in found["chance"]["reasons"]] == ["session-full"]
    assert not RefusedAttempt.objects.exists()


def test_others_patients_and_closed_places_are_not_found(session: ClinicSession) -> None:
    account, other = make_account(), make_account()
    client = api_client(account.user)

    assert client.get(f"{address(session)}?patient={other.patient.pk}").status_code == 404
    assert APIClient().get(f"{address(session)}?patient={other.patient.pk}").status_code == 401
    assert client.get(f"{address(session)}?patient=one").status_code == 400
    session.hospital.is_active = False
    session.hospital.save()
    assert client.get(address(session)).status_code == 404


def test_as_many_queries_however_many_windows(session: ClinicSession) -> None:
    account = make_account()
    client, where = api_client(account.user), f"{address(session)}?patient={account.patient.pk}"
    for _ in range(2):  # the policy is read once a process
        client.get(where)
    with CaptureQueriesContext(connection) as many:
        client.get(where)
    assert session.slots.count() > 3
    session.slots.order_by("-starts_at")[:1].get().delete()
    with CaptureQueriesContext(connection) as fewer:
        client.get(where)
    assert len(many) == len(fewer) <= 8


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"late_refund_percent": 0}, "之后取消记为“预约未到”，不退款。"),
        ({"late_refund_percent": 50}, "之后取消记为“预约未到”，退还 50%。"),
        ({"late_refund_percent": 100}, "之后取消记为“预约未到”，仍全额退款。"),
        ({"missed_limit": 0}, "未取消也未到诊记为失约，会影响您的履约等级。"),
        ({"moves_allowed": 2}, "截止时间前可改期 2 次。"),
    ],
)
def test_the_sentences_follow_the_policy(session: ClinicSession, changes: dict[str, int], expected: str) -> None:
    now = timezone.now()
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    for name, value in changes.items():
        setattr(policy, name, value)
    slot = session.slots.earliest("starts_at")

    terms = terms_of(session=session, slot=slot, policy=policy, channel="advance", now=now)

    assert any(expected in sentence for sentence in terms), terms
