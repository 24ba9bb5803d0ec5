"""Acting on a verified notification of WeChat Pay, once."""

import logging
from datetime import datetime

from django.db import transaction

from booking.models import PayNotification, Refund
from booking.services.payments import PaymentNotOurs, record_payment
from booking.services.refunds import record_refund
from wechat import pay

logger = logging.getLogger(__name__)


@transaction.atomic
def handle_notification(*, notification: pay.PaymentNotification | pay.RefundNotification, now: datetime) -> bool:
    """Record what a notification says. Returns False where it was handled before or is not about anything of ours.

    The id is remembered in the same transaction: handled means done, and a failure of ours is sent again by WeChat.
    """
    is_payment = isinstance(notification, pay.PaymentNotification)
    event_type = "TRANSACTION" if is_payment else "REFUND"
    # A racing copy waits here for the first one's commit, so that neither acts twice.
    _, is_new = PayNotification.objects.get_or_create(
        notification_id=notification.id, defaults={"event_type": event_type, "received_at": now}
    )
    if not is_new:
        return False
    try:
        with transaction.atomic():
            _record(notification, now)
    except (PaymentNotOurs, Refund.DoesNotExist) as error:
        # Telling WeChat to send it again would not help: it is for staff to look at.
        logger.error("Notification %s is not about anything of ours: %s", notification.id, error)
        return False
    return True


def _record(notification: pay.PaymentNotification | pay.RefundNotification, now: datetime) -> None:
    if isinstance(notification, pay.PaymentNotification):
        if notification.order.is_paid:
            record_payment(state=notification.order, now=now)
    else:
        record_refund(state=notification.refund, now=now)
