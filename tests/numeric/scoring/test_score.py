"""The score held to the facts of docs/scoring-model.md and to a decimal witness written independently."""

import doctest
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.numeric import (
    DEFAULT_BOUNDS,
    MAX_COUNT,
    OUTCOMES,
    CountsError,
    OutcomeCounts,
    Tier,
    TierBounds,
    score,
    score_counts,
    score_many,
    tiers,
)

COLUMNS = ("total", *OUTCOMES)


def counts_of(total: int, fulfilled: int = 0, unattended: int = 0, cancelled: int = 0, missed: int = 0) -> OutcomeCounts:
    return OutcomeCounts(total=total, fulfilled=fulfilled, unattended=unattended, cancelled=cancelled, missed=missed)


def columns_of(rows: list[OutcomeCounts]) -> dict[str, np.ndarray]:
    return {name: np.array([getattr(row, name) for row in rows], dtype=np.int64) for name in COLUMNS}


@st.composite
def any_counts(draw: st.DrawFn, largest: int = MAX_COUNT) -> OutcomeCounts:
    total = draw(st.one_of(st.integers(0, 60), st.integers(0, largest)))
    return OutcomeCounts(total, *(draw(st.integers(0, total)) for _ in OUTCOMES))


@st.composite
def exclusive_counts(draw: st.DrawFn) -> OutcomeCounts:
    outcomes = [draw(st.integers(0, 40)) for _ in OUTCOMES]
    if not any(outcomes):
        outcomes[draw(st.integers(0, 3))] = 1
    return OutcomeCounts(sum(outcomes), *outcomes)


def decimal_points(counts: OutcomeCounts) -> tuple[Decimal, ...]:
    """The source's sentences in decimals, with digits enough that the quotient's own rounding cannot matter."""
    with localcontext() as context:
        context.prec = 60
        total = Decimal(counts.total)
        exact = (
            counts.fulfilled * 40 / total,
            (total - counts.unattended) * 20 / total,
            (total - counts.cancelled) * 20 / total,
            (total - counts.missed) * 20 / total,
        )
        return tuple(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for value in exact)


@given(any_counts().filter(lambda counts: counts.total > 0))
def test_integers_agree_with_decimals_rounded_half_up(counts: OutcomeCounts) -> None:
    result = score_counts(counts)
    expected = decimal_points(counts)
    assert result.points_hundredths is not None
    assert tuple(Decimal(result.points_hundredths[name]).scaleb(-2) for name in OUTCOMES) == expected
    assert result.score == sum(expected)


@given(st.lists(any_counts(), max_size=30))
def test_the_vectorised_path_agrees_with_the_scalar_one(rows: list[OutcomeCounts]) -> None:
    table = score_many(columns_of(rows))
    assert table.score_hundredths.shape == (len(rows),)
    for i, row in enumerate(rows):
        one = score_counts(row)
        assert bool(table.rated[i]) is (one.score_hundredths is not None)
        assert list(Tier)[table.tier_positions[i]] is one.tier
        assert bool(table.counts_sum[i]) is row.do_sum
        assert int(table.score_hundredths[i]) == (one.score_hundredths or 0)
        for name in OUTCOMES:
            assert int(table.points_hundredths[name][i]) == (one.points_hundredths[name] if one.points_hundredths else 0)
            assert int(table.rates_hundredths[name][i]) == (one.rates_hundredths[name] if one.rates_hundredths else 0)


@given(exclusive_counts())
def test_exclusive_outcomes_score_forty_plus_sixty_times_fulfilment(counts: OutcomeCounts) -> None:
    result = score_counts(counts)
    assert result.score is not None
    # Four roundings of at most half a hundredth each.
    assert abs(result.score * counts.total - (40 * counts.total + 60 * counts.fulfilled)) <= Decimal("0.02") * counts.total
    # Below 40 only by what rounding takes; no part is ever rounded above its maximum, so never above 100.
    assert Decimal("39.98") <= result.score <= 100


def test_three_thirds_round_to_a_hundredth_less_than_forty() -> None:
    result = score_counts(counts_of(3, unattended=1, cancelled=1, missed=1))
    assert result.points_hundredths == {"fulfilled": 0, "unattended": 13_33, "cancelled": 13_33, "missed": 13_33}
    assert str(result.score) == "39.99"


def test_a_tie_is_rounded_up_where_binary_floats_round_it_down() -> None:
    # Given 2 of 1,600 kept, 40 × 2 ÷ 1,600 = 0.05 exactly; of 16,000, 0.005: a tie, which goes up.
    result = score_counts(counts_of(16_000, fulfilled=2))
    assert result.points_hundredths is not None
    assert result.points_hundredths["fulfilled"] == 1
    # And 20 × 20,001 ÷ 80,000 = 5.00025 stays, 20 × 20,020 ÷ 80,000 = 5.005 goes up though round() gives 5.0.
    avoided = score_counts(counts_of(80_000, missed=80_000 - 20_020))
    assert avoided.points_hundredths is not None
    assert avoided.points_hundredths["missed"] == 501
    assert round(20 * 20_020 / 80_000, 2) == 5.0


