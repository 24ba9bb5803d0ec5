"""From rows of past sessions to the inputs of plans: what a year, a holiday, a newcomer or a freak day make of them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from capacity.services.history import ClinicKey, History, PastSession
from capacity.services.inputs import ClinicInputs, HospitalInputs, estimate_inputs

YEAR = 48
MONDAY = date(2026, 1, 5)
KEYS: list[ClinicKey] = [(1, doctor, weekday, "am") for doctor in range(10, 18) for weekday in (1, 3)]


def session(key: ClinicKey, week: int, advance: int, same_day: int = 6, quota: int = 15, refused: int = 0) -> PastSession:
    """A session in which `advance` wanted a number in advance, under this quota; one in five missed."""
    taken = min(advance, quota)
    return PastSession(
        clinic=key,
        visit_date=MONDAY + timedelta(weeks=week, days=key[2] - 1),
        advance_wanted=taken,
        same_day_wanted=same_day,
        advance_sold_out=advance >= quota,
        same_day_sold_out=False,
        advance_refused=refused,
        same_day_refused=0,
        advance_visits=taken,
        same_day_visits=same_day,
        advance_missed=taken // 5,
        same_day_missed=0,
    )


def year(mean: float = 14.0, *, seed: int = 1, quota: int = 15, weeks: int = YEAR) -> list[PastSession]:
    """Every clinic's sessions, two thirds of those who found nothing noted."""
    rng = np.random.default_rng(seed)
    rows = []
    for key in KEYS:
        for week in range(weeks):
            wanted = int(rng.poisson(mean))
            noted = int(rng.binomial(max(wanted - quota, 0), 2 / 3))
            rows.append(session(key, week, wanted, int(rng.poisson(6)), quota, noted))
    return rows


def inputs(rows: list[PastSession], *more: ClinicKey) -> HospitalInputs:
    return estimate_inputs(history=History.of(rows), clinics=more, mean_rated_capacity=20)


@pytest.fixture(scope="module")
def ordinary() -> HospitalInputs:
    return inputs(year(), (1, 10, 5, "am"), (1, 99, 1, "am"), (2, 98, 1, "am"))


def means(found: HospitalInputs) -> np.ndarray:
    return np.array([found.clinics[key].mean_advance.value for key in KEYS])


def test_demand_beyond_the_quota_is_found_where_the_mean_of_bookings_is_far_off(ordinary: HospitalInputs) -> None:
    rows = year()
    naive = np.mean([row.advance_wanted for row in rows])
    assert naive < 13.1
    assert np.mean(means(ordinary)) == pytest.approx(14.0, rel=0.03)
    assert all(each.mean_advance.lower < each.mean_advance.value < each.mean_advance.upper for each in ordinary.clinics.values())


def test_sample_sizes_and_what_they_rest_on_are_told(ordinary: HospitalInputs) -> None:
    known = ordinary.clinics[KEYS[0]]
    assert (known.sessions, known.mean_advance.sample_size, known.mean_same_day.sample_size) == (YEAR, YEAR, YEAR)
    assert known.no_show_advance.sample_size == sum(row.advance_visits for row in year() if row.clinic == KEYS[0])
    assert known.sold_out_advance == sum(row.advance_sold_out for row in year() if row.clinic == KEYS[0])
    assert 0 < known.mean_advance.own_share < 1
    assert known.correlation_sessions == YEAR * len(KEYS)
    assert known.correlation_lower <= known.correlation <= known.correlation_upper
    assert known.history_until == max(row.visit_date for row in year())


@pytest.mark.parametrize(
    ("key", "level"), [((1, 10, 5, "am"), "doctor"), ((1, 99, 1, "am"), "department"), ((2, 98, 1, "am"), "hospital")]
)
def test_whoever_has_no_history_gets_the_numbers_of_the_next_level(ordinary: HospitalInputs, key: ClinicKey, level: str) -> None:
    found = ordinary.clinics[key]
    assert (found.sessions, found.mean_advance.sample_size, found.no_show_advance.sample_size) == (0, 0, 0)
    if level != "doctor":  # all doctors here are alike: then their department is as good a witness
        assert found.mean_advance.level == level
        # The one department with a history has all there is.
        assert found.mean_advance.level_size == YEAR * len(KEYS)
        assert found.no_show_advance.level_size == sum(row.advance_visits for row in year())
    assert found.mean_advance.own_share == 0
    assert found.mean_advance.value == pytest.approx(14, rel=0.08)
    assert found.no_show_advance.value == pytest.approx(ordinary.no_show_advance.value, abs=0.03)
    known = ordinary.clinics[KEYS[0]].mean_advance
    assert found.mean_advance.upper - found.mean_advance.lower > 0
    if level == "hospital":
        assert found.mean_advance.upper - found.mean_advance.lower > known.upper - known.lower


