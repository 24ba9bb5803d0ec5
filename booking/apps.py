from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = "预约与支付"

    def ready(self) -> None:
        # Models can be imported from here on only.
        from accounts.personal_data import Contributor, register
        from booking.personal_data import booking_parts, erase_bookings, open_matters

        register(Contributor("booking", export=booking_parts, obstacles=open_matters, erase=erase_bookings))
