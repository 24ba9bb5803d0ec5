"""What a change of the scoring policy would do, before anybody says yes: who would move, and what it costs in hot slots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

from accounts.encryption import masked_name
from accounts.models import Patient
from booking.models import AppointmentStatus, Channel, Outcome, Standing, Tier
from booking.rules.privileges import early_shares
from hospitals.models import ClinicSession, Hospital, SessionStatus
from hospitals.policy_book import policies_in_force
from scoring.models import ScoringPolicy
from scoring.services.popularity import hot_places, places_under
from scoring.services.verdicts import uploads_that_count, verdicts_of

FIRST_MOVERS = 100
HOT_DAYS = 90
EARLY_TIERS = (Tier.A, Tier.B)
_TABLE = "scoring_preview"


@dataclass(frozen=True, slots=True)
class Mover:
    """A patient whose tier would change; `name` is masked."""

    patient_id: int
    name: str
    old_tier: Tier
    new_tier: Tier
    old_score: Decimal | None
    new_score: Decimal | None


@dataclass(frozen=True, slots=True)
class HotCost:
    """Hot slots of the last `HOT_DAYS` days, as they would have been for the patients who move.

    `bookings`: advance bookings of hot sessions that were held; of them `losing_access` by patients who could then book none,
    `gaining_access` by patients who now can book none themselves, `losing_early` and `gaining_early` by patients whose only
    change is the head start. `early_seats_a_week`: seats that A and B may take before everyone.
    """

    sessions: int
    bookings: int
    losing_access: int
    gaining_access: int
    losing_early: int
    gaining_early: int
    early_seats_a_week: float
    early_patients_before: int
    early_patients_after: int
    places_before: int
    places_after: int


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """`matrix`: patients by (tier now, tier then), those who stay included; `movers` are the first of those who do not."""

    as_of: date
    matrix: dict[tuple[Tier, Tier], int]
    movers: tuple[Mover, ...]
    hot: HotCost

    def patients(self, tier: Tier, *, after: bool) -> int:
        return sum(count for pair, count in self.matrix.items() if pair[after] == tier)

    @property
    def moved(self) -> int:
        return sum(count for (old, new), count in self.matrix.items() if old != new)

    @property
    def moved_up(self) -> int:
        """From one of the tiers A to D to a better one, as a scoring run counts it."""
        return sum(count for (old, new), count in self.matrix.items() if Tier.UNRATED not in (old, new) and new < old)

    @property
    def moved_down(self) -> int:
        return sum(count for (old, new), count in self.matrix.items() if Tier.UNRATED not in (old, new) and new > old)


@transaction.atomic
def preview_policy(*, hospital: Hospital, policy: ScoringPolicy, now: datetime) -> PolicyPreview:
    """Compare the standings as they are with what a run today would make of them under `policy`, which need not be saved.

    By the same SQL as the run, so that both come to the same. Nothing that stays is written.
    """
    as_of = now.astimezone(hospital.zone).date()
    with connection.cursor() as cursor:
        _judge_all(cursor, hospital, policy, as_of)
        cursor.execute(f"SELECT old_tier, new_tier, count(*) FROM {_TABLE} GROUP BY 1, 2")
        matrix = {(Tier(old), Tier(new)): count for old, new, count in cursor.fetchall()}
        cursor.execute(f"{_MOVERS.format(moved=_TABLE)} LIMIT {FIRST_MOVERS}", _MOVERS_VALUES)
        movers = tuple(_mover(row) for row in cursor.fetchall())
        hot = _hot_cost(cursor, hospital, policy, matrix, as_of, now)
    return PolicyPreview(as_of, matrix, movers, hot)


def all_movers(*, hospital: Hospital, policy: ScoringPolicy, as_of: date) -> Iterator[Mover]:
    """Everybody whose tier would change, in the order of the preview, read from the database a part at a time."""
    query, values = _moved(hospital, policy, as_of)
    with transaction.atomic(), connection.connection.cursor(name="scoring_movers") as cursor:
        cursor.itersize = 2000
        text = sql.SQL("WITH moved AS ({}) {}").format(query, sql.SQL(_MOVERS.format(moved="moved")))
        cursor.execute(text, values | _MOVERS_VALUES)
        for row in cursor:
            yield _mover(row)


def _moved(hospital: Hospital, policy: ScoringPolicy, as_of: date) -> tuple[sql.Composed, dict[str, Any]]:
    """SELECT every patient who has a standing or would have one: `patient_id`, tiers and scores, old and new."""
    verdicts, values = verdicts_of(
        hospital_id=hospital.pk,
        patients=None,
        policy=policy,
        as_of=as_of,
        has_uploads=uploads_that_count(hospital_id=hospital.pk),
    )
    query = sql.SQL(_MOVED).format(verdicts=verdicts, standing=sql.Identifier(Standing._meta.db_table))
    return query, values | {"unrated": str(Tier.UNRATED)}


_MOVED = """
SELECT patient_id, coalesce(held.tier, %(unrated)s) AS old_tier,
    coalesce(verdict.tier, %(unrated)s) AS new_tier,
    held.score AS old_score, verdict.score AS new_score
