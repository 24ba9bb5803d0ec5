"""Two generations of one hospital at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connections

from hospitals.models import ClinicSession, Hospital, Slot
from hospitals.services.sessions import GenerationResult, generate_sessions
from tests.factories.hospitals import make_department, make_hospital, make_template

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
RUNNERS = 4


@pytest.mark.django_db(transaction=True)
def test_the_second_finds_what_the_first_has_made() -> None:
    hospital = make_hospital()
    for _ in range(5):
        make_template(department=make_department(hospital=hospital))
    barrier = Barrier(RUNNERS)

    def run(_: int) -> GenerationResult:
        try:
            mine = Hospital.objects.get(pk=hospital.pk)
            barrier.wait(timeout=30)
            return generate_sessions(hospital=mine, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RUNNERS) as pool:
        results = list(pool.map(run, range(RUNNERS)))

    made = GenerationResult(created_sessions=20, created_slots=160, skipped=0)
    found = GenerationResult(created_sessions=0, created_slots=0, skipped=20)
    assert sorted(results, key=lambda result: result.skipped) == [made, found, found, found]
    assert ClinicSession.objects.count() == 20
    assert Slot.objects.count() == 160
