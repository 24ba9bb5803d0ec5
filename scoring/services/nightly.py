"""Score one hospital's patients: closed appointments of the window → counts → scores → standings, inside the database."""

import time
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q

from accounts.errors import Refusal
from booking.models import Appointment, Outcome, Standing, Tier
from booking.services.restrictions import restrict_repeat_missers
from booking.services.standing import write_standings
from hospitals.models import Hospital
from scoring.models import RunState, ScoringPolicy, ScoringRun
from scoring.services.policies import scoring_policy
from scoring.services.verdicts import COUNTS, bounds_in_hundredths, verdict_query

COUNTS_TABLE, VERDICTS_TABLE = "scoring_counts", "scoring_verdicts"


class AsOfInFuture(Refusal):
    """The window would end on a day that has not come yet where the hospital is."""


def score_hospital(*, hospital_id: int, now: datetime, as_of: date | None = None) -> ScoringRun:
    """Write the standing of everyone with closed appointments in the window that ends on `as_of` (today at the hospital).

    One transaction, which holds the hospital's row: of two runs the second finds nothing to change. The run's record is made
    before, so that a run that failed is seen as one without an end. Raises AsOfInFuture, Hospital.DoesNotExist.
    """
    started = time.perf_counter()
    hospital = Hospital.objects.get(pk=hospital_id)
    today = now.astimezone(hospital.zone).date()
    as_of = as_of or today
    if as_of > today:
        raise AsOfInFuture(as_of=as_of, today=today)
    run = ScoringRun.objects.create(hospital=hospital, as_of=as_of, started_at=now)
    with transaction.atomic():
        Hospital.objects.select_for_update(no_key=True).get(pk=hospital_id)
        with connection.cursor() as cursor:
            run.patients, run.appointments = _judge(cursor, hospital_id=hospital_id, as_of=as_of)
        changes = write_standings(hospital_id=hospital_id, as_of=as_of, verdicts=VERDICTS_TABLE, now=now)
        run.changed, run.moved_up, run.moved_down = changes.changed, changes.moved_up, changes.moved_down
        restrict_repeat_missers(hospital=hospital, as_of=as_of, now=now)
        run.tiers = _tiers(hospital_id)
        run.seconds = round(time.perf_counter() - started, 3)
        run.finished_at, run.state = now + timedelta(seconds=run.seconds), RunState.FINISHED
        run.save()
    return run


def _judge(cursor: CursorWrapper, *, hospital_id: int, as_of: date) -> tuple[int, int]:
    """Make the temporary table of verdicts; return how many patients and appointments it is made of."""
    policy = scoring_policy(hospital_id=hospital_id) or ScoringPolicy(hospital_id=hospital_id)
    counts, parameters = _counts(hospital_id=hospital_id, as_of=as_of, window_days=policy.window_days)
    for table in (COUNTS_TABLE, VERDICTS_TABLE):
        # A second run within one transaction finds the first one's tables still there.
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f"CREATE TEMP TABLE {COUNTS_TABLE} ON COMMIT DROP AS {counts}", parameters)
    verdicts = verdict_query(COUNTS_TABLE).as_string(cursor.connection)
    cursor.execute(f"CREATE TEMP TABLE {VERDICTS_TABLE} ON COMMIT DROP AS {verdicts}", bounds_in_hundredths(policy))
    cursor.execute(f"ANALYZE {VERDICTS_TABLE}")
    cursor.execute(f"SELECT count(*), coalesce(sum(total), 0) FROM {VERDICTS_TABLE}")
    patients, appointments = cursor.fetchone()
    return patients, int(appointments)


def _counts(*, hospital_id: int, as_of: date, window_days: int) -> tuple[str, tuple[Any, ...]]:
    """The SELECT that counts each patient's outcomes over `window_days` days, the last of which is `as_of`."""
    closed = Appointment.objects.filter(
        hospital_id=hospital_id,
        outcome__in=COUNTS,
        visit_date__gt=as_of - timedelta(days=window_days),
        visit_date__lte=as_of,
    )
    counted = (
        closed.order_by()
        .values("patient_id")
        .annotate(total=Count("pk"), **{name: Count("pk", filter=Q(outcome=Outcome(name))) for name in COUNTS})
    )
    query, parameters = counted.query.sql_with_params()
    return query, tuple(parameters)


def _tiers(hospital_id: int) -> dict[str, int]:
    """How many of the hospital's standings each tier has. Unrated are those whose appointments have left the window."""
    found = Standing.objects.filter(hospital_id=hospital_id).order_by().values_list("tier").annotate(Count("pk"))
    return {str(tier): 0 for tier in Tier} | dict(found)
