"""A file of counts between its reading and the confirmation: read once, kept as what was read of it."""

import hashlib
import json
import zlib
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from accounts.errors import Refusal
from accounts.models import User
from hospitals.models import Hospital, HospitalPatient
from scoring.counts_files import COUNTS, BadCountsFile, CountsFile, Limits, Problem, ProblemKind, read_counts
from scoring.models import PendingUpload, UploadedCounts

MEGABYTE = 1 << 20
MOST_BYTES = 20 * MEGABYTE
MOST_PROBLEMS = 100
LIMITS = Limits(
    problems=MOST_PROBLEMS,
    rows=300_000,
    patient_characters=UploadedCounts._meta.get_field("record_number").max_length,
)
# Long enough to ask a colleague about the preview, short enough that forgotten files do not pile up.
KEPT_FOR = timedelta(hours=24)
# The constraint on UploadedCounts: what is added to a patient's own counts must not drown them.
MOST_THAT_COUNT = 100_000


class UploadTooLarge(Refusal):
    """The file has more bytes than are read at all."""


class CountedUntilInFuture(Refusal):
    """Nobody can have counted beyond today."""


class UploadNotPending(Refusal):
    """Confirmed or discarded already, replaced by a newer upload, run out, or somebody else's."""


def hold_upload(
    *,
    hospital: Hospital,
    by: User,
    file_name: str,
    content: bytes,
    counted_until: date,
    counts_towards_standing: bool,
    now: datetime,
) -> PendingUpload:
    """Read the file and keep what was read until it is confirmed; the person's earlier one at the hospital is forgotten.

    Raises BadCountsFile with everything that is wrong, UploadTooLarge, CountedUntilInFuture. Nothing is kept then.
    """
    if len(content) > MOST_BYTES:
        raise UploadTooLarge(limit=MOST_BYTES // MEGABYTE)
    today = now.astimezone(hospital.zone).date()
    if counted_until > today:
        raise CountedUntilInFuture(counted_until=counted_until, today=today)
    file = read_counts(content, limits=LIMITS)
    if not file.patients:
        raise BadCountsFile([Problem(ProblemKind.NO_ROWS)])
    if counts_towards_standing:
        refuse_uncountable(file, matched_patients(hospital_id=hospital.pk, record_numbers=file.patients))
    with transaction.atomic():
        pending, _ = PendingUpload.objects.update_or_create(
            hospital=hospital,
            uploaded_by=by,
            defaults={
                "file_name": file_name[-200:],
                "sha256": hashlib.sha256(content).hexdigest(),
                "sheet": (file.sheet or "")[:200],
                "counted_until": counted_until,
                "counts_towards_standing": counts_towards_standing,
                "content": _packed(file),
                "created_at": now,
            },
        )
    return pending


def pending_upload(*, pending_id: int, by: User, now: datetime) -> PendingUpload:
    """Raises UploadNotPending unless it is the person's own and has not run out."""
    pending = (
        PendingUpload.objects.filter(pk=pending_id, uploaded_by=by, created_at__gt=now - KEPT_FOR)
        .select_related("hospital")
        .first()
    )
    if pending is None:
        raise UploadNotPending(pending_id=pending_id)
    return pending


def discard_upload(*, pending_id: int, by: User) -> None:
    """Forget it; one that is gone already is no error."""
    PendingUpload.objects.filter(pk=pending_id, uploaded_by=by).delete()


def forget_pending_uploads(*, now: datetime) -> int:
    """Delete those that ran out; return how many."""
    deleted, _ = PendingUpload.objects.filter(created_at__lte=now - KEPT_FOR).delete()
    return deleted


def counts_of(pending: PendingUpload) -> CountsFile:
    """What was read of its file."""
    kept = json.loads(zlib.decompress(bytes(pending.content)))
    return CountsFile(
        patients=kept["patients"],
        counts={name: np.array(kept[name], dtype=np.int64) for name in COUNTS},
        lines=np.array(kept["lines"], dtype=np.int64),
        sheet=pending.sheet or None,
    )


def _packed(file: CountsFile) -> bytes:
    kept = {"patients": file.patients, "lines": file.lines.tolist()}
    kept |= {name: values.tolist() for name, values in file.counts.items()}
    return zlib.compress(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(), level=1)


def matched_patients(*, hospital_id: int, record_numbers: list[str]) -> dict[str, int]:
    """The patients whom the hospital knows by these numbers: their keys by number."""
    query = f"""
        SELECT record_number, patient_id FROM {HospitalPatient._meta.db_table}
        WHERE hospital_id = %s AND record_number = ANY(%s)
    """
    with connection.cursor() as cursor:
        # One array, not a parameter for each of a hundred thousand.
        cursor.execute(query, [hospital_id, record_numbers])
        return dict(cursor.fetchall())


def refuse_uncountable(file: CountsFile, matched: dict[str, int]) -> None:
    """Raise BadCountsFile where counts of matched patients cannot be added to their own."""
    problems: list[Problem] = []
    line_of: dict[int, int] = {}
    totals = file.counts["total"].tolist()
    for patient, line, total in zip(file.patients, file.lines.tolist(), totals, strict=True):
        patient_id = matched.get(patient)
        if patient_id is None:
            continue
        if (first := line_of.setdefault(patient_id, line)) != line:
            problems.append(Problem(ProblemKind.SAME_PERSON, line, "patient", {"first": first}))
        if total > MOST_THAT_COUNT:
            detail = {"value": total, "limit": MOST_THAT_COUNT}
            problems.append(Problem(ProblemKind.TOO_MANY_TO_COUNT, line, "total", detail))
    if problems:
        raise BadCountsFile(problems[:MOST_PROBLEMS], is_complete=len(problems) <= MOST_PROBLEMS)
