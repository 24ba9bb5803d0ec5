"""What stands between a patient and a pause of booking, in numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from booking.models import Appointment, Outcome
from booking.rules.patient import month_of
from booking.selectors import is_early_cancellation
from hospitals.models import BookingPolicy, Hospital


@dataclass(frozen=True, slots=True)
class Counter:
    """How many there were, and with how many booking pauses (None: never). Counted until `resets_at`, or over `window_days`."""

    count: int
    limit: int | None
    severe_limit: int | None = None
    window_days: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    early_cancellations: Counter
    misses: Counter


def counters_of(*, hospital: Hospital, patient_id: int, policy: BookingPolicy, now: datetime) -> Counters:
    """By the hospital's policy that is in force; a registration type of its own rules may differ. One query."""
    local_now = now.astimezone(hospital.zone)
    month_begins, month_ends = month_of(local_now)
    today = local_now.date()
    is_missed = Q(outcome=Outcome.MISSED, visit_date__gt=today - timedelta(days=policy.missed_window_days), visit_date__lte=today)
    counted = Appointment.objects.filter(hospital=hospital, patient_id=patient_id).aggregate(
        early=Count("pk", filter=is_early_cancellation(month_begins)), missed=Count("pk", filter=is_missed)
    )
    return Counters(
        early_cancellations=Counter(
            count=counted["early"], limit=policy.early_cancellations_per_month or None, resets_at=month_ends
        ),
        misses=Counter(
            count=counted["missed"],
            limit=policy.missed_limit or None,
            severe_limit=policy.missed_limit_severe or None,
            window_days=policy.missed_window_days,
        ),
    )
