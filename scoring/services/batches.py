"""The parts of a scoring: some patients' standings written, in the transaction that takes up the notes that they are due."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from psycopg2 import sql

from booking.models import Appointment, Standing, StandingDue
from booking.services.restrictions import restrict_repeat_missers
from booking.services.standing_changes import PatientList, PatientRange, Patients, StandingChanges, write_standings
from hospitals.models import Hospital
from scoring.models import RunState, ScoringBatch, ScoringPolicy, ScoringRun, UploadedCounts
from scoring.services.indicators import note_months_due
from scoring.services.verdicts import uploads_that_count, verdicts_of

# Keys of patients a batch: at most as many patients, some megabytes in PostgreSQL; and no fewer than pay for the statements.
MOST_KEYS, FEWEST_KEYS = 25_000, 5_000
# Shares of each connection: who is done first takes up another, so that none waits long for the last.
BATCHES_EACH = 4
# A hospital whose patients are few among many keys gets wider batches instead of more of them.
MOST_BATCHES = 512
# Patients who are due, taken up at once.
DUE_AT_ONCE = 10_000
# What the counting of a batch may keep in memory: enough for it not to go through the disk.
WORK_MEMORY = "64MB"
# Patients who may be compared each with each.
MOST_COMPARED = 100


def plan_batches(run: ScoringRun) -> list[ScoringBatch]:
    """Cut the keys of everybody who may have something at the hospital into ranges."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, {"hospital": run.hospital_id})
        lowest, highest = cursor.fetchone()
    if lowest is None:
        return []
    width = _width(highest - lowest + 1)
    starts = range(lowest - 1, highest, width)
    # The last one is open: patients who come while the run goes on are looked at as well.
    ends = [start + width for start in starts[:-1]] + [2**62]
    return ScoringBatch.objects.bulk_create(
        ScoringBatch(run=run, after=after, up_to=up_to) for after, up_to in zip(starts, ends, strict=True)
    )


