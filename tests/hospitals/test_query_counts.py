"""How many queries each address takes, whatever the number of rows: compared with the checked-in query_counts.json."""

import json
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from hospitals.models import BookingPolicy, ClinicalSubject, Doctor, Hospital
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_registration_type, make_session

pytestmark = pytest.mark.django_db

COUNTS: dict[str, int] = json.loads(Path(__file__).with_name("query_counts.json").read_text())


def make_rows(hospital: Hospital, *, doctors: int) -> Doctor:
    """`doctors` doctors in as many departments, each with a type, a policy and sessions of her own."""
    subjects = list(ClinicalSubject.objects.exclude(parent=None)[:doctors])
    tomorrow = timezone.localdate() + timedelta(days=1)
    first = None
    for n in range(doctors):
        make_hospital(longitude=116.0 + n, latitude=39.0)
        department = make_department(hospital=hospital, subject=subjects[n])
        doctor = make_doctor(department=department)
        kind = make_registration_type(hospital=hospital)
        BookingPolicy.objects.create(hospital=hospital, registration_type=kind, version=1, valid_from=timezone.now())
        first = first or doctor
        for ahead in range(n + 1):
            make_session(doctor=first, registration_type=kind, visit_date=tomorrow + timedelta(days=ahead), starts_at=time(2 + n))
    assert first is not None
    return first


@pytest.mark.parametrize("address", sorted(COUNTS))
def test_the_number_of_queries_is_constant(address: str) -> None:
    measured = set()
    for doctors in (1, 5):
        hospital = make_hospital()
        doctor = make_rows(hospital, doctors=doctors)
        session = doctor.sessions.order_by("pk").first()
        assert session is not None
        names = {"hospital": hospital.code, "doctor": doctor.pk, "department": doctor.department_id, "session": session.pk}

        with CaptureQueriesContext(connection) as queries:
            response = APIClient().get("/api/v1/" + address.format(**names))

        assert response.status_code == 200, response.content
        measured.add(len(queries))

    assert measured == {COUNTS[address]}
