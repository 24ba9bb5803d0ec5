"""Everything booking keeps, to prove that a refused request changed nothing."""

from typing import Any

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


def everything(*, but: tuple[type, ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, save those of the models in `but`."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (*TABLES, *SEATS, *SUSPENSIONS)
        if model not in but
    }
