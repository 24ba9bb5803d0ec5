from booking.models.appeals import Appeal, AppealCause, AppealProof, AppealState
from booking.models.appointments import (
    LIVE_STATUSES,
    SEATED_STATUSES,
    TRANSITIONS,
    ActorKind,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    Channel,
    EventKind,
    IdempotencyRecord,
    Outcome,
    RefusedAttempt,
)
from booking.models.confirmation import ConfirmationCall
from booking.models.entitlements import Entitlement, EntitlementKind
from booking.models.grants import ExtraGrant
from booking.models.payments import (
    ORDER_TRANSITIONS,
    REFUND_TRANSITIONS,
    OrderState,
    PaymentOrder,
    PayNotification,
    Refund,
    RefundState,
)
from booking.models.queue import QueueEntry, QueueMove, QueueMoveKind, QueuePriority, QueueState
from booking.models.reconciliation import DifferenceKind, ReconciliationDifference, ReconciliationRun
from booking.models.reviews import ReviewState, StandingReview
from booking.models.standing import PastStanding, Restriction, Standing, StandingDue, Tier
from booking.models.suspension import Choice, Suspension, SuspensionChoice
from booking.models.waitlist import ReturnEnd, SeatReturn, WaitlistEnd, WaitlistEntry, WaitlistRule, WaitlistSkip
from booking.models.waits import ConsultationPace, WaitCalibration

__all__ = [
    "LIVE_STATUSES",
    "ORDER_TRANSITIONS",
    "REFUND_TRANSITIONS",
    "SEATED_STATUSES",
    "TRANSITIONS",
    "ActorKind",
    "Appeal",
    "AppealCause",
    "AppealProof",
    "AppealState",
    "Appointment",
    "AppointmentEvent",
    "AppointmentStatus",
    "CancelledBy",
    "Channel",
    "Choice",
    "ConfirmationCall",
    "ConsultationPace",
    "DifferenceKind",
    "Entitlement",
    "EntitlementKind",
    "EventKind",
    "ExtraGrant",
    "IdempotencyRecord",
    "OrderState",
    "Outcome",
    "PastStanding",
    "PayNotification",
    "PaymentOrder",
    "QueueEntry",
    "QueueMove",
    "QueueMoveKind",
    "QueuePriority",
    "QueueState",
    "ReconciliationDifference",
    "ReconciliationRun",
    "Refund",
    "RefundState",
    "RefusedAttempt",
    "Restriction",
    "ReturnEnd",
    "ReviewState",
    "SeatReturn",
    "Standing",
    "StandingDue",
    "StandingReview",
    "Suspension",
    "SuspensionChoice",
    "Tier",
    "WaitCalibration",
    "WaitlistEnd",
    "WaitlistEntry",
    "WaitlistRule",
    "WaitlistSkip",
]