@pytest.mark.parametrize(
    ("score_hundredths", "tier"),
    [
        (100_00, Tier.A),
        (90_00, Tier.A),
        (89_99, Tier.B),
        (89_50, Tier.B),
        (80_00, Tier.B),
        (79_99, Tier.C),
        (79_50, Tier.C),
        (70_00, Tier.C),
        (69_99, Tier.D),
        (69_50, Tier.D),
        (0, Tier.D),
        (None, Tier.UNRATED),
    ],
)
def test_bands_are_closed_below_and_open_above(score_hundredths: int | None, tier: Tier) -> None:
    assert DEFAULT_BOUNDS.tier_of(score_hundredths) is tier
    rated = np.array([score_hundredths is not None])
    positions = DEFAULT_BOUNDS.positions_of(np.array([score_hundredths or 0]), rated)
    assert list(Tier)[positions[0]] is tier


@pytest.mark.parametrize(
    ("counts", "score_text", "tier"),
    [
        (counts_of(6, fulfilled=5, missed=1), "90.00", Tier.A),
        (counts_of(3, fulfilled=2, missed=1), "80.00", Tier.B),
        (counts_of(2, fulfilled=1, missed=1), "70.00", Tier.C),
        (counts_of(120, fulfilled=99, missed=21), "89.50", Tier.B),
        (counts_of(1, fulfilled=1), "100.00", Tier.A),
        (counts_of(1, missed=1), "40.00", Tier.D),
        (counts_of(4, fulfilled=1, unattended=1, cancelled=1, missed=1), "55.00", Tier.D),
        # Counts that do not sum are computed as given: nothing kept, all else at its worst.
        (counts_of(2, unattended=2, cancelled=2, missed=2), "0.00", Tier.D),
    ],
)
def test_worked_cases(counts: OutcomeCounts, score_text: str, tier: Tier) -> None:
    result = score_counts(counts)
    assert str(result.score) == score_text
    assert result.tier is tier


def test_no_appointments_means_no_score() -> None:
    result = score_counts(counts_of(0))
    assert result.tier is Tier.UNRATED
    assert result.score is result.points_hundredths is result.rates_hundredths is None
    table = score_many(columns_of([counts_of(0), counts_of(1, fulfilled=1)]))
    assert table.rated.tolist() == [False, True]
    assert table.tier_counts() == {Tier.A: 1, Tier.B: 0, Tier.C: 0, Tier.D: 0, Tier.UNRATED: 1}


def test_counts_that_do_not_sum_are_flagged_not_refused() -> None:
    assert counts_of(5, fulfilled=3, missed=2).do_sum
    assert not counts_of(5, fulfilled=3, missed=1).do_sum
    assert not counts_of(5, fulfilled=5, missed=1).do_sum
    assert score_many(columns_of([counts_of(5, fulfilled=3, missed=2), counts_of(5)])).counts_sum.tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("column", OUTCOMES)
@pytest.mark.parametrize(("value", "reason"), [(-1, "-1 is below zero"), (6, "6 is above the total of 5")])
def test_an_impossible_count_names_its_row_and_column(column: str, value: int, reason: str) -> None:
    with pytest.raises(CountsError, match=reason) as single:
        OutcomeCounts(**{**dict.fromkeys(OUTCOMES, 0), "total": 5, column: value})
    assert (single.value.row, single.value.column) == (0, column)

    columns = columns_of([counts_of(5)] * 4)
    columns[column][2] = value
    with pytest.raises(CountsError, match=reason) as many:
        score_many(columns)
    assert (many.value.row, many.value.column) == (2, column)


def test_a_negative_or_overlong_total_is_refused_before_it_can_overflow() -> None:
    for total, reason in ((-1, "-1 is below zero"), (MAX_COUNT + 1, "is above 1000000000000")):
        with pytest.raises(CountsError, match=reason) as refusal:
            score_many({"total": [1, total], **{name: [0, 0] for name in OUTCOMES}})
        assert (refusal.value.row, refusal.value.column) == (1, "total")


@pytest.mark.parametrize("bad", [[1.0, 2.0], [True, False], [[1, 2]], [1, 2, 3], ["1", "2"], [2**70, 1]])
def test_columns_that_are_no_integers_of_one_shape_are_refused(bad: list[object]) -> None:
    with pytest.raises(ValueError, match="missed"):
        score_many({**{name: [0, 0] for name in COLUMNS}, "missed": np.array(bad)})
    with pytest.raises(ValueError, match="the column missed is missing"):
        score_many({name: [0, 0] for name in COLUMNS if name != "missed"})


def test_a_scalar_count_that_is_no_whole_number_is_refused() -> None:
    for bad in (1.0, True, "1", None):
        with pytest.raises(CountsError, match="is not a whole number"):
            OutcomeCounts(total=5, fulfilled=bad, unattended=0, cancelled=0, missed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bounds", [(80_00, 80_00, 70_00), (70_00, 80_00, 90_00), (100_01, 80_00, 70_00), (90_00, 80_00, 0), (90.0, 80, 70)]
)
def test_bounds_out_of_order_are_refused(bounds: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="tier bounds must"):
        TierBounds(*bounds)


def test_a_hospital_may_move_the_bounds() -> None:
    strict = TierBounds(a_from_hundredths=95_00, b_from_hundredths=90_00, c_from_hundredths=80_00)
    kept_five_of_six = counts_of(6, fulfilled=5, missed=1)
    assert score_counts(kept_five_of_six, bounds=strict).tier is Tier.B
    assert score_many(columns_of([kept_five_of_six]), bounds=strict).tier_positions.tolist() == [1]


@pytest.mark.parametrize("module", [score, tiers])
def test_the_documented_examples_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0
