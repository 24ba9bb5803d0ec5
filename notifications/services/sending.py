"""Sending one message of the outbox through WeChat."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import WeChatIdentity
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.selectors import messages_in_full
from notifications.services.outbox import is_due
from notifications.templates import TEMPLATES, page_of, template_fields
from wechat.configuration import current_settings
from wechat.miniprogram import WeChatBusy, WeChatError, WeChatRefused, send_subscribe_message

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=2)


def send_message(*, message_id: int, now: datetime) -> MessageState:
    """Send a message that is still to be sent. Two workers never send the same one: the row is claimed first.

    The claim counts the attempt and sets when the next may be, so that a worker that dies leaves a message that is tried again;
    a message may then arrive twice, but none is lost.
    """
    claimed = OutboxMessage.objects.filter(is_due(now), pk=message_id).update(
        attempts=F("attempts") + 1, next_attempt_at=now + RETRY_AFTER
    )
    message = messages_in_full().get(pk=message_id)
    if not claimed:
        return MessageState(message.state)
    state, error = _attempt(message)
    return _record(message, state, error, now)


def _attempt(message: OutboxMessage) -> tuple[MessageState, str]:
    openid = WeChatIdentity.objects.filter(user_id=message.user_id).values_list("openid", flat=True).first()
    if openid is None:
        return MessageState.REFUSED, "the account has no WeChat identity"
    name = TEMPLATES[MessageKind(message.kind)]
    template_id = dict(current_settings().subscribe_templates).get(name)
    if template_id is None:
        logger.error("Message %s cannot be sent: no subscription template %r is configured", message.pk, name)
        return MessageState.FAILED, f"no subscription template {name!r} is configured"
    try:
        send_subscribe_message(openid=openid, template_id=template_id, data=template_fields(message), page=page_of(message))
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
