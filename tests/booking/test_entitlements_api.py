"""A patient's perks by the API, and redeeming them in the admin."""

from datetime import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from booking.models import Entitlement, EntitlementKind, Tier
from booking.services.entitlements.granting import grant_period_entitlements
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.booking.rated import rate, rated
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_appointment, make_clinic_now
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db
URL = "/api/v1/entitlements"
LIST, USE = reverse("admin:booking_entitlement_changelist"), reverse("admin:booking_entitlement_use")


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def account(hospital: Hospital, now: datetime) -> Account:
    account = rated(hospital, Tier.A, now=now)
    grant_period_entitlements(hospital=hospital, now=now)
    return account


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def examination(account: Account) -> Entitlement:
    return account.patient.entitlements.get(kind=EntitlementKind.EXAMINATION)


def rows(client: APIClient, account: Account, hospital: Hospital) -> dict[str, dict[str, str]]:
    answer = client.get(URL, {"hospital": hospital.code, "patient": account.patient.pk})
    assert answer.status_code == 200, answer.content.decode()
    return {row["kind"]: row for row in answer.json()["results"]}


def desk(hospital: Hospital) -> Client:
    user = make_staff(last_name="陈", first_name="静")
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.DESK)
    client = Client()
    client.force_login(user)
    return client


def test_the_list(client: APIClient, account: Account, hospital: Hospital, examination: Entitlement) -> None:
    told = rows(client, account, hospital)
    assert {kind: row["state"] for kind, row in told.items()} == {
        "free-move": "available",
        "examination": "available",
        "queue-free": "available",
    }
    # Only what is shown at the desk has a code to show.
    assert {kind: row["code"] for kind, row in told.items()} == {
        "free-move": None,
        "examination": examination.code,
        "queue-free": None,
    }
    assert told["examination"]["sentence"].startswith("免费口腔检查，")


def test_when_the_tier_falls(client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
    rate(account, hospital, Tier.C, now=now)
    row = rows(client, account, hospital)["examination"]
    assert (row["state"], row["state_label"], row["code"]) == ("paused", "暂停使用", None)
    assert "等级恢复后可继续使用" in row["sentence"]


def test_the_check_in_code_says_who_need_not_queue(
    client: APIClient, account: Account, hospital: Hospital, now: datetime
) -> None:
    def shown() -> bool:
        return client.get(f"/api/v1/appointments/{appointment.code}/check-in-code").json()["is_registration_queue_free"]

    appointment = make_appointment(now=now, account=account, session=make_clinic_now(now=now, hospital=hospital))
    assert shown() is True
    rate(account, hospital, Tier.B, now=now)
    assert shown() is False


def test_a_code_shows_what_it_is_and_is_redeemed_on_a_word(hospital: Hospital, examination: Entitlement, now: datetime) -> None:
    client = desk(hospital)
    before = everything()
    body = client.get(USE, {"code": examination.code.lower()}).content.decode()
    for shown in ("免费口腔检查", examination.patient.masked_name, "确认核销"):
        assert shown in body
    client.post(USE, {"code": examination.code})
    assert everything() == before

    answer = client.post(USE, {"code": examination.code, "confirmed": "确认核销"}, follow=True)
    assert "已核销" in answer.content.decode()
    examination.refresh_from_db()
    assert examination.used_at is not None
    assert examination.used_by.last_name == "陈"
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["核销"]

    again = client.post(USE, {"code": examination.code, "confirmed": "确认核销"}, follow=True).content.decode()
    assert "该权益已于" in again
    assert "确认核销" not in client.get(USE, {"code": examination.code}).content.decode()


@pytest.mark.parametrize("code", ["0" * 16, "", "x" * 41, "\x00", "' OR 1=1"])
def test_what_is_no_code(hospital: Hospital, examination: Entitlement, code: str) -> None:
    before = everything()
    answer = desk(hospital).post(USE, {"code": code, "confirmed": "确认核销"})
    assert answer.status_code == 200
    assert answer.context["found"] is None
    assert answer.context["form"].errors
    assert everything() == before


def test_another_hospitals_is_not_there(examination: Entitlement) -> None:
    client, before = desk(make_hospital()), everything()
    assert client.get(LIST).context["cl"].result_count == 0
    assert client.post(USE, {"code": examination.code, "confirmed": "1"}).context["found"] is None
    assert client.get(reverse("admin:booking_entitlement_change", args=[examination.pk])).status_code == 404
    assert everything() == before


def test_the_list_is_found_by_code_and_state(
    account: Account, hospital: Hospital, examination: Entitlement, now: datetime
) -> None:
    other = rated(hospital, Tier.B, now=now)
    grant_period_entitlements(hospital=hospital, now=now)
    Entitlement.objects.filter(patient=account.patient, kind=EntitlementKind.FREE_MOVE).update(used_at=now)
    rate(other, hospital, Tier.C, now=now)
    client = desk(hospital)

    def found(**query: str) -> set[tuple[str, str]]:
        return {(row.kind, row.tier) for row in client.get(LIST, query).context["cl"].result_list}

    assert found(q=examination.code) == {("examination", "A")}
    assert found(state="available") == {("examination", "A"), ("queue-free", "A")}
    assert found(state="used") == {("free-move", "A")}
    assert found(state="paused") == {("free-move", "B")}
    assert found(state="expired") == found(state="withdrawn") == set()
    assert f"{USE}?code={examination.code}" in client.get(LIST).content.decode()


def test_costs_the_same_for_many(client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
    costs = []
    for serial in (2, 3):
        Entitlement.objects.create(
            hospital=hospital,
            patient=account.patient,
            kind=EntitlementKind.FREE_MOVE,
            tier=Tier.A,
            serial=serial,
            starts_at=now,
            ends_at=now.replace(year=now.year + 1),
        )
        with CaptureQueriesContext(connection) as captured:
            rows(client, account, hospital)
        costs.append(len(captured))
    assert costs[0] == costs[1]
