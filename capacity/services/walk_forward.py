"""Looking back further than there were plans: what the model would have expected, had it been asked each month before.

Walk-forward: sessions of a month are judged with estimates from the history that was closed before the month began, and with the
quotas that they had; nothing of what came after is looked at. So a hospital sees how far it can trust the model before it lets
plans apply by themselves.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from booking.models import Appointment
from capacity.models import CapacityPlan, CapacityPolicy, SessionComparison
from capacity.numeric.errors import InvalidInput
from capacity.services.comparisons import BATCH, PosedSession, expected_of, posed, store_comparisons
from capacity.services.history import past_sessions
from capacity.services.inputs import estimate_inputs
from capacity.services.planning import clinic_key, policy_of
from capacity.services.solving import allocation_problem
from hospitals.models import ClinicSession, Hospital, SessionStatus

logger = logging.getLogger(__name__)


def compare_past(*, hospital: Hospital, now: datetime, months: int) -> int:
    """Compare the closed sessions of the last full `months` and the running one that had no plan; returns how many there were.

    Imported sessions are left out: of them nobody knows the quotas. A month without any history before it is too. Running it
    again writes the same.
    """
    today = now.astimezone(hospital.zone).date()
    policy = policy_of(hospital)
    return sum(_compare_month(hospital, first, policy, now) for first in _first_days(today, months))


def _compare_month(hospital: Hospital, first: date, policy: CapacityPolicy, now: datetime) -> int:
    sessions = list(_without_plan(hospital, first))
    history = past_sessions(hospital=hospital, before=first, days=policy.history_days)
    if not sessions or not len(history):
        return 0
    found = estimate_inputs(
        history=history,
        clinics={clinic_key(session) for session in sessions},
        mean_rated_capacity=sum(session.rated_capacity for session in sessions) / len(sessions),
    ).clinics
    for start in range(0, len(sessions), BATCH):
        batch = sessions[start : start + BATCH]
        asked: dict[int, PosedSession] = {}
        for session in batch:
            inputs = found[clinic_key(session)]
            try:
                asked[session.pk] = posed(session, allocation_problem(session, inputs, policy), inputs)
            except InvalidInput as error:
                logger.warning("Nothing is expected of session %s: %s", session.pk, error)
        _write(batch, asked, now)
    return len(sessions)


@transaction.atomic
def _write(sessions: Sequence[ClinicSession], asked: dict[int, PosedSession], now: datetime) -> None:
    SessionComparison.objects.filter(session__in=[session.pk for session in sessions], plan__isnull=True).delete()
    store_comparisons(sessions, expected_of(asked), plans={}, now=now)


def _without_plan(hospital: Hospital, first: date) -> QuerySet[ClinicSession]:
    """The closed sessions of the month that begins with `first`, with quotas of their own and no plan."""
    imported = Appointment.objects.filter(session=OuterRef("pk"), import_key__isnull=False)
    planned = CapacityPlan.objects.filter(session=OuterRef("pk"))
    return ClinicSession.objects.filter(
        ~Exists(imported),
        ~Exists(planned),
        hospital=hospital,
        status=SessionStatus.CLOSED,
        visit_date__gte=first,
        visit_date__lt=_next_month(first),
    ).order_by("pk")


def _first_days(today: date, months: int) -> list[date]:
    """Of the running month and of those before it, the earliest first."""
    count = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(count - months, count + 1)]


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
