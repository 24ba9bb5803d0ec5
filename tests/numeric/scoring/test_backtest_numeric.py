"""The backtest against a plain loop over the bookings, on made-up histories and on the real file."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.numeric import OUTCOMES, OutcomeCounts, Tier, TierBounds, score_counts
from scoring.numeric.backtest import ClosedBookings, backtest, counts_before_booking
from scoring.numeric.classification import area_under_curve, wilson_share
from tests.numeric.scoring.real_bookings import needs_real_file, real_bookings

Booking = tuple[int, int, int, int]  # patient, day booked, days ahead, outcome

_bookings = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3, 10**12]),
        st.integers(-40, 40),
        st.integers(-2, 20),
        st.integers(0, len(OUTCOMES) - 1),
    ),
    max_size=40,
)


def columns(bookings: list[Booking]) -> ClosedBookings:
    found = np.array(bookings, dtype=np.int64).reshape(-1, 4)
    return ClosedBookings(found[:, 0], found[:, 1], found[:, 1] + found[:, 2], found[:, 3])


def by_hand(
    bookings: list[Booking], *, window_days: int, minimum: int, bounds: TierBounds
) -> list[tuple[Tier, int, OutcomeCounts]]:
    """Of each booking its tier, its outcome and the counts behind the tier, one after the other."""
    judged = []
    for patient, booked, ahead, outcome in bookings:
        known: Counter[str] = Counter()
        for other, other_booked, other_ahead, other_outcome in bookings:
            if other == patient and booked - window_days < other_booked + other_ahead < booked:
                known[OUTCOMES[other_outcome]] += 1
        counts = OutcomeCounts(total=known.total(), **{name: known[name] for name in OUTCOMES})
        tier = score_counts(counts, bounds=bounds).tier if counts.total >= minimum else Tier.UNRATED
        if ahead >= 0:
            judged.append((tier, outcome, counts))
    return judged


@settings(max_examples=120, deadline=None)
@given(_bookings, st.integers(1, 60), st.integers(1, 3), st.sampled_from([TierBounds(), TierBounds(95_00, 85_00, 55_00)]))
def test_agrees_with_a_loop_over_the_bookings(bookings: list[Booking], window: int, minimum: int, bounds: TierBounds) -> None:
    expected = by_hand(bookings, window_days=window, minimum=minimum, bounds=bounds)

    found = backtest(columns(bookings), window_days=window, minimum_appointments=minimum, bounds=bounds)

    assert [(result.tier, result.missed.total, result.missed.count) for result in found.tiers] == [
        (tier, sum(t == tier for t, _, _ in expected), sum(t == tier and OUTCOMES[o] == "missed" for t, o, _ in expected))
        for tier in Tier
    ]
    assert found.booked_too_late == len(bookings) - len(expected)
    rated = [(score_counts(counts).score_hundredths, OUTCOMES[o] == "missed") for t, o, counts in expected if t != Tier.UNRATED]
    assert found.auc == pytest.approx(_auc_by_pairs(rated))


def _auc_by_pairs(rated: list[tuple[int | None, bool]]) -> float | None:
    pairs = [(missed, kept) for missed, lost in rated if lost for kept, other in rated if not other]
    if not pairs:
        return None
    return sum((missed < kept) + (missed == kept) / 2 for missed, kept in pairs) / len(pairs)


def test_patients_are_counted_once_a_tier() -> None:
    bookings = [(1, 0, 0, 0), (1, 5, 0, 0), (1, 9, 0, 3), (2, 9, 0, 0)]
    found = backtest(columns(bookings), window_days=30)
    assert [(result.tier, result.patients, result.missed.total) for result in found.tiers] == [
        (Tier.A, 1, 2),
        (Tier.B, 0, 0),
        (Tier.C, 0, 0),
        (Tier.D, 0, 0),
        (Tier.UNRATED, 2, 2),
    ]
    assert found.is_rising is None


@pytest.mark.parametrize(("gap", "is_known"), [(0, False), (1, True), (29, True), (30, False)])
def test_the_window_begins_and_ends_where_the_nights_does(gap: int, is_known: bool) -> None:
    """A window of 30 days on the morning of a day: the 29 before it, its own visits still to come."""
    counts = counts_before_booking(columns([(1, 0, 0, 3), (1, gap, 3, 0)]), window_days=30)
    assert counts["total"].tolist()[1] == is_known
    assert counts["missed"].tolist()[1] == is_known


def test_a_visit_is_not_known_before_its_day_though_it_was_booked_long_before() -> None:
    counts = counts_before_booking(columns([(1, 0, 20, 3), (1, 10, 2, 0), (1, 21, 2, 0)]), window_days=365)
    assert counts["total"].tolist() == [0, 0, 2]


def test_limited_to_some_the_others_are_history() -> None:
    bookings = columns([(1, 0, 0, 3), (1, 5, 0, 0)])
    found = backtest(bookings, window_days=30, is_judged=np.array([False, True]))
    assert {result.tier: result.missed.total for result in found.tiers if result.missed.total} == {Tier.D: 1}


def test_nothing_to_judge() -> None:
    found = backtest(columns([]), window_days=365)
    assert (found.bookings, found.auc, found.is_rising, found.booked_too_late) == (0, None, None, 0)
    assert all(result.missed.share is None for result in found.tiers)


@pytest.mark.parametrize(
    "bad",
    [
        {"outcomes": np.array([4])},
        {"outcomes": np.array([-1])},
        {"outcomes": np.array([0, 0])},
        {"patients": np.array([[1]])},
    ],
)
def test_impossible_columns_are_refused(bad: dict[str, np.ndarray]) -> None:
    one = {name: np.array([0]) for name in ("patients", "booked_days", "visit_days", "outcomes")}
    with pytest.raises(ValueError, match=r"shape|outcomes"):
        ClosedBookings(**one | bad)


@pytest.mark.parametrize(("window", "minimum"), [(0, 1), (1, 0)])
def test_impossible_terms_are_refused(window: int, minimum: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        backtest(columns([]), window_days=window, minimum_appointments=minimum)


def test_the_share_with_its_published_interval() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29 by method 3."""
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    found = {counts: wilson_share(*counts) for counts in published}
    assert {counts: (round(one.low, 4), round(one.high, 4)) for counts, one in found.items()} == published


