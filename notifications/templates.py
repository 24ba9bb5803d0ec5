"""Which subscription template at WeChat carries a message, and what stands in its fields.

A template is made in WeChat's console from at most five keywords, and its fields are named by their kind and number; the setting
WECHAT_SUBSCRIBE_TEMPLATES gives the id that WeChat gave to each name used here. docs/messages.md lists them for operators.
"""

from booking.models import Appointment, StandingReview
from notifications.models import MessageKind, OutboxMessage
from notifications.wording import Visit, deadline_of, verdict, visit_of, yuan_of

# What WeChat takes at most in a `thing`.
THING = 20

# Messages of like content share a template, so that a patient is asked for fewer permissions.
TEMPLATES: dict[MessageKind, str] = {
    MessageKind.BOOKED: "booked",
    MessageKind.CANCELLED: "cancelled",
    MessageKind.CONFIRMATION_LAPSED: "cancelled",
    MessageKind.REMINDER: "reminder",
    MessageKind.SUSPENDED: "session_suspended",
    MessageKind.RESTORED: "session_suspended",
    MessageKind.OFFERED: "waitlist_offer",
    MessageKind.WAITLIST_ENDED: "waitlist_ended",
    MessageKind.GRANTED: "extra_granted",
    MessageKind.TO_CONFIRM: "to_confirm",
    MessageKind.APPEAL_DECIDED: "appeal_decided",
    MessageKind.REVIEW_ANSWERED: "appeal_decided",
}
# The last field of those templates that have no deadline there.
RESULTS: dict[MessageKind, str] = {
    MessageKind.BOOKED: "预约成功",
    MessageKind.CANCELLED: "预约已取消",
    MessageKind.CONFIRMATION_LAPSED: "未能电话确认，预约已取消",
    MessageKind.REMINDER: "请按时就诊",
    MessageKind.SUSPENDED: "已停诊，请选择替诊、改期或退款",
    MessageKind.RESTORED: "已恢复出诊，请按时就诊",
    MessageKind.WAITLIST_ENDED: "候补未成功，已结束",
}


def thing(text: str) -> str:
    """On one line and as long as WeChat takes; WeChat refuses an empty field."""
    line = " ".join(text.split()) or "—"
    return line if len(line) <= THING else f"{line[: THING - 1]}…"


def template_fields(message: OutboxMessage) -> dict[str, str]:
    """The template's field name → its text. Names are masked."""
    visit = visit_of(message)
    if message.kind == MessageKind.APPEAL_DECIDED:
        return _appeal_fields(message, visit)
    if message.review is not None:
        return _review_fields(message.review)
    assert visit is not None, "only an appeal and a review may be about no visit"
    if message.kind in (MessageKind.OFFERED, MessageKind.GRANTED):
        assert message.appointment is not None, "an offer is an appointment"
        return _offer_fields(message, visit, message.appointment)
    fields = {
        "thing1": thing(visit.patient),
        "thing2": thing(visit.hospital),
        "thing3": thing(visit.department),
        "time4": visit.when,
    }
    if message.kind == MessageKind.TO_CONFIRM:
        return fields | {"time5": deadline_of(message)}
    return fields | {"thing5": RESULTS[MessageKind(message.kind)]}


def _offer_fields(message: OutboxMessage, visit: Visit, appointment: Appointment) -> dict[str, str]:
    return {
        "thing1": thing(visit.patient),
        "thing2": thing(f"{visit.department} {visit.doctor}"),
        "time3": visit.when,
        "amount4": yuan_of(appointment),
        "time5": deadline_of(message),
    }


def _appeal_fields(message: OutboxMessage, visit: Visit | None) -> dict[str, str]:
    appeal = message.appeal
    assert appeal is not None, "of an appeal"
    return {
        "thing1": thing(appeal.patient.masked_name),
        "thing2": thing(appeal.hospital.name),
        "thing3": thing(f"{visit.starts_at:%m月%d日} {visit.department}" if visit else "预约限制"),
        "phrase4": verdict(appeal),
        "thing5": thing(appeal.decision or "请在小程序中查看"),
    }


def _review_fields(review: StandingReview) -> dict[str, str]:
    """Those of an appeal: whoever wants to hear of the one wants to hear of the other."""
    return {
        "thing1": thing(review.patient.masked_name),
        "thing2": thing(review.hospital.name),
        "thing3": "等级复核",
        "phrase4": review.get_state_display(),
        "thing5": thing(review.answer),
    }


def page_of(message: OutboxMessage) -> str:
    """The page of the mini-program that opens when the message is tapped."""
    if message.appointment is not None:
        return f"packages/visit/detail/index?code={message.appointment.code}"
    if message.waitlist_entry is not None:
        return f"packages/waitlist/detail/index?id={message.waitlist_entry_id}"
    if message.review is not None:
        return f"packages/standing/index/index?patient={message.review.patient_id}&hospital={message.review.hospital.code}"
    return f"packages/standing/appeal/index?id={message.appeal_id}"
