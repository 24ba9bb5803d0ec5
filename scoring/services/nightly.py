"""Score one hospital's patients: closed appointments of the window → counts → scores → standings, inside the database.

All patients where the rules have changed since the last run or there was none; otherwise those for whom something may have
changed: whose outcomes have (StandingDue), and for whom a day has come into the window or has left it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.errors import Refusal
from booking.models import Appointment, Outcome, Standing, StandingDue, Tier
from booking.services.restrictions import restrict_repeat_missers
from booking.services.standing_changes import StandingChanges
from hospitals.locks import lock_hospital_in_time
from hospitals.models import Hospital
from hospitals.services.policies import effective_policy
from scoring.models import RunScope, RunState, ScoringBatch, ScoringPolicy, ScoringRun, UploadedCounts
from scoring.run_progress import STALLED_AFTER, RunClock, is_stalled
from scoring.services.batch_writers import write_all_batches
from scoring.services.batches import hold_hospital, is_running, plan_batches, write_due, write_patient
from scoring.services.policies import policy_in_force, scoring_policy

# Told after each part: the run with its steps so far.
OnProgress = Callable[[ScoringRun], None]


class AsOfInFuture(Refusal):
    """The window would end on a day that has not come yet where the hospital is."""


def score_hospital(
    *,
    hospital_id: int,
    now: datetime,
    as_of: date | None = None,
    everyone: bool = False,
    on_progress: OnProgress | None = None,
) -> ScoringRun:
    """Bring the hospital's standings up to `as_of` (today there), going on with a run that was killed.

    `everyone`: look at all patients although only some can have changed. Each part is a transaction of its own; of two who run
    it at the same time each does a share. Raises AsOfInFuture, Hospital.DoesNotExist.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    today = now.astimezone(hospital.zone).date()
    as_of = as_of or today
    if as_of > today:
        raise AsOfInFuture(as_of=as_of, today=today)
    run = _begin(hospital=hospital, as_of=as_of, everyone=everyone, now=now)
    _go_on(run, hospital, RunClock(now=now, run=run), on_progress or (lambda run: None))
    run.refresh_from_db()
    return run


