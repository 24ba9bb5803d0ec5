"""Who is kept from booking for a while, from when and until when."""

import datetime as dt

import pytest

from booking.models import Outcome, Restriction
from booking.services.restrictions import RestrictionNotInForce, lift_restriction
from booking.services.standing import active_restriction
from hospitals.models import BookingPolicy, Hospital
from scoring.services.nightly import score_hospital
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital()


def ago(*days: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=number) for number in days]


def pauses(hospital: Hospital) -> list[tuple[dt.date, dt.date, int]]:
    found = Restriction.objects.order_by("starts_at").values_list("starts_at", "ends_at", "missed_count")
    return [(start.astimezone(hospital.zone).date(), end.astimezone(hospital.zone).date(), n) for start, end, n in found]


def test_the_third_miss_pauses_from_its_own_day(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(300, 100, 10))
    patient_with(hospital, missed=2)

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == [(*ago(10), *ago(10 - 90), 3)]
    found = active_restriction(hospital_id=hospital.pk, patient_id=patient.pk, at=NOW)
    assert found == Restriction.objects.get(patient=patient)
    assert found.starts_at == dt.datetime(2026, 6, 21, tzinfo=hospital.zone)
    assert active_restriction(hospital_id=hospital.pk, patient_id=patient.pk, at=found.ends_at) is None
    before = found.starts_at - dt.timedelta(seconds=1)
    assert active_restriction(hospital_id=hospital.pk, patient_id=patient.pk, at=before) is None
    assert active_restriction(hospital_id=make_hospital().pk, patient_id=patient.pk, at=NOW) is None


def test_once_for_each_time_the_limit_is_reached(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(30, 20, 10))
    for day in range(3):
        score_hospital(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=day))
    assert pauses(hospital) == [(*ago(10), *ago(-80), 3)]

    closed(hospital, patient, Outcome.MISSED, *ago(1))
    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert len(pauses(hospital)) == 1


def test_the_sixth_miss_pauses_for_longer(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(60, 50, 40, 30, 20, 10))

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == [(*ago(40), *ago(-50), 3), (*ago(10), *ago(-170), 6)]
    found = active_restriction(hospital_id=hospital.pk, patient_id=patient.pk, at=NOW)
    assert found is not None
    assert found.missed_count == 6


def test_misses_that_spread_over_more_than_a_year_do_not_add_up(hospital: Hospital) -> None:
    patient_with_spread = make_patient()
    closed(hospital, patient_with_spread, Outcome.MISSED, *ago(365, 200, 10))

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == []


@pytest.mark.parametrize(("window_days", "expected"), [(109, 0), (110, 1)])
def test_how_far_back_misses_add_up_is_the_hospitals_policy(hospital: Hospital, window_days: int, expected: int) -> None:
    BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=NOW, missed_window_days=window_days)
    closed(hospital, make_patient(), Outcome.MISSED, *ago(109, 50, 10))

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert len(pauses(hospital)) == expected


def test_the_limit_is_reached_again_after_old_misses_have_left_the_year(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(500, 400, 300, 130, 5))
    # 500, 400, 300 reached it 300 days ago; 300, 130, 5 reach it again.
    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == [(*ago(5), *ago(-85), 3)]


def test_old_history_restricts_nobody_today(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(4000, 3999, 3998))

    score_hospital(hospital_id=hospital.pk, now=NOW)
    score_hospital(hospital_id=hospital.pk, now=NOW, as_of=TODAY - dt.timedelta(days=3990))

    assert pauses(hospital) == []


def test_only_misses_count(hospital: Hospital) -> None:
    patient_with(hospital, unattended=5, cancelled=5, void=5, missed=2)

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == []


def test_the_hospitals_policy_says_when_and_how_long(hospital: Hospital) -> None:
    BookingPolicy.objects.create(
        hospital=hospital, version=1, valid_from=NOW - dt.timedelta(days=9), missed_limit=2, missed_pause_days=7,
        missed_limit_severe=0,
    )  # fmt: skip
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(9, 3))

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == [(*ago(3), *ago(-4), 2)]


def test_limits_of_zero_restrict_nobody(hospital: Hospital) -> None:
    BookingPolicy.objects.create(
        hospital=hospital, version=1, valid_from=NOW - dt.timedelta(days=9), missed_limit=0, missed_limit_severe=0
    )
    patient_with(hospital, missed=9)

    score_hospital(hospital_id=hospital.pk, now=NOW)

    assert pauses(hospital) == []


def test_a_lifted_pause_is_not_written_again(hospital: Hospital) -> None:
    patient = make_patient()
    closed(hospital, patient, Outcome.MISSED, *ago(3, 2, 1))
    score_hospital(hospital_id=hospital.pk, now=NOW)
    pause = Restriction.objects.get()

    lift_restriction(restriction_id=pause.pk, reason="申诉成立", now=NOW)
    score_hospital(hospital_id=hospital.pk, now=NOW)

    pause.refresh_from_db()
    assert (pause.lifted_at, pause.lifted_reason, Restriction.objects.count()) == (NOW, "申诉成立", 1)
    assert active_restriction(hospital_id=hospital.pk, patient_id=patient.pk, at=NOW) is None
    with pytest.raises(RestrictionNotInForce):
        lift_restriction(restriction_id=pause.pk, reason="再次", now=NOW)
    pause.refresh_from_db()
    assert pause.lifted_reason == "申诉成立"
