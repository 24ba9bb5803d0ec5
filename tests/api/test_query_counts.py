"""What every list and every step of a booking costs in statements, checked in: the same for little and for much.

New lists come by themselves. Compare with query_counts.json, and change it where a new figure is meant.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from hospitals.models import ClinicSession, Hospital
from hospitals.services.policies import effective_policy
from tests.api.belongings import Belongings, in_days, make_belongings
from tests.factories.booking import (
    Account,
    api_client,
    book,
    make_account,
    make_appointment,
    make_clinic,
    make_clinic_now,
    slot_of,
)

pytestmark = pytest.mark.django_db

COUNTS: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("query_counts.json").read_text())
# How many times over the account and the hospital have everything when there is much.
MUCH = 4
# What a list has to be told before it answers.
WHOSE = {
    "/api/v1/sessions": ("department",),
    "/api/v1/entitlements": ("hospital", "patient"),
    "/api/v1/standing": ("hospital", "patient"),
    "/api/v1/standing/history": ("hospital", "patient"),
}
ASKED = {"/api/v1/departments": {"subjects": "03"}}
# Nothing of these comes with an account's belongings: of them the cost is recorded, and not that it stays.
GROWN_ELSEWHERE = {
    "auth.Group",
    "hospitals.ClinicalSubject",
    "hospitals.StaffMembership",
    "hospitals.WeeklyTemplate",
    "accounts.SensitiveAccess",
    "booking.ReconciliationRun",
    "booking.ReconciliationDifference",
    "booking.Restriction",
    "booking.WaitCalibration",
    "scoring.ScoringPolicy",
    "scoring.ScoringRun",
    "scoring.BacktestReport",
    "scoring.CountsUpload",
    "scoring.UploadedCounts",
    "scoring.MissModel",
    "scoring.MonthlyIndicator",
    "scoring.Popularity",
    "capacity.CapacityPolicy",
    "capacity.CapacityPlan",
    "capacity.SessionComparison",
    "capacity.ForecastSeries",
}


def test_the_apis_lists(belongings: Belongings, now: datetime) -> None:
    little = costs_of_api(belongings)
    grow(belongings, now)
    assert costs_of_api(belongings) == little == COUNTS["api"]


def test_the_admins_lists(belongings: Belongings, now: datetime) -> None:
    staff = User.objects.create_superuser("chief", password="irrelevant")
    # Pages about one hospital show the first by name: let it be the one that has a clinic, whatever names were given so far.
    Hospital.objects.filter(sessions__isnull=False).update(name="0")
    little = costs_of_admin(staff)
    sizes = sizes_of_admin()
    grow(belongings, now)
    assert {label for label, size in sizes_of_admin().items() if size == sizes[label]} == GROWN_ELSEWHERE
    assert costs_of_admin(staff) == little == COUNTS["admin"]


def test_bookings(belongings: Belongings, now: datetime) -> None:
    """For somebody new, and for the account that has everything."""
    assert costs_of_bookings(make_account(), now) == costs_of_bookings(belongings.account, now) == COUNTS["bookings"]


def costs_of_bookings(account: Account, now: datetime) -> dict[str, int]:
    """A free seat booked, moved and withdrawn; a sold-out session; a check-in. Each hospital has its policy already."""
    client, day = api_client(account.user), in_days(now, 8)
    one, sold_out, running = make_clinic(visit_date=day), make_clinic(visit_date=day, rated_capacity=1), make_clinic_now(now=now)
    book(make_account(), sold_out, now=now)
    for session in (one, running):
        effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)

    def wanted(session: ClinicSession) -> dict[str, int]:
        return {"patient": account.patient.pk, "slot": slot_of(session).pk}

    booked = post(client, "", 201, wanted(one))
    first = account.patient.appointments.get(session=one).code
    moved = post(client, f"/{first}/move", 201, {"slot": slot_of(one, 1).pk})
    second = account.patient.appointments.get(session=one, status="booked").code
    return {
        "book": booked,
        "move": moved,
        "cancel": post(client, f"/{second}/cancel", 200),
        "refused: sold out": post(client, "", 409, wanted(sold_out)),
        "check in": post(client, f"/{make_appointment(now=now, account=account, session=running).code}/check-in", 200),
    }


def post(client: Any, step: str, status: int, body: dict[str, int] | None = None) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/api/v1/appointments{step}", body or {}, format="json")
    assert answer.status_code == status, answer.content.decode()
    # A test's transaction makes savepoints of what is a transaction otherwise.
    return sum("SAVEPOINT" not in query["sql"] for query in captured)


def grow(belongings: Belongings, now: datetime) -> None:
    (code,) = belongings.ids["hospital"]
    for _ in range(MUCH - 1):
        make_belongings(now, account=belongings.account, hospital=Hospital.objects.get(code=code))


def costs_of_api(belongings: Belongings) -> dict[str, int]:
    client = api_client(belongings.account.user)
    cost(client, address_of("/api/v1/slots/{id}", belongings))  # versions of a policy are kept once they are read
    return {path: cost(client, address_of(path, belongings), **query_of(path, belongings)) for path in lists_of_api()}


def lists_of_api() -> list[str]:
    """The paths that answer with many of something: in pages, at once, or among other things."""
    published = SchemaGenerator().get_schema(public=True)
    lists = []
    for path, methods in published["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        answer = content.get("application/json", {}).get("schema", {})
        name = answer.get("$ref", "").rsplit("/", 1)[-1]
        parts = published["components"]["schemas"].get(name, {}).get("properties", {})
        if any(each.get("type") == "array" for each in (answer, *parts.values())):
            lists.append(path)
    return lists


def address_of(path: str, belongings: Belongings) -> str:
    return re.sub(r"/([a-z-]+)/\{\w+\}", lambda found: f"/{found[1]}/{belongings.ids[found[1].removesuffix('s')][0]}", path)


def query_of(path: str, belongings: Belongings) -> dict[str, Any]:
    return ASKED.get(path, {}) | {owner: belongings.ids[owner][0] for owner in WHOSE.get(path, ())}


def cost(client: Any, path: str, **query: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path, query)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.content.decode()[:500]}"
    return len(captured)


def costs_of_admin(staff: User) -> dict[str, int]:
    admin.autodiscover()
    client = Client()
    client.force_login(staff)
    return {model._meta.label: cost(client, changelist_of(model)) for model in admin.site._registry}


def sizes_of_admin() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in admin.site._registry}


def changelist_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
