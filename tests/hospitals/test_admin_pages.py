"""Every admin page of the app, as the staff of two hospitals and the platform see it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hospitals.models import (
    BookingPolicy,
    ClinicSession,
    Department,
    Doctor,
    Hospital,
    RegistrationType,
    StaffMembership,
    StaffRole,
    WeeklyTemplate,
)
from tests.factories.hospitals import (
    make_department,
    make_doctor,
    make_hospital,
    make_registration_type,
    make_session,
    make_template,
)

pytestmark = pytest.mark.django_db

MODELS = [Hospital, StaffMembership, Department, Doctor, RegistrationType, BookingPolicy, WeeklyTemplate, ClinicSession]


@dataclass
class World:
    """One hospital with one row of everything; `mark` is in the name of each row."""

    mark: str
    hospital: Hospital
    rows: dict[type, Any]


def make_world(mark: str) -> World:
    hospital = make_hospital(name=f"{mark}医院", code=mark.lower())
    department = make_department(hospital=hospital, name=f"{mark}科")
    doctor = make_doctor(department=department, name=f"{mark}医生")
    registration_type = make_registration_type(hospital=hospital, name=f"{mark}号", fee_fen=1550)
    template = make_template(doctor=doctor, registration_type=registration_type)
    session = make_session(
        doctor=doctor, registration_type=registration_type, visit_date=timezone.localdate() + timedelta(days=3)
    )
    member = make_staff(f"{mark.lower()}-chief", hospital, StaffRole.ADMINISTRATOR)
    policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
    rows = [hospital, department, doctor, registration_type, template, session, policy, member.memberships.get()]
    return World(mark, hospital, {type(row): row for row in rows})


def make_staff(username: str, hospital: Hospital | None, role: str = "") -> User:
    user = User.objects.create_user(username=username, password="irrelevant", is_staff=True)
    if hospital is not None:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(model: type, name: str, *args: Any) -> str:
    return reverse(f"admin:hospitals_{model._meta.model_name}_{name}", args=args)  # type: ignore[attr-defined]


@pytest.fixture
def north() -> World:
    return make_world("NORTH")


@pytest.fixture
def south() -> World:
    return make_world("SOUTH")


def test_every_model_of_the_app_that_staff_need_has_a_page() -> None:
    admin.autodiscover()
    registered = {model for model in admin.site._registry if model._meta.app_label == "hospitals"}
    assert registered >= set(MODELS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("role", list(StaffRole))
def test_staff_see_their_own_hospital_and_nothing_of_another(model: type, role: str, north: World, south: World) -> None:
    client = signed_in(make_staff("someone", north.hospital, role))
    may_see = model is not StaffMembership or role == StaffRole.ADMINISTRATOR

    listed = client.get(page(model, "changelist"))
    own = client.get(page(model, "change", north.rows[model].pk))
    foreign = client.get(page(model, "change", south.rows[model].pk))
    history = client.get(page(model, "history", south.rows[model].pk))
    delete = client.get(page(model, "delete", south.rows[model].pk))

    assert (listed.status_code, own.status_code) == ((200, 200) if may_see else (403, 404))
    assert foreign.status_code in (403, 404)
    assert history.status_code in (403, 404)
    assert delete.status_code in (403, 404)
    for response in (listed, own, foreign, history, delete):
        assert "SOUTH" not in response.content.decode().upper()
    if may_see:
        assert "NORTH" in own.content.decode().upper()
        assert listed.context["cl"].result_count == (2 if model is StaffMembership else 1)


@pytest.mark.parametrize("model", MODELS)
def test_the_platform_sees_every_hospital(model: type, north: World, south: World) -> None:
    client = signed_in(User.objects.create_superuser("root"))

    listed = client.get(page(model, "changelist"))

    assert listed.status_code == 200
    assert listed.context["cl"].result_count == 2
    for world in (north, south):
        assert client.get(page(model, "change", world.rows[model].pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(model: type) -> None:
    client = signed_in(User.objects.create_superuser("root"))
    measured = []
    for marks in (("A", "B"), ("C", "D", "E", "F")):
        for mark in marks:
            make_world(mark)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(model, "changelist")).status_code == 200
        measured.append(len(queries))

    assert measured[0] == measured[1]


@pytest.mark.parametrize("model", MODELS)
def test_a_foreign_row_cannot_be_saved_or_deleted_by_a_guessed_address(model: type, north: World, south: World) -> None:
    client = signed_in(make_staff("someone", north.hospital, StaffRole.ADMINISTRATOR))
    row = south.rows[model]
    before = type(row).objects.filter(pk=row.pk).values().get()

    for name in ("change", "delete"):
        assert client.post(page(model, name, row.pk), {"post": "yes", "name": "stolen"}).status_code in (403, 404)

    assert type(row).objects.filter(pk=row.pk).values().get() == before
    assert LogEntry.objects.count() == 0


def test_a_user_without_membership_sees_no_page(north: World) -> None:
    client = signed_in(make_staff("stranger", None))

    for model in MODELS:
        assert client.get(page(model, "changelist")).status_code == 403
        assert client.get(page(model, "change", north.rows[model].pk)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("role", "model", "may_add", "may_change"),
    [
        (StaffRole.ADMINISTRATOR, Hospital, False, True),
        (StaffRole.ADMINISTRATOR, StaffMembership, True, True),
        (StaffRole.ADMINISTRATOR, Department, True, True),
        (StaffRole.ADMINISTRATOR, BookingPolicy, True, True),
        (StaffRole.ADMINISTRATOR, WeeklyTemplate, True, True),
        (StaffRole.ADMINISTRATOR, ClinicSession, False, True),
        (StaffRole.CLINIC_OFFICE, Hospital, False, False),
        (StaffRole.CLINIC_OFFICE, Doctor, False, False),
        (StaffRole.CLINIC_OFFICE, RegistrationType, False, False),
        (StaffRole.CLINIC_OFFICE, BookingPolicy, False, False),
        (StaffRole.CLINIC_OFFICE, WeeklyTemplate, True, True),
        (StaffRole.CLINIC_OFFICE, ClinicSession, False, True),
        (StaffRole.DESK, Department, False, False),
        (StaffRole.DESK, WeeklyTemplate, False, False),
        (StaffRole.DESK, ClinicSession, False, False),
    ],
)
def test_what_a_role_may_write(role: str, model: type, may_add: bool, may_change: bool, north: World) -> None:
    client = signed_in(make_staff("someone", north.hospital, role))

    add = client.get(page(model, "add"))
    change = client.get(page(model, "change", north.rows[model].pk))
    posted = client.post(page(model, "change", north.rows[model].pk), {})

    assert add.status_code == (200 if may_add else 403)
    assert change.context["has_change_permission"] is may_change
    assert ("_save" in change.content.decode()) is may_change
    assert posted.status_code == (200 if may_change else 403)  # 200: the form is shown again with its errors


def test_a_role_counts_at_its_own_hospital_only(north: World, south: World) -> None:
    """Somebody who administers one hospital and stands at the desk of another."""
    user = make_staff("both", north.hospital, StaffRole.ADMINISTRATOR)
    StaffMembership.objects.create(user=user, hospital=south.hospital, role=StaffRole.DESK)
    client = signed_in(user)

    listed = client.get(page(Doctor, "changelist"))
    at_desk = client.get(page(Doctor, "change", south.rows[Doctor].pk))
    posted = client.post(page(Doctor, "change", south.rows[Doctor].pk), {"name": "stolen"})

    assert listed.context["cl"].result_count == 2
    assert at_desk.context["has_change_permission"] is False
    assert posted.status_code == 403
    assert client.get(page(StaffMembership, "change", south.rows[StaffMembership].pk)).status_code in (403, 404)
    add = client.get(page(Doctor, "add"))
    assert "SOUTH" not in add.content.decode().upper()


def test_lookups_by_typing_offer_own_rows_only(north: World, south: World) -> None:
    client = signed_in(make_staff("someone", north.hospital, StaffRole.CLINIC_OFFICE))
    query = {"app_label": "hospitals", "model_name": "weeklytemplate", "field_name": "doctor", "term": "医生"}

    found = client.get(reverse("admin:autocomplete"), query)

    assert [row["text"] for row in found.json()["results"]] == ["NORTH医生 主任医师"]


def test_clinical_subjects_are_looked_up_by_staff_and_edited_by_no_one(north: World) -> None:
    client = signed_in(make_staff("someone", north.hospital, StaffRole.ADMINISTRATOR))
    query = {"app_label": "hospitals", "model_name": "department", "field_name": "subject", "term": "03.04"}

    found = client.get(reverse("admin:autocomplete"), query)

    assert [row["text"] for row in found.json()["results"]] == ["03.04 心血管内科专业"]
    root = signed_in(User.objects.create_superuser("root"))
    assert root.get(reverse("admin:hospitals_clinicalsubject_changelist")).status_code == 200
    assert root.get(reverse("admin:hospitals_clinicalsubject_add")).status_code == 403
    assert root.post(reverse("admin:hospitals_clinicalsubject_change", args=["03"]), {"name": "x"}).status_code == 403
