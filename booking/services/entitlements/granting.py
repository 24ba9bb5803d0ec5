"""Granting what a tier is given: for a running period, or for a visit. Set-based, and granting again adds nothing."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from accounts.models import AccountPatient
from booking.models import Appointment, Entitlement, EntitlementKind, Outcome, PastStanding, Standing, Tier
from booking.rules.entitlements import Perk, period_around, perks_by_policy
from hospitals.models import Hospital
from hospitals.services.policies import effective_policy

# A visit may be corrected to a kept one while it can be appealed against, a week by default; a missed run is made good too.
COUPON_LOOK_BACK = timedelta(days=14)


def grant_period_entitlements(
    *,
    hospital: Hospital,
    now: datetime,
    patient_ids: Collection[int] | None = None,
    kinds: Collection[EntitlementKind] | None = None,
) -> int:
    """Give patients of tiers A and B what the policy grants for the running month, quarter or year; return how many were new.

    Only those whom an account carries: nobody else could see or use it. All of the hospital's, or those of `patient_ids`, and all
    kinds or some. One statement a perk; more are added where the policy has been raised, none is taken away.
    """
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    wanted = [perk for perk in perks_by_policy(policy) if kinds is None or perk.kind in kinds]
    with transaction.atomic():
        return sum(_grant(hospital, perk, patient_ids, now) for perk in wanted)


def _grant(hospital: Hospital, perk: Perk, patient_ids: Collection[int] | None, now: datetime) -> int:
    begins, ends = period_around(perk.period, now.astimezone(hospital.zone))
    return _insert(
        _FOR_PERIOD,
        {
            "hospital": hospital.pk,
            "kind": str(perk.kind),
            "tier": str(perk.tier),
            "count": perk.count,
            "begins": begins,
            "ends": ends,
            "terms": json.dumps(perk.terms, ensure_ascii=False),
            "patients": None if patient_ids is None else list(patient_ids),
            "now": now,
        },
    )


@transaction.atomic
def grant_coupons(*, hospital: Hospital, now: datetime) -> int:
    """Give a coupon for each recent visit that a patient of tier B has kept; return how many were new. One statement.

    The tier is the one that the patient came with: a visit that lifts to A has still earned it. The day it is given on counts.
    """
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    if not policy.coupon_percent_off_b:
        return 0
    midnight = now.astimezone(hospital.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return _insert(
        _FOR_VISIT,
        {
            "hospital": hospital.pk,
            "kind": str(EntitlementKind.COUPON),
            "tier": str(Tier.B),
            "fulfilled": str(Outcome.FULFILLED),
            "since": midnight.date() - COUPON_LOOK_BACK,
            "ends": midnight + timedelta(days=policy.coupon_valid_days_b),
            "terms": json.dumps({"item": policy.coupon_name_b, "percent_off": policy.coupon_percent_off_b}, ensure_ascii=False),
            "now": now,
        },
    )


def _insert(statement: str, values: dict[str, Any]) -> int:
    tables = {
        "entitlement": Entitlement,
        "standing": Standing,
        "past": PastStanding,
        "link": AccountPatient,
        "appointment": Appointment,
    }
    named = {name: sql.Identifier(model._meta.db_table) for name, model in tables.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**named), values)
        return int(cursor.rowcount)


# A code is 16 hexadecimal digits, 64 bits of a random UUID's: nobody guesses it. Should two ever be the same, nothing is added
# and the next run draws again. In the order of the patients, so that two runs never wait for each other crosswise.
_FOR_PERIOD = """
INSERT INTO {entitlement}
    (hospital_id, patient_id, kind, tier, code, serial, starts_at, ends_at, terms, granted_at, withdrawn_reason)
SELECT standing.hospital_id, standing.patient_id, %(kind)s, %(tier)s, upper(substr(md5(gen_random_uuid()::text), 1, 16)),
    nth.serial, %(begins)s, %(ends)s, %(terms)s::jsonb, %(now)s, ''
FROM {standing} AS standing CROSS JOIN generate_series(1, %(count)s) AS nth (serial)
WHERE standing.hospital_id = %(hospital)s AND standing.tier = %(tier)s
    AND (%(patients)s::bigint[] IS NULL OR standing.patient_id = ANY(%(patients)s::bigint[]))
    AND EXISTS (SELECT FROM {link} AS link WHERE link.patient_id = standing.patient_id AND link.removed_at IS NULL)
    AND NOT EXISTS (
        SELECT FROM {entitlement} AS held
        WHERE held.hospital_id = standing.hospital_id AND held.patient_id = standing.patient_id AND held.kind = %(kind)s
            AND held.tier = %(tier)s AND held.starts_at = %(begins)s AND held.serial = nth.serial AND held.earned_by_id IS NULL
    )
ORDER BY standing.patient_id, nth.serial
ON CONFLICT DO NOTHING
"""

# The tier that a visit was closed with: the standing's where that is older than the closing, else that of the replaced one which
# held then. Nobody without either had one.
_FOR_VISIT = """
INSERT INTO {entitlement}
    (hospital_id, patient_id, kind, tier, code, serial, starts_at, ends_at, terms, earned_by_id, granted_at, withdrawn_reason)
SELECT visit.hospital_id, visit.patient_id, %(kind)s, %(tier)s, upper(substr(md5(gen_random_uuid()::text), 1, 16)), 1,
    %(now)s, %(ends)s, %(terms)s::jsonb, visit.id, %(now)s, ''
FROM {appointment} AS visit
JOIN {standing} AS standing ON standing.hospital_id = visit.hospital_id AND standing.patient_id = visit.patient_id
WHERE visit.hospital_id = %(hospital)s AND visit.visit_date >= %(since)s AND visit.outcome = %(fulfilled)s
    AND CASE WHEN standing.changed_at < visit.closed_at THEN standing.tier ELSE (
        SELECT past.tier FROM {past} AS past
        WHERE past.hospital_id = visit.hospital_id AND past.patient_id = visit.patient_id
            AND past.held_from < visit.closed_at AND visit.closed_at <= past.held_until
        ORDER BY past.held_until LIMIT 1
    ) END = %(tier)s
    AND EXISTS (SELECT FROM {link} AS link WHERE link.patient_id = visit.patient_id AND link.removed_at IS NULL)
    AND NOT EXISTS (SELECT FROM {entitlement} AS held WHERE held.earned_by_id = visit.id AND held.kind = %(kind)s)
ORDER BY visit.id
ON CONFLICT DO NOTHING
"""
