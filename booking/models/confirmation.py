from booking.models.appointments import Appointment


class ConfirmationCall(Appointment):
    """An appointment as those look at it who telephone its patient: for a page of its own in the admin."""

    class Meta:
        proxy = True
        verbose_name = "待电话确认"
        verbose_name_plural = "待电话确认"
