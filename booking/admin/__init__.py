"""Staff look at bookings and act on them through the same services as the patients' API."""

from booking.admin.appeals import AppealAdmin
from booking.admin.appointments import AppointmentAdmin
from booking.admin.confirmation import ConfirmationCallAdmin
from booking.admin.entitlements import EntitlementAdmin
from booking.admin.grants import ExtraGrantAdmin
from booking.admin.payments import PaymentOrderAdmin, RefundAdmin
from booking.admin.queue import QueueEntryAdmin
from booking.admin.reconciliation import ReconciliationDifferenceAdmin, ReconciliationRunAdmin
from booking.admin.reviews import StandingReviewAdmin
from booking.admin.suspension import SuspensionAdmin
from booking.admin.waitlist import SeatReturnAdmin, WaitlistEntryAdmin

__all__ = [
    "AppealAdmin",
    "AppointmentAdmin",
    "ConfirmationCallAdmin",
    "EntitlementAdmin",
    "ExtraGrantAdmin",
    "PaymentOrderAdmin",
    "QueueEntryAdmin",
    "ReconciliationDifferenceAdmin",
    "ReconciliationRunAdmin",
    "RefundAdmin",
    "SeatReturnAdmin",
    "StandingReviewAdmin",
    "SuspensionAdmin",
    "WaitlistEntryAdmin",
]
