"""A run that is killed, that others join, or that another day overtakes."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Patient
from booking.models import Outcome, PastStanding, Standing, StandingDue, Tier
from hospitals.models import Hospital
from scoring.models import RunScope, RunState, ScoringBatch, ScoringPolicy, ScoringRun
from scoring.services import batches
from scoring.services.nightly import score_due, score_hospital, score_patient
from tests.concurrency.race import race
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with
from tests.scoring.kill_in_batch import KEYS_A_BATCH

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.timedelta(days=1)
# What seven patients did, by their places.
PASTS = [{"fulfilled": 3}, {"missed": 2}, {"fulfilled": 2, "missed": 1}, {"void": 1}, {"cancelled": 1}, {"unattended": 1},
         {"fulfilled": 1, "cancelled": 1}]  # fmt: skip


def with_past(hospital: Hospital, patients: list[Patient], day: dt.date) -> None:
    for patient, past in zip(patients, PASTS, strict=True):
        for outcome, number in past.items():
            closed(hospital, patient, Outcome(outcome), *[day] * number)


def verdicts(hospital: Hospital) -> list[tuple[object, ...]]:
    found = Standing.objects.filter(hospital=hospital).order_by("patient_id")
    return list(found.values_list("patient_id", "total", "fulfilled", "unattended", "cancelled", "missed", "score", "tier"))


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_KEYS", KEYS_A_BATCH)


@pytest.fixture
def killed_within_its_second_batch(transactional_db: None) -> Hospital:
    """A hospital of seven patients, in four batches, at which `score_now` was killed by SIGKILL. `control` has the same past."""
    hospital, control = make_hospital(code="killed"), make_hospital(code="control")
    patients = [make_patient() for _ in PASTS]
    today = timezone.now().astimezone(hospital.zone).date()
    for place in (hospital, control):
        with_past(place, patients, today)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.scoring.kill_in_batch", connection.settings_dict["NAME"], hospital.code],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stderr is not None
        told = child.stdout.readline()
        assert told == "within the second batch\n", child.stderr.read()
    finally:
        child.kill()
        child.communicate()
    return hospital


def test_after_a_kill_the_next_run_goes_on_where_it_was(killed_within_its_second_batch: Hospital, small_batches: None) -> None:
    hospital, control = killed_within_its_second_batch, Hospital.objects.get(code="control")
    # Whole batches are kept, what the second one had written is gone.
    run = ScoringRun.objects.get()
    assert (run.state, run.steps_done, run.steps_expected, run.finished_at) == (RunState.RUNNING, 1, 4, None)
    assert list(run.batches.order_by("after").values_list("is_done", flat=True)) == [True, False, False, False]
    done_before = list(Standing.objects.order_by("patient_id").values())
    assert [row["tier"] for row in done_before] == [Tier.A, Tier.D]
    assert StandingDue.objects.filter(hospital=hospital).values("patient").distinct().count() == 5

    later = timezone.now()
    resumed = score_hospital(hospital_id=hospital.pk, now=later)

    assert (resumed.pk, resumed.state, resumed.steps_done) == (run.pk, RunState.FINISHED, 4)
    assert (resumed.patients, resumed.changed) == (6, 6)
    # The first batch was not written again, the others were written now.
    stored = list(Standing.objects.filter(hospital=hospital).order_by("patient_id").values())
    assert stored[:2] == done_before
    assert {row["changed_at"] for row in stored[2:]} == {later}
    assert (StandingDue.objects.filter(hospital=hospital).count(), PastStanding.objects.count()) == (0, 0)

    undisturbed = score_hospital(hospital_id=control.pk, now=later)
    assert verdicts(hospital) == verdicts(control)
    assert (undisturbed.changed, undisturbed.tiers) == (resumed.changed, resumed.tiers)


@pytest.mark.django_db(transaction=True)
def test_two_who_run_it_at_once_share_the_batches(small_batches: None) -> None:
    hospital = make_hospital()
    patients = [make_patient() for _ in PASTS]
    with_past(hospital, patients, TODAY)

    found = race(*[lambda: score_hospital(hospital_id=hospital.pk, now=NOW)] * 2)

    full = ScoringRun.objects.filter(scope=RunScope.FULL).get()
    assert (full.state, full.changed, full.batches.filter(is_done=True).count()) == (RunState.FINISHED, 6, 4)
    assert sum(ScoringBatch.objects.values_list("changed", flat=True)) == 6
    # Whoever came after its end found nothing left.
    assert {run.pk for run in found} == set(ScoringRun.objects.values_list("pk", flat=True))
    assert sum(run.changed for run in ScoringRun.objects.all()) == 6
    assert (Standing.objects.count(), PastStanding.objects.count()) == (6, 0)


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_the_night_runs_is_not_lost(small_batches: None) -> None:
    """Visits are closed and the minutes' task comes by while batches are written."""
    hospital = make_hospital()
    patients = [make_patient() for _ in PASTS]
    with_past(hospital, patients, TODAY)

    def close_more() -> None:
        for patient in patients:
            closed(hospital, patient, Outcome.MISSED, TODAY)

    score = [lambda: score_hospital(hospital_id=hospital.pk, now=NOW, everyone=True)] * 2
    failed = [result for result in race(*score, close_more, lambda: score_due(hospital_id=hospital.pk, now=NOW))
              if isinstance(result, BaseException)]  # fmt: skip

    assert failed == []
    score_due(hospital_id=hospital.pk, now=NOW)
    swept = verdicts(hospital)
    assert [row[1] for row in swept] == [sum(past.values()) - past.get("void", 0) + 1 for past in PASTS]
    assert score_hospital(hospital_id=hospital.pk, now=NOW, everyone=True).changed == 0
    assert verdicts(hospital) == swept


