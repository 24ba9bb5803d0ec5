"""What has to come to an end before an account can be deleted: a seat or money would be left with nobody."""

from django.db.models import Q

from accounts.errors import Refusal
from accounts.personal_data import Person
from booking.models import Appeal, AppealState, Appointment, OrderState, PaymentOrder, Refund, RefundState


class BookingsAreLive(Refusal):
    """Bookings hold a seat, or their day is not closed yet. Detail: `count`."""


class PaymentsAreOpen(Refusal):
    """A payment may still arrive. Detail: `count`."""


class RefundsAreOpen(Refusal):
    """Money is on its way back, or failed to arrive. Detail: `count`."""


class AppealsWait(Refusal):
    """An appeal has not been decided. Detail: `count`."""


def open_matters(person: Person) -> list[Refusal]:
    """One refusal for each kind of open matter, in the order in which a person would deal with them."""
    theirs = Q(booked_by=person.user) | Q(patient__in=person.alone_ids)
    appointments = Appointment.objects.filter(theirs)
    orders = PaymentOrder.objects.filter(appointment__in=appointments)
    counts: list[tuple[type[Refusal], int]] = [
        (BookingsAreLive, appointments.live().count()),
        (PaymentsAreOpen, orders.filter(state__in=[OrderState.CREATED, OrderState.PLACED]).count()),
        (RefundsAreOpen, Refund.objects.filter(order__in=orders).exclude(state__in=_ENDED_REFUNDS).count()),
        (AppealsWait, Appeal.objects.filter(_of_appeals(person), state=AppealState.PENDING).count()),
    ]
    return [refusal(count=count) for refusal, count in counts if count]


_ENDED_REFUNDS = [RefundState.SUCCEEDED, RefundState.REPLACED]


def _of_appeals(person: Person) -> Q:
    return Q(by=person.user) | Q(patient__in=person.alone_ids)
