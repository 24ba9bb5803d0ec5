"""What this app keeps about a person: the messages to the account."""

from datetime import datetime

from accounts.personal_data import Part, Person, told
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.selectors import messages_in_full
from notifications.wording import sentence

_LABELS = {
    "kind": "类型",
    "text": "内容",
    "state": "状态",
    "due_at": "应发时间",
    "sent_at": "发送时间",
    "read_at": "阅读时间",
}


def message_parts(person: Person) -> list[Part]:
    messages = messages_in_full().filter(user=person.user).order_by("pk")
    return [Part("messages", "消息", _LABELS, [_row(message) for message in messages])]


def _row(message: OutboxMessage) -> dict[str, object]:
    return {
        "kind": str(MessageKind(message.kind).label),
        "text": sentence(message),
        "state": str(MessageState(message.state).label),
        "due_at": told(message.due_at),
        "sent_at": told(message.sent_at),
        "read_at": told(message.read_at),
    }


def erase_messages(person: Person, now: datetime) -> None:
    OutboxMessage.objects.filter(user=person.user).delete()
