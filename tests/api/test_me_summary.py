"""A person's own page in one request: the account, whose standings, and what waits behind each entry."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import AppealCause, Entitlement, EntitlementKind, Restriction, Tier
from booking.services.appeals.filing import file_appeal, withdraw_appeal
from hospitals.models import Hospital
from notifications.services.collecting import collect_messages
from tests.booking.appealing import NIGHT, missed
from tests.booking.rated import rate
from tests.booking.waiting import full_session, wait_for
from tests.factories.accounts import make_patient
from tests.factories.booking import Account, api_client, make_account, make_appointment
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def account() -> Account:
    return make_account()


def told(account: Account, **query: Any) -> dict[str, Any]:
    answer = api_client(account.user).get("/api/v1/me/summary", query)
    assert answer.status_code == 200, answer.content.decode()
    return dict(answer.json())


def give(account: Account, hospital: Hospital, tier: Tier, *, now: datetime, serial: int = 1, **changes: Any) -> Entitlement:
    period = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)} | changes
    mine = {"patient": account.patient, "hospital": hospital, "kind": EntitlementKind.FREE_MOVE, "tier": tier, "serial": serial}
    return Entitlement.objects.create(**mine, **period)


def pause(account: Account, hospital: Hospital, *, now: datetime, **changes: Any) -> None:
    period = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=9)} | changes
    Restriction.objects.create(patient=account.patient, hospital=hospital, missed_count=3, **period)


def test_of_somebody_new(account: Account) -> None:
    client = api_client(account.user)
    assert told(account) == {
        "account": client.get("/api/v1/me").json(),
        "patients": 1,
        "patient": {"id": account.patient.pk, "name": account.patient.name},
        "standings": [],
        "waiting": 0,
        "unread_messages": 0,
        "open_appeals": 0,
    }


def test_of_an_account_without_patients(account: Account) -> None:
    account.user.patient_links.update(removed_at=timezone.now())
    assert (told(account)["patients"], told(account)["patient"], told(account)["standings"]) == (0, None, [])


def test_needs_signing_in() -> None:
    assert APIClient().get("/api/v1/me/summary").status_code == 401


class TestStandings:
    def test_of_the_patient_who_is_named(self, account: Account, now: datetime) -> None:
        hospital, second = make_hospital(), Account(account.user, make_patient(user=account.user, name="李晓红"))
        rate(account, hospital, Tier.A, now=now)
        rate(second, hospital, Tier.D, now=now)
        rate(make_account(), make_hospital(), Tier.B, now=now)
        entry = {"hospital": hospital.code, "hospital_name": hospital.name, "is_paused": False, "perks": 0}
        assert told(account)["standings"] == [entry | {"tier": "A", "tier_label": "A 级", "score": "95.00"}]
        other = told(account, patient=second.patient.pk)
        assert (other["patients"], other["patient"]["name"]) == (2, "李晓红")
        assert other["standings"] == [entry | {"tier": "D", "tier_label": "D 级", "score": "60.00"}]

    def test_anothers_patient_is_not_found(self, account: Account) -> None:
        answer = api_client(account.user).get("/api/v1/me/summary", {"patient": make_account().patient.pk})
        assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found")

    def test_pauses_come_first_then_what_changed_last_and_no_more_than_three(self, account: Account, now: datetime) -> None:
        old, new, newer, newest = (make_hospital() for _ in range(4))
        for days, hospital in enumerate((newest, newer, new, old)):
            rate(account, hospital, Tier.C, now=now - timedelta(days=days))
        pause(account, old, now=now)
        pause(account, new, now=now, lifted_at=now)
        pause(account, newer, now=now, ends_at=now)
        standings = told(account)["standings"]
        assert [(each["hospital"], each["is_paused"]) for each in standings] == [
            (old.code, True), (newest.code, False), (newer.code, False),
        ]  # fmt: skip

    def test_a_pause_without_a_standing_is_told(self, account: Account, now: datetime) -> None:
        pause(account, make_hospital(), now=now)
        (standing,) = told(account)["standings"]
        assert (standing["tier"], standing["score"], standing["is_paused"]) == ("unrated", None, True)

    def test_a_hospital_that_has_closed_is_not_told(self, account: Account, now: datetime) -> None:
        rate(account, make_hospital(is_active=False), Tier.A, now=now)
        assert told(account)["standings"] == []

    def test_perks_are_those_that_can_be_used_now(self, account: Account, now: datetime) -> None:
        hospital = make_hospital()
        rate(account, hospital, Tier.B, now=now)
        give(account, hospital, Tier.B, now=now)
        give(account, hospital, Tier.B, now=now, serial=2)
        visit = make_appointment(now=now, account=account)
        give(account, hospital, Tier.A, now=now, earned_by=visit)  # what a visit has earned stays, whatever the tier
        give(account, hospital, Tier.A, now=now, serial=3)
        give(account, hospital, Tier.B, now=now, serial=4, used_at=now)
        give(account, hospital, Tier.B, now=now, serial=5, withdrawn_at=now)
        give(account, hospital, Tier.B, now=now, serial=6, ends_at=now)
        give(account, hospital, Tier.B, now=now, serial=7, starts_at=now + timedelta(hours=1))
        give(make_account(), hospital, Tier.B, now=now)
        give(account, make_hospital(), Tier.B, now=now)
        assert [each["perks"] for each in told(account)["standings"]] == [3]


class TestCounts:
    def test_waiting_until_the_place_ends(self, account: Account, now: datetime) -> None:
        morning = timezone.localtime(now).replace(hour=10) - timedelta(days=1)
        session, _ = full_session(visit_date=timezone.localdate(now) + timedelta(days=7), now=morning)
        entry = wait_for(session, account, now=morning)
        assert (told(account)["waiting"], told(make_account())["waiting"]) == (1, 0)
        api_client(account.user).post(f"/api/v1/waitlist/{entry.pk}/leave", {}, format="json")
        assert told(account)["waiting"] == 0

    def test_messages_until_they_are_read(self, account: Account, now: datetime) -> None:
        make_appointment(now=now, account=account)
        collect_messages(now=now)
        assert told(account)["unread_messages"] == 1
        api_client(account.user).post("/api/v1/messages/read", {}, format="json")
        assert told(account)["unread_messages"] == 0

    def test_appeals_until_they_are_decided_or_withdrawn(self) -> None:
        appointment = missed()
        account = Account(appointment.booked_by, appointment.patient)
        filed = {"cause": AppealCause.TRAFFIC, "statement": "大雪封路", "proofs": [], "now": NIGHT}
        appeal = file_appeal(user=account.user, appointment_code=appointment.code, **filed)
        assert (told(account)["open_appeals"], told(make_account())["open_appeals"]) == (1, 0)
        withdraw_appeal(user=account.user, appeal_id=appeal.pk, now=NIGHT)
        assert told(account)["open_appeals"] == 0
