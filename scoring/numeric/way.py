"""The way from one tier to another in whole visits: how many more have to be kept, how many misses would lose it.

Both are exact, by the formula of `score_counts` with its rounding, and not by the rates that are shown.

Keeping one more visit raises fulfilled and total by one. Each of the four parts is a rounded ratio that does not fall with it
(f/t → (f+k)/(t+k), and the other three have t+k below a count that stays), so the score does not fall either and the smallest k
is found by bisection. It comes as near to 100 as one likes, so there always is one. One more miss raises missed and total: the
score may go up by a hundredth where roundings meet, so misses are tried one after another.
"""

from dataclasses import replace

from scoring.numeric.counts import OutcomeCounts
from scoring.numeric.score import score_counts
from scoring.numeric.tiers import HIGHEST_SCORE_HUNDREDTHS


def visits_to_reach(counts: OutcomeCounts, *, bound_hundredths: int) -> int:
    """The smallest number of further kept visits with which the score is at least the bound; 0 where it is already.

    Raises ValueError for a bound above 100.00 points, and CountsError beyond `MAX_COUNT` appointments.

    >>> visits_to_reach(OutcomeCounts(total=4, fulfilled=2, unattended=0, cancelled=0, missed=2), bound_hundredths=80_00)
    2
    """
    if bound_hundredths > HIGHEST_SCORE_HUNDREDTHS:
        raise ValueError(f"no score is above {HIGHEST_SCORE_HUNDREDTHS} hundredths, {bound_hundredths} is never reached")
    if _is_reached(counts, 0, bound_hundredths):
        return 0
    enough = 1
    while not _is_reached(counts, enough, bound_hundredths):
        enough *= 2
    too_few = enough // 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if _is_reached(counts, middle, bound_hundredths):
            enough = middle
        else:
            too_few = middle
    return enough


def _is_reached(counts: OutcomeCounts, kept: int, bound_hundredths: int) -> bool:
    """Whether `kept` more visits are enough. Nobody without appointments has a score, so nobody has reached anything."""
    after = replace(counts, total=counts.total + kept, fulfilled=counts.fulfilled + kept)
    score = score_counts(after).score_hundredths
    return score is not None and score >= bound_hundredths


def misses_to_lose(counts: OutcomeCounts, *, bound_hundredths: int, at_most: int) -> int | None:
    """The smallest number of further misses that brings the score below the bound; None where `at_most` of them do not.

    >>> kept = OutcomeCounts(total=9, fulfilled=9, unattended=0, cancelled=0, missed=0)
    >>> misses_to_lose(kept, bound_hundredths=90_00, at_most=9)
    2
    """
    for more in range(1, at_most + 1):
        after = replace(counts, total=counts.total + more, missed=counts.missed + more)
        score = score_counts(after).score_hundredths
        if score is not None and score < bound_hundredths:
            return more
    return None
