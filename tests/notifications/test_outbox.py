"""Messages follow booking's events: collected once, sent through WeChat, and none is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import tasks
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.outbox import collect_messages, drop_outdated_reminders, due_messages
from notifications.services.sending import send_message
from tests.factories.accounts import give_health_consent, make_patient, make_user
from tests.factories.hospitals import make_session
from wechat.emulator.keys import template_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(emulator):
    from booking.services.appointments import book_appointment

    user = make_user(openid=emulator.openid("li"), appid=emulator.keys.appid)
    patient = make_patient(user=user)
    give_health_consent(user=user, patient=patient)
    now = timezone.now()
    session = make_session(visit_date=timezone.localdate() + timedelta(days=5))
    return book_appointment(user=user, patient_id=patient.pk, slot_id=session.slots.first().pk, now=now), now


def test_a_booking_gives_a_message_and_a_reminder_once(booked):
    appointment, now = booked
    assert collect_messages(now=now) == 2
    assert collect_messages(now=now) == 0
    messages = {m.kind: m for m in OutboxMessage.objects.all()}
    assert set(messages) == {MessageKind.BOOKED, MessageKind.REMINDER}
    assert messages[MessageKind.REMINDER].due_at == appointment.slot.starts_at - timedelta(hours=24)
    assert due_messages(now=now) == [messages[MessageKind.BOOKED].pk]


def test_an_accepted_subscription_gets_its_message(booked, emulator):
    appointment, now = booked
    openid = emulator.openid("li")
    emulator.accept_subscription(openid, template_id("booked"))
    collect_messages(now=now)
    (message_id,) = due_messages(now=now)
    assert send_message(message_id=message_id, now=now) == MessageState.SENT
    (sent,) = emulator.messages(openid)
    assert appointment.patient.masked_name in str(sent["data"])
    assert appointment.patient.name not in str(sent["data"])
    assert send_message(message_id=message_id, now=now + timedelta(hours=1)) == MessageState.SENT
    assert len(emulator.messages(openid)) == 1


def test_without_a_subscription_the_refusal_is_kept(booked):
    _, now = booked
    collect_messages(now=now)
    (message_id,) = due_messages(now=now)
    assert send_message(message_id=message_id, now=now) == MessageState.REFUSED
    assert "43101" in OutboxMessage.objects.get(pk=message_id).last_error


def test_a_busy_wechat_is_asked_again_later(booked, emulator):
    _, now = booked
    emulator.accept_subscription(emulator.openid("li"), template_id("booked"))
    collect_messages(now=now)
    (message_id,) = due_messages(now=now)
    emulator.break_next("/cgi-bin/message/subscribe/send", "status", times=5)
    assert send_message(message_id=message_id, now=now) == MessageState.PENDING
    assert due_messages(now=now) == []
    emulator.world.faults.clear()
    later = now + timedelta(minutes=3)
    assert due_messages(now=later) == [message_id]
    assert send_message(message_id=message_id, now=later) == MessageState.SENT


def test_a_cancelled_visit_is_not_reminded_of(booked):
    from booking.models import CancelledBy
    from booking.services.cancellation import cancel_appointment
    from booking.services.transitions import patient_actor

    appointment, now = booked
    collect_messages(now=now)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=patient_actor(appointment.booked_by), now=now)
    tasks.collect_messages()
    at_reminder = appointment.slot.starts_at - timedelta(hours=23)
    assert drop_outdated_reminders(now=at_reminder) == 1
    waiting = OutboxMessage.objects.filter(state=MessageState.PENDING).values_list("kind", flat=True)
    assert sorted(waiting) == [MessageKind.BOOKED, MessageKind.CANCELLED]


def test_a_template_that_is_not_configured_is_told_and_stops_nothing(booked, settings):
    _, now = booked
    collect_messages(now=now)
    (message_id,) = due_messages(now=now)
    templates = {name: value for name, value in settings.WECHAT["subscribe_templates"].items() if name != "booked"}
    settings.WECHAT = {**settings.WECHAT, "subscribe_templates": templates}
    assert send_message(message_id=message_id, now=now) == MessageState.FAILED
    assert "no subscription template 'booked'" in OutboxMessage.objects.get(pk=message_id).last_error
