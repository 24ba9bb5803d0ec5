"""What a hospital's staff see of standings, and how they lift a pause."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.models import Restriction, Standing
from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.models import ScoringPolicy, ScoringRun
from scoring.services.nightly import score_hospital
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.history import closed

pytestmark = pytest.mark.django_db
MODELS = [Standing, ScoringRun, Restriction, ScoringPolicy]


def make_world(name: str) -> Hospital:
    """A hospital with a row of each kind; the patient missed three visits this month."""
    hospital = make_hospital(name=f"{name}医院")
    now = timezone.now()
    today = now.astimezone(hospital.zone).date()
    patient = make_patient(name=f"{name}某某")
    closed(hospital, patient, "missed", *(today - dt.timedelta(days=days) for days in (3, 2, 1)))
    ScoringPolicy.objects.create(hospital=hospital)
    score_hospital(hospital_id=hospital.pk, now=now)
    return hospital


def signed_in(*hospitals: Hospital, role: str = StaffRole.ADMINISTRATOR, **fields: Any) -> Client:
    user = make_staff(**fields)
    for hospital in hospitals:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def page(model: type, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=args)


def lift(client: Client, *restrictions: Restriction, **more: str) -> Any:
    chosen = {ACTION_CHECKBOX_NAME: [str(row.pk) for row in restrictions]}
    return client.post(page(Restriction, "changelist"), {"action": "lift_selected", **chosen, **more}, follow=True)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("role", StaffRole.values)
def test_staff_see_their_own_hospital_only(model: type, role: str) -> None:
    north, south = make_world("北"), make_world("南")
    client = signed_in(north, role=role)

    listed = client.get(page(model, "changelist"))

    assert [row.hospital_id for row in listed.context["cl"].result_list] == [north.pk]
    own, foreign = (model.objects.get(hospital=place) for place in (north, south))  # type: ignore[attr-defined]
    assert client.get(page(model, "change", own.pk)).status_code == 200
    assert client.get(page(model, "change", foreign.pk)).status_code == 404


@pytest.mark.parametrize("model", MODELS)
def test_the_platform_sees_all(model: type) -> None:
    make_world("北"), make_world("南")
    client = signed_in(is_superuser=True)

    assert len(client.get(page(model, "changelist")).context["cl"].result_list) == 2
    for row in model.objects.all():  # type: ignore[attr-defined]
        assert client.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [Standing, ScoringRun, Restriction])
def test_nobody_writes_what_the_night_writes(model: type) -> None:
    hospital = make_world("北")
    client = signed_in(hospital, is_superuser=True)
    row = model.objects.get()  # type: ignore[attr-defined]
    before = model.objects.values().get()  # type: ignore[attr-defined]

    answers = [
        client.post(page(model, "change", row.pk), {"tier": "A", "missed_count": 0, "changed": 9}),
        client.post(page(model, "delete", row.pk), {"post": "yes"}),
        client.post(page(model, "add"), {}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert model.objects.values().get() == before  # type: ignore[attr-defined]


def test_names_are_masked_and_the_score_is_explained() -> None:
    hospital = make_world("北")
    client = signed_in(hospital)

    listed = client.get(page(Standing, "changelist")).content.decode()
    shown = client.get(page(Standing, "change", Standing.objects.get().pk)).content.decode()

    assert "北*某" in listed
    assert "北某某" not in listed + shown
    assert "0/3×40 + (1−0/3)×20 + (1−0/3)×20 + (1−3/3)×20 = 40.00" in shown


def test_a_list_takes_as_many_queries_for_many_rows() -> None:
    hospital = make_world("北")
    client = signed_in(hospital)
    with CaptureQueriesContext(connection) as for_one:
        assert len(client.get(page(Standing, "changelist")).context["cl"].result_list) == 1
    today = dt.datetime.now(hospital.zone).date()
    for _ in range(5):
        closed(hospital, make_patient(), "fulfilled", today)
    score_hospital(hospital_id=hospital.pk, now=timezone.now())

    with CaptureQueriesContext(connection) as for_six:
        assert len(client.get(page(Standing, "changelist")).context["cl"].result_list) == 6

    assert len(for_six) == len(for_one)


def test_a_pause_is_lifted_with_a_reason() -> None:
    hospital = make_world("北")
    client = signed_in(hospital, role=StaffRole.CLINIC_OFFICE)
    pause = Restriction.objects.get()

    asked = lift(client, pause)
    assert "确认解除" in asked.content.decode()
    empty = lift(client, pause, reason=" ")
    assert "确认解除" in empty.content.decode()
    pause.refresh_from_db()
    assert pause.lifted_at is None

    done = lift(client, pause, reason="申诉成立")
    assert "已解除 1 项限制。" in done.content.decode()
    pause.refresh_from_db()
    assert (pause.lifted_at is not None, pause.lifted_reason) == (True, "申诉成立")
    assert LogEntry.objects.get().change_message == "提前解除：申诉成立"

    again = lift(client, pause, reason="再次")
    assert "该限制已到期或已解除。" in again.content.decode()
    pause.refresh_from_db()
    assert pause.lifted_reason == "申诉成立"


def test_a_pause_of_another_hospital_or_by_the_desk_is_not_lifted() -> None:
    north, south = make_world("北"), make_world("南")
    foreign = Restriction.objects.get(hospital=south)
    desk = signed_in(north, role=StaffRole.DESK)

    lift(signed_in(north), foreign, reason="越权")
    lift(desk, Restriction.objects.get(hospital=north), reason="越权")

    assert Restriction.objects.filter(lifted_at__isnull=True).count() == 2


def test_an_administrator_sets_bounds_that_are_in_order() -> None:
    hospital = make_hospital()
    client = signed_in(hospital)
    add = page(ScoringPolicy, "add")
    offered = client.get(add).context["adminform"].form
    typed = {name: offered[name].value() for name in offered.fields if offered[name].value() is not None}
    bounds = typed | {"window_days": "180", "tier_a_from": "95", "tier_b_from": "85", "tier_c_from": "75"}

    refused = client.post(add, bounds | {"tier_b_from": "96"})
    assert refused.context["adminform"].form.errors == {"tier_b_from": ["B 级起点须低于 A 级起点。"]}
    assert "preview" not in refused.context
    assert ScoringPolicy.objects.count() == 0

    shown = client.post(add, bounds)
    assert shown.context["proposed"].tier_a_from == 95
    assert ScoringPolicy.objects.count() == 0

    client.post(add, bounds | {"_confirm": shown.context["token"]})
    saved = ScoringPolicy.objects.values_list("hospital", "window_days", "tier_a_from", "tier_b_from", "tier_c_from")
    assert saved.get() == (hospital.pk, 180, 95, 85, 75)