def _width(keys: int) -> int:
    fair = -(-keys // (BATCHES_EACH * settings.SCORING_CONNECTIONS))
    return max(min(max(fair, FEWEST_KEYS), MOST_KEYS), -(-keys // MOST_BATCHES))


@transaction.atomic
def write_batch(*, run: ScoringRun, policy: ScoringPolicy, now: datetime, waits: bool = False) -> bool:
    """Write one batch of the run that nobody is at; False where none is left, or another run has overtaken it. `waits`: also
    for what somebody is at.

    Several may do so at the same time: they share the hospital, which holds off whoever writes single standings.
    """
    waiting = ScoringBatch.objects.select_for_update(of=("self",), skip_locked=not waits).filter(run=run, is_done=False)
    batch = waiting.order_by("after").first()
    if batch is None:
        return False
    _share_hospital(run.hospital_id)
    if not is_running(run):
        return False
    patients = PatientRange(batch.after, batch.up_to)
    months = _take_up(run.hospital_id, patients)
    changes = _write(run.hospital_id, patients, policy, run.as_of, now)
    batch.changed, batch.moved_up, batch.moved_down = changes.changed, changes.moved_up, changes.moved_down
    batch.is_done = True
    batch.save()
    # Last: another batch that notes the same month waits for this one's end.
    note_months_due(hospital_id=run.hospital_id, months=months)
    return True


@transaction.atomic
def write_due(*, hospital: Hospital, policy: ScoringPolicy, as_of: date, now: datetime) -> tuple[int, StandingChanges, int]:
    """Write the standings of some patients who are due: how many they were, what changed, and pauses that were added."""
    hold_hospital(hospital.pk)
    of_hospital = StandingDue.objects.filter(hospital=hospital)
    patient_ids = list(of_hospital.order_by("patient_id").values_list("patient_id", flat=True).distinct()[:DUE_AT_ONCE])
    if not patient_ids:
        return 0, StandingChanges(0, 0, 0), 0
    changes, paused = _write_patients(hospital, patient_ids, policy, as_of, now)
    return len(patient_ids), changes, paused


@transaction.atomic
def write_patient(*, hospital: Hospital, patient_id: int, policy: ScoringPolicy, as_of: date, now: datetime) -> StandingChanges:
    """Write one patient's standing, due or not."""
    hold_hospital(hospital.pk)
    return _write_patients(hospital, [patient_id], policy, as_of, now)[0]


def _write_patients(
    hospital: Hospital, patient_ids: Sequence[int], policy: ScoringPolicy, as_of: date, now: datetime
) -> tuple[StandingChanges, int]:
    patients = PatientList(patient_ids)
    months = _take_up(hospital.pk, patients)
    changes = _write(hospital.pk, patients, policy, as_of, now)
    paused = restrict_repeat_missers(hospital=hospital, as_of=as_of, now=now, patient_ids=patient_ids)
    note_months_due(hospital_id=hospital.pk, months=months)
    return changes, paused


def _write(hospital_id: int, patients: Patients, policy: ScoringPolicy, as_of: date, now: datetime) -> StandingChanges:
    """Reads after the notes were taken up: whatever was noted by then is seen, and what comes later is noted anew."""
    verdicts, parameters = verdicts_of(
        hospital_id=hospital_id,
        patients=patients,
        policy=policy,
        as_of=as_of,
        has_uploads=uploads_that_count(hospital_id=hospital_id),
    )
    with _planned_for(patients):
        return write_standings(
            hospital_id=hospital_id, patients=patients, as_of=as_of, verdicts=verdicts, parameters=parameters, now=now
        )


@contextmanager
def _planned_for(patients: Patients) -> Iterator[None]:
    """In the body many patients are joined with their standings by hashing or sorting, never each with each.

    What an import or a first night has just written the server takes for a handful until it has counted it.
    """
    are_few = isinstance(patients, PatientList) and len(patients.ids) <= MOST_COMPARED
    with connection.cursor() as cursor:
        cursor.execute(_PLANNING, {"memory": WORK_MEMORY, "compares": "on" if are_few else "off"})
        yield
        cursor.execute(_PLANNING, {"memory": WORK_MEMORY, "compares": "on"})


def _take_up(hospital_id: int, patients: Patients) -> Collection[date]:
    """Remove the notes of these patients; return the days of their visits.

    The notes are read once, not joined with themselves: right after an import the server takes them for a handful, and would
    compare each with each.
    """
    query = sql.SQL(_TAKE_UP).format(sql.Identifier(StandingDue._meta.db_table), patients.condition(sql.SQL("patient_id")))
    with connection.cursor() as cursor:
        cursor.execute(query, {"hospital": hospital_id})
        return [day for (day,) in cursor.fetchall()]


def is_running(run: ScoringRun) -> bool:
    """Whether nothing has overtaken it. While the hospital is held or shared, it stays so until the transaction ends."""
    return ScoringRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists()


def _share_hospital(hospital_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {Hospital._meta.db_table} WHERE id = %s FOR SHARE", [hospital_id])


def hold_hospital(hospital_id: int, *, waits: bool = True) -> bool:
    """Keep everybody else from writing standings there until the transaction ends. Not `waits`: False where somebody does."""
    held = Hospital.objects.select_for_update(no_key=True, skip_locked=not waits).filter(pk=hospital_id)
    return held.first() is not None


_PLANNING = """
SELECT set_config('work_mem', %(memory)s, true), set_config('jit', 'off', true), set_config('enable_nestloop', %(compares)s, true)
"""
_TAKE_UP = """
WITH taken AS (DELETE FROM {} WHERE hospital_id = %(hospital)s AND {} RETURNING visit_date)
SELECT DISTINCT visit_date FROM taken
"""
_KEYS = f"""
SELECT min(lowest), max(highest) FROM (
    SELECT min(patient_id) AS lowest, max(patient_id) AS highest
    FROM {Standing._meta.db_table} WHERE hospital_id = %(hospital)s
    UNION ALL
    SELECT min(patient_id), max(patient_id)
    FROM {Appointment._meta.db_table} WHERE hospital_id = %(hospital)s AND outcome <> ''
    UNION ALL
    SELECT min(patient_id), max(patient_id) FROM {UploadedCounts._meta.db_table} WHERE hospital_id = %(hospital)s
) AS either
"""
