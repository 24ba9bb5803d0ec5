"""What bookings keep about a person: told by export, de-identified or deleted with the account."""

from booking.personal_data.erasure import erase_bookings
from booking.personal_data.obstacles import open_matters
from booking.personal_data.parts import booking_parts

__all__ = ["booking_parts", "erase_bookings", "open_matters"]