FROM (SELECT patient_id, tier, score FROM {standing} WHERE hospital_id = %(hospital)s) AS held
FULL JOIN ({verdicts}) AS verdict USING (patient_id)
"""


def _judge_all(cursor: CursorWrapper, hospital: Hospital, policy: ScoringPolicy, as_of: date) -> None:
    query, values = _moved(hospital, policy, as_of)
    # A second preview within one transaction finds the first one's table still there.
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_TABLE}")
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS {}").format(sql.Identifier(_TABLE), query), values)
    cursor.execute(f"ANALYZE {_TABLE}")


# Those who lose most come first, then those who win most. Unrated stands between B and C: no perks, no limits.
_MOVERS = f"""
SELECT moved.patient_id, patient.name, moved.old_tier, moved.new_tier, moved.old_score, moved.new_score
FROM {{moved}} AS moved JOIN {Patient._meta.db_table} AS patient ON patient.id = moved.patient_id
WHERE moved.old_tier <> moved.new_tier
ORDER BY array_position(%(ranks)s, moved.old_tier) - array_position(%(ranks)s, moved.new_tier), moved.patient_id
"""
_MOVERS_VALUES = {"ranks": [str(tier) for tier in (Tier.A, Tier.B, Tier.UNRATED, Tier.C, Tier.D)]}


def _mover(row: tuple[Any, ...]) -> Mover:
    patient_id, name, old, new, old_score, new_score = row
    return Mover(patient_id, masked_name(name), Tier(old), Tier(new), old_score, new_score)


def _hot_cost(
    cursor: CursorWrapper,
    hospital: Hospital,
    policy: ScoringPolicy,
    matrix: dict[tuple[Tier, Tier], int],
    as_of: date,
    now: datetime,
) -> HotCost:
    held = ClinicSession.objects.filter(
        hospital=hospital, is_hot=True, visit_date__gte=as_of - timedelta(days=HOT_DAYS), visit_date__lt=as_of
    ).exclude(status=SessionStatus.SUSPENDED)
    book = policies_in_force(hospital_ids=[hospital.pk], at=now)
    terms = book.of(hospital_id=hospital.pk, registration_type_id=None)
    sessions = list(held.only("pk", "hospital_id", "registration_type_id", "advance_quota"))
    early_seats = sum(
        early_shares(session, book.of(hospital_id=hospital.pk, registration_type_id=session.registration_type_id))[0]
        for session in sessions
    )
    closed = [str(tier) for tier, is_open in ((Tier.C, terms.is_hot_open_to_c), (Tier.D, terms.is_hot_open_to_d)) if not is_open]
    cursor.execute(
        _HOT_BOOKINGS,
        {
            "sessions": [session.pk for session in sessions],
            "advance": Channel.ADVANCE,
            "in_error": AppointmentStatus.ENTERED_IN_ERROR,
            "void": Outcome.VOID,
            "closed": closed,
            "early": [str(tier) for tier in EARLY_TIERS],
        },
    )
    bookings, losing_access, gaining_access, losing_early, gaining_early = cursor.fetchone()
    return HotCost(
        sessions=len(sessions),
        bookings=bookings,
        losing_access=losing_access,
        gaining_access=gaining_access,
        losing_early=losing_early,
        gaining_early=gaining_early,
        early_seats_a_week=early_seats * 7 / HOT_DAYS,
        early_patients_before=sum(count for (old, _), count in matrix.items() if old in EARLY_TIERS),
        early_patients_after=sum(count for (_, new), count in matrix.items() if new in EARLY_TIERS),
        places_before=len(hot_places(hospital_id=hospital.pk)),
        places_after=len(places_under(hospital=hospital, policy=policy, as_of=as_of)),
    )


_HOT_BOOKINGS = f"""
SELECT count(*),
    count(*) FILTER (WHERE NOT was_closed AND is_closed), count(*) FILTER (WHERE was_closed AND NOT is_closed),
    count(*) FILTER (WHERE was_early AND NOT is_early AND NOT is_closed),
    count(*) FILTER (WHERE is_early AND NOT was_early AND NOT was_closed)
FROM booking_appointment AS taken
LEFT JOIN {_TABLE} AS moved USING (patient_id)
CROSS JOIN LATERAL (
    SELECT coalesce(moved.old_tier = ANY(%(closed)s), false) AS was_closed,
        coalesce(moved.new_tier = ANY(%(closed)s), false) AS is_closed,
        coalesce(moved.old_tier = ANY(%(early)s), false) AS was_early,
        coalesce(moved.new_tier = ANY(%(early)s), false) AS is_early
) AS access
WHERE taken.session_id = ANY(%(sessions)s) AND taken.channel = %(advance)s AND taken.status <> %(in_error)s
    AND taken.outcome <> %(void)s
"""
