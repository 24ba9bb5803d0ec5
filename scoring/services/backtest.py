"""Does the tier tell who will miss? A hospital's own past says so."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from hospitals.models import Hospital
from scoring.models import BacktestReport, ScoringPolicy
from scoring.numeric import TierBounds
from scoring.numeric.backtest import Backtest, TierResult, backtest
from scoring.services.closed_bookings import Progress, closed_bookings, day_number, day_of
from scoring.services.policies import policy_in_force
from scoring.services.verdicts import bounds_in_hundredths

# The night looks at no more than these, some hundred megabytes at most; a command may look at all.
LATEST = 2_000_000


@dataclass(frozen=True, slots=True)
class HospitalBacktest:
    """`since` and `until` are the first and last visit of the bookings that were judged; None where there were none."""

    policy: ScoringPolicy
    since: date | None
    until: date | None
    result: Backtest

    def tiers_as_json(self) -> list[dict[str, Any]]:
        return [_row(tier) for tier in self.result.tiers]


def backtest_hospital(
    *,
    hospital: Hospital,
    since: date | None = None,
    until: date | None = None,
    latest: int | None = None,
    on_progress: Progress | None = None,
) -> HospitalBacktest:
    """Judge the closed bookings with visits from `since` to `until` by the policy in force; earlier ones are history.

    Outcomes count as they stand today: one that was corrected since then is taken as corrected.
    """
    policy = policy_in_force(hospital_id=hospital.pk)
    bookings = closed_bookings(hospital=hospital, until=until, latest=latest, on_progress=on_progress)
    is_judged = bookings.visit_days >= (day_number(since) if since else np.iinfo(np.int64).min)
    bounds = bounds_in_hundredths(policy)
    result = backtest(
        bookings,
        window_days=policy.window_days,
        minimum_appointments=policy.minimum_appointments,
        bounds=TierBounds(bounds["tier_a_from"], bounds["tier_b_from"], bounds["tier_c_from"]),
        is_judged=is_judged,
    )
    days = bookings.visit_days[is_judged]
    first, last = (day_of(days.min()), day_of(days.max())) if days.size else (None, None)
    return HospitalBacktest(policy, first, last, result)


def store_backtest(*, hospital_id: int, now: datetime) -> BacktestReport:
    """Judge the hospital's latest bookings and keep the answer for the admin, in the place of the one before."""
    found = backtest_hospital(hospital=Hospital.objects.get(pk=hospital_id), latest=LATEST)
    report, _ = BacktestReport.objects.update_or_create(
        hospital_id=hospital_id,
        defaults={
            "computed_at": now,
            "since": found.since,
            "until": found.until,
            "window_days": found.policy.window_days,
            "minimum_appointments": found.policy.minimum_appointments,
            "tiers": found.tiers_as_json(),
            "auc": found.result.auc,
            "is_rising": found.result.is_rising,
            "bookings": found.result.bookings,
        },
    )
    return report


def _row(tier: TierResult) -> dict[str, Any]:
    missed = tier.missed
    return {
        "tier": str(tier.tier),
        "bookings": missed.total,
        "patients": tier.patients,
        "missed": missed.count,
        "share": missed.share,
        "low": missed.low,
        "high": missed.high,
    }
