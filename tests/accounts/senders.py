"""SMS senders for tests: one remembers, one fails."""

from typing import ClassVar

from accounts.services.sms_senders import SmsSendFailed


class MemorySmsSender:
    """Keeps what it was told to send, newest last, as (phone, code)."""

    sent: ClassVar[list[tuple[str, str]]] = []

    def send_code(self, *, phone: str, code: str, valid_minutes: int) -> None:
        self.sent.append((phone, code))


class BrokenSmsSender:
    def send_code(self, *, phone: str, code: str, valid_minutes: int) -> None:
        raise SmsSendFailed("the carrier is closed")
