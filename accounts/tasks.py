"""What the clock asks of this app."""

from celery import shared_task
from django.utils import timezone

from accounts.services.closing import purge_expired_credentials


@shared_task(name="accounts.purge_expired_credentials")
def purge() -> None:
    """Each night: old sign-in codes and expired refresh tokens."""
    purge_expired_credentials(now=timezone.now())
