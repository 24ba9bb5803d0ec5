"""When a patient is reminded of a visit: how often by the tier, at what hours by the distance to the visit, never at night."""

from datetime import datetime, time, timedelta

from booking.models import Appointment, Tier
from hospitals.models import BookingPolicy
from hospitals.services.policies import effective_policy

# The first reminder is the one a day ahead; a second and a third come earlier and at the last moment.
AHEAD = (timedelta(hours=24), timedelta(hours=72), timedelta(hours=2))
# At night nobody is woken: it comes in the morning, where that is early enough to get there, else the evening before.
NIGHT_BEGINS, NIGHT_ENDS = time(22, 0), time(7, 0)
EVENING = time(20, 0)
TIME_TO_GET_THERE = timedelta(hours=1)

_FIELDS: dict[str, str] = {
    Tier.A: "reminders_a",
    Tier.B: "reminders_b",
    Tier.C: "reminders_c",
    Tier.D: "reminders_d",
    Tier.UNRATED: "reminders_unrated",
}


def reminder_times(appointment: Appointment, *, since: datetime) -> list[datetime]:
    """The moments after `since` at which to remind of the visit, in their order.

    The number is that of the policy and the tier that the booking was made under, so that collecting again gives the same times.
    """
    moments = set(_moments(appointment)[: _number(appointment)])
    return sorted(moment for moment in moments if moment > since)


def extra_reminder_time(appointment: Appointment, *, since: datetime) -> datetime | None:
    """When to remind once more of a visit that will probably be missed: the first moment after `since` that is not used yet.

    None where all three are used, or no other is left. Whether the visit is one of those is the caller's to know.
    """
    moments, number = _moments(appointment), _number(appointment)
    return next((moment for moment in moments[number:] if moment > since and moment not in moments[:number]), None)


def _moments(appointment: Appointment) -> list[datetime]:
    """When to remind of the visit, the first reminder's moment first. Two may be the same one, on the evening before."""
    starts_at = (appointment.slot or appointment.session).starts_at
    zone = appointment.hospital.zone
    return [by_day((starts_at - ahead).astimezone(zone), starts_at=starts_at) for ahead in AHEAD]


def _number(appointment: Appointment) -> int:
    number: int = getattr(_policy(appointment), _FIELDS.get(appointment.tier, _FIELDS[Tier.UNRATED]))
    return number


def by_day(moment: datetime, *, starts_at: datetime) -> datetime:
    """`moment`, a time in the hospital's zone, or what takes its place where it falls into the night before `starts_at`."""
    if NIGHT_ENDS <= moment.time() < NIGHT_BEGINS:
        return moment
    is_late = moment.time() >= NIGHT_BEGINS
    morning_of = moment.date() + timedelta(days=1 if is_late else 0)
    morning = datetime.combine(morning_of, NIGHT_ENDS, tzinfo=moment.tzinfo)
    if morning + TIME_TO_GET_THERE <= starts_at:
        return morning
    return datetime.combine(morning_of - timedelta(days=1), EVENING, tzinfo=moment.tzinfo)


def _policy(appointment: Appointment) -> BookingPolicy:
    if appointment.policy is not None:
        return appointment.policy
    session = appointment.session
    return effective_policy(
        hospital_id=appointment.hospital_id, registration_type_id=session.registration_type_id, at=appointment.created_at
    )
