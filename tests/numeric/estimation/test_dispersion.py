"""How much more than Poisson sessions vary: claimed where it is so, and nowhere else."""

import numpy as np
import pytest

from capacity.numeric.estimation import Sessions, estimate_demand
from tests.numeric.estimation.worlds import estimated, varying, world

# Two departments vary as Poisson, two with α = 0.15: variance over mean of 2.5 at ten patients and 4 at twenty.
MIXED = {"seed": 7, "quota": 18, "trace": 0.4, "alpha": (0.15, 0.0, 0.0, 0.15)}


def test_it_is_found_behind_quotas_in_the_departments_that_vary() -> None:
    history, found = world(**MIXED), estimated(**MIXED)  # type: ignore[arg-type]
    varies = np.isin(history.department, (0, 3))
    # When a third of their sessions sold out
    assert 0.25 < history.sessions.sold_out[np.isin(history.sessions.clinic, np.flatnonzero(varies))].mean() < 0.6
    # Then nearly all of its clinics count as overdispersed, by about the truth, and none of the others
    assert found.dispersion.proven[varies].mean() > 0.95
    assert not found.dispersion.proven[~varies].any()
    assert found.dispersions[~varies].tolist() == [1.0] * int((~varies).sum())
    assert np.mean(found.dispersion.overdispersion[varies]) == pytest.approx(0.15, abs=0.03)
    inside = (found.dispersion.lower <= 0.15) & (found.dispersion.upper >= 0.15)
    assert inside[varies].mean() > 0.8
    assert (found.dispersion.department_p_value[[0, 3]] < 1e-6).all()


def test_the_means_are_right_with_it_and_too_low_without() -> None:
    history, found = world(**MIXED), estimated(**MIXED)  # type: ignore[arg-type]
    varies = np.isin(history.department, (0, 3))
    bias = np.mean((found.clinics.mean / history.truth)[varies]) - 1
    assert abs(bias) < 0.03
    assert np.mean((history.naive() / history.truth)[varies]) - 1 < -0.12
    inside = (found.clinics.lower < history.truth) & (history.truth < found.clinics.upper)
    assert inside.mean() > 0.8


@pytest.mark.parametrize("seed", range(3))
def test_poisson_counts_are_left_poisson(seed: int) -> None:
    found = estimated(seed=seed, quota=18, trace=0.4)
    # At 1 % twice, one seed in fifty would fail; these do not.
    assert not found.dispersion.proven.any()
    assert found.dispersions.tolist() == [1.0] * 60


def test_the_test_rejects_poisson_as_rarely_as_it_says() -> None:
    """Twenty-four departments of Poisson clinics behind quotas."""
    found = [estimated(seed=seed, quota=18, trace=0.4, weeks=20, clinics=40) for seed in range(6)]
    values = np.concatenate([each.dispersion.department_p_value for each in found])
    assert values.size == 24
    # Binomial(24, 0.1) is above 7 with a probability of 0.002.
    assert np.count_nonzero(values < 0.1) <= 7
    assert values.min() > 0.0005


def of_one_department(clinic: np.ndarray, taken: np.ndarray, clinics: int):  # type: ignore[no-untyped-def]
    none = np.zeros(clinic.size, dtype=int)
    sessions = Sessions.from_records(clinic=clinic, taken=taken, sold_out=none > 0, refused=none, clinics=clinics)
    return estimate_demand(sessions=sessions, department=np.zeros(clinics, dtype=int), departments=1, prior_mean=10.0)


def test_a_clinic_without_history_varies_as_its_department_does() -> None:
    rng = np.random.default_rng(9)
    clinic = np.repeat(np.arange(20), 30)
    found = of_one_department(clinic, varying(rng, np.full(clinic.size, 15.0), 0.13), 21)
    assert found.dispersions[20] == pytest.approx(1 + 0.13 * 15, rel=0.2)
    # Sessions that vary more say less of their mean.
    alone = of_one_department(clinic, rng.poisson(np.full(clinic.size, 15.0)), 21)
    width, poisson_width = (each.clinics.upper[:20] - each.clinics.lower[:20] for each in (found, alone))
    assert np.mean(width) > 1.15 * np.mean(poisson_width)
    assert found.departments.mean[0] == pytest.approx(15, rel=0.04)


def test_a_few_freak_days_prove_nothing() -> None:
    rng = np.random.default_rng(11)
    clinic = np.repeat(np.arange(20), 30)
    taken = rng.poisson(np.full(clinic.size, 15.0))
    taken[[5, 300, 450]] = 120
    found = of_one_department(clinic, taken, 20)
    assert not found.dispersion.proven.any()
    assert found.freak_sessions == 3


def test_a_handful_of_sessions_proves_nothing() -> None:
    found = of_one_department(np.repeat([0, 1], 5), np.array([3, 30, 4, 25, 9, 2, 28, 5, 31, 8]), 2)
    assert found.dispersions.tolist() == [1.0, 1.0]
