"""Sending one message of the outbox through WeChat."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import WeChatIdentity
from booking.models import Appointment
from notifications.models import MessageKind, MessageState, OutboxMessage
from wechat.configuration import current_settings
from wechat.miniprogram import WeChatBusy, WeChatError, WeChatRefused, send_subscribe_message

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=2)

_RESULTS = {
    MessageKind.BOOKED: "预约成功",
    MessageKind.CANCELLED: "预约已取消",
    MessageKind.REMINDER: "请按时就诊",
    MessageKind.SUSPENDED: "已停诊，请选择替诊、改期或退款",
    MessageKind.RESTORED: "已恢复出诊，请按时就诊",
}
# The template of a message, by its name in the settings: a suspension and its end are one, the rest are called as their kind.
_TEMPLATES = {MessageKind.SUSPENDED: "session_suspended", MessageKind.RESTORED: "session_suspended"}


def send_message(*, message_id: int, now: datetime) -> MessageState:
    """Send a message that is still to be sent. Two workers never send the same one: the row is claimed first.

    The claim counts the attempt and moves the due time, so that a worker that dies leaves a message that is tried again; a
    message may then arrive twice, but none is lost.
    """
    claimed = OutboxMessage.objects.filter(pk=message_id, state=MessageState.PENDING, due_at__lte=now).update(
        attempts=F("attempts") + 1, due_at=now + RETRY_AFTER
    )
    message = OutboxMessage.objects.select_related(
        "appointment__hospital", "appointment__department", "appointment__patient", "appointment__slot", "appointment__session"
    ).get(pk=message_id)
    if not claimed:
        return MessageState(message.state)
    state, error = _attempt(message)
    return _record(message, state, error, now)


def _attempt(message: OutboxMessage) -> tuple[MessageState, str]:
    openid = WeChatIdentity.objects.filter(user_id=message.user_id).values_list("openid", flat=True).first()
    if openid is None:
        return MessageState.REFUSED, "the account has no WeChat identity"
    name = _TEMPLATES.get(MessageKind(message.kind), message.kind)
    template_id = dict(current_settings().subscribe_templates).get(name)
    if template_id is None:
        logger.error("Message %s cannot be sent: no subscription template %r is configured", message.pk, name)
        return MessageState.FAILED, f"no subscription template {name!r} is configured"
    try:
        send_subscribe_message(
            openid=openid,
            template_id=template_id,
            data=message_fields(message.appointment, MessageKind(message.kind)),
            page=f"packages/visit/detail?code={message.appointment.code}",
        )
    except WeChatRefused as error:
        return MessageState.REFUSED, str(error)
    except WeChatBusy as error:
        is_last = message.attempts >= MOST_ATTEMPTS
        return MessageState.FAILED if is_last else MessageState.PENDING, str(error)
    except WeChatError as error:
        logger.error("Message %s cannot be sent: %s", message.pk, error)
        return MessageState.FAILED, str(error)
    return MessageState.SENT, ""


@transaction.atomic
def _record(message: OutboxMessage, state: MessageState, error: str, now: datetime) -> MessageState:
    message.state, message.last_error = state, error[:200]
    message.sent_at = now if state == MessageState.SENT else None
    message.save(update_fields=["state", "last_error", "sent_at"])
    return state


def message_fields(appointment: Appointment, kind: MessageKind) -> dict[str, str]:
    """The template's fields: WeChat takes at most 20 characters in a `thing`, and names are masked."""
    starts_at = (appointment.slot or appointment.session).starts_at.astimezone(appointment.hospital.zone)
    return {
        "thing1": appointment.patient.masked_name[:20],
        "thing2": appointment.hospital.name[:20],
        "thing3": appointment.department.name[:20],
        "time4": f"{starts_at:%Y年%m月%d日 %H:%M}",
        "thing5": _RESULTS[kind],
    }
