"""Consents: recorded with their version, listed, withdrawn, never edited."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Consent, ConsentKind, User
from accounts.selectors import has_consent
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import make_patient, make_user

CONSENTS, VERSION = "/api/v1/consents", "2026-11"

pytestmark = pytest.mark.django_db


def give(client: APIClient, kind: str = "privacy", **more: Any) -> Any:
    return client.post(CONSENTS, {"kind": kind, "version": VERSION} | more, format="json")


def test_the_account_agrees_to_the_privacy_policy_once(client: APIClient, user: User):
    first, again = give(client), give(client)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    consent = Consent.objects.get()
    assert (consent.user_id, consent.kind, consent.version, consent.patient_id) == (user.pk, "privacy", VERSION, None)


def test_a_consent_for_a_patient_is_withdrawn_and_given_anew(client: APIClient, user: User):
    patient = make_patient(user=user)
    given = give(client, "health-data", patient=patient.pk).json()
    question: dict[str, Any] = {"user_id": user.pk, "patient_id": patient.pk, "kind": ConsentKind.HEALTH_DATA}
    assert has_consent(**question)

    url = f"{CONSENTS}/{given['id']}/withdraw"
    withdrawn, again = client.post(url), client.post(url)

    assert (withdrawn.status_code, again.status_code) == (200, 200)
    assert withdrawn.json()["withdrawn_at"] == again.json()["withdrawn_at"] is not None
    assert not has_consent(**question)
    assert give(client, "health-data", patient=patient.pk).json()["id"] != given["id"]
    assert has_consent(**question)
    assert Consent.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"version": "2025-01"}, 409, "consent-version-outdated"),
        ({"kind": "health-data"}, 400, "consent-patient-missing"),
        ({"kind": "minor-data"}, 400, "consent-patient-missing"),
        ({"kind": "health-data", "patient": 999_999_999}, 404, "patient-not-found"),
        ({"kind": "privacy", "patient": 1}, 400, "consent-patient-unexpected"),
        ({"kind": "marketing"}, 400, "invalid"),
    ],
)
def test_a_consent_that_says_nothing_is_refused(client: APIClient, changes: dict[str, Any], status: int, code: str):
    answer = give(client, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Consent.objects.count() == 0


def test_nobody_speaks_for_anothers_patient_or_account(client: APIClient):
    other = make_user()
    patient = make_patient(user=other)
    theirs = give(signed_in_client(other)).json()["id"]

    assert give(client, "health-data", patient=patient.pk).status_code == 404
    refused = client.post(f"{CONSENTS}/{theirs}/withdraw")
    assert (refused.status_code, refused.json()["code"]) == (404, "consent-not-found")
    assert client.get(CONSENTS).json()["count"] == 0
    assert Consent.objects.get().withdrawn_at is None


def test_the_list_is_paged_newest_first_in_a_constant_number_of_queries(client: APIClient, user: User):
    def page(size: int) -> tuple[list[int], int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"{CONSENTS}?page_size={size}")
        return [row["id"] for row in answer.json()["results"]], len(queries)

    ids = [give(client, "health-data", patient=make_patient(user=user).pk).json()["id"] for _ in range(4)]
    assert page(1) == (ids[:-2:-1], 3)  # the account, the count, the rows
    assert page(4) == (ids[::-1], 3)