@pytest.mark.django_db
class TestOvertaken:
    """`started` was killed; the next one is for other rules or another day."""

    @pytest.fixture
    def hospital(self) -> Hospital:
        return make_hospital()

    @pytest.fixture
    def patient(self, hospital: Hospital) -> Patient:
        patient = patient_with(hospital, fulfilled=1, missed=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        return patient

    def start(self, hospital: Hospital, scope: RunScope) -> ScoringRun:
        last = ScoringRun.objects.latest("pk")
        return ScoringRun.objects.create(
            hospital=hospital, scope=scope, policy=ScoringPolicy.objects.last(), booking_policy=last.booking_policy, as_of=TODAY,
            started_at=NOW,
        )  # fmt: skip

    def state_of(self, run: ScoringRun) -> str:
        return ScoringRun.objects.get(pk=run.pk).state

    def test_one_over_all_is_made_good_for_by_another_over_all(self, hospital: Hospital, patient: Patient) -> None:
        started = self.start(hospital, RunScope.FULL)

        run = score_hospital(hospital_id=hospital.pk, now=NOW + DAY)

        assert (self.state_of(started), run.scope, run.state) == (RunState.ABANDONED, RunScope.FULL, RunState.FINISHED)
        assert score_hospital(hospital_id=hospital.pk, now=NOW + DAY).scope == RunScope.CHANGES

    def test_one_over_changes_needs_no_more_than_the_changes(self, hospital: Hospital, patient: Patient) -> None:
        started = self.start(hospital, RunScope.CHANGES)
        closed(hospital, patient, Outcome.FULFILLED, TODAY + DAY)

        run = score_hospital(hospital_id=hospital.pk, now=NOW + DAY)

        assert (self.state_of(started), run.scope, run.changed) == (RunState.ABANDONED, RunScope.CHANGES, 1)

    def test_new_rules_abandon_what_was_begun_under_the_old(self, hospital: Hospital, patient: Patient) -> None:
        started = self.start(hospital, RunScope.CHANGES)
        ScoringPolicy.objects.create(hospital=hospital, tier_a_from=60, tier_b_from=50, tier_c_from=45)

        run = score_hospital(hospital_id=hospital.pk, now=NOW)

        assert (self.state_of(started), run.scope) == (RunState.ABANDONED, RunScope.FULL)
        assert Standing.objects.get().tier == Tier.A

    def test_rules_that_were_taken_back_before_the_run_was_over(self, hospital: Hospital, patient: Patient) -> None:
        """Half of the patients stand by them: nobody can be left out."""
        policy = ScoringPolicy.objects.create(hospital=hospital, tier_a_from=60, tier_b_from=50, tier_c_from=45)
        started = self.start(hospital, RunScope.FULL)
        Standing.objects.update(tier=Tier.A)
        started.policy = None
        started.save()
        policy.delete()

        run = score_hospital(hospital_id=hospital.pk, now=NOW + DAY)

        assert (self.state_of(started), run.scope) == (RunState.ABANDONED, RunScope.FULL)
        assert Standing.objects.get().tier == Tier.C

    def test_everyone_is_not_done_by_going_on_with_the_changes(self, hospital: Hospital, patient: Patient) -> None:
        started = self.start(hospital, RunScope.CHANGES)

        run = score_hospital(hospital_id=hospital.pk, now=NOW, everyone=True)

        assert (self.state_of(started), run.scope) == (RunState.ABANDONED, RunScope.FULL)

    def test_whoever_is_overtaken_writes_no_more(self, hospital: Hospital, small_batches: None) -> None:
        """The process that had begun it lives on: what it would write goes by the rules and the day of before."""
        patients = [patient_with(hospital, fulfilled=1, missed=1) for _ in range(6)]
        after: list[ScoringRun] = []

        def overtake(run: ScoringRun) -> None:
            if run.steps_done == 1 and not after:
                ScoringPolicy.objects.create(hospital=hospital, tier_a_from=60, tier_b_from=50, tier_c_from=45)
                after.append(score_hospital(hospital_id=hospital.pk, now=NOW))

        overtaken = score_hospital(hospital_id=hospital.pk, now=NOW, on_progress=overtake)

        assert [overtaken.state, after[0].state] == [RunState.ABANDONED, RunState.FINISHED]
        assert overtaken.batches.filter(is_done=True).count() == 1
        assert list(Standing.objects.values_list("tier", flat=True)) == [Tier.A] * len(patients)

    def test_one_patient_is_judged_by_the_rules_of_the_run_that_goes_on(self, hospital: Hospital, patient: Patient) -> None:
        """It may have come to them already."""
        ScoringPolicy.objects.create(hospital=hospital, tier_a_from=60, tier_b_from=50, tier_c_from=45)
        self.start(hospital, RunScope.FULL)
        closed(hospital, patient, Outcome.FULFILLED, TODAY)

        one = score_patient(hospital_id=hospital.pk, patient_id=patient.pk, now=NOW)

        assert one is not None
        assert (one.tier, one.total) == (Tier.A, 3)

    def test_changes_that_were_interrupted_are_counted_once(
        self, hospital: Hospital, patient: Patient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "DUE_AT_ONCE", 2)
        for _ in range(5):
            patient_with(hospital, fulfilled=1)

        def interrupt(run: ScoringRun) -> None:
            if run.steps_done:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            score_hospital(hospital_id=hospital.pk, now=NOW, on_progress=interrupt)
        stopped = ScoringRun.objects.latest("pk")
        assert (stopped.state, stopped.steps_done, stopped.steps_expected, stopped.changed) == (RunState.RUNNING, 2, 5, 2)

        run = score_hospital(hospital_id=hospital.pk, now=NOW)

        assert (run.pk, run.scope, run.state) == (stopped.pk, RunScope.CHANGES, RunState.FINISHED)
        assert (run.steps_done, run.changed, Standing.objects.count()) == (5, 5, 6)

    def test_the_same_day_goes_on_with_it(self, hospital: Hospital, patient: Patient) -> None:
        started = self.start(hospital, RunScope.CHANGES)
        assert score_hospital(hospital_id=hospital.pk, now=NOW + dt.timedelta(hours=1)).pk == started.pk
