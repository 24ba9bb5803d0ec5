from notifications.models.outbox import MessageKind, MessageState, OutboxMessage

__all__ = ["MessageKind", "MessageState", "OutboxMessage"]
