"""What patients and staff are shown of waitlists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.errors import Refusal
from accounts.models import User
from booking.models import AppointmentStatus, CancelledBy, SeatReturn, WaitlistEnd, WaitlistEntry
from booking.rules.waitlist import Waitlist, clears_at, has_seats_for_everyone, waitlist_refusals
from hospitals.models import ClinicSession
from hospitals.policy_book import PolicyBook, policies_in_force

# How long what ended is still listed.
RECENT = timedelta(days=30)


class WaitlistState(models.TextChoices):
    """How a place stands, with what came of its offer: that is the appointment's to tell."""

    WAITING = "waiting", "候补中"
    OFFERED = "offered", "已派号，待确认"
    ACCEPTED = "accepted", "候补成功"
    DECLINED = "declined", "已放弃"
    RAN_OUT = "ran-out", "超时未确认"
    LEFT = "left", "已退出"
    CLEARED = "cleared", "未候补到，已截止"
    CANCELLED = "cancelled", "停诊或关闭"


def state_of(entry: WaitlistEntry) -> WaitlistState:
    if entry.ended_at is None:
        return WaitlistState.WAITING
    offer = entry.appointment
    if offer is None:
        ends = {WaitlistEnd.LEFT: WaitlistState.LEFT, WaitlistEnd.CLEARED: WaitlistState.CLEARED}
        return ends.get(WaitlistEnd(entry.end), WaitlistState.CANCELLED)
    if offer.booked_at is not None:
        return WaitlistState.ACCEPTED
    if offer.status == AppointmentStatus.PENDING:
        return WaitlistState.OFFERED
    given_up = {CancelledBy.PATIENT: WaitlistState.DECLINED, CancelledBy.SYSTEM: WaitlistState.RAN_OUT}
    return given_up.get(CancelledBy(offer.cancelled_by), WaitlistState.CANCELLED)


def with_positions(entries: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
    """Each with its `position` among those who wait (that of an ended place says nothing), the `length` of its waitlist, and
    `seats_returned` since it was joined.
    """
    waiting = WaitlistEntry.objects.filter(session=OuterRef("session"), ended_at__isnull=True)
    returned = SeatReturn.objects.filter(session=OuterRef("session"), freed_at__gte=OuterRef("joined_at"))
    return entries.annotate(
        position=_counted(waiting.filter(pk__lte=OuterRef("pk"))),
        length=_counted(waiting),
        seats_returned=_counted(returned),
    )


def _counted(rows: QuerySet[WaitlistEntry] | QuerySet[SeatReturn]) -> Coalesce:
    count = rows.order_by().values("session").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def waitlist_of(user: User, *, now: datetime) -> QuerySet[WaitlistEntry]:
    """The account's places with everything their representation needs, those that are open first; in two queries."""
    mine = WaitlistEntry.objects.filter(joined_by=user)
    open_first = models.Case(
        models.When(Q(ended_at__isnull=True) | Q(appointment__status=AppointmentStatus.PENDING), then=0), default=1
    )
    return (
        with_positions(mine.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now - RECENT)))
        .select_related("hospital", "session__hospital", "session__department", "session__doctor", "patient", "appointment__slot")
        .prefetch_related("skips")
        .order_by(open_first, "-pk")
    )


def policies_for(entries: Sequence[WaitlistEntry], *, now: datetime) -> PolicyBook:
    return policies_in_force(hospital_ids={entry.hospital_id for entry in entries}, at=now)


def entry_clears_at(entry: WaitlistEntry, policies: PolicyBook) -> datetime:
    session = entry.session
    policy = policies.of(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id)
    return clears_at(session, policy)


@dataclass(frozen=True, slots=True)
class SessionWaitlist:
    """A session's waitlist to somebody who thinks of joining; what has to do with the patient is said at joining."""

    session: ClinicSession
    length: int
    limit: int
    clears_at: datetime
    reasons: list[Refusal]

    @property
    def is_open(self) -> bool:
        return not self.reasons


def session_waitlist(session: ClinicSession, *, now: datetime) -> SessionWaitlist:
    """`reasons` are why nobody can join now; none where it is open."""
    policies = policies_in_force(hospital_ids=[session.hospital_id], at=now)
    policy = policies.of(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id)
    length = WaitlistEntry.objects.filter(session=session, ended_at__isnull=True).count()
    found = waitlist_refusals(Waitlist(session=session, policy=policy, length=length, now=now))
    seats = has_seats_for_everyone(session)
    return SessionWaitlist(
        session=session,
        length=length,
        limit=policy.waitlist_limit,
        clears_at=clears_at(session, policy),
        reasons=found if seats is None else [*found, seats],
    )
