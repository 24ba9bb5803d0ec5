"""Children without a document, under a guardian of the same account."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccountPatient, Patient, Sex, User
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import link_patient, make_patient, make_user

PATIENTS = "/api/v1/patients"
TODAY = timezone.localdate()
TEN_YEARS_AGO = (TODAY - dt.timedelta(days=3653)).isoformat()

pytestmark = pytest.mark.django_db


@pytest.fixture
def guardian(user: User) -> Patient:
    return make_patient(name="王大明", user=user)


def add_child(client: APIClient, guardian_id: Any, **changes: Any) -> Any:
    body = {
        "name": "王小宝",
        "sex": "female",
        "birth_date": TEN_YEARS_AGO,
        "guardian": guardian_id,
        "relationship": "child",
        "consents": ["health-data", "minor-data"],
        "consent_version": "2026-11",
    }
    return client.post(PATIENTS, {k: v for k, v in (body | changes).items() if v is not None}, format="json")


def test_a_child_is_registered_under_the_guardian(client: APIClient, guardian: Patient):
    answer = add_child(client, guardian.pk)
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["guardian"], shown["document_type"], shown["document_number"]) == (guardian.pk, "", "")
    child = Patient.objects.get(guardian=guardian)
    assert (child.name, child.sex, child.document_index) == ("王小宝", Sex.FEMALE, None)


def test_two_accounts_of_one_guardian_share_the_child(client: APIClient, guardian: Patient):
    other_user = make_user()
    link_patient(user=other_user, patient=guardian)
    other = signed_in_client(other_user)

    assert add_child(client, guardian.pk).json()["id"] == add_child(other, guardian.pk).json()["id"]
    refused = add_child(signed_in_client(make_user()), guardian.pk)

    assert (refused.status_code, refused.json()["code"]) == (404, "guardian-not-found")
    assert Patient.objects.filter(guardian=guardian).count() == 1


def test_brothers_and_sisters_are_different_children(client: APIClient, guardian: Patient):
    assert add_child(client, guardian.pk).status_code == 201
    assert add_child(client, guardian.pk, name="王二宝").status_code == 201
    disagree = add_child(client, guardian.pk, sex="male")
    assert (disagree.status_code, disagree.json()["code"]) == (409, "ward-details-disagree")
    assert Patient.objects.filter(guardian=guardian).count() == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"guardian": None}, 400, "guardian-missing"),
        ({"guardian": 999_999_999}, 404, "guardian-not-found"),
        ({"sex": None}, 400, "sex-missing"),
        ({"sex": "unknown"}, 400, "sex-missing"),
        ({"birth_date": None}, 400, "birth-date-missing"),
        ({"birth_date": (TODAY + dt.timedelta(days=2)).isoformat()}, 400, "birth-date-future"),
        ({"birth_date": "2000-01-01"}, 409, "ward-too-old"),
        ({"consents": ["health-data"]}, 400, "consent-missing"),
        ({"document_type": "01"}, 400, "invalid"),
    ],
)
def test_a_refusal_writes_nothing(client: APIClient, guardian: Patient, changes: Any, status: int, code: str):
    answer = add_child(client, guardian.pk, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (Patient.objects.count(), AccountPatient.objects.count()) == (1, 1)


def test_a_guardian_is_grown_up_and_has_a_document(client: APIClient, user: User, guardian: Patient):
    boy = make_patient(user=user, birth_date=TODAY - dt.timedelta(days=365 * 17))
    nobody = make_patient(user=user, document_type="", document_number="none", document_index=None)
    child = add_child(client, guardian.pk).json()["id"]
    for unfit in (boy.pk, nobody.pk, child):
        answer = add_child(client, unfit, name="王三宝")
        assert (answer.status_code, answer.json()["code"]) == (409, "guardian-unfit")
    assert Patient.objects.filter(name="王三宝").count() == 0


def test_a_removed_guardian_guards_no_more(client: APIClient, guardian: Patient):
    child = add_child(client, guardian.pk).json()["id"]

    refused = client.delete(f"{PATIENTS}/{guardian.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "patient-has-wards")
    assert AccountPatient.objects.filter(removed_at__isnull=True).count() == 2

    assert client.delete(f"{PATIENTS}/{child}").status_code == 204
    assert client.delete(f"{PATIENTS}/{guardian.pk}").status_code == 204
    assert add_child(client, guardian.pk).status_code == 404
