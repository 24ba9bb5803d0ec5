"""Messages follow booking's events: collected once, sent through WeChat, and none is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.models import Appointment, CancelledBy
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import patient_actor
from notifications import tasks
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.services.outbox import drop_outdated, due_messages
from notifications.services.sending import MOST_ATTEMPTS, send_message
from notifications.templates import TEMPLATES
from tests.factories.booking import Account, book, make_clinic
from wechat.emulator.keys import SUBSCRIBE_TEMPLATES, template_id
from wechat.emulator.testing import Emulator

pytestmark = pytest.mark.django_db
SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
def booked(li: Account, now: datetime) -> Appointment:
    return book(li, make_clinic(visit_date=timezone.localdate(now) + timedelta(days=5)), now=now)


@pytest.fixture
def message_id(booked: Appointment, now: datetime) -> int:
    """Of the message that it is booked, which is due."""
    collect_messages(now=now)
    (due,) = due_messages(now=now)
    return due


def test_a_booking_gives_a_message_and_a_reminder_once(booked: Appointment, now: datetime) -> None:
    assert collect_messages(now=now) == 2
    assert collect_messages(now=now) == 0
    messages = {m.kind: m for m in OutboxMessage.objects.all()}
    assert set(messages) == {MessageKind.BOOKED, MessageKind.REMINDER}
    assert booked.slot is not None
    assert messages[MessageKind.REMINDER].due_at == booked.slot.starts_at - timedelta(hours=24)
    assert {m.hospital_id for m in messages.values()} == {booked.hospital_id}
    assert due_messages(now=now) == [messages[MessageKind.BOOKED].pk]


def test_an_accepted_subscription_gets_its_message(
    booked: Appointment, message_id: int, emulator: Emulator, now: datetime
) -> None:
    openid = emulator.openid("li")
    emulator.accept_subscription(openid, template_id("booked"))
    assert send_message(message_id=message_id, now=now) == MessageState.SENT
    (sent,) = emulator.messages(openid)
    assert booked.patient.masked_name in str(sent["data"])
    assert booked.patient.name not in str(sent["data"])
    assert send_message(message_id=message_id, now=now + timedelta(hours=1)) == MessageState.SENT
    assert len(emulator.messages(openid)) == 1


def test_without_a_subscription_the_refusal_is_kept(message_id: int, now: datetime) -> None:
    assert send_message(message_id=message_id, now=now) == MessageState.REFUSED
    assert "43101" in OutboxMessage.objects.get(pk=message_id).last_error


def test_a_busy_wechat_is_asked_again_later(message_id: int, emulator: Emulator, now: datetime) -> None:
    emulator.accept_subscription(emulator.openid("li"), template_id("booked"))
    emulator.break_next(SEND, "status", times=5)
    assert send_message(message_id=message_id, now=now) == MessageState.PENDING
    assert due_messages(now=now) == []
    # Tried before its time, it is neither sent nor counted.
    assert send_message(message_id=message_id, now=now) == MessageState.PENDING
    message = OutboxMessage.objects.get(pk=message_id)
    assert (message.attempts, message.due_at) == (1, message.reason_at)
    emulator.world.faults.clear()
    later = now + timedelta(minutes=3)
    assert due_messages(now=later) == [message_id]
    assert send_message(message_id=message_id, now=later) == MessageState.SENT


def test_a_wechat_that_stays_busy_is_given_up(message_id: int, emulator: Emulator, now: datetime) -> None:
    emulator.accept_subscription(emulator.openid("li"), template_id("booked"))
    emulator.break_next(SEND, "status", times=50)
    moments = [now + timedelta(minutes=3 * attempt) for attempt in range(MOST_ATTEMPTS)]
    states = [send_message(message_id=message_id, now=moment) for moment in moments]
    assert states == [MessageState.PENDING] * (MOST_ATTEMPTS - 1) + [MessageState.FAILED]
    assert due_messages(now=now + timedelta(hours=1)) == []


def test_a_cancelled_visit_is_not_reminded_of(booked: Appointment, now: datetime) -> None:
    collect_messages(now=now)
    assert booked.booked_by is not None
    assert booked.slot is not None
    cancel_appointment(appointment_id=booked.pk, by=CancelledBy.PATIENT, actor=patient_actor(booked.booked_by), now=now)
    tasks.collect_messages()
    at_reminder = booked.slot.starts_at - timedelta(hours=23)
    assert drop_outdated(now=at_reminder) == 1
    waiting = OutboxMessage.objects.filter(state=MessageState.PENDING).values_list("kind", flat=True)
    assert sorted(waiting) == [MessageKind.BOOKED, MessageKind.CANCELLED]


def test_a_visit_that_has_begun_is_not_reminded_of(booked: Appointment, now: datetime) -> None:
    """The worker was away all the day before."""
    collect_messages(now=now)
    assert booked.slot is not None
    assert drop_outdated(now=booked.slot.starts_at - timedelta(minutes=1)) == 0
    assert drop_outdated(now=booked.slot.starts_at) == 1


def test_a_template_that_is_not_configured_is_told_and_stops_nothing(message_id: int, now: datetime, settings: Any) -> None:
    templates = {name: value for name, value in settings.WECHAT["subscribe_templates"].items() if name != "booked"}
    settings.WECHAT = {**settings.WECHAT, "subscribe_templates": templates}
    assert send_message(message_id=message_id, now=now) == MessageState.FAILED
    assert "no subscription template 'booked'" in OutboxMessage.objects.get(pk=message_id).last_error


def test_every_kind_has_a_template_that_the_emulator_knows() -> None:
    assert set(TEMPLATES) == set(MessageKind)
    assert set(TEMPLATES.values()) <= set(SUBSCRIBE_TEMPLATES)
