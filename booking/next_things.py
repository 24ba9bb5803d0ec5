"""What a patient has to do next for a visit, in a word for programs and a sentence for people."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from booking.models import LIVE_STATUSES, Appointment, AppointmentStatus
from booking.services.acceptance import is_held
from booking.services.checkin import check_in_opens_at
from hospitals.models import SessionStatus


class NextStep(models.TextChoices):
    CHOOSE = "choose", "医生停诊，请选择替诊、改期或退款"
    PAY = "pay", "请在截止前完成支付"
    ACCEPT = "accept", "号源为您保留，请在截止前确认"
    CALL = "call", "请留意医院来电确认"
    CHECK_IN = "check-in", "可以签到了"
    WAIT = "wait", "已签到，可查看候诊情况"
    COME = "come", "请按时就诊"
    NONE = "none", ""


# Left undone, these cost the seat.
URGENT = frozenset({NextStep.CHOOSE, NextStep.PAY, NextStep.ACCEPT})


@dataclass(frozen=True, slots=True)
class NextThing:
    """`until` is the time by which it has to be done; None where none is set."""

    step: NextStep
    until: datetime | None = None

    @property
    def is_urgent(self) -> bool:
        return self.step in URGENT


def next_thing(appointment: Appointment, *, now: datetime) -> NextThing:
    """Of an appointment with its session, slot, policy and suspension's choice; no query."""
    if appointment.status not in LIVE_STATUSES:
        return NextThing(NextStep.NONE)
    if appointment.session.status == SessionStatus.SUSPENDED:
        return _after_suspension(appointment)
    match appointment.status:
        case AppointmentStatus.PENDING if not is_held(appointment, now):
            return NextThing(NextStep.NONE)
        case AppointmentStatus.PENDING:
            return NextThing(NextStep.PAY if appointment.fee_fen else NextStep.ACCEPT, appointment.hold_expires_at)
        case AppointmentStatus.CHECKED_IN:
            return NextThing(NextStep.WAIT)
    if appointment.confirm_by is not None and appointment.confirmed_at is None:
        return NextThing(NextStep.CALL, appointment.confirm_by)
    if check_in_opens_at(appointment) <= now < appointment.session.ends_at:
        return NextThing(NextStep.CHECK_IN, appointment.session.ends_at)
    return NextThing(NextStep.COME)


def _after_suspension(appointment: Appointment) -> NextThing:
    row = getattr(appointment, "suspension_choice", None)
    if row is None or row.choice:
        return NextThing(NextStep.NONE)
    return NextThing(NextStep.CHOOSE, row.suspension.choose_until)
