"""Everything booking keeps, to prove that a refused request changed nothing."""

from functools import cache

from django.db import connection
from django.db.models import Model

from booking.models import (
    Appeal,
    AppealProof,
    Appointment,
    AppointmentEvent,
    Entitlement,
    ExtraGrant,
    IdempotencyRecord,
    PaymentOrder,
    PayNotification,
    QueueEntry,
    QueueMove,
    Refund,
    RefusedAttempt,
    Restriction,
    SeatReturn,
    StandingReview,
    Suspension,
    SuspensionChoice,
    WaitlistEntry,
    WaitlistSkip,
)
from hospitals.models import ClinicSession, Slot

TABLES = (
    Appeal,
    AppealProof,
    Appointment,
    AppointmentEvent,
    Entitlement,
    ExtraGrant,
    IdempotencyRecord,
    PaymentOrder,
    PayNotification,
    QueueEntry,
    QueueMove,
    Refund,
    RefusedAttempt,
    Restriction,
    SeatReturn,
    StandingReview,
    WaitlistEntry,
    WaitlistSkip,
)
SUSPENSIONS = (Suspension, SuspensionChoice)
SEATS = (ClinicSession, Slot)


def everything(*, but: tuple[type, ...] = ()) -> dict[str, list[str]]:
    """All rows of all tables as the database tells them, in the order of their keys, save those of the models in `but`.

    In one statement: most tests ask twice, and for Django to write one a table takes longer than what is tested.
    """
    models = [model for model in (*TABLES, *SEATS, *SUSPENSIONS) if model not in but]
    rows: dict[str, list[str]] = {model.__name__: [] for model in models}
    with connection.cursor() as cursor:
        cursor.execute(_statement(*models))
        for name, _, row in sorted(cursor.fetchall()):
            rows[name].append(row)
    return rows


@cache
def _statement(*models: type[Model]) -> str:
    each = "SELECT '{0.__name__}', t.{0._meta.pk.column}::bigint, row_to_json(t)::text FROM {0._meta.db_table} t"
    return " UNION ALL ".join(each.format(model) for model in models)
