"""Messages by the clock. Collecting and sending are apart, so that a slow WeChat never delays the record of what is owed."""

from celery import shared_task
from django.utils import timezone

from notifications.services import collecting, extra_reminders, outbox
from notifications.services.sending import send_message as send_one


@shared_task
def collect_messages() -> None:
    collecting.collect_messages(now=timezone.now())


@shared_task
def collect_extra_reminders() -> None:
    """One more for each coming visit that will probably be missed. Run twice, the second time writes nothing."""
    extra_reminders.collect_extra_reminders(now=timezone.now())


@shared_task
def send_messages() -> None:
    now = timezone.now()
    outbox.drop_outdated(now=now)
    for message_id in outbox.due_messages(now=now):
        send_message.delay(message_id=message_id)


@shared_task
def send_message(*, message_id: int) -> None:
    send_one(message_id=message_id, now=timezone.now())
