"""Whether two shares differ by more than chance, for many groups at once; and where one hospital stands among many."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.numeric.intervals import validated_shares

QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class ShareTests:
    """Of each group against all the others together: chances that mere luck makes a gap as wide, each in [0, 1]."""

    p_greater: npt.NDArray[np.float64]
    p_two_sided: npt.NDArray[np.float64]


def against_the_rest(counts: npt.ArrayLike, totals: npt.ArrayLike) -> ShareTests:
    """Test each group's share against that of all other groups together; shapes (n,).

    Fisher's exact test (R. A. Fisher, "The Design of Experiments", 1935, ch. 2) of the two proportions: given the sums of the
    2 × 2 table, the group's count is hypergeometric if both have the same chance. Exact at any sample size, unlike the normal
    approximation. The group is compared with the others, not with the sum that it is part of, because the two samples have to be
    independent. Two-sided is twice the smaller tail, at most 1. Appointments are taken to be independent; where a few patients
    make many, the test is too sure, which is why callers also ask for a least difference and a least sample.

    Raises ValueError as `validated_shares`.

    >>> tasted = against_the_rest([3, 1], [4, 4])     # the lady tasting tea, 3 of 4 right: 17/70
    >>> round(float(tasted.p_greater[0]), 4)
    0.2429
    """
    found, out_of = validated_shares(counts, totals)
    everyone, hits = out_of.sum(), found.sum()
    if everyone == 0:
        # Nothing was counted anywhere: there is no such law, and no evidence.
        return ShareTests(p_greater=np.ones(found.shape), p_two_sided=np.ones(found.shape))
    # scipy.stats is loaded when it is needed: it would be a good part of the start of every process.
    from scipy.stats import hypergeom

    at_least = hypergeom.sf(found - 1, everyone, hits, out_of)
    at_most = hypergeom.cdf(found, everyone, hits, out_of)
    both = np.minimum(1.0, 2 * np.minimum(at_least, at_most))
    return ShareTests(p_greater=np.clip(at_least, 0, 1), p_two_sided=both)


def discoveries(p_values: npt.ArrayLike, *, false_share: float) -> npt.NDArray[np.bool_]:
    """Which tests of a family to believe so that at most `false_share` of those believed are expected to be chance; shape (n,).

    Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995).
    Raises ValueError where a p-value is outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.size == 0:
        return np.zeros(p.shape, dtype=bool)
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="bh") <= false_share)


def blended_quartiles(values: npt.ArrayLike) -> tuple[float, float, float]:
    """The lower quartile, median and upper quartile of `values`, shape (n,) with n ≥ 2, by the Harrell–Davis estimator.

    Each is an average of all values in order, weighted by a beta law about the quantile's place (F. E. Harrell, C. E. Davis, "A
    new distribution-free quantile estimator", Biometrika 69 (1982)). Of five values the sample median is one; this one
    is none of them, and three such numbers do not determine four unknown values.

    Raises ValueError for fewer than two values or for one that is not finite.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size < 2 or not np.isfinite(found).all():
        raise ValueError("quartiles need at least two finite values")
    from scipy.stats.mstats import hdquantiles

    low, middle, high = (float(q) for q in hdquantiles(found, prob=QUARTILES))
    return low, middle, high
