"""The estimated chance that a booking is missed, kept on the booking: written by the scoring, read by reminders and capacity.

Nothing that decides whether somebody may book, or what it costs, looks at it (tests/booking/test_miss_probability_use.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, Sum

from booking.models import Appointment, AppointmentStatus

# A smaller change tells nobody anything, and is not worth a new version of the row.
DECIMALS = 4
EXPECTED_STATUSES = (AppointmentStatus.PENDING, AppointmentStatus.BOOKED)


@dataclass(frozen=True, slots=True)
class ExpectedMisses:
    """Of a session's bookings that are still expected: how many will probably not be used, and of how many nothing is known."""

    bookings: int
    expected: float
    without_estimate: int


def store_miss_probabilities(*, hospital_id: int, appointment_ids: Sequence[int], probabilities: Sequence[float]) -> int:
    """Write the probability of each of the hospital's open bookings, in one statement; returns how many changed.

    A booking that somebody is changing at this moment is left for the next time. Raises ValueError for a probability outside
    [0, 1] or where the two differ in length.
    """
    if len(appointment_ids) != len(probabilities):
        raise ValueError(f"{len(probabilities)} probabilities for {len(appointment_ids)} appointments")
    rounded = [round(float(probability), DECIMALS) for probability in probabilities]
    for probability in rounded:
        if not 0 <= probability <= 1:
            raise ValueError(f"{probability} is no probability")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH changed AS (
                SELECT appointment.id, given.probability
                FROM unnest(%(ids)s::bigint[], %(probabilities)s::float8[]) AS given (id, probability)
                JOIN {Appointment._meta.db_table} AS appointment ON appointment.id = given.id
                WHERE appointment.hospital_id = %(hospital)s AND appointment.outcome = ''
                    AND appointment.miss_probability IS DISTINCT FROM given.probability
                ORDER BY appointment.id FOR NO KEY UPDATE OF appointment SKIP LOCKED
            )
            UPDATE {Appointment._meta.db_table} AS appointment SET miss_probability = changed.probability
            FROM changed WHERE appointment.id = changed.id
            """,
            {"hospital": hospital_id, "ids": [int(key) for key in appointment_ids], "probabilities": rounded},
        )
        return int(cursor.rowcount)


def forget_miss_probabilities(*, hospital_id: int, since: date) -> int:
    """Take the probabilities of visits from `since` on away, where no model stands behind them any more."""
    coming = Appointment.objects.filter(hospital_id=hospital_id, outcome="", visit_date__gte=since)
    return coming.filter(miss_probability__isnull=False).update(miss_probability=None)


def expected_misses(*, session_ids: Collection[int]) -> dict[int, ExpectedMisses]:
    """The expected number of misses of each session that has bookings to come: the sum of their probabilities."""
    rows = (
        Appointment.objects.filter(session_id__in=session_ids, status__in=EXPECTED_STATUSES)
        .order_by()
        .values_list("session_id")
        .annotate(
            bookings=Count("pk"),
            expected=Sum("miss_probability"),
            without_estimate=Count("pk", filter=Q(miss_probability__isnull=True)),
        )
    )
    return {session: ExpectedMisses(bookings, expected or 0.0, unknown) for session, bookings, expected, unknown in rows}
