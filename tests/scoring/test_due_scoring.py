"""Between the nights: whoever's outcomes have changed is scored within a minute, by the rules of the last run."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from booking.models import Outcome, Standing, StandingDue, Tier
from config.beat import SCHEDULE
from hospitals.models import Hospital
from scoring.models import RunScope, RunState, ScoringPolicy, ScoringRun
from scoring.run_progress import STALLED_AFTER, is_stalled, progress_of
from scoring.services import nightly
from scoring.services.nightly import hospitals_due, score_due, score_hospital, score_patient
from tests.concurrency.race import race
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(code="north")


def tier_of(hospital: Hospital, patient_id: int) -> str:
    return Standing.objects.get(hospital=hospital, patient_id=patient_id).tier


def killed(hospital: Hospital, **fields: object) -> ScoringRun:
    """A run over all of which nothing was done but its plan."""
    booking_policy = ScoringRun.objects.filter(hospital=hospital).latest("pk").booking_policy
    stated = {"as_of": TODAY, "started_at": NOW, "booking_policy": booking_policy} | fields
    return ScoringRun.objects.create(hospital=hospital, **stated)


def test_who_has_changed_is_scored_and_nobody_else(hospital: Hospital) -> None:
    changed, other = patient_with(hospital, fulfilled=1), patient_with(hospital, fulfilled=1)
    score_hospital(hospital_id=hospital.pk, now=NOW)
    closed(hospital, changed, Outcome.MISSED, TODAY)
    closed(hospital, other, "", TODAY)

    assert score_due(hospital_id=hospital.pk, now=NOW + MINUTE) == 1

    assert (tier_of(hospital, changed.pk), tier_of(hospital, other.pk)) == (Tier.C, Tier.A)
    assert Standing.objects.filter(changed_at=NOW + MINUTE).count() == 1
    assert (StandingDue.objects.count(), ScoringRun.objects.count()) == (0, 1)
    assert score_due(hospital_id=hospital.pk, now=NOW + MINUTE) == 0


def test_the_rules_are_those_of_the_last_run(hospital: Hospital) -> None:
    """One patient is not judged by new rules while all others still stand by the old ones."""
    patient = patient_with(hospital, fulfilled=1)
    score_hospital(hospital_id=hospital.pk, now=NOW)
    ScoringPolicy.objects.create(hospital=hospital, tier_a_from=60, tier_b_from=50, tier_c_from=45)
    closed(hospital, patient, Outcome.MISSED, TODAY)

    score_due(hospital_id=hospital.pk, now=NOW + MINUTE)
    assert tier_of(hospital, patient.pk) == Tier.C
    one = score_patient(hospital_id=hospital.pk, patient_id=patient.pk, now=NOW + MINUTE)
    assert one is not None
    assert (one.tier, one.score) == (Tier.C, Decimal("70.00"))

    run = score_hospital(hospital_id=hospital.pk, now=NOW + MINUTE)
    assert (run.scope, tier_of(hospital, patient.pk)) == (RunScope.FULL, Tier.A)


def test_a_hospital_without_a_run_waits_for_its_first_night(hospital: Hospital) -> None:
    patient_with(hospital, fulfilled=1)

    assert (hospitals_due(now=NOW), score_due(hospital_id=hospital.pk, now=NOW)) == ([], 0)
    assert (Standing.objects.count(), StandingDue.objects.count()) == (0, 1)

    assert score_hospital(hospital_id=hospital.pk, now=NOW).scope == RunScope.FULL
    assert StandingDue.objects.count() == 0


def test_one_query_finds_the_hospitals_where_something_is_to_be_done(hospital: Hospital) -> None:
    idle, stalled, running, untouched = (make_hospital() for _ in range(4))
    for place in (hospital, idle, stalled, running):
        score_hospital(hospital_id=place.pk, now=NOW)
    patient_with(hospital, fulfilled=1), patient_with(untouched, fulfilled=1)
    killed(stalled)
    killed(running, started_at=NOW, advanced_at=NOW + STALLED_AFTER)
    patient_with(running, fulfilled=1)

    with CaptureQueriesContext(connection) as queries:
        found = hospitals_due(now=NOW + STALLED_AFTER + MINUTE)

    assert (found, len(queries)) == ([hospital.pk, stalled.pk], 1)


def test_a_run_that_was_killed_is_gone_on_with(hospital: Hospital) -> None:
    patient = patient_with(hospital, fulfilled=1)
    score_hospital(hospital_id=hospital.pk, now=NOW)
    run = killed(hospital)
    closed(hospital, patient, Outcome.MISSED, TODAY)
    soon, late = NOW + STALLED_AFTER, NOW + STALLED_AFTER + MINUTE
    assert (is_stalled(run, now=soon), is_stalled(run, now=late)) == (False, True)

    score_due(hospital_id=hospital.pk, now=soon)
    run.refresh_from_db()
    assert (run.state, tier_of(hospital, patient.pk)) == (RunState.RUNNING, Tier.A)

    score_due(hospital_id=hospital.pk, now=late)
    run.refresh_from_db()
    assert (run.state, tier_of(hospital, patient.pk)) == (RunState.FINISHED, Tier.C)
    assert run.finished_at is not None
    assert run.finished_at >= late


def test_the_minutes_task_scores_what_is_due(hospital: Hospital) -> None:
    today = dt.datetime.now(hospital.zone).date()
    patient = patient_with(hospital, fulfilled=1, day=today)
    nightly.score_hospital(hospital_id=hospital.pk, now=dt.datetime.now(dt.UTC))
    closed(hospital, patient, Outcome.MISSED, today)
    entry = SCHEDULE["score-due"]

    for _ in range(2):
        import_string(entry["task"]).delay()

    assert tier_of(hospital, patient.pk) == Tier.C
    assert entry["schedule"] <= MINUTE
    assert Standing.objects.count() == 1


def test_a_past_day_does_not_build_on_what_the_minutes_wrote(hospital: Hospital) -> None:
    """What the sweep has counted of today is taken out again where a run is asked for as of yesterday."""
    before = NOW - 2 * dt.timedelta(days=1)
    patient = patient_with(hospital, fulfilled=1, day=TODAY - dt.timedelta(days=10))
    score_hospital(hospital_id=hospital.pk, now=before)
    closed(hospital, patient, Outcome.MISSED, TODAY)
    score_due(hospital_id=hospital.pk, now=NOW)
    assert tier_of(hospital, patient.pk) == Tier.C

    run = score_hospital(hospital_id=hospital.pk, now=NOW, as_of=TODAY - dt.timedelta(days=1))

    assert (run.scope, tier_of(hospital, patient.pk)) == (RunScope.FULL, Tier.A)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_does_it_and_none_waits() -> None:
    hospital = make_hospital()
    patients = [patient_with(hospital, fulfilled=1) for _ in range(3)]
    score_hospital(hospital_id=hospital.pk, now=NOW)
    for patient in patients:
        closed(hospital, patient, Outcome.MISSED, TODAY)

    # Whoever holds the hospital keeps it until this transaction ends: a call that waited would never come back.
    with transaction.atomic():
        Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
        assert race(lambda: score_due(hospital_id=hospital.pk, now=NOW)) == [0]
    found = race(*[lambda: score_due(hospital_id=hospital.pk, now=NOW + MINUTE)] * 2)

    assert sorted(found) == [0, 3]
    assert [standing.tier for standing in Standing.objects.all()] == [Tier.C] * 3
    connections.close_all()


class TestProgress:
    def test_it_goes_from_nothing_to_all(self) -> None:
        run = ScoringRun(steps_expected=8)
        assert (progress_of(run).percent, progress_of(run).steps_a_second, progress_of(run).seconds_left) == (0, None, None)

        run.steps_done, run.seconds = 2, 4.0
        assert (progress_of(run).percent, progress_of(run).steps_a_second, progress_of(run).seconds_left) == (25, 0.5, 12.0)

        run.steps_done = 8
        assert progress_of(run).percent == 99
        run.state = RunState.FINISHED
        assert (progress_of(run).percent, progress_of(run).seconds_left) == (100, 0)

    def test_more_than_was_expected_is_not_more_than_all(self) -> None:
        progress = progress_of(ScoringRun(steps_expected=2, steps_done=3, seconds=1.0))
        assert (progress.percent, progress.steps_expected, progress.seconds_left) == (99, 3, 0)

    def test_a_run_with_nothing_to_do_is_done(self) -> None:
        assert progress_of(ScoringRun(state=RunState.FINISHED)).percent == 100

    def test_it_is_told_as_it_goes_on(self, hospital: Hospital) -> None:
        make_patient()
        for _ in range(2):
            patient_with(hospital, fulfilled=1)
        told: list[tuple[int, int]] = []

        score_hospital(
            hospital_id=hospital.pk, now=NOW, on_progress=lambda run: told.append((run.steps_done, run.steps_expected))
        )
        assert told == [(0, 1), (1, 1)]
