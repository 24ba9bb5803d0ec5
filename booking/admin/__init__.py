"""Staff look at bookings and act on them through the same services as the patients' API."""

from booking.admin.appointments import AppointmentAdmin
from booking.admin.payments import PaymentOrderAdmin, RefundAdmin

__all__ = ["AppointmentAdmin", "PaymentOrderAdmin", "RefundAdmin"]
