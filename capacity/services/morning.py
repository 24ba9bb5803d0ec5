"""The morning re-solve: shortly before a session opens, how many 加号 are best now that its bookings are known.

Only the 加号 change, which open on the visit day alone and after every rated seat: no number that was offered is taken back.
So a re-solve is applied by itself where the policy lets plans apply by themselves and the change is within its bounds,
although the session is released; else it waits.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.errors import Refusal
from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.numeric.errors import InvalidInput
from capacity.services.morning_facts import morning_facts
from capacity.services.morning_solving import (
    SolvedMorning,
    inputs_of_night,
    morning_inputs_as_json,
    morning_result_as_json,
    solve_mornings,
)
from capacity.services.planning import clinic_key, inputs_for, policy_of
from capacity.services.records import inputs_as_json, note_published, quota_change
from capacity.services.verdicts import PlansOnRecord, plans_on_record, reason_against_a_morning
from hospitals.locks import lock_session_in_time, lock_sessions_at_hand
from hospitals.models import ClinicSession, Hospital, SessionStatus
from hospitals.services.quotas import publish_locked

logger = logging.getLogger(__name__)

# Sessions locked together. Patients take same-day numbers of them at this very time, so there are few.
BATCH = 25
# The largest CapacityPolicy.morning_minutes.
EARLIEST = timedelta(hours=12)

Inputs = dict[int, dict[str, Any]]


def hospitals_with_mornings(*, now: datetime) -> list[int]:
    """The hospitals that have a session to be solved anew now."""
    hospitals = list(Hospital.objects.filter(is_active=True).values_list("pk", flat=True))
    # The session's own index begins with the hospital; its day is near, whatever the zone.
    near = (now.date() - timedelta(days=1), now.date() + timedelta(days=2))
    due = _due(now).filter(hospital__in=hospitals, visit_date__range=near)
    return list(due.order_by("hospital_id").values_list("hospital_id", flat=True).distinct())


def resolve_mornings(*, hospital: Hospital, now: datetime) -> list[CapacityPlan]:
    """Solve every session of today anew that opens soon and was not yet; returns the plans that were made.

    Safe to run twice, and by two workers at once: a session has one plan of its morning. One that is locked for too long or that
    the model refuses is left for the next run and logged.
    """
    today = now.astimezone(hospital.zone).date()
    sessions = list(_due(now).filter(hospital=hospital, visit_date=today).select_related(*_RELATED).order_by("pk"))
    if not sessions:
        return []
    policy = policy_of(hospital)
    inputs = _inputs(hospital, sessions, policy, now)
    plans: list[CapacityPlan] = []
    for start in range(0, len(sessions), BATCH):
        plans += _resolve_batch([session.pk for session in sessions[start : start + BATCH]], inputs, policy, now)
    return plans


def _inputs(hospital: Hospital, sessions: Sequence[ClinicSession], policy: CapacityPolicy, now: datetime) -> Inputs:
    """What the night found; the history is read again only for sessions that no night has planned."""
    found = inputs_of_night([session.pk for session in sessions])
    unplanned = [session for session in sessions if session.pk not in found]
    if unplanned:
        estimated = inputs_for(hospital=hospital, sessions=unplanned, policy=policy, now=now)
        found |= {session.pk: inputs_as_json(estimated[clinic_key(session)], policy) for session in unplanned}
    return found


def _resolve_batch(session_ids: list[int], inputs: Inputs, policy: CapacityPolicy, now: datetime) -> list[CapacityPlan]:
    plans: list[CapacityPlan] = []
    try:
        with transaction.atomic():
            plans = _resolve(lock_sessions_at_hand(_still_due(session_ids, now)), inputs, policy, now)
    except (IntegrityError, InvalidInput):
        plans = []
        logger.exception("A batch of mornings was refused, each is tried alone")
    for session_id in sorted(set(session_ids) - {plan.session_id for plan in plans}):
        plans += _resolve_alone(session_id, inputs, policy, now)
    return plans


def _resolve_alone(session_id: int, inputs: Inputs, policy: CapacityPolicy, now: datetime) -> list[CapacityPlan]:
    try:
        with transaction.atomic():
            lock_session_in_time(session_id)
            return _resolve(list(_still_due([session_id], now)), inputs, policy, now)
    except (Refusal, IntegrityError, InvalidInput) as error:
        logger.warning("The morning of session %s was not solved, the next run comes back to it: %r", session_id, error)
        return []


def _resolve(sessions: Sequence[ClinicSession], inputs: Inputs, policy: CapacityPolicy, now: datetime) -> list[CapacityPlan]:
    """Of locked sessions: what is booked is read under their locks, so nobody takes a number in between."""
    if not sessions:
        return []
    ids = [session.pk for session in sessions]
    on_record = plans_on_record(ids)
    solved = solve_mornings(sessions, morning_facts(ids), inputs, policy)
    plans = [_plan(one, on_record.get(one.session.pk, PlansOnRecord()), policy, now) for one in solved]
    _supersede(plans, on_record)
    applied = [plan for plan in plans if plan.status == PlanStatus.APPLIED]
    published = publish_locked([(plan.session, plan.advance_quota, plan.extra_quota) for plan in applied])
    for plan, quota in zip(applied, published, strict=True):
        note_published(plan, quota, now)
    CapacityPlan.objects.bulk_create(plans)
    QuotaChange.objects.bulk_create(
        quota_change(session=plan.session, plan=plan, kind=QuotaChangeKind.MORNING, published=quota, now=now)
        for plan, quota in zip(applied, published, strict=True)
    )
    return plans


def _supersede(plans: Sequence[CapacityPlan], on_record: dict[int, PlansOnRecord]) -> None:
    replaced = []
    for plan in plans:
        before = on_record.get(plan.session_id, PlansOnRecord())
        replaced += [before.waiting, before.in_force if plan.status == PlanStatus.APPLIED else None]
    CapacityPlan.objects.filter(pk__in=[plan.pk for plan in replaced if plan]).update(status=PlanStatus.SUPERSEDED)


def _plan(solved: SolvedMorning, on_record: PlansOnRecord, policy: CapacityPolicy, now: datetime) -> CapacityPlan:
    session, best = solved.session, solved.result.best
    waits_because = reason_against_a_morning(session, best.extra, on_record, policy)
    return CapacityPlan(
        session=session,
        hospital_id=session.hospital_id,
        kind=PlanKind.MORNING,
        created_at=now,
        status=PlanStatus.PROPOSED if waits_because else PlanStatus.APPLIED,
        status_reason=waits_because,
        advance_quota=session.advance_quota,
        extra_quota=best.extra,
        previous_advance_quota=session.advance_quota,
        previous_extra_quota=session.extra_quota,
        inputs=morning_inputs_as_json(solved),
        result=morning_result_as_json(solved),
        expected_seen=best.seen,
        expected_overload=best.overload,
        expected_turned_away=best.turned_away,
    )


_RELATED = ("hospital", "department", "doctor", "template")


def _still_due(session_ids: list[int], now: datetime) -> QuerySet[ClinicSession]:
    return _due(now).filter(pk__in=session_ids).select_related(*_RELATED)


def _due(now: datetime) -> QuerySet[ClinicSession]:
    """Sessions that open soon, as their hospitals' policies say, and have no plan of this morning."""
    defaults = CapacityPolicy()
    policy = "hospital__capacity_policy__"
    minutes = Coalesce(F(f"{policy}morning_minutes"), Value(defaults.morning_minutes))
    before = ExpressionWrapper(minutes * Value(timedelta(minutes=1)), output_field=DurationField())
    wanted = Coalesce(F(f"{policy}resolves_in_morning"), Value(defaults.resolves_in_morning), output_field=BooleanField())
    solved = CapacityPlan.objects.filter(session=OuterRef("pk"), kind=PlanKind.MORNING)
    return (
        ClinicSession.objects.filter(
            ~Exists(solved),
            status=SessionStatus.ACTIVE,
            is_quota_pinned=False,
            starts_at__gt=now,
            starts_at__lte=now + EARLIEST,
        )
        .alias(due_at=ExpressionWrapper(F("starts_at") - before, output_field=DateTimeField()), is_wanted=wanted)
        .filter(due_at__lte=now, is_wanted=True)
    )
