"""Who carries a short message. The setting SMS_SENDER names the class by its dotted path."""

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.encryption import masked_phone


class SmsSendFailed(Exception):
    """The carrier did not take the message. A sender raises this for every failure that is not a fault in its own code."""


class SmsSender(Protocol):
    """Made anew for each message, without arguments. Must answer within seconds: a person waits for it."""

    def send_code(self, *, phone: str, code: str, valid_minutes: int) -> None:
        """Send `code` to `phone` (11 digits). Raises SmsSendFailed."""


class ConsoleSmsSender:
    """For a developer's machine and the demo: the message appears where the web server writes."""

    def send_code(self, *, phone: str, code: str, valid_minutes: int) -> None:
        sys.stdout.write(f"SMS to {masked_phone(phone)}: code {code}, valid for {valid_minutes} minutes\n")
        sys.stdout.flush()


def sms_sender() -> SmsSender:
    """The configured sender. Raises SmsSendFailed where none is: such a site signs people in by WeChat alone."""
    path = getattr(settings, "SMS_SENDER", "")
    if not path:
        raise SmsSendFailed("SMS_SENDER is not set")
    sender: SmsSender = import_string(path)()
    return sender
