from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from accounts.models import User
from booking.models import Appointment, WaitlistEntry
from booking.next_things import NextThing, next_thing
from booking.selectors import coming_appointments
from hospitals.models import Hospital
from hospitals.selectors.hospitals import Point, hospitals_near
from notifications.selectors import unread

# As many as a page of the list of hospitals has, so that its second page goes on from here.
HOSPITALS: Final = 20
VISITS: Final = 3
# Caps keep an account's coming visits far below; what is urgent is looked for among these.
MOST_COMING: Final = 100


@dataclass(frozen=True, slots=True)
class Visit:
    appointment: Appointment
    next: NextThing


@dataclass(frozen=True, slots=True)
class Mine:
    """`visits` are the next ones; `urgent` those that lose their seat if nothing is done, the first to run out first."""

    visits: list[Visit]
    urgent: list[Visit]
    coming: int
    waiting: int
    unread_messages: int


@dataclass(frozen=True, slots=True)
class Home:
    hospitals: list[Hospital]
    has_more_hospitals: bool
    mine: Mine | None


def home(*, user: User | None, near: Point | None, now: datetime) -> Home:
    """One query for the hospitals, and three for the account of whoever has signed in."""
    found = list(hospitals_near(point=near)[: HOSPITALS + 1])
    return Home(
        hospitals=found[:HOSPITALS],
        has_more_hospitals=len(found) > HOSPITALS,
        mine=None if user is None else mine(user, now=now),
    )


def mine(user: User, *, now: datetime) -> Mine:
    coming = coming_appointments(user, today=timezone.localdate(now)).select_related("suspension_choice__suspension")
    visits = [Visit(appointment, next_thing(appointment, now=now)) for appointment in coming[:MOST_COMING]]
    urgent = [visit for visit in visits if visit.next.is_urgent]
    return Mine(
        visits=visits[:VISITS],
        urgent=sorted(urgent, key=lambda visit: visit.next.until or now),
        coming=len(visits),
        waiting=WaitlistEntry.objects.filter(joined_by=user, ended_at__isnull=True).count(),
        unread_messages=unread(user, now=now).count(),
    )
