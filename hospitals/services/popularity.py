"""Hot sessions: what the night found and staff say, brought to the templates and to the sessions that are still to open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from hospitals.availability import days_ahead_at_release_time
from hospitals.locks import lock_hospital_in_time, lock_session_in_time, lock_sessions_at_hand
from hospitals.models import BookingPolicy, ClinicSession, Hospital, HotPin, SessionStatus, WeeklyTemplate
from hospitals.policy_book import policies_in_force
from hospitals.services.policies import effective_policy
from hospitals.services.sessions import release_time

# As the templates are asked to be; `services.sessions.calls_for_hot` in SQL.
_CALLS_FOR_HOT = Case(
    When(template__hot_pin=HotPin.HOT, then=Value(True)),
    When(template__hot_pin=HotPin.ORDINARY, then=Value(False)),
    default=F("template__is_popular"),
)
_HAS_NO_BOOKINGS = Q(advance_taken=0, same_day_taken=0, extra_taken=0, withheld=0)


class WeekPlace(NamedTuple):
    """Where popularity belongs to: a doctor (None: the department's own sessions), an ISO weekday and a period."""

    department_id: int
    doctor_id: int | None
    weekday: int
    period: str


@dataclass(frozen=True, slots=True)
class PublishedHeat:
    """How many templates and sessions were changed. `left` sessions were being booked at that moment: the next night's work."""

    templates: int
    sessions: int
    left: int = 0


@transaction.atomic
def publish_popularity(*, hospital_id: int, hot: Collection[WeekPlace], now: datetime) -> PublishedHeat:
    """Note on the hospital's templates which of them are popular: those at the places in `hot`, and no other.

    Sessions that are made from now on follow, and so do those that nobody can book yet (`follow_templates`). Raises TooBusy.
    """
    hospital = lock_hospital_in_time(hospital_id)
    wrong: dict[bool, list[int]] = {True: [], False: []}
    for template in WeeklyTemplate.objects.filter(hospital=hospital):
        is_popular = _place(template) in hot
        if is_popular != template.is_popular:
            wrong[is_popular].append(template.pk)
    for is_popular, template_ids in wrong.items():
        WeeklyTemplate.objects.filter(pk__in=template_ids).update(is_popular=is_popular)
    followed = follow_templates(hospital=hospital, now=now)
    return PublishedHeat(sum(map(len, wrong.values())), followed.sessions, followed.left)


@transaction.atomic
def save_template(*, template: WeeklyTemplate, now: datetime) -> PublishedHeat:
    """Store a template as staff have filled it in; its sessions that nobody can book yet follow its pin. Raises TooBusy.

    The hospital is locked first, as the night does it. What the night found is not staff's to write: of a template that is
    there already it is left as it is, not as the page was loaded with it.
    """
    hospital = lock_hospital_in_time(template.hospital_id)
    if template.pk is None:
        template.save()
        return PublishedHeat(1, 0)
    template.save(update_fields=[f.name for f in template._meta.concrete_fields if f.name not in ("id", "is_popular")])
    template.refresh_from_db(fields=["is_popular"])
    followed = follow_templates(hospital=hospital, now=now, template_ids=[template.pk])
    return PublishedHeat(1, followed.sessions, followed.left)


def follow_templates(*, hospital: Hospital, now: datetime, template_ids: Collection[int] | None = None) -> PublishedHeat:
    """Let the coming sessions be hot or ordinary as their templates call for, and move their release. The caller holds the
    hospital.

    Left alone is what staff have pinned, what has bookings, and what anybody could book already, or could under the other
    answer: what is open is never closed again. Sessions that are locked at the moment are not waited for.
    """
    book = policies_in_force(hospital_ids=[hospital.pk], at=now)
    opening: dict[int, datetime] = {}
    for session in _out_of_step(hospital, now, template_ids):
        policy = book.of(hospital_id=hospital.pk, registration_type_id=session.registration_type_id)
        if now < first_opening(session, policy):
            opening[session.pk] = release_time(
                hospital=hospital, policy=policy, visit_date=session.visit_date, is_hot=not session.is_hot
            )
    held = lock_sessions_at_hand(_out_of_step(hospital, now, template_ids).filter(pk__in=opening))
    for session in held:
        session.is_hot, session.releases_at = not session.is_hot, opening[session.pk]
    ClinicSession.objects.bulk_update(held, ["is_hot", "releases_at"], batch_size=500)
    return PublishedHeat(0, len(held), len(opening) - len(held))


def first_opening(session: ClinicSession, policy: BookingPolicy) -> datetime:
    """The first moment at which anybody can book the session, were it hot or ordinary. Reads `session.hospital`."""
    days = (policy.release_days, policy.hot_release_days, policy.hot_early_days_a, policy.hot_early_days_b)
    return min(session.releases_at, days_ahead_at_release_time(session, policy, max(days)))


@transaction.atomic
def mark_hot(*, session_id: int, is_hot: bool, now: datetime) -> ClinicSession:
    """Say whether a session is hot, over what the night finds, and move its release accordingly. What is already released stays
    so. Raises TooBusy.
    """
    session = lock_session_in_time(session_id)
    session.is_hot, session.is_hot_pinned = is_hot, True
    if now < session.releases_at:
        policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
        session.releases_at = release_time(hospital=session.hospital, policy=policy, visit_date=session.visit_date, is_hot=is_hot)
    session.save(update_fields=["is_hot", "is_hot_pinned", "releases_at"])
    return session


@transaction.atomic
def unpin_hot(*, session_id: int, now: datetime) -> ClinicSession:
    """Give a session back to the night. It follows its template at once where nobody can book it yet, else it stays as it is.

    Raises TooBusy.
    """
    hospital_id = ClinicSession.objects.values_list("hospital_id", flat=True).get(pk=session_id)
    hospital = lock_hospital_in_time(hospital_id)
    session = lock_session_in_time(session_id)
    session.is_hot_pinned = False
    session.save(update_fields=["is_hot_pinned"])
    if session.template_id:
        follow_templates(hospital=hospital, now=now, template_ids=[session.template_id])
        session.refresh_from_db()
    return session


def _out_of_step(hospital: Hospital, now: datetime, template_ids: Collection[int] | None) -> QuerySet[ClinicSession]:
    """Coming sessions without bookings that staff have not pinned and whose template calls for the other answer."""
    sessions = (
        ClinicSession.objects.filter(_HAS_NO_BOOKINGS, hospital=hospital, template__isnull=False, is_hot_pinned=False)
        .filter(status=SessionStatus.ACTIVE, starts_at__gt=now, releases_at__gt=now)
        .annotate(calls_for_hot=_CALLS_FOR_HOT)
        .exclude(is_hot=F("calls_for_hot"))
        .select_related("hospital")
    )
    return sessions if template_ids is None else sessions.filter(template__in=template_ids)


def _place(template: WeeklyTemplate) -> WeekPlace:
    return WeekPlace(template.department_id, template.doctor_id, template.weekday, template.period)