def score_due(*, hospital_id: int, now: datetime) -> int:
    """Between the nights: write the standings of whoever's outcomes have changed; return how many patients were looked at.

    By the policy of the last run, as everybody else's standing. A run that was killed is gone on with first. Where somebody
    else writes standings just now, or there was no run yet, nothing is done: the next call makes good for it.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    running = _running(hospital)
    if running is not None:
        if is_stalled(running, now=now):
            _go_on(running, hospital, RunClock(now=now, run=running), lambda run: None)
        return 0
    looked_at = 0
    while found := _sweep(hospital, now):
        looked_at += found
    return looked_at


@transaction.atomic
def _sweep(hospital: Hospital, now: datetime) -> int:
    """While the hospital is held no run can begin, and what the last one went by is read for good."""
    if not hold_hospital(hospital.pk, waits=False) or _running(hospital):
        return 0
    last = _last_finished(hospital)
    if last is None:
        return 0
    return write_due(hospital=hospital, policy=_policy_of(last), as_of=now.astimezone(hospital.zone).date(), now=now)[0]


def hospitals_due(*, now: datetime) -> list[int]:
    """Where `score_due` has something to do: notes since the last run, or a run that was killed."""
    runs = ScoringRun.objects.filter(hospital=OuterRef("pk"))
    running = runs.filter(state=RunState.RUNNING)
    stalled = running.annotate(moved_at=Coalesce("advanced_at", "started_at")).filter(moved_at__lt=now - STALLED_AFTER)
    noted = Exists(StandingDue.objects.filter(hospital=OuterRef("pk"))) & Exists(runs.filter(state=RunState.FINISHED))
    found = Hospital.objects.filter(Exists(stalled) | noted & ~Exists(running))
    return list(found.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def score_patient(*, hospital_id: int, patient_id: int, now: datetime) -> Standing | None:
    """Write and return one patient's standing as the nightly run would today; None where there is nothing to count.

    By the policy of the run that goes on, which may have come to the patient already, or of the last one. Raises
    Hospital.DoesNotExist, and TooBusy where many are being written.
    """
    hospital = lock_hospital_in_time(hospital_id)
    run = _running(hospital) or _last_finished(hospital)
    policy = _policy_of(run) if run else policy_in_force(hospital_id=hospital_id)
    write_patient(hospital=hospital, patient_id=patient_id, policy=policy, as_of=now.astimezone(hospital.zone).date(), now=now)
    return Standing.objects.filter(hospital=hospital, patient_id=patient_id).first()


@transaction.atomic
def _begin(*, hospital: Hospital, as_of: date, everyone: bool, now: datetime) -> ScoringRun:
    """The run to go on with, or a new one with its work laid out."""
    hold_hospital(hospital.pk)
    policy = scoring_policy(hospital_id=hospital.pk)
    booking_policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    running = _running(hospital)
    if running is not None:
        is_same = (running.as_of, running.policy_id, running.booking_policy_id) == (
            as_of,
            policy.pk if policy else None,
            booking_policy.pk,
        )
        if is_same and (running.scope == RunScope.FULL or not everyone):
            return running
        running.state = RunState.ABANDONED
        running.save(update_fields=["state"])
    run = ScoringRun(hospital=hospital, policy=policy, booking_policy=booking_policy, as_of=as_of, started_at=now)
    last = _last_finished(hospital)
    # What the minutes between wrote reaches to today: a run that ends before does not build on it.
    is_past = as_of < now.astimezone(hospital.zone).date()
    is_partial = last is not None and not everyone and not is_past and not _needs_everyone(run, last)
    run.scope = RunScope.CHANGES if is_partial else RunScope.FULL
    run.save()
    if last is not None and is_partial:
        note_window(hospital_id=hospital.pk, policy=_policy_of(run), since=last.as_of, as_of=as_of)
        due = StandingDue.objects.filter(hospital=hospital)
        run.steps_expected = due.aggregate(found=Count("patient_id", distinct=True))["found"]
    else:
        run.steps_expected = len(plan_batches(run))
    run.save(update_fields=["steps_expected"])
    return run


def _needs_everyone(run: ScoringRun, last: ScoringRun) -> bool:
    """Whether what `last` wrote cannot be built on: other rules, an earlier day, or a run over all that broke off since."""
    is_other = (run.policy_id, run.booking_policy_id) != (last.policy_id, last.booking_policy_id) or run.as_of < last.as_of
    broken = ScoringRun.objects.filter(hospital=run.hospital, state=RunState.ABANDONED, scope=RunScope.FULL, pk__gt=last.pk)
    return is_other or broken.exists()


def note_window(*, hospital_id: int, policy: ScoringPolicy, since: date, as_of: date) -> None:
    """Note everybody as due for whom a day has come into the window or has left it since the window ended on `since`."""
    parameters: dict[str, int | date] = {
        "hospital": hospital_id,
        "since": since,
        "as_of": as_of,
        "old_after": since - timedelta(days=policy.window_days),
        "new_after": as_of - timedelta(days=policy.window_days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_WINDOW, parameters)


_NOTE_WINDOW = f"""
INSERT INTO {StandingDue._meta.db_table} (hospital_id, patient_id, visit_date)
SELECT DISTINCT hospital_id, patient_id, %(as_of)s::date FROM (
    SELECT hospital_id, patient_id, visit_date FROM {Appointment._meta.db_table}
    WHERE hospital_id = %(hospital)s AND outcome <> '' AND outcome <> '{Outcome.VOID.value}'
    UNION ALL
    SELECT hospital_id, patient_id, counted_until FROM {UploadedCounts._meta.db_table} WHERE hospital_id = %(hospital)s
) AS counted
WHERE visit_date > %(since)s AND visit_date <= %(as_of)s OR visit_date > %(old_after)s AND visit_date <= %(new_after)s
"""


def _go_on(run: ScoringRun, hospital: Hospital, clock: RunClock, tell: OnProgress) -> None:
    _note_progress(run, clock)
    tell(run)

    def on_batch() -> None:
        _note_progress(run, clock)
        tell(run)

    if run.scope == RunScope.FULL:
        write_all_batches(run=run, policy=_policy_of(run), now=clock.began_at, on_batch=on_batch)
    while _write_some_due(run, hospital, clock):
        tell(run)
    _finish(run, hospital, clock)


@transaction.atomic
def _write_some_due(run: ScoringRun, hospital: Hospital, clock: RunClock) -> int:
    """What was written and that it was written are kept together, so that a run that is killed tells the truth."""
    hold_hospital(hospital.pk)
    if not is_running(run):
        return 0
    found, changes, paused = write_due(hospital=hospital, policy=_policy_of(run), as_of=run.as_of, now=clock.began_at)
    if found:
        added = _as_increments(changes) | {"paused": F("paused") + paused}
        if run.scope == RunScope.CHANGES:
            added["steps_done"] = F("steps_done") + found
        ScoringRun.objects.filter(pk=run.pk).update(**added)
        _note_progress(run, clock)
    return found


def _as_increments(changes: StandingChanges) -> dict[str, Combinable]:
    return {name: F(name) + getattr(changes, name) for name in ("changed", "moved_up", "moved_down")}


def _note_progress(run: ScoringRun, clock: RunClock) -> None:
    """That the run goes on, and how far it is: batches are counted, patients who are due were added up."""
    run.advanced_at, run.seconds = clock.read()
    written: dict[str, Any] = {"advanced_at": run.advanced_at, "seconds": run.seconds}
    if run.scope == RunScope.FULL:
        written["steps_done"] = run.batches.filter(is_done=True).count()
    # Of two who go on with it the slower one may find it finished.
    ScoringRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(**written)
    run.refresh_from_db(fields=["steps_done"])


@transaction.atomic
def _finish(run: ScoringRun, hospital: Hospital, clock: RunClock) -> None:
    """Once: of two who went on with a run the second finds it finished."""
    hold_hospital(hospital.pk)
    stored = ScoringRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if stored.state != RunState.RUNNING or stored.batches.filter(is_done=False).exists():
        return
    if stored.scope == RunScope.FULL:
        stored.paused += restrict_repeat_missers(hospital=hospital, as_of=stored.as_of, now=clock.began_at)
        sums = ScoringBatch.objects.filter(run=stored).aggregate(*map(Sum, ("changed", "moved_up", "moved_down")))
        for name in ("changed", "moved_up", "moved_down"):
            setattr(stored, name, getattr(stored, name) + (sums[f"{name}__sum"] or 0))
    found = Standing.objects.filter(hospital=hospital).order_by().values("tier").annotate(people=Count("pk"), visits=Sum("total"))
    rows = list(found)
    stored.tiers = {str(tier): 0 for tier in Tier} | {row["tier"]: row["people"] for row in rows}
    stored.appointments = sum(row["visits"] for row in rows)
    stored.patients = Standing.objects.filter(hospital=hospital, total__gt=0).count()
    stored.steps_done = stored.steps_expected = max(stored.steps_expected, stored.steps_done)
    stored.finished_at, stored.seconds = clock.read()
    stored.advanced_at = stored.finished_at
    stored.state = RunState.FINISHED
    stored.save()


def _running(hospital: Hospital) -> ScoringRun | None:
    return ScoringRun.objects.filter(hospital=hospital, state=RunState.RUNNING).first()


def _last_finished(hospital: Hospital) -> ScoringRun | None:
    return ScoringRun.objects.filter(hospital=hospital, state=RunState.FINISHED).order_by("-pk").first()


def _policy_of(run: ScoringRun) -> ScoringPolicy:
    """The policy of the run, or the defaults, unsaved."""
    return run.policy or ScoringPolicy(hospital_id=run.hospital_id, version=0)
