"""Clinic sessions, made from the weekly templates."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from hospitals.locks import lock_session_in_time
from hospitals.models import BookingPolicy, ClinicSession, Hospital, HotPin, SessionStatus, Slot, WeeklyTemplate
from hospitals.policy_book import PolicyBook, policies_in_force
from hospitals.windows import divide_session

_SessionKey = tuple[int, int | None, date, datetime]


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """`skipped`: template days that gave no new session, because it was there already or another template covers it."""

    created_sessions: int
    created_slots: int
    skipped: int


@transaction.atomic
def generate_sessions(
    *, hospital: Hospital, now: datetime, until: date | None = None, template_ids: Collection[int] | None = None
) -> GenerationResult:
    """Make the sessions and slots that the weekly templates call for, from today to `until` (a date in the hospital's zone).

    Without `until` each registration type's policy says how far ahead; with `template_ids` only the sessions of those templates
    are made. What is there already is left as it is, so that it may run at any time; a session that lost its slots gets them
    back. Sessions that are over at `now` are not made. The number of queries does not grow with the rows, but for the batches in
    which rows are inserted.
    """
    # One generation per hospital at a time: the second then finds what the first has made.
    hospital = Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    book = policies_in_force(hospital_ids=[hospital.pk], at=now)
    templates = list(_active_templates(hospital, now.astimezone(hospital.zone).date()))
    called_for = list(_called_for(hospital, templates, book, now, until))
    first_of: dict[_SessionKey, ClinicSession] = {}
    for session in called_for:
        first_of.setdefault(_key(session), session)
    asked = [session for session in called_for if template_ids is None or session.template_id in template_ids]
    new = _not_there_yet(hospital, [session for session in asked if first_of[_key(session)] is session])
    ClinicSession.objects.bulk_create(new, ignore_conflicts=True)
    slots = _missing_slots(hospital, book, now, {session.template_id for session in asked})
    Slot.objects.bulk_create(slots, ignore_conflicts=True)
    return GenerationResult(created_sessions=len(new), created_slots=len(slots), skipped=len(asked) - len(new))


def release_time(*, hospital: Hospital, policy: BookingPolicy, visit_date: date, is_hot: bool) -> datetime:
    """When a session of `visit_date` is released to everyone."""
    days = policy.hot_release_days if is_hot else policy.release_days
    return datetime.combine(visit_date - timedelta(days=days), policy.release_time, tzinfo=hospital.zone).astimezone(UTC)


@transaction.atomic
def note_on_session(*, session_id: int, room: str, is_quota_pinned: bool) -> ClinicSession:
    """Set what the clinic office notes on a session: its room, and whether its quotas are left alone by the nightly plan."""
    session = lock_session_in_time(session_id)
    session.room = room
    session.is_quota_pinned = is_quota_pinned
    session.save(update_fields=["room", "is_quota_pinned"])
    return session


def _active_templates(hospital: Hospital, today: date) -> QuerySet[WeeklyTemplate]:
    """Templates to follow, the one that came into use last first: where two cover the same time, it is the newer that counts."""
    return (
        WeeklyTemplate.objects.filter(hospital=hospital, is_active=True, department__is_active=True)
        .filter(registration_type__is_active=True)
        .filter(Q(doctor__isnull=True) | Q(doctor__is_active=True))
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
        .select_related("registration_type")
        .order_by(F("valid_from").desc(nulls_last=True), "-id")
    )


def _called_for(
    hospital: Hospital, templates: list[WeeklyTemplate], book: PolicyBook, now: datetime, until: date | None
) -> Iterator[ClinicSession]:
    today = now.astimezone(hospital.zone).date()
    for template in templates:
        policy = book.of(hospital_id=hospital.pk, registration_type_id=template.registration_type_id)
        last = until or today + timedelta(days=policy.schedule_days)
        for visit_date in _days_of(template, today, last):
            session = _session_of(hospital, template, policy, visit_date)
            # A clock change can swallow a session whole; it then ends before it starts.
            if session.ends_at > now and session.ends_at > session.starts_at:
                yield session


def _days_of(template: WeeklyTemplate, first: date, last: date) -> Iterator[date]:
    first = max(first, template.valid_from or first)
    last = min(last, template.valid_until or last)
    day = first + timedelta(days=(template.weekday - first.isoweekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(days=7)


def calls_for_hot(template: WeeklyTemplate) -> bool:
    """Whether sessions of the template are hot: as staff have pinned it, else as the last night found it."""
    return template.is_popular if template.hot_pin == HotPin.AUTOMATIC else template.hot_pin == HotPin.HOT


def _session_of(hospital: Hospital, template: WeeklyTemplate, policy: BookingPolicy, visit_date: date) -> ClinicSession:
    is_hot = calls_for_hot(template)
    advance = template.rated_capacity if template.advance_quota is None else template.advance_quota
    return ClinicSession(
        hospital=hospital,
        department_id=template.department_id,
        doctor_id=template.doctor_id,
        registration_type_id=template.registration_type_id,
        template=template,
        visit_date=visit_date,
        period=template.period,
        starts_at=datetime.combine(visit_date, template.starts_at, tzinfo=hospital.zone).astimezone(UTC),
        ends_at=datetime.combine(visit_date, template.ends_at, tzinfo=hospital.zone).astimezone(UTC),
        releases_at=release_time(hospital=hospital, policy=policy, visit_date=visit_date, is_hot=is_hot),
        room=template.room,
        fee_fen=template.registration_type.fee_fen,
        is_hot=is_hot,
        rated_capacity=template.rated_capacity,
        advance_quota=advance,
        extra_quota=template.extra_quota,
    )


def _key(session: ClinicSession) -> _SessionKey:
    return (session.department_id, session.doctor_id, session.visit_date, session.starts_at)


def _not_there_yet(hospital: Hospital, wanted: list[ClinicSession]) -> list[ClinicSession]:
    if not wanted:
        return []
    days = [session.visit_date for session in wanted]
    there = list(ClinicSession.objects.filter(hospital=hospital, visit_date__range=(min(days), max(days))))
    keys = {_key(session) for session in there}
    # A template whose hours were changed must not add a second session to a day that has its first.
    served = {(session.template_id, session.visit_date) for session in there}
    return [s for s in wanted if _key(s) not in keys and (s.template_id, s.visit_date) not in served]


def _missing_slots(hospital: Hospital, book: PolicyBook, now: datetime, template_ids: Collection[int | None]) -> list[Slot]:
    bare = ClinicSession.objects.filter(
        hospital=hospital, template__in=template_ids, ends_at__gt=now, slots__isnull=True, status=SessionStatus.ACTIVE
    )
    slots: list[Slot] = []
    for session in bare:
        policy = book.of(hospital_id=hospital.pk, registration_type_id=session.registration_type_id)
        slots += slots_of(session, policy.slot_minutes)
    return slots


def slots_of(session: ClinicSession, slot_minutes: int) -> list[Slot]:
    """The unsaved slots of a saved session."""
    windows = divide_session(
        starts_at=session.starts_at, ends_at=session.ends_at, rated_capacity=session.rated_capacity, slot_minutes=slot_minutes
    )
    return [
        Slot(
            hospital_id=session.hospital_id,
            session=session,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            capacity=window.capacity,
        )
        for window in windows
    ]
