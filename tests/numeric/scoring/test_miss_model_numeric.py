"""The chance of a miss: its columns against a plain loop, what is learnt from made-up truth, and the real file."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from scoring.numeric.features import HALF_LIFE_DAYS, BookingFacts, decayed_history, learn_rates
from scoring.numeric.miss_model import FEATURES_VERSION, MissParameters, UnknownParameters, predict_misses
from scoring.services.miss_training import FEWEST_MISSES, TooLittle, Trained, fit, train
from tests.numeric.scoring.real_bookings import needs_real_file, real_bookings

_visits = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 4000), st.integers(0, 30), st.booleans()), min_size=1, max_size=40
)


def facts(n: int, **columns: np.ndarray) -> BookingFacts:
    """Bookings of one department, first visits, on Mondays, two weeks ahead, at ten, by people of forty; but for `columns`."""
    plain = {
        "lead_days": np.full(n, 14),
        "hour": np.full(n, 10),
        "weekday": np.full(n, 1),
        "age_years": np.full(n, 40.0),
        "channel": np.zeros(n, dtype=np.int64),
        "period": np.zeros(n, dtype=np.int64),
        "department": np.ones(n, dtype=np.int64),
        "doctor": np.zeros(n, dtype=np.int64),
        "past_visits": np.zeros(n),
        "past_missed": np.zeros(n),
    }
    return BookingFacts(**plain | columns)


@settings(max_examples=100, deadline=None)
@given(_visits)
def test_the_past_is_that_of_the_days_before_the_booking(visits: list[tuple[int, int, int, bool]]) -> None:
    expected = [
        [
            sum(2.0 ** ((day + ahead - booked) / 90) for who, day, ahead, missed in visits if _counts(who, day + ahead, missed))
            for _counts in (
                lambda who, visit, missed, p=patient, b=booked: who == p and visit < b,
                lambda who, visit, missed, p=patient, b=booked: who == p and visit < b and missed,
            )
        ]
        for patient, booked, _, _ in visits
    ]
    patients, booked, ahead, missed = (np.array(column) for column in zip(*visits, strict=True))

    found = decayed_history(patients, booked, booked + ahead, missed, half_life_days=90)

    np.testing.assert_allclose(np.stack(found, axis=1), expected, rtol=1e-9, atol=1e-12)


def test_many_years_of_daily_visits_lose_none_of_the_last_ones() -> None:
    days = np.arange(8_000)
    visits, _ = decayed_history(np.ones_like(days), days, days, np.zeros(days.size, dtype=bool))
    ratio = 2.0 ** (-1 / HALF_LIFE_DAYS)
    assert visits[-1] == pytest.approx(ratio / (1 - ratio), rel=1e-9)


def test_what_comes_after_a_booking_does_not_change_what_is_known_of_it() -> None:
    rng = np.random.default_rng(7)
    patients, booked, ahead = rng.integers(0, 20, 400), rng.integers(0, 300, 400), rng.integers(0, 40, 400)
    missed = rng.random(400) < 0.3
    before = np.stack(decayed_history(patients, booked, booked + ahead, missed))
    # From the booking's day on everything came differently, its own visit too.
    flipped = np.where(booked + ahead >= 150, ~missed, missed)
    after = np.stack(decayed_history(patients, booked, booked + ahead, flipped))
    made_by_then = booked <= 150
    np.testing.assert_array_equal(before[:, made_by_then], after[:, made_by_then])
    assert (before[:, ~made_by_then] != after[:, ~made_by_then]).any()


def test_small_departments_and_new_doctors_stay_near_the_whole() -> None:
    department = np.array([1] * 900 + [2] * 98 + [3] * 2)
    doctor = np.array([10] * 450 + [11] * 450 + [0] * 100)
    missed = np.zeros(1000, dtype=bool)
    missed[:90] = missed[900:950] = missed[998:] = True
    rates = learn_rates(department, doctor, missed)
    assert rates.departments[1] < 0 < rates.departments[3] < rates.departments[2]
    assert rates.doctors[11] < 0 < rates.doctors[10]
    assert set(rates.doctors) == {10, 11}


def test_learns_the_truth_that_the_bookings_were_made_from() -> None:
    rng = np.random.default_rng(11)
    lead = rng.integers(0, 31, 20_000)
    truth = expit(-2.0 + 0.5 * np.log1p(lead))
    made = facts(lead.size, lead_days=lead, channel=(lead == 0).astype(np.int64))

    found = predict_misses(made, fit(made, rng.random(lead.size) < truth))

    assert float(np.abs(found - truth).mean()) < 0.01
    assert float(np.abs(found - truth).max()) < 0.03


def test_one_odd_booking_gives_no_flag_much_weight() -> None:
    rng = np.random.default_rng(3)
    age = np.full(5_000, 40.0)
    age[17] = np.nan
    missed = rng.random(5_000) < 0.2
    for outcome in (True, False):
        missed[17] = outcome
        learnt = fit(made := facts(5_000, age_years=age), missed)
        assert abs(learnt.coefficients["is_age_known"]) < 1
        assert 0.1 < predict_misses(made.where(np.array([17])), learnt)[0] < 0.4


def test_the_parameters_are_json_and_predict_the_same() -> None:
    rng = np.random.default_rng(5)
    made = facts(2_000, lead_days=rng.integers(0, 60, 2_000), department=rng.integers(1, 5, 2_000))
    learnt = fit(made, rng.random(2_000) < 0.3)
    stored = json.loads(json.dumps(learnt.as_json(), allow_nan=False))
    np.testing.assert_array_equal(predict_misses(made, MissParameters.from_json(stored)), predict_misses(made, learnt))
    strangers = replace(made, department=made.department + 100, doctor=made.doctor + 100)
    assert np.isfinite(predict_misses(strangers, learnt)).all()


def test_parameters_that_fit_no_columns_predict_nothing() -> None:
    rng = np.random.default_rng(5)
    made = facts(1_000)
    learnt = fit(made, rng.random(1_000) < 0.3)
    stored = learnt.as_json()
    with pytest.raises(UnknownParameters, match="version 0"):
        MissParameters.from_json(stored | {"features_version": FEATURES_VERSION - 1})
    with pytest.raises(UnknownParameters, match="intercept"):
        MissParameters.from_json({name: value for name, value in stored.items() if name != "intercept"})
    fewer = {name: value for name, value in learnt.coefficients.items() if name != "weekday_1"}
    with pytest.raises(UnknownParameters, match="weekday_1"):
        predict_misses(made, replace(learnt, coefficients=fewer))


@pytest.mark.parametrize(
    ("bookings", "misses", "is_enough"),
    [(0, 0, False), (660, 300, False), (668, 300, True), (800, 2 * FEWEST_MISSES - 2, False), (800, 2 * FEWEST_MISSES, True)],
)
def test_too_little_to_learn_from(bookings: int, misses: int, is_enough: bool) -> None:
    """A quarter is kept to test on: of 668 bookings on as many days 501 are learnt from. Misses alternate over the first."""
    missed = np.zeros(bookings, dtype=bool)
    missed[: 2 * misses : 2] = True
    if misses < 100:
        missed[:] = False
        missed[: misses // 2] = missed[bookings - misses // 2 :] = True
    found = train(facts(bookings), np.arange(bookings), missed)
    assert isinstance(found, Trained if is_enough else TooLittle)


def test_what_no_longer_holds_is_worse_than_the_rate() -> None:
    """Once it was the bookings made long ahead that were missed; of late it is the others."""
    rng = np.random.default_rng(2)
    lead = rng.integers(0, 31, 1_000)
    is_late = np.arange(1_000) >= 750
    missed = rng.random(1_000) < np.where((lead > 15) ^ is_late, 0.6, 0.1)
    found = train(facts(1_000, lead_days=lead), np.arange(1_000), missed)
    assert isinstance(found, Trained)
    assert not found.is_better_than_baseline
    assert found.auc is not None
    assert found.auc < 0.3


@needs_real_file
def test_on_the_real_file_it_tells_later_misses() -> None:
    """Learnt from visits until 30 May 2016, tested on the later ones."""
    real = real_bookings()
    visits, missed = decayed_history(real.patients, real.booked_days, real.visit_days, real.is_missed)
    lead = real.visit_days - real.booked_days
    found = train(
        BookingFacts(
            lead_days=lead,
            hour=real.booked_hours,
            weekday=(real.visit_days - 1) % 7 + 1,
            age_years=real.ages,
            channel=(lead == 0).astype(np.int64),
            period=np.full(lead.size, 3),
            department=real.places,
            doctor=np.zeros(lead.size, dtype=np.int64),
            past_visits=visits,
            past_missed=missed,
        ),
        real.visit_days,
        real.is_missed,
    )
    assert isinstance(found, Trained)
    assert (found.learnt_from, found.tested_on) == (79_797, 30_730)
    assert found.auc == pytest.approx(0.7265, abs=0.001)
    assert (round(found.brier, 4), round(found.brier_baseline, 4)) == (0.1366, 0.1507)
    groups = found.calibration
    assert [group.observed.total for group in groups] == [3_073] * 10
    # Fewer were missed in June than before (18.4 % after 20.9 %), which no booking foretold: predictions are high by as much.
    assert all(-0.01 < group.predicted - (group.observed.share or 0) < 0.09 for group in groups)
    assert groups[0].observed.share < 0.03 < 0.35 < groups[-1].observed.share
