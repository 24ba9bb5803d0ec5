"""What must be true of all booking data at any moment: the events explain each appointment, the counters count the seats that
are used, and the money adds up. Every test of booking ends with this.
"""

from collections import Counter

from django.db import connection
from django.db.models import Model

from booking.models import (
    SEATED_STATUSES,
    Appeal,
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Channel,
    Choice,
    EventKind,
    ExtraGrant,
    OrderState,
    Outcome,
    PaymentOrder,
    RefundState,
    SeatReturn,
    SuspensionChoice,
    WaitlistEntry,
)
from hospitals.models import ClinicSession, Slot
from tests.booking.grant_books import check_grants
from tests.booking.queue_books import check_queues
from tests.booking.waitlist_books import check_waitlists

REGULAR = (Channel.ADVANCE, Channel.SAME_DAY)
LOOKED_AT: tuple[type[Model], ...] = (Appointment, ExtraGrant, PaymentOrder, SeatReturn, WaitlistEntry)


def check_books() -> None:
    """Raise AssertionError for the first row that disagrees with the others.

    Tables without a row are not asked for any, as after most tests nearly all of them are.
    """
    filled = models_with_rows()
    appointments: list[Appointment] = []
    if Appointment in filled:
        appointments = list(Appointment.objects.select_related("policy", "rescheduled_from").prefetch_related("events"))
    for appointment in appointments:
        check_events(appointment)
        check_outcome(appointment)
        check_chain(appointment)
        check_confirmation(appointment)
    check_seats(appointments, filled)
    if Appointment in filled:
        check_queues()
    check_grants(appointments, filled)
    check_waitlists(appointments, filled)
    orders: list[PaymentOrder] = []
    if PaymentOrder in filled:
        orders = list(PaymentOrder.objects.select_related("appointment__policy").prefetch_related("refunds"))
    for order in orders:
        check_money(order)
    paid = {order.appointment_id for order in orders if order.state == OrderState.PAID}
    for appointment in appointments:
        is_used = appointment.status in SEATED_STATUSES and appointment.status != AppointmentStatus.PENDING
        assert not is_used or appointment.fee_fen == 0 or appointment.pk in paid, "a seat is used and not paid for"


def models_with_rows() -> set[type[Model]]:
    """Of those that are looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {model._meta.db_table})" for model in LOOKED_AT))
        return {model for model, is_filled in zip(LOOKED_AT, cursor.fetchone(), strict=True) if is_filled}


def check_events(appointment: Appointment) -> None:
    """The chain from → to starts at nothing, has no gap and ends at the present status."""
    status = ""
    for event in sorted(appointment.events.all(), key=lambda event: event.pk):
        assert event.from_status == status, f"{appointment}: {event.kind} comes from {event.from_status!r}, it was {status!r}"
        status = event.to_status
    assert status == appointment.status, f"{appointment}: the events end at {status!r}, it is {appointment.status!r}"


def check_outcome(appointment: Appointment) -> None:
    """Exactly those that came to an end have an outcome, and one that fits."""
    fitting: dict[str, set[str]] = {
        AppointmentStatus.FULFILLED: {Outcome.FULFILLED},
        AppointmentStatus.NOSHOW: {Outcome.MISSED},
        AppointmentStatus.CANCELLED: {Outcome.CANCELLED, Outcome.UNATTENDED, Outcome.VOID},
    }
    if appointment.status == AppointmentStatus.NOSHOW and was_never_agreed_to(appointment):
        fitting[AppointmentStatus.NOSHOW] = {Outcome.VOID}
    judged = judged_outcome(appointment)
    if judged:
        fitting[appointment.status] = {judged}
    assert appointment.outcome in fitting.get(appointment.status, {""}), f"{appointment}: {appointment.outcome!r}"
    assert bool(appointment.outcome) == (appointment.closed_at is not None), f"{appointment}: closed without an outcome"
    is_cancelled = appointment.status == AppointmentStatus.CANCELLED
    assert is_cancelled == (appointment.cancelled_at is not None), f"{appointment}: cancelled_at"
    assert is_cancelled == bool(appointment.cancelled_by), f"{appointment}: cancelled_by"


def judged_outcome(appointment: Appointment) -> str | None:
    """What staff made of it after it was closed: the last correction, which is told in an event, or a decided appeal's."""
    kinds = (EventKind.CORRECTED, EventKind.APPEAL_DECIDED)
    judgements = [event for event in appointment.events.all() if event.kind in kinds and "outcome" in event.detail]
    if not judgements:
        return None
    last = max(judgements, key=lambda event: event.pk)
    if last.kind == EventKind.APPEAL_DECIDED:
        appeal = Appeal.objects.get(pk=last.detail["appeal"])
        assert (appeal.appointment_id, appeal.state) == (appointment.pk, last.detail["verdict"]), f"{appointment}: {appeal}"
        assert appeal.decided_by_id == last.actor_id, f"{appointment}: decided by somebody else"
    return str(last.detail["outcome"])


