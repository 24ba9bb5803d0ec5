"""The standing that bookings are judged by: read here by the rules, written here by the layers that compute it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import F, FilteredRelation, Q, QuerySet
from psycopg2 import sql

from accounts.compiled import CompiledQuery
from accounts.models import Patient
from booking.models import Restriction, Standing, Tier
from booking.rules.attempt import Pause


def standing_of(*, hospital_id: int, patient_id: int) -> Standing:
    """The patient's standing at the hospital; where there is none yet, an unsaved one that is unrated and counts nothing."""
    found = Standing.objects.filter(hospital_id=hospital_id, patient_id=patient_id).first()
    return found or Standing(hospital_id=hospital_id, patient_id=patient_id, tier=Tier.UNRATED)


def active_restriction(*, hospital_id: int, patient_id: int, at: datetime) -> Restriction | None:
    """The pause of booking in force at that moment, the one that ends last; None where the patient may book."""
    return _IN_FORCE.first(hospital_id=hospital_id, patient_id=patient_id, at=at)


_IN_FORCE = CompiledQuery(
    lambda hospital_id, patient_id, at: Restriction.objects.filter(
        hospital_id=hospital_id, patient_id=patient_id, starts_at__lte=at, ends_at__gt=at, lifted_at__isnull=True
    ).order_by("-ends_at", "-id")[:1],
    hospital_id=int,
    patient_id=int,
    at=datetime,
)


@dataclass(frozen=True, slots=True)
class Footing:
    """What a booking is judged by: the tier, and the pause that is in force."""

    tier: str
    pause: Pause | None


def footing_of(*, hospital_id: int, patient_id: int, at: datetime) -> Footing:
    """As `standing_of` and `active_restriction` say, in one statement."""
    return patient_on_footing(hospital_id=hospital_id, patient_id=patient_id, at=at)[1]


def patient_on_footing(*, hospital_id: int, patient_id: int, at: datetime) -> tuple[Patient, Footing]:
    """The patient as well. Raises Patient.DoesNotExist."""
    return _with_footing(_FOOTING.get(hospital_id=hospital_id, patient_id=patient_id, at=at))


def lock_patient_on_footing(*, hospital_id: int, patient_id: int, at: datetime) -> tuple[Patient, Footing]:
    """The patient locked until the transaction ends. Raises Patient.DoesNotExist."""
    return _with_footing(_LOCKED_FOOTING.get(hospital_id=hospital_id, patient_id=patient_id, at=at))


def _with_footing(found: Patient) -> tuple[Patient, Footing]:
    until, missed_count, tier = found.paused_until, found.missed_count, found.tier  # type: ignore[attr-defined]
    pause = None if until is None else Pause(ends_at=until, missed_count=missed_count)
    return found, Footing(tier=tier or Tier.UNRATED, pause=pause)


def _footing(hospital_id: int, patient_id: int, at: datetime) -> QuerySet[Patient]:
    """The patient's row, which there always is, with what is joined to it where there is such."""
    own = FilteredRelation("standings", condition=Q(standings__hospital_id=hospital_id))
    is_in_force = Q(
        restrictions__hospital_id=hospital_id,
        restrictions__starts_at__lte=at,
        restrictions__ends_at__gt=at,
        restrictions__lifted_at__isnull=True,
    )
    # No rule looks at what is encrypted, and decrypting it takes longer than reading the row.
    readable = Patient.objects.defer("document_number", "phone")
    joined = readable.annotate(own=own, paused=FilteredRelation("restrictions", condition=is_in_force))
    shown = joined.annotate(tier=F("own__tier"), paused_until=F("paused__ends_at"), missed_count=F("paused__missed_count"))
    return shown.filter(pk=patient_id).order_by(F("paused_until").desc(nulls_last=True), "-paused__id")[:1]


def _locked_footing(hospital_id: int, patient_id: int, at: datetime) -> QuerySet[Patient]:
    return _footing(hospital_id, patient_id, at).select_for_update(of=("self",), no_key=True)


_FOOTING = CompiledQuery(_footing, hospital_id=int, patient_id=int, at=datetime)
_LOCKED_FOOTING = CompiledQuery(_locked_footing, hospital_id=int, patient_id=int, at=datetime)


@dataclass(frozen=True, slots=True)
class StandingChanges:
    """Patients whose standing was written, and of them those who went from one of the tiers A to D to a better or worse one."""

    changed: int
    moved_up: int
    moved_down: int


def write_standings(*, hospital_id: int, as_of: date, verdicts: str, now: datetime) -> StandingChanges:
    """Make the hospital's standings those of a table, set-based; call it inside the transaction that made the table.

    `verdicts` names a (temporary) table with one row per rated patient: `patient_id`, the counts `total`, `fulfilled`,
    `unattended`, `cancelled`, `missed`, the `score` in points with two decimals and the `tier`. Whoever is not in it becomes
    unrated. Rows that say the same already are not touched, so `as_of` and `changed_at` tell since when a standing holds.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(_WRITE).format(standing=sql.Identifier(Standing._meta.db_table), verdict=sql.Identifier(verdicts)),
            {"hospital": hospital_id, "as_of": as_of, "now": now, "unrated": str(Tier.UNRATED)},
        )
        return StandingChanges(*cursor.fetchone())


# Every part of the statement sees the standings as they were before it. A, B, C, D sort as text from better to worse.
_WRITE = """
WITH written AS (
    INSERT INTO {standing} AS standing
        (hospital_id, patient_id, as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
    SELECT %(hospital)s, verdict.patient_id, %(as_of)s, %(now)s, verdict.total, verdict.fulfilled, verdict.unattended,
        verdict.cancelled, verdict.missed, verdict.score, verdict.tier
    FROM {verdict} AS verdict
    LEFT JOIN {standing} AS held ON held.hospital_id = %(hospital)s AND held.patient_id = verdict.patient_id
    WHERE held.id IS NULL
        OR (held.total, held.fulfilled, held.unattended, held.cancelled, held.missed, held.score, held.tier)
        IS DISTINCT FROM (verdict.total, verdict.fulfilled, verdict.unattended, verdict.cancelled, verdict.missed, verdict.score,
            verdict.tier)
    ON CONFLICT (hospital_id, patient_id) DO UPDATE SET
        (as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
        = (excluded.as_of, excluded.changed_at, excluded.total, excluded.fulfilled, excluded.unattended, excluded.cancelled,
            excluded.missed, excluded.score, excluded.tier)
    RETURNING patient_id, tier
), fallen_out AS (
    UPDATE {standing} AS standing
    SET (as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
        = (%(as_of)s, %(now)s, 0, 0, 0, 0, 0, NULL, %(unrated)s)
    WHERE standing.hospital_id = %(hospital)s AND standing.tier <> %(unrated)s
        AND NOT EXISTS (SELECT FROM {verdict} AS verdict WHERE verdict.patient_id = standing.patient_id)
    RETURNING patient_id, tier
), changed AS (
    SELECT patient_id, tier FROM written UNION ALL SELECT patient_id, tier FROM fallen_out
)
SELECT count(*),
    count(*) FILTER (WHERE held.tier <> %(unrated)s AND changed.tier <> %(unrated)s AND changed.tier < held.tier),
    count(*) FILTER (WHERE held.tier <> %(unrated)s AND changed.tier <> %(unrated)s AND changed.tier > held.tier)
FROM changed LEFT JOIN {standing} AS held ON held.hospital_id = %(hospital)s AND held.patient_id = changed.patient_id
"""
