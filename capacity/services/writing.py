"""Writing a night's plans: a few statements for hundreds of sessions, each judged and changed under its own lock."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.errors import Refusal
from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.numeric.neighbours import Neighbours, neighbours_of_many
from capacity.services.records import forecast_as_json, inputs_as_json, note_published, quota_change, result_as_json
from capacity.services.solving import SolvedSession
from capacity.services.verdicts import PlansOnRecord, plans_on_record, reason_to_wait, standing_plan
from hospitals.locks import lock_session_in_time, lock_sessions_at_hand
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.quotas import publish_locked

logger = logging.getLogger(__name__)

# Sessions that are locked together: bookings of any of them wait for the batch, some tens of milliseconds.
BATCH = 200


def write_plans(solved: Sequence[SolvedSession], *, policy: CapacityPolicy, now: datetime) -> dict[int, CapacityPlan]:
    """Put the solutions down as plans, by session, and publish those that need nobody's approval.

    Each is judged again under its session's lock: what was released, pinned, suspended or planned by somebody else meanwhile is
    taken as it is then. A session that stays locked for too long, or that fails, is left for the next run and logged.
    """
    written: dict[int, CapacityPlan] = {}
    in_order = sorted(solved, key=lambda one: one.session.pk)
    for batch in (in_order[start : start + BATCH] for start in range(0, len(in_order), BATCH)):
        try:
            written |= _write_batch(batch, policy, now)
        except IntegrityError:
            # One of them broke a rule of the tables: the others are written all the same.
            logger.exception("A batch of plans was refused, each is tried alone")
        for one in batch:
            if one.session.pk not in written:
                written |= _write_alone(one, policy, now)
    return written


@transaction.atomic
def _write_batch(batch: Sequence[SolvedSession], policy: CapacityPolicy, now: datetime) -> dict[int, CapacityPlan]:
    free = {session.pk: session for session in lock_sessions_at_hand(_plannable([one.session.pk for one in batch], now))}
    return _write([(one, free[one.session.pk]) for one in batch if one.session.pk in free], policy, now)


def _write_alone(one: SolvedSession, policy: CapacityPolicy, now: datetime) -> dict[int, CapacityPlan]:
    try:
        with transaction.atomic():
            lock_session_in_time(one.session.pk)
            return _write([(one, session) for session in _plannable([one.session.pk], now)], policy, now)
    except (Refusal, IntegrityError) as error:
        logger.warning("Session %s was not planned, the next run comes back to it: %r", one.session.pk, error)
        return {}


def _plannable(session_ids: list[int], now: datetime) -> QuerySet[ClinicSession]:
    return ClinicSession.objects.filter(
        pk__in=session_ids, status=SessionStatus.ACTIVE, is_quota_pinned=False, starts_at__gt=now
    ).select_related("template")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A plan to be written. `session` is locked, and as it is now."""

    solved: SolvedSession
    session: ClinicSession
    on_record: PlansOnRecord
    waits_because: str


def _write(
    locked: Sequence[tuple[SolvedSession, ClinicSession]], policy: CapacityPolicy, now: datetime
) -> dict[int, CapacityPlan]:
    on_record = plans_on_record(session.pk for _, session in locked)
    standing: dict[int, CapacityPlan] = {}
    drafts: list[_Draft] = []
    replaced: list[int] = []
    for one, session in locked:
        found = on_record.get(session.pk, PlansOnRecord())
        stands = standing_plan(session=session, quotas=one.quotas, on_record=found, policy=policy, now=now)
        if stands is None:
            waits_because = reason_to_wait(session, one.quotas, found, policy, now)
            drafts.append(_Draft(one, session, found, waits_because))
        else:
            stands.session = session
            standing[session.pk] = stands
        replaced += _replaced_by(stands, found, waits=bool(stands is None and drafts[-1].waits_because))
    if replaced:
        CapacityPlan.objects.filter(pk__in=replaced).update(status=PlanStatus.SUPERSEDED)
    return standing | _write_drafts(drafts, policy, now)


def _replaced_by(stands: CapacityPlan | None, on_record: PlansOnRecord, *, waits: bool) -> Iterator[int]:
    """The plans that what comes now takes the place of: whatever waits, and what is in force once something else is."""
    if on_record.waiting is not None and stands is not on_record.waiting:
        yield on_record.waiting.pk
    if on_record.in_force is not None and stands is None and not waits:
        yield on_record.in_force.pk


def _write_drafts(drafts: Sequence[_Draft], policy: CapacityPolicy, now: datetime) -> dict[int, CapacityPlan]:
    if not drafts:
        return {}
    problems = {draft.solved.problem: draft.solved.result for draft in drafts}
    quotas = [(result.extra, result.advance) for result in problems.values()]
    beside = dict(zip(problems, neighbours_of_many(list(problems), quotas), strict=True))
    # A clinic's weeks have one object of inputs: it is written out once.
    kept = {id(draft.solved.inputs): draft.solved.inputs for draft in drafts}
    written = {key: inputs_as_json(inputs, policy) for key, inputs in kept.items()}
    plans = [_plan(draft, written[id(draft.solved.inputs)], beside[draft.solved.problem], now) for draft in drafts]
    applied = [(draft, plan) for draft, plan in zip(drafts, plans, strict=True) if not draft.waits_because]
    published = publish_locked([(draft.session, plan.advance_quota, plan.extra_quota) for draft, plan in applied])
    for (_, plan), quota in zip(applied, published, strict=True):
        note_published(plan, quota, now)
    CapacityPlan.objects.bulk_create(plans)
    QuotaChange.objects.bulk_create(
        quota_change(session=draft.session, plan=plan, kind=QuotaChangeKind.APPLIED, published=quota, now=now)
        for (draft, plan), quota in zip(applied, published, strict=True)
    )
    return {plan.session_id: plan for plan in plans}


def _plan(draft: _Draft, inputs: dict[str, Any], beside: Neighbours, now: datetime) -> CapacityPlan:
    session, solved, result = draft.session, draft.solved, draft.solved.result
    return CapacityPlan(
        session=session,
        hospital_id=session.hospital_id,
        kind=PlanKind.NIGHT,
        created_at=now,
        status=PlanStatus.PROPOSED if draft.waits_because else PlanStatus.APPLIED,
        status_reason=draft.waits_because,
        advance_quota=result.advance,
        extra_quota=result.extra,
        previous_advance_quota=session.advance_quota,
        previous_extra_quota=session.extra_quota,
        inputs=inputs | forecast_as_json(solved.forecast),
        result=result_as_json(session, solved, beside),
        expected_seen=result.advance_attended + result.same_day_attended,
        expected_overload=result.overload,
        expected_turned_away=result.turned_away,
    )
