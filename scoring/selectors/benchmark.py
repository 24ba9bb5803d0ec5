"""A hospital's months against all hospitals, so that no other single hospital can be read from it.

Why it is built as it is:
- Every hospital sees the same numbers of a month, its own part in them. Were each viewer's own part left out, two viewers could
  subtract what the one sees from what the other sees.
- Nothing is shown of a month with fewer than LEAST_HOSPITALS, and three numbers are shown of it at most: a viewer who knows its
  own rate is left with at least four unknowns.
- The quartiles are Harrell and Davis's, averages of all hospitals' rates. An ordinary median of five is one hospital's own rate.
- Where all hospitals are alike, quartiles would say what each of them has: such a month stays empty.
- No name, no rank, no smallest or largest value, no count of hospitals.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from scoring.models import MonthlyIndicator
from scoring.numeric.comparison import blended_quartiles
from scoring.selectors.indicators import COUNTS, RATES, Tally

LEAST_HOSPITALS = 5
LEAST_APPOINTMENTS = 100
# Half a tenth of a percentage point: what the page rounds to.
LEAST_SPREAD = 0.0005


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Shares between 0 and 1."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """By rate and month; a month without quartiles is not in it."""

    quartiles: dict[str, dict[date, Quartiles]]

    @property
    def is_empty(self) -> bool:
        return not any(self.quartiles.values())

    @property
    def last_month(self) -> date | None:
        return max((month for by_month in self.quartiles.values() for month in by_month), default=None)


def benchmark(*, first: date, last: date) -> Benchmark:
    """Quartiles over the hospitals with at least LEAST_APPOINTMENTS in the month, from `first` to `last`. One query."""
    summed = (
        MonthlyIndicator.objects.filter(doctor=None, month__gte=first, month__lte=last)
        .order_by()
        .values_list("month", "hospital_id")
        .annotate(*(Sum(name) for name in COUNTS))
        .filter(total__sum__gte=LEAST_APPOINTMENTS)
    )
    by_month: dict[date, list[Tally]] = defaultdict(list)
    for month, _, *counts in summed:
        by_month[month].append(Tally(*counts))
    found: dict[str, dict[date, Quartiles]] = {name: {} for name in RATES}
    for month in sorted(by_month):
        for name in RATES:
            if quartiles := _quartiles([getattr(tally, name) / tally.total for tally in by_month[month]]):
                found[name][month] = quartiles
    return Benchmark(found)


def _quartiles(rates: list[float]) -> Quartiles | None:
    if len(rates) < LEAST_HOSPITALS:
        return None
    found = Quartiles(*blended_quartiles(rates))
    return found if found.high - found.low >= LEAST_SPREAD else None
