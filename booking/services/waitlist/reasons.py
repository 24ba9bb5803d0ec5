"""Why a patient whose turn it was did not get the seat: kept in the words that patients are told refusals in."""

from collections.abc import Sequence
from datetime import datetime

from rest_framework.settings import api_settings

from accounts.errors import Refusal
from booking.models import WaitlistEntry, WaitlistSkip


def note_skips(*, entry: WaitlistEntry, found: Sequence[Refusal], now: datetime) -> None:
    """Write each reason down, once with the last time: a patient who is refused for days needs to read it one time."""
    reasons = [spoken(refusal) for refusal in found]
    WaitlistSkip.objects.bulk_create(
        [WaitlistSkip(entry=entry, at=now, code=code, reason=sentence) for code, sentence in reasons],
        update_conflicts=True,
        unique_fields=["entry", "code"],
        update_fields=["at", "reason"],
    )


def spoken(refusal: Refusal) -> tuple[str, str]:
    """The code and the sentence of the API. Their table belongs to the top layer, which may know every refusal; it is reached
    through the setting that names it, not by an import.
    """
    told = api_settings.EXCEPTION_HANDLER(refusal, {}).data  # type: ignore[operator]
    return str(told["code"]), str(told["message"])[: WaitlistSkip._meta.get_field("reason").max_length]
