"""The page of a hospital in one request: the same as the requests that it stands for."""

import pytest
from rest_framework.test import APIClient

from tests.factories.hospitals import make_department, make_hospital

pytestmark = pytest.mark.django_db


def test_a_hospitals_page() -> None:
    hospital = make_hospital()
    department = make_department(hospital=hospital)
    client = APIClient()
    page = client.get(f"/api/v1/hospitals/{hospital.code}/page").json()
    assert page == {
        "hospital": client.get(f"/api/v1/hospitals/{hospital.code}").json(),
        "groups": client.get(f"/api/v1/hospitals/{hospital.code}/departments").json(),
    }
    assert [each["id"] for group in page["groups"] for each in group["departments"]] == [department.pk]


def test_nobodys_page_is_not_found() -> None:
    assert APIClient().get("/api/v1/hospitals/none/page").status_code == 404
    closed = make_hospital(is_active=False)
    assert APIClient().get(f"/api/v1/hospitals/{closed.code}/page").status_code == 404
