"""Each patient of a suspended session is told at once, and told again where it is held after all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from booking.models import Choice, EventKind
from booking.services.choices import apply_due_defaults
from booking.services.suspension import restore_session
from booking.services.transitions import SYSTEM, record_event
from notifications import tasks
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.outbox import collect_messages, drop_outdated_reminders, due_messages
from notifications.services.sending import _RESULTS, send_message
from tests.booking.suspended import another_session, chosen, suspend
from tests.factories.accounts import give_health_consent, make_patient, make_staff, make_user
from tests.factories.booking import Account, make_appointment, make_clinic
from wechat.emulator.keys import template_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def booked(emulator, now):
    """An appointment of the third day from now whose messages of booking are written."""
    user = make_user(openid=emulator.openid("li"), appid=emulator.keys.appid)
    account = Account(user, make_patient(user=user))
    give_health_consent(user=user, patient=account.patient)
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
    appointment = make_appointment(now=now, account=account, session=session)
    collect_messages(now=now)
    return appointment


def new_kinds(now):
    """The kinds of the messages that collecting adds."""
    before = set(OutboxMessage.objects.values_list("pk", flat=True))
    added = collect_messages(now=now)
    kinds = list(OutboxMessage.objects.exclude(pk__in=before).order_by("pk").values_list("kind", flat=True))
    assert added == len(kinds)
    return kinds


def test_told_once_that_it_is_suspended(booked, emulator, now):
    openid = emulator.openid("li")
    emulator.accept_subscription(openid, template_id("session_suspended"))
    suspend(booked.session, now=now)
    assert new_kinds(now) == [MessageKind.SUSPENDED]
    assert new_kinds(now) == []
    message = OutboxMessage.objects.get(kind=MessageKind.SUSPENDED)
    assert message.pk in due_messages(now=now)
    assert send_message(message_id=message.pk, now=now) == MessageState.SENT
    (sent,) = emulator.messages(openid)
    assert "已停诊，请选择替诊、改期或退款" in str(sent["data"])


def test_told_that_it_is_held_after_all(booked, now):
    suspend(booked.session, now=now)
    restore_session(session_id=booked.session_id, by=make_staff(), now=now)
    assert new_kinds(now) == [MessageKind.SUSPENDED, MessageKind.RESTORED]


def test_other_corrections_are_not_told(booked, now):
    record_event(appointment=booked, kind=EventKind.CORRECTED, actor=SYSTEM, now=now, from_status=booked.status)
    assert new_kinds(now) == []


def test_told_of_the_new_visit_and_of_a_default(booked, now):
    other = make_appointment(now=now, session=booked.session)
    suspend(booked.session, another_session(booked.session), now=now)
    collect_messages(now=now)
    chosen(booked, Choice.SUBSTITUTE, now=now)
    assert new_kinds(now) == [MessageKind.BOOKED, MessageKind.REMINDER]
    later = now + timedelta(hours=24)
    assert apply_due_defaults(now=later) == 1
    assert new_kinds(later) == [MessageKind.CANCELLED]
    assert OutboxMessage.objects.get(kind=MessageKind.CANCELLED).appointment == other


def test_nobody_is_reminded_of_what_is_suspended(booked, now):
    suspend(booked.session, now=now)
    tasks.collect_messages()
    assert drop_outdated_reminders(now=booked.slot.starts_at - timedelta(hours=23)) == 1


def test_every_kind_has_words_that_wechat_takes():
    """At most 20 characters in a `thing`."""
    assert set(_RESULTS) == set(MessageKind)
    assert max(len(words) for words in _RESULTS.values()) <= 20
