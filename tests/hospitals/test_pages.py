"""The page of a doctor and of a department in one request: the same as the requests that it stands for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from hospitals.models import ClinicSession
from tests.factories.booking import make_clinic
from tests.factories.hospitals import make_doctor, make_registration_type, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate() + timedelta(days=3), fee_fen=5000)


def get(path: str, **query: Any) -> Any:
    answer = APIClient().get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def test_a_doctors_page(session: ClinicSession) -> None:
    page = get(f"doctors/{session.doctor_id}/page")
    assert page == {
        "doctor": get(f"doctors/{session.doctor_id}"),
        "hospital": get(f"hospitals/{session.hospital.code}"),
        "sessions": get("sessions", doctor=session.doctor_id)["results"],
    }
    assert [each["id"] for each in page["sessions"]] == [session.pk]


def test_a_departments_page(session: ClinicSession) -> None:
    idle = make_doctor(department=session.department)
    page = get(f"departments/{session.department_id}/page")
    (group,) = get(f"hospitals/{session.hospital.code}/departments")
    assert page == {
        "department": group["departments"][0],
        "hospital": get(f"hospitals/{session.hospital.code}"),
        "days": get(f"departments/{session.department_id}/availability"),
        "doctors": get(f"hospitals/{session.hospital.code}/doctors", department=session.department_id)["results"],
        "sessions": get("sessions", department=session.department_id)["results"],
    }
    assert {each["id"] for each in page["doctors"]} == {session.doctor_id, idle.pk}


@pytest.mark.parametrize("path", ["doctors/0/page", "departments/0/page"])
def test_nobodys_page_is_not_found(path: str) -> None:
    assert APIClient().get(f"/api/v1/{path}").status_code == 404


def test_a_period_that_is_too_long_is_refused(session: ClinicSession) -> None:
    today = timezone.localdate()
    query = {"from": today.isoformat(), "to": (today + timedelta(days=31)).isoformat()}
    assert APIClient().get(f"/api/v1/doctors/{session.doctor_id}/page", query).json()["detail"].keys() == {"to"}


def test_cost_stays_with_more_sessions(session: ClinicSession) -> None:
    paths = [f"doctors/{session.doctor_id}/page", f"departments/{session.department_id}/page"]
    little = [cost(path) for path in paths]
    for days in (4, 5):
        make_session(
            visit_date=timezone.localdate() + timedelta(days=days),
            doctor=session.doctor,
            department=session.department,
            registration_type=make_registration_type(hospital=session.hospital),
        )
    assert [cost(path) for path in paths] == little


def cost(path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        get(path)
    return len(captured)
