"""Learning the chance of a miss from closed bookings, and testing what was learnt on later ones."""

from dataclasses import dataclass

import numpy as np

from scoring.numeric.classification import CalibrationGroup, area_under_curve, brier_score, calibration_groups
from scoring.numeric.features import BookingFacts, Flags, Floats, Integers, design, learn_rates, rate_offsets
from scoring.numeric.miss_model import MissParameters, predict_misses

KIND = "logistic-hinges"
# The latest quarter is kept apart to test on.
TRAINING_SHARE = 0.75
# Below these a regression of some fifty columns says more about chance than about patients.
FEWEST_BOOKINGS, FEWEST_MISSES, FEWEST_TESTED = 500, 30, 100
# The rate of a department must not have been learnt from the booking that it is a column of.
FOLDS = 5
OFFSETS = ("department", "doctor")
# Beside numbers of about one: what rounding leaves of a spread of nothing.
SAME_FOR_ALL = 1e-9


@dataclass(frozen=True, slots=True)
class TooLittle:
    """Why there is no model: the training part has too few bookings or misses, or the later part too few to test on."""

    bookings: int
    misses: int
    tested: int

    def __str__(self) -> str:
        return (
            f"too little to learn from: {self.bookings} bookings with {self.misses} misses, and {self.tested} later ones to"
            f" test on; at least {FEWEST_BOOKINGS} with {FEWEST_MISSES}, and {FEWEST_TESTED}, are needed"
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt from all bookings, and how the same learning did when it knew only those before `test_from_day`."""

    parameters: MissParameters
    test_from_day: int
    learnt_from: int
    tested_on: int
    training_rate: float
    test_rate: float
    auc: float | None
    brier: float
    brier_baseline: float
    calibration: list[CalibrationGroup]

    @property
    def is_better_than_baseline(self) -> bool:
        return self.brier < self.brier_baseline


def train(facts: BookingFacts, visit_days: Integers, is_missed: Flags) -> Trained | TooLittle:
    """Learn from the bookings with earlier visits, test on the later quarter, then learn once more from all.

    The baseline gives every booking the earlier part's rate. Arrays are (n,).
    """
    test_from_day = _test_from(visit_days)
    is_earlier = visit_days < test_from_day
    learnt_from, misses = int(is_earlier.sum()), int(is_missed[is_earlier].sum())
    tested_on = len(facts) - learnt_from
    if learnt_from < FEWEST_BOOKINGS or min(misses, learnt_from - misses) < FEWEST_MISSES or tested_on < FEWEST_TESTED:
        return TooLittle(bookings=learnt_from, misses=misses, tested=tested_on)
    earlier = fit(facts.where(is_earlier), is_missed[is_earlier])
    came = is_missed[~is_earlier]
    predicted = predict_misses(facts.where(~is_earlier), earlier)
    rate = misses / learnt_from
    return Trained(
        parameters=fit(facts, is_missed),
        test_from_day=test_from_day,
        learnt_from=learnt_from,
        tested_on=tested_on,
        training_rate=rate,
        test_rate=float(came.mean()),
        auc=area_under_curve(predicted, came),
        brier=brier_score(predicted, came),
        brier_baseline=brier_score(np.full(came.size, rate), came),
        calibration=calibration_groups(predicted, came),
    )


def fit(facts: BookingFacts, is_missed: Flags) -> MissParameters:
    """Weigh the columns by maximum likelihood with a light ridge. Both outcomes must occur."""
    # Takes a second and a hundred megabytes, which only who learns should pay.
    from sklearn.linear_model import LogisticRegression

    rates = learn_rates(facts.department, facts.doctor, is_missed)
    department, doctor = _rates_of_the_others(facts, is_missed)
    names, columns = design(facts, department=department, doctor=doctor)
    # The ridge treats columns alike only where they are of one scale; the scale goes back into the coefficients.
    middle, scale = columns.mean(axis=0), _scales(names, columns)
    columns -= middle
    columns /= scale
    # Few columns and many rows: a handful of Newton steps.
    learnt = LogisticRegression(C=1.0, solver="newton-cholesky").fit(columns, is_missed)
    weights = learnt.coef_[0] / scale
    return MissParameters(
        intercept=float(learnt.intercept_[0] - weights @ middle),
        coefficients=dict(zip(names, weights.tolist(), strict=True)),
        rates=rates,
    )


def _scales(names: list[str], columns: Floats) -> Floats:
    """Each column's spread; 1 where it is a flag, an offset in log-odds or the same for all.

    Made larger for varying little, one odd booking, or the chance by which the folds differ, would get any weight.
    """
    spread = columns.std(axis=0)
    is_flag = ((columns == 0) | (columns == 1)).all(axis=0)
    return np.where(is_flag | np.isin(names, OFFSETS) | (spread < SAME_FOR_ALL), 1.0, spread)


def _test_from(visit_days: Integers) -> int:
    """The first day of the later part; whole days, so that no day is on both sides."""
    return int(np.quantile(visit_days, TRAINING_SHARE, method="higher")) if visit_days.size else 0


def _rates_of_the_others(facts: BookingFacts, is_missed: Flags) -> tuple[Floats, Floats]:
    """Each booking's department and doctor by rates of the four folds that it is not in. Two arrays (n,)."""
    fold = np.arange(len(facts)) % FOLDS
    department, doctor = np.empty(len(facts)), np.empty(len(facts))
    for held in range(FOLDS):
        own = fold == held
        rates = learn_rates(facts.department[~own], facts.doctor[~own], is_missed[~own])
        department[own] = rate_offsets(facts.department[own], rates.departments)
        doctor[own] = rate_offsets(facts.doctor[own], rates.doctors)
    return department, doctor