@pytest.mark.parametrize(("risk", "missed", "auc"), [([1, 1], [0, 1], 0.5), ([1, 2], [0, 1], 1.0), ([1, 2], [1, 1], None)])
def test_area_under_the_curve(risk: list[int], missed: list[int], auc: float | None) -> None:
    assert area_under_curve(risk, np.array(missed, dtype=bool)) == auc


@needs_real_file
def test_on_the_real_file_the_share_rises_from_A_to_D() -> None:
    """Booked before the visit of the same patient's other bookings is what counts: 22,057 of the 110,527 were made by an A."""
    real = real_bookings()
    found = backtest(
        ClosedBookings(real.patients, real.booked_days, real.visit_days, np.where(real.is_missed, 3, 0)), window_days=365
    )
    shares = {result.tier: (result.missed.total, result.missed.count) for result in found.tiers}
    assert shares == {
        Tier.A: (22_057, 2_941),  # 13.3 %
        Tier.B: (2_062, 389),  # 18.9 %
        Tier.C: (2_207, 471),  # 21.3 %
        Tier.D: (4_559, 1_161),  # 25.5 %
        Tier.UNRATED: (79_642, 17_357),  # 21.8 %
    }
    assert found.is_rising is True
    assert found.auc == pytest.approx(0.5732, abs=0.0001)
    intervals = [result.missed for result in found.tiers[:4]]
    assert [f"{100 * one.low:.1f}-{100 * one.high:.1f}" for one in intervals] == [
        "12.9-13.8",
        "17.2-20.6",
        "19.7-23.1",
        "24.2-26.8",
    ]
