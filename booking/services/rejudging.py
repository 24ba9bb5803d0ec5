"""What becomes of a patient's pauses when a miss turns out to be none."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from booking.models import Restriction
from booking.services.restrictions import DuePause, lift_restriction, pauses_by_the_rule
from hospitals.models import Hospital
from hospitals.services.policies import effective_policy


def rejudge_pauses(
    *, hospital: Hospital, patient_id: int, miss_date: date, before: Sequence[DuePause], reason: str, now: datetime
) -> list[Restriction]:
    """Lift the pauses in force that rested on the miss of `miss_date`, which counts no more; return them.

    `before` is what the rule gave while it counted. Where the misses that are left reach a limit on another day, or a lower one,
    the pause that this gives takes the place of the lifted one, and ends no later than that would have. Where staff had lifted
    that one, the new one is written as lifted too: the night finds every pause of its rule known and brings none back.

    The caller holds the hospital and the patient (booking.locks.lock_standing).
    """
    after = pauses_by_the_rule(hospital=hospital, patient_id=patient_id, now=now)
    known = list(Restriction.objects.filter(hospital=hospital, patient_id=patient_id).order_by("pk"))
    baseless = [row for row in _resting_on(miss_date, known, hospital, now) if not _is_known(row, after)]
    lifted = [
        lift_restriction(restriction_id=row.pk, reason=reason, now=now)
        for row in baseless
        if row.lifted_at is None and row.ends_at > now
    ]
    # Due since the last night, and not written yet.
    unwritten = [pause for pause in before if pause not in after and not _is_known(pause, known)]
    until = max([row.ends_at for row in lifted] + [pause.ends_at for pause in unwritten], default=None)
    standing = [row for row in known if row not in baseless]
    for pause in after:
        if pause not in before and pause.ends_at > now and not _is_known(pause, standing):
            _write(hospital, patient_id, pause, until=until, reason=reason, now=now)
    return lifted


def _resting_on(miss_date: date, known: Iterable[Restriction], hospital: Hospital, now: datetime) -> list[Restriction]:
    """The pauses that counted a miss of that day."""
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    window = timedelta(days=policy.missed_window_days)
    found = []
    for row in known:
        first_day = row.starts_at.astimezone(hospital.zone).date()
        if first_day - window < miss_date <= first_day:
            found.append(row)
    return found


def _is_known(pause: Restriction | DuePause, among: Iterable[Restriction | DuePause]) -> bool:
    """As the night looks for it: one from the same day, for as many misses or more."""
    return any(other.starts_at == pause.starts_at and other.missed_count >= pause.missed_count for other in among)


def _write(
    hospital: Hospital, patient_id: int, pause: DuePause, *, until: datetime | None, reason: str, now: datetime
) -> Restriction:
    is_lifted = until is None or until <= now
    return Restriction.objects.create(
        hospital=hospital,
        patient_id=patient_id,
        starts_at=pause.starts_at,
        ends_at=pause.ends_at if until is None else min(pause.ends_at, until),
        missed_count=pause.missed_count,
        created_at=now,
        lifted_at=now if is_lifted else None,
        lifted_reason=reason if is_lifted else "",
    )
