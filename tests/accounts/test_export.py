"""Everything that is kept about a person, as one document: all of theirs, nothing of anybody else's."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SensitiveAccess
from tests.api.belongings import Belongings, make_belongings
from tests.factories.accounts import give_health_consent, link_patient, make_patient
from tests.factories.booking import api_client, make_account, make_appointment
from wechat.emulator.testing import Emulator

pytestmark = pytest.mark.django_db

# Nothing of these comes with the belongings.
EMPTY = {"restrictions", "uploaded_counts"}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def belongings(emulator: Emulator, now: datetime) -> Belongings:
    return make_belongings(now)


def export(user: Any) -> dict[str, dict[str, Any]]:
    answer = api_client(user).get("/api/v1/me/export")
    assert answer.status_code == 200, answer.content.decode()
    return {part["name"]: part for part in answer.json()["parts"]}


def test_every_part_is_told_with_labels(belongings: Belongings) -> None:
    parts = export(belongings.account.user)
    assert {name for name, part in parts.items() if not part["rows"]} == EMPTY | {"looks"}
    for part in parts.values():
        assert all(row.keys() == part["labels"].keys() for row in part["rows"])
        assert all("\u4e00" <= part["title"][0] <= "\u9fff" for part in parts.values())
    assert {row["code"] for row in parts["appointments"]["rows"]} == set(belongings.ids["appointment"])
    assert [row["id"] for row in parts["proofs"]["rows"]] == belongings.ids["proof"]
    assert all(row["stored_bytes"] > 0 for row in parts["proofs"]["rows"])


def test_own_documents_are_whole_and_the_look_is_on_record(belongings: Belongings) -> None:
    patient = belongings.account.patient
    rows = {row["id"]: row for row in export(belongings.account.user)["patients"]["rows"]}
    assert rows[patient.pk]["document_number"] == patient.document_number
    looks = SensitiveAccess.objects.filter(user=belongings.account.user).order_by("patient")
    assert [(look.patient_id, look.field) for look in looks] == [(pk, "export") for pk in belongings.ids["patient"]]
    # The next export tells of this one.
    assert len(export(belongings.account.user)["looks"]["rows"]) == 2


def test_nothing_of_other_accounts(belongings: Belongings, now: datetime) -> None:
    """Another account carries the same patient, and books for them: neither that, nor its phone, is told."""
    shared = belongings.account.patient
    other = make_account(name="赵不相干")
    link_patient(user=other.user, patient=shared, phone="13911112222")
    give_health_consent(user=other.user, patient=shared)
    theirs = make_appointment(now=now, account=type(other)(other.user, shared))
    told = json.dumps(export(belongings.account.user), ensure_ascii=False)
    assert not [text for text in (theirs.code, "13911112222", "赵不相干", other.patient.document_number) if text in told]


def test_of_a_removed_patient_no_document(belongings: Belongings, now: datetime) -> None:
    user = belongings.account.user
    gone = make_patient(name="钱已移除", user=user)
    user.patient_links.filter(patient=gone).update(removed_at=now)
    rows = {row["id"]: row for row in export(user)["patients"]["rows"]}
    assert (rows[gone.pk]["name"], rows[gone.pk]["birth_date"]) == ("钱**除", None)
    assert gone.document_number not in json.dumps(rows)


def test_costs_the_same_for_little_and_for_much(belongings: Belongings) -> None:
    assert cost(make_account().user) == cost(belongings.account.user)


def cost(user: Any) -> int:
    client = api_client(user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/api/v1/me/export").status_code == 200
    return len(captured)


def test_is_bounded_by_the_hour() -> None:
    client = api_client(make_account().user)
    assert [client.get("/api/v1/me/export").status_code for _ in range(11)] == [200] * 10 + [429]
    assert api_client(make_account().user).get("/api/v1/me/export").status_code == 200
