"""Each patient of a suspended session is told at once, and told again where it is held after all."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, Choice, EventKind
from booking.services.choices import apply_due_defaults
from booking.services.suspension import restore_session
from booking.services.transitions import SYSTEM, record_event
from notifications import tasks
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.services.outbox import drop_outdated, due_messages
from notifications.services.sending import send_message
from tests.booking.suspended import another_session, chosen, suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, make_appointment, make_clinic
from tests.notifications.collected import new_kinds
from wechat.emulator.keys import template_id
from wechat.emulator.testing import Emulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(li: Account, now: datetime) -> Appointment:
    """An appointment of the third day from now whose messages of booking are written."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
    appointment = make_appointment(now=now, account=li, session=session)
    collect_messages(now=now)
    return appointment


def test_told_once_that_it_is_suspended(booked: Appointment, emulator: Emulator, now: datetime) -> None:
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


def test_told_that_it_is_held_after_all(booked: Appointment, now: datetime) -> None:
    suspend(booked.session, now=now)
    restore_session(session_id=booked.session_id, by=make_staff(), now=now)
    assert new_kinds(now) == [MessageKind.SUSPENDED, MessageKind.RESTORED]


def test_other_corrections_are_not_told(booked: Appointment, now: datetime) -> None:
    record_event(appointment=booked, kind=EventKind.CORRECTED, actor=SYSTEM, now=now, from_status=booked.status)
    assert new_kinds(now) == []


def test_told_of_the_new_visit_and_of_a_default(booked: Appointment, now: datetime) -> None:
    other = make_appointment(now=now, session=booked.session)
    suspend(booked.session, another_session(booked.session), now=now)
    collect_messages(now=now)
    chosen(booked, Choice.SUBSTITUTE, now=now)
    assert new_kinds(now, but=set()) == [MessageKind.BOOKED, MessageKind.REMINDER]
    later = now + timedelta(hours=24)
    assert apply_due_defaults(now=later) == 1
    assert new_kinds(later) == [MessageKind.CANCELLED]
    assert OutboxMessage.objects.get(kind=MessageKind.CANCELLED).appointment == other


def test_nobody_is_reminded_of_what_is_suspended(booked: Appointment, now: datetime) -> None:
    suspend(booked.session, now=now)
    tasks.collect_messages()
    assert booked.slot is not None
    assert drop_outdated(now=booked.slot.starts_at - timedelta(hours=23)) == 1
