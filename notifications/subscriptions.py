"""For which messages a patient is asked at which moment.

WeChat asks for at most three at a time, inside of a tap, and what was granted is good for one message of each. So each moment
asks for what it makes likely.
"""

from enum import StrEnum
from typing import Final

from notifications.models import MessageKind
from notifications.templates import TEMPLATES
from wechat.configuration import current_settings

# What `wx.requestSubscribeMessage` takes in one call.
LARGEST_REQUEST: Final = 3


class Occasion(StrEnum):
    BOOKED = "booked"
    WAITLIST_JOINED = "waitlist_joined"
    APPEALED = "appealed"
    REVIEW_ASKED = "review_asked"
    VISIT_OPENED = "visit_opened"


ASKED: Final[dict[Occasion, tuple[MessageKind, ...]]] = {
    Occasion.BOOKED: (MessageKind.BOOKED, MessageKind.REMINDER, MessageKind.SUSPENDED),
    Occasion.WAITLIST_JOINED: (MessageKind.OFFERED, MessageKind.WAITLIST_ENDED, MessageKind.REMINDER),
    Occasion.APPEALED: (MessageKind.APPEAL_DECIDED,),
    Occasion.REVIEW_ASKED: (MessageKind.REVIEW_ANSWERED,),
    Occasion.VISIT_OPENED: (MessageKind.REMINDER, MessageKind.SUSPENDED, MessageKind.CANCELLED),
}


def template_ids() -> dict[str, list[str]]:
    """Occasion → the ids at WeChat to ask for, those that are configured. Empty where none is: nothing is asked then."""
    known = dict(current_settings().subscribe_templates)
    return {
        occasion.value: [known[name] for name in dict.fromkeys(TEMPLATES[kind] for kind in kinds) if name in known]
        for occasion, kinds in ASKED.items()
    }
