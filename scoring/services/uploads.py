"""Counts from elsewhere: what a file comes to, storing it whole, adding it to standings and taking it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Count

from accounts.errors import Refusal
from accounts.models import User
from booking.imports.set_based import copy_rows
from booking.models import StandingDue
from hospitals.models import Hospital
from scoring.counts_files import COUNTS, CountsFile
from scoring.models import CountsUpload, PendingUpload, ScoringPolicy, UploadedCounts
from scoring.numeric import ScoreTable, Tier, TierBounds, score_many
from scoring.services.pending_uploads import UploadNotPending, counts_of, matched_patients, pending_upload, refuse_uncountable
from scoring.services.policies import policy_in_force

TIERS = list(Tier)
ROWS_PER_COPY = 10_000
_COLUMNS = ("upload_id", "line", "record_number", "hospital_id", "patient_id", "counted_until",
            *COUNTS, "score", "tier", "do_sum")  # fmt: skip


class UploadNotCounting(Refusal):
    """It was never to count towards standings, or was withdrawn already."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming would store. `tiers` has the number of patients by tier, `positions` each one's place in `TIERS`."""

    file: CountsFile
    scores: ScoreTable
    positions: np.ndarray
    tiers: dict[str, int]
    flagged: int
    matched: dict[str, int]
    # Matched patients whose counts of an earlier upload would be replaced.
    replaced: int
    # An upload of the very same bytes that is stored already.
    same_file: CountsUpload | None
    # The last day on which the counts are added; None where they are not to be.
    counts_until: date | None


def preview_upload(pending: PendingUpload) -> Preview:
    """Score the file by the hospital's rules in force and find its patients. Nothing is changed."""
    file = counts_of(pending)
    policy = policy_in_force(hospital_id=pending.hospital_id)
    scores, positions = _judged(file, policy)
    matched = matched_patients(hospital_id=pending.hospital_id, record_numbers=file.patients)
    counting = pending.counts_towards_standing
    counted = UploadedCounts.objects.filter(hospital_id=pending.hospital_id, patient_id__in=list(matched.values()))
    return Preview(
        file=file,
        scores=scores,
        positions=positions,
        tiers=_tier_totals(positions),
        flagged=int((~scores.counts_sum).sum()),
        matched=matched,
        replaced=counted.count() if counting and matched else 0,
        same_file=_same_file(pending),
        counts_until=pending.counted_until + timedelta(days=policy.window_days) if counting else None,
    )


@transaction.atomic
def confirm_upload(*, pending_id: int, by: User, now: datetime) -> CountsUpload:
    """Store the file with a row per patient, all or nothing.

    Where it counts towards standings, the matched patients are due to be scored anew, and an earlier upload that had them gives
    them up. Raises UploadNotPending, also for the second of two taps, and BadCountsFile where the hospital has since
    given two numbers of the file to one patient.
    """
    pending = pending_upload(pending_id=pending_id, by=by, now=now)
    # Uploads of one hospital follow one another: both would give up the same rows and add the same patients.
    Hospital.objects.select_for_update(no_key=True).get(pk=pending.hospital_id)
    if not PendingUpload.objects.filter(pk=pending.pk, sha256=pending.sha256, created_at=pending.created_at).exists():
        raise UploadNotPending(pending_id=pending_id)
    file = counts_of(pending)
    scores, positions = _judged(file, policy_in_force(hospital_id=pending.hospital_id))
    matched = matched_patients(hospital_id=pending.hospital_id, record_numbers=file.patients)
    if pending.counts_towards_standing:
        refuse_uncountable(file, matched)
        _give_up(pending.hospital_id, list(matched.values()))
    upload = CountsUpload.objects.create(
        hospital_id=pending.hospital_id,
        file_name=pending.file_name,
        sha256=pending.sha256,
        counted_until=pending.counted_until,
        counts_towards_standing=pending.counts_towards_standing,
        rows=len(file.patients),
        flagged=int((~scores.counts_sum).sum()),
        matched=len(matched),
        tiers=_tier_totals(positions),
        uploaded_by=by,
        uploaded_at=now,
    )
    _store(upload, file, scores, positions, matched)
    if upload.counts_towards_standing:
        _note_due(upload)
    pending.delete()
    return upload