def check_chain(appointment: Appointment) -> None:
    """A move took the place of an appointment that is void now, or waits for its payment while that one stays."""
    previous = appointment.rescheduled_from
    is_waiting = appointment.status == AppointmentStatus.PENDING
    if previous is None:
        return
    assert previous.patient_id == appointment.patient_id, f"{appointment}: the patient was changed"
    assert appointment.booked_at is not None or is_waiting, f"{appointment} was given up and still holds on to {previous}"
    if not is_waiting:
        ended = (previous.status, previous.outcome)
        assert ended == (AppointmentStatus.CANCELLED, Outcome.VOID), f"{previous} was moved and is {ended}"
        assert previous.events.filter(kind=EventKind.MOVED).count() >= 1, f"{previous} was moved without an event"


def check_confirmation(appointment: Appointment) -> None:
    """Who was reached by telephone has an event that says so, and is never released for not having been reached."""
    kinds = {event.kind for event in appointment.events.all()}
    assert (EventKind.CONFIRMED in kinds) == (appointment.confirmed_at is not None), f"{appointment}: confirmed without a trace"
    assert not {EventKind.CONFIRMED, EventKind.CONFIRMATION_LAPSED} <= kinds, f"{appointment} was confirmed and released"


def was_never_agreed_to(appointment: Appointment) -> bool:
    """A substitute that the hospital gave by default."""
    return SuspensionChoice.objects.filter(moved_to=appointment, choice=Choice.SUBSTITUTE, chosen_by=None).exists()


def check_seats(appointments: list[Appointment], filled: set[type[Model]]) -> None:
    """Each counter of a session and a window is the number of appointments that use its seats."""
    seated = [appointment for appointment in appointments if appointment.status in SEATED_STATUSES]
    of_session = Counter((appointment.session_id, appointment.channel) for appointment in seated)
    of_slot = Counter((appointment.slot_id, appointment.channel in REGULAR) for appointment in seated)
    held_back: Counter[tuple[int, int | None]] = Counter()
    returns = SeatReturn.objects.filter(ended_at=None).values_list("session_id", "slot_id") if SeatReturn in filled else ()
    for session_id, slot_id in returns:
        held_back.update([(session_id, None), (session_id, slot_id)])
    for session in ClinicSession.objects.all():
        counted = (session.advance_taken, session.same_day_taken, session.extra_taken)
        used = tuple(of_session[session.pk, channel] for channel in (Channel.ADVANCE, Channel.SAME_DAY, Channel.EXTRA))
        assert counted == used, f"session {session.pk}: counters {counted}, appointments {used}"
        assert session.advance_taken <= session.advance_quota, f"session {session.pk} is oversold in advance"
        assert session.advance_taken + session.same_day_taken + session.withheld <= session.rated_capacity, (
            f"session {session.pk} is oversold"
        )
        assert session.extra_taken <= session.extra_quota, f"session {session.pk} has too many extra seats"
        assert session.withheld == held_back[session.pk, None], f"session {session.pk}: {session.withheld} withheld"
    for slot in Slot.objects.all():
        counted_here = (slot.taken, slot.extra_taken)
        used_here = (of_slot[slot.pk, True], of_slot[slot.pk, False])
        assert counted_here == used_here, f"slot {slot.pk}: counters {counted_here}, appointments {used_here}"
        assert slot.taken + slot.withheld <= slot.capacity, f"slot {slot.pk} is oversold"
        assert slot.withheld == held_back[slot.session_id, slot.pk], f"slot {slot.pk}: {slot.withheld} withheld"


def check_money(order: PaymentOrder) -> None:
    """What was paid less what goes back is what the patient owes."""
    assert order.paid_fen == (order.amount_fen if order.state == OrderState.PAID else 0), f"{order}: paid {order.paid_fen}"
    owing = [refund for refund in order.refunds.all() if refund.state != RefundState.REPLACED]
    assert order.refunded_fen == sum(refund.amount_fen for refund in owing), f"{order}: refunds"
    arrived = sum(refund.amount_fen for refund in owing if refund.state == RefundState.SUCCEEDED)
    assert order.returned_fen == arrived, f"{order}: {order.returned_fen} fen arrived"
    kept, owed = order.paid_fen - order.refunded_fen, owed_fen(order)
    assert kept == owed, f"{order}: {kept} fen kept, {owed} owed"


def owed_fen(order: PaymentOrder) -> int:
    """Stated apart from the code under test: the fee for a seat that is used, the rest of a late cancellation's refund."""
    appointment = order.appointment
    if appointment.status in SEATED_STATUSES:
        # Less than was paid, where the visit was changed for a cheaper one.
        return appointment.fee_fen if order.state == OrderState.PAID else 0
    withdrawn_at, deadline = appointment.cancelled_at or appointment.created_at, appointment.cancel_deadline
    is_late = deadline is not None and withdrawn_at > deadline
    if appointment.outcome == Outcome.VOID:
        # Left for another appointment, or no fault of the patient.
        return 0
    if appointment.cancelled_by != CancelledBy.PATIENT or appointment.booked_at is None or not is_late:
        return 0
    assert appointment.policy is not None
    if order.state != OrderState.PAID:
        return 0
    return appointment.fee_fen - appointment.fee_fen * appointment.policy.late_refund_percent // 100
