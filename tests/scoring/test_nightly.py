"""What a run of the scoring writes, and what it leaves alone."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from booking.models import Outcome, Standing, Tier
from booking.services.standing import standing_of
from hospitals.models import Hospital
from scoring import tasks
from scoring.models import RunState, ScoringPolicy, ScoringRun
from scoring.services.nightly import AsOfInFuture, score_hospital
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(code="north")


def tier_of(hospital: Hospital, patient_id: int) -> tuple[str, Decimal | None]:
    standing = standing_of(hospital_id=hospital.pk, patient_id=patient_id)
    return standing.tier, standing.score


def test_each_patient_gets_counts_score_and_tier(hospital: Hospital) -> None:
    always = patient_with(hospital, fulfilled=2)
    two_of_three = patient_with(hospital, fulfilled=2, missed=1)
    mixed = patient_with(hospital, fulfilled=1, unattended=1, cancelled=1, missed=1)
    only_void = patient_with(hospital, void=3)

    run = score_hospital(hospital_id=hospital.pk, now=NOW)

    assert tier_of(hospital, always.pk) == (Tier.A, Decimal("100.00"))
    assert tier_of(hospital, two_of_three.pk) == (Tier.B, Decimal("80.00"))
    assert tier_of(hospital, mixed.pk) == (Tier.D, Decimal("55.00"))
    assert tier_of(hospital, only_void.pk) == (Tier.UNRATED, None)
    stored = Standing.objects.filter(patient=mixed).values("total", "fulfilled", "unattended", "cancelled", "missed", "as_of")
    assert stored.get() == {"total": 4, "fulfilled": 1, "unattended": 1, "cancelled": 1, "missed": 1, "as_of": TODAY}
    assert (run.patients, run.appointments, run.changed, run.moved_up, run.moved_down) == (3, 9, 3, 0, 0)
    assert run.tiers == {"A": 1, "B": 1, "C": 0, "D": 1, "unrated": 0}
    assert run.finished_at is not None


def test_appointments_that_are_not_closed_do_not_count(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, "", TODAY)

    assert score_hospital(hospital_id=hospital.pk, now=NOW).patients == 0
    assert Standing.objects.count() == 0


def test_the_window_is_open_at_its_far_end(hospital: Hospital) -> None:
    as_of = dt.date(2026, 6, 1)
    patient = make_patient()
    outside = (as_of - dt.timedelta(days=365), as_of + dt.timedelta(days=1))
    closed(hospital, patient, Outcome.MISSED, *outside)
    closed(hospital, patient, Outcome.FULFILLED, as_of - dt.timedelta(days=364), as_of)

    run = score_hospital(hospital_id=hospital.pk, now=NOW, as_of=as_of)

    assert (run.appointments, tier_of(hospital, patient.pk)) == (2, (Tier.A, Decimal("100.00")))


def test_a_hospitals_own_window_and_bounds(hospital: Hospital) -> None:
    ScoringPolicy.objects.create(hospital=hospital, window_days=30, tier_a_from=60, tier_b_from=50, tier_c_from=45)
    patient = patient_with(hospital, fulfilled=1, missed=1)
    closed(hospital, patient, Outcome.MISSED, TODAY - dt.timedelta(days=30))

    run = score_hospital(hospital_id=hospital.pk, now=NOW)

    assert (run.appointments, tier_of(hospital, patient.pk)) == (2, (Tier.A, Decimal("70.00")))


def test_a_second_run_touches_nothing(hospital: Hospital) -> None:
    for _ in range(3):
        patient_with(hospital, fulfilled=2, missed=1)
    score_hospital(hospital_id=hospital.pk, now=NOW)
    before = list(Standing.objects.order_by("pk").values())

    later = NOW + dt.timedelta(days=1)
    run = score_hospital(hospital_id=hospital.pk, now=later)

    assert (run.patients, run.changed, run.tiers["B"]) == (3, 0, 3)
    assert list(Standing.objects.order_by("pk").values()) == before
    assert ScoringRun.objects.count() == 2


def test_moves_are_counted_and_who_falls_out_of_the_window_is_unrated(hospital: Hospital) -> None:
    better = patient_with(hospital, fulfilled=1, missed=1)
    worse = patient_with(hospital, fulfilled=2)
    gone = patient_with(hospital, fulfilled=1, day=TODAY - dt.timedelta(days=364))
    score_hospital(hospital_id=hospital.pk, now=NOW)
    closed(hospital, better, Outcome.FULFILLED, *[TODAY] * 4)
    closed(hospital, worse, Outcome.MISSED, TODAY)

    run = score_hospital(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=1))

    assert (run.patients, run.changed, run.moved_up, run.moved_down) == (2, 3, 1, 1)
    assert run.tiers == {"A": 1, "B": 1, "C": 0, "D": 0, "unrated": 1}  # 5 of 6, and 2 of 3
    fallen = standing_of(hospital_id=hospital.pk, patient_id=gone.pk)
    assert (fallen.tier, fallen.score, fallen.total, fallen.fulfilled) == (Tier.UNRATED, None, 0, 0)
    assert score_hospital(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=1)).changed == 0


def test_hospitals_judge_apart(hospital: Hospital) -> None:
    other = make_hospital()
    patient = patient_with(hospital, fulfilled=1)
    closed(other, patient, Outcome.MISSED, TODAY)

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert tier_of(hospital, patient.pk) == (Tier.A, Decimal("100.00"))
    assert tier_of(other, patient.pk) == (Tier.UNRATED, None)
    score_hospital(hospital_id=other.pk, now=NOW)
    assert tier_of(hospital, patient.pk)[0] == Tier.A
    assert tier_of(other, patient.pk) == (Tier.D, Decimal("40.00"))


def test_a_window_in_the_future_is_refused(hospital: Hospital) -> None:
    patient_with(hospital, fulfilled=1)

    with pytest.raises(AsOfInFuture):
        score_hospital(hospital_id=hospital.pk, now=NOW, as_of=TODAY + dt.timedelta(days=1))

    assert (Standing.objects.count(), ScoringRun.objects.count()) == (0, 0)


def test_the_nightly_task_scores_every_hospital(hospital: Hospital) -> None:
    other = make_hospital()
    today = dt.datetime.now(hospital.zone).date()
    for place in (hospital, other):
        patient_with(place, fulfilled=1, day=today)

    for _ in range(2):
        tasks.score_all_hospitals.delay()

    assert sorted(Standing.objects.values_list("hospital", "tier")) == [(hospital.pk, Tier.A), (other.pk, Tier.A)]
    assert ScoringRun.objects.filter(changed=1).count() == ScoringRun.objects.filter(changed=0).count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_scores_a_hospital_at_the_same_time_shares_a_run() -> None:
    hospital = make_hospital()
    for _ in range(5):
        patient_with(hospital, fulfilled=1)
    barrier, found, failures = threading.Barrier(4), [], []

    def run() -> None:
        try:
            barrier.wait()
            found.append(score_hospital(hospital_id=hospital.pk, now=NOW))
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    # Whoever comes after its end begins another, which finds nothing to write.
    assert len({run.pk for run in found}) == ScoringRun.objects.count()
    assert (
        sorted(run.changed for run in ScoringRun.objects.all())[-1] == sum(run.changed for run in ScoringRun.objects.all()) == 5
    )
    assert not ScoringRun.objects.exclude(state=RunState.FINISHED).exists()
    assert list(Standing.objects.values_list("tier", flat=True)) == [Tier.A] * 5


class TestCommand:
    def test_json_is_one_object(self, hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
        patient_with(hospital, fulfilled=1, day=dt.date(2016, 6, 1))
        patient_with(hospital, missed=1, day=dt.date(2016, 7, 1))

        call_command("score_now", "--hospital", "north", "--as-of", "2016-06-30", "--json")

        printed, errors = capsys.readouterr()
        seconds = ScoringRun.objects.get().seconds
        assert printed == (
            f'{{"patients": 1, "changed": 1, "seconds": {seconds}, "tiers": {{"A": 1, "B": 0, "C": 0, "D": 0, "unrated": 0}}}}\n'
        )
        assert errors == ""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--hospital", "south"], "there is no hospital with the code 'south'"),
            (["--hospital", "north", "--as-of", "2999-01-01"], "--as-of 2999-01-01 is in the future"),
            (["--hospital", "north", "--as-of", "30.6.2016"], "'30.6.2016' is not a date like 2026-03-31"),
            (["--hospital", "north", "--as-of", "0001-01-01"], "'0001-01-01' is before 1900"),
            ([], "--hospital"),
        ],
    )
    def test_bad_input_changes_nothing(self, hospital: Hospital, arguments: list[str], expected: str) -> None:
        with pytest.raises(CommandError, match=expected):
            call_command("score_now", *arguments)

        assert ScoringRun.objects.count() == 0