@transaction.atomic
def withdraw_upload(*, upload_id: int, by: User, now: datetime) -> int:
    """Take its counts out of the standings; return of how many patients. The rows stay. Raises UploadNotCounting.

    What it had replaced does not come back by itself: that was older.
    """
    upload = CountsUpload.objects.select_for_update(no_key=True, of=("self",)).get(pk=upload_id)
    if not upload.counts_towards_standing or upload.withdrawn_at:
        raise UploadNotCounting(upload_id=upload_id)
    Hospital.objects.select_for_update(no_key=True).get(pk=upload.hospital_id)
    _note_due(upload)
    withdrawn = UploadedCounts.objects.filter(upload=upload, hospital__isnull=False).update(hospital=None)
    upload.withdrawn_at, upload.withdrawn_by = now, by
    upload.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return withdrawn


def counting_patients(upload: CountsUpload) -> int:
    """How many patients' standings its counts are part of now."""
    return UploadedCounts.objects.filter(upload=upload, hospital__isnull=False).aggregate(n=Count("pk"))["n"]


def bounds_of(policy: ScoringPolicy) -> TierBounds:
    """The policy's bounds in hundredths of a point."""
    return TierBounds(*(int(bound * 100) for bound in (policy.tier_a_from, policy.tier_b_from, policy.tier_c_from)))


def _judged(file: CountsFile, policy: ScoringPolicy) -> tuple[ScoreTable, np.ndarray]:
    """Scores, and each patient's place in `TIERS`: unrated below the policy's minimum, as a standing would be."""
    scores = score_many(file.counts, bounds=bounds_of(policy))
    too_few = file.counts["total"] < policy.minimum_appointments
    return scores, np.where(too_few, TIERS.index(Tier.UNRATED), scores.tier_positions)


def _tier_totals(positions: np.ndarray) -> dict[str, int]:
    found = np.bincount(positions, minlength=len(TIERS))
    return {tier.value: int(number) for tier, number in zip(TIERS, found, strict=True)}


def _same_file(pending: PendingUpload) -> CountsUpload | None:
    stored = CountsUpload.objects.filter(hospital_id=pending.hospital_id, sha256=pending.sha256)
    return stored.select_related("uploaded_by").first()


def _give_up(hospital_id: int, patients: list[int]) -> None:
    """These patients' counts of earlier uploads are no longer added; the day they were counted until is told to the scoring."""
    earlier = UploadedCounts.objects.filter(hospital_id=hospital_id, patient_id__in=patients)
    earlier.update(hospital=None)


def _store(upload: CountsUpload, file: CountsFile, scores: ScoreTable, positions: np.ndarray, matched: dict[str, int]) -> None:
    """A row per patient, by COPY."""
    counting = upload.counts_towards_standing
    values = [file.counts[name].tolist() for name in COUNTS]
    columns = zip(
        file.lines.tolist(), file.patients, *values, scores.score_hundredths.tolist(), scores.rated.tolist(),
        positions.tolist(), scores.counts_sum.tolist(), strict=True,
    )  # fmt: skip
    rows = []
    table = UploadedCounts._meta.db_table
    with connection.cursor() as cursor:
        for line, number, *counts, score, is_rated, position, sums in columns:
            patient = matched.get(number)
            is_counted = counting and patient is not None
            points = f"{score // 100}.{score % 100:02d}" if is_rated else None
            hospital, until = (upload.hospital_id, upload.counted_until) if is_counted else (None, None)
            rows.append((upload.pk, line, number, hospital, patient, until, *counts, points, TIERS[position].value, sums))
            if len(rows) == ROWS_PER_COPY:
                copy_rows(cursor, table, _COLUMNS, rows)
                rows.clear()
        copy_rows(cursor, table, _COLUMNS, rows)


def _note_due(upload: CountsUpload) -> None:
    """The next scoring looks at everybody whose counts it adds."""
    query = f"""
        INSERT INTO {StandingDue._meta.db_table} (hospital_id, patient_id, visit_date)
        SELECT hospital_id, patient_id, counted_until FROM {UploadedCounts._meta.db_table}
        WHERE upload_id = %s AND hospital_id IS NOT NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [upload.pk])