def test_a_hospital_without_history_rests_on_what_is_assumed() -> None:
    found: ClinicInputs = inputs([], KEYS[0]).clinics[KEYS[0]]
    assert found.mean_advance.value == pytest.approx(15)
    assert found.no_show_advance.value == pytest.approx(0.2)
    assert found.no_show_same_day.value == pytest.approx(0.05)
    assert found.correlation == pytest.approx(0.2, abs=1e-3)
    assert {found.mean_advance.level, found.no_show_advance.level} == {"assumed"}
    assert {found.mean_advance.level_size, found.no_show_advance.level_size} == {0}
    assert found.history_until is None
    assert (found.dispersion_advance, found.dispersion_same_day) == (1.0, 1.0)


def test_closed_weeks_change_nothing_but_the_sample_size(ordinary: HospitalInputs) -> None:
    # Given a year in which nobody sat for the first six weeks (a holiday, building works)
    rows = [row for row in year() if row.visit_date >= MONDAY + timedelta(weeks=6)]
    found = inputs(rows)
    assert found.clinics[KEYS[0]].sessions == YEAR - 6
    assert np.mean(means(found)) == pytest.approx(np.mean(means(ordinary)), rel=0.02)
    assert found.clinics[KEYS[0]].mean_advance.upper < 18


@pytest.mark.parametrize("freak", [0, 150])
def test_one_freak_day_does_not_swing_a_clinic(ordinary: HospitalInputs, freak: int) -> None:
    rows = year()
    strange = next(i for i, row in enumerate(rows) if row.clinic == KEYS[0])
    # A strike that nobody came to, or a day on which 150 were turned away.
    rows[strange] = session(KEYS[0], 0, freak, refused=max(freak - 15, 0))
    if freak == 0:
        rows[strange] = replace(rows[strange], advance_missed=0)
    found, before = inputs(rows).clinics[KEYS[0]], ordinary.clinics[KEYS[0]]
    assert found.mean_advance.value == pytest.approx(before.mean_advance.value, rel=0.05)
    assert found.no_show_advance.value == pytest.approx(before.no_show_advance.value, abs=0.02)


def test_a_quota_that_changed_in_the_middle_of_the_year_changes_nothing(ordinary: HospitalInputs) -> None:
    early = [row for row in year(quota=10) if row.visit_date < MONDAY + timedelta(weeks=24)]
    late = [row for row in year(quota=22) if row.visit_date >= MONDAY + timedelta(weeks=24)]
    found = inputs(early + late)
    assert np.mean(means(found)) == pytest.approx(np.mean(means(ordinary)), rel=0.03)
    assert np.mean([row.advance_wanted for row in early + late]) < 12.3


def test_the_order_of_the_rows_does_not_matter(ordinary: HospitalInputs) -> None:
    rows = year()
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    found = inputs(shuffled)
    assert means(found) == pytest.approx(means(ordinary), rel=1e-6)


def test_departments_own_clinics_stand_beside_the_doctors(ordinary: HospitalInputs) -> None:
    general: ClinicKey = (1, None, 1, "am")
    found = inputs(year() + [session(general, week, 40, quota=60) for week in range(20)])
    assert found.clinics[general].mean_advance.value == pytest.approx(40, rel=0.05)
    assert np.mean(means(found)) == pytest.approx(np.mean(means(ordinary)), rel=0.02)


def test_clinics_that_vary_more_than_poisson_say_so() -> None:
    rng = np.random.default_rng(5)
    rows = [
        session(key, week, int(rng.poisson(14 * rng.gamma(6, 1 / 6))), int(rng.poisson(6)), quota=60)
        for key in KEYS
        for week in range(YEAR)
    ]
    found = inputs(rows)
    # variance over mean is 1 + 14/6
    assert np.mean([found.clinics[key].dispersion_advance for key in KEYS]) == pytest.approx(1 + 14 / 6, rel=0.15)
    assert {found.clinics[key].dispersion_same_day for key in KEYS} == {1.0}
