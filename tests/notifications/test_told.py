"""What patients are told besides their bookings: offers and their deadline, waitlists, confirmations, appeals, reviews.

Each is really sent to the emulator, which checks every field as WeChat does.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import (
    Appeal,
    AppealCause,
    AppealState,
    Appointment,
    AppointmentStatus,
    EventKind,
    Restriction,
    ReviewState,
    StandingReview,
    WaitlistEnd,
    WaitlistEntry,
)
from booking.services.cancellation import call_off, expire_hold
from booking.services.payments import record_payment
from booking.services.reviews import answer_review, withdraw_review
from booking.services.transitions import SYSTEM, record_event, staff_actor
from hospitals.models import ClinicSession
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import LOOK_BACK, collect_messages
from notifications.services.outbox import drop_outdated, due_messages
from notifications.services.sending import send_message
from notifications.templates import THING, thing
from notifications.wording import sentence
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, make_account, make_appointment, make_clinic, paid_state
from tests.notifications.collected import make_offer, make_review, new_kinds
from wechat.emulator.keys import template_id
from wechat.emulator.messages import FIELD_RULES
from wechat.emulator.testing import Emulator

pytestmark = pytest.mark.django_db

APP = Path(__file__).resolve().parents[2] / "miniprogram" / "app.json"


def mini_program_pages() -> set[str]:
    app = json.loads(APP.read_text())
    return {f"{package['root']}/{page}" for package in app["subPackages"] for page in package["pages"]}


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5050)


@dataclass
class Phone:
    """A person's WeChat, at which every template was accepted for good."""

    emulator: Emulator
    openid: str

    def receive(self, kind: str, *, template: str, now: datetime) -> dict[str, Any]:
        """Send the one message of `kind` and give what arrives."""
        self.emulator.accept_subscription(self.openid, template_id(template))
        message = OutboxMessage.objects.get(kind=kind)
        assert send_message(message_id=message.pk, now=now) == MessageState.SENT, message.last_error
        sent: dict[str, Any] = self.emulator.messages(self.openid)[-1]
        assert sent["template_id"] == template_id(template)
        sent["data"] = json.loads(sent["data"])
        assert len(sent["data"]) <= 5, "more keywords than a template can have"
        assert sent["page"].partition("?")[0] in mini_program_pages(), "the tap would lead nowhere"
        return sent


@pytest.fixture
def phone(li: Account, emulator: Emulator) -> Phone:
    return Phone(emulator, emulator.openid("li"))


def clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y年%m月%d日 %H:%M}"


@pytest.mark.parametrize(
    ("kind", "told", "template"),
    [
        (EventKind.OFFERED, MessageKind.OFFERED, "waitlist_offer"),
        (EventKind.GRANTED, MessageKind.GRANTED, "extra_granted"),
    ],
)
class TestOffers:
    def test_which_seat_until_when_for_how_much(
        self, li: Account, session: ClinicSession, phone: Phone, now: datetime, kind: EventKind, told: str, template: str
    ) -> None:
        offered = make_offer(li, session, now=now, kind=kind)
        assert new_kinds(now, but=set()) == [told]
        assert new_kinds(now) == []
        until = clock(now + timedelta(minutes=30))
        assert offered.slot is not None
        sent = phone.receive(told, template=template, now=now)
        assert sent["data"] == {
            "thing1": "王*明",
            "thing2": thing(f"{session.department.name} {offered.doctor.name}"),
            "time3": clock(offered.slot.starts_at),
            "amount4": "50.50元",
            "time5": until,
        }
        assert sent["page"] == f"packages/visit/detail/index?code={offered.code}"
        words = sentence(OutboxMessage.objects.get())
        assert f"请在 {until} 前支付 50.50元" in words
        assert clock(offered.slot.starts_at) in words

    def test_a_free_one_is_to_be_confirmed(
        self, li: Account, phone: Phone, now: datetime, kind: EventKind, told: str, template: str
    ) -> None:
        free = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
        make_offer(li, free, now=now, kind=kind)
        collect_messages(now=now)
        assert "前确认，逾期号源将释放" in sentence(OutboxMessage.objects.get())
        assert phone.receive(told, template=template, now=now)["data"]["amount4"] == "0.00元"

    def test_not_told_once_it_is_over(
        self, li: Account, session: ClinicSession, now: datetime, kind: EventKind, told: str, template: str
    ) -> None:
        make_offer(li, session, now=now, kind=kind)
        collect_messages(now=now)
        assert drop_outdated(now=now + timedelta(minutes=29)) == 0
        assert drop_outdated(now=now + timedelta(minutes=30)) == 1
        assert due_messages(now=now + timedelta(hours=1)) == []

    def test_what_was_answered_meanwhile_is_told_as_booked(
        self, li: Account, session: ClinicSession, now: datetime, kind: EventKind, told: str, template: str
    ) -> None:
        offered = make_offer(li, session, now=now, kind=kind)
        collect_messages(now=now)
        record_payment(state=paid_state(offered, now=now), now=now)
        assert drop_outdated(now=now) == 1
        assert new_kinds(now) == [MessageKind.BOOKED]

    def test_what_ran_out_before_anybody_looked_is_not_told(
        self, li: Account, session: ClinicSession, now: datetime, kind: EventKind, told: str, template: str
    ) -> None:
        offered = make_offer(li, session, now=now, kind=kind)
        later = now + timedelta(minutes=31)
        assert expire_hold(appointment_id=offered.pk, now=later)
        assert new_kinds(later) == []


class TestWaitlist:
    @pytest.fixture
    def entry(self, li: Account, session: ClinicSession, now: datetime) -> WaitlistEntry:
        return WaitlistEntry.objects.create(
            hospital=session.hospital, session=session, patient=li.patient, joined_by=li.user, joined_at=now
        )

    def end(self, entry: WaitlistEntry, end: WaitlistEnd, at: datetime) -> None:
        entry.end, entry.ended_at = end, at
        entry.save()

    @pytest.mark.parametrize(
        ("end", "why"), [(WaitlistEnd.CLEARED, "到清空时间仍没有退号"), (WaitlistEnd.CANCELLED, "班次已停诊或关闭")]
    )
    def test_told_that_nothing_came_of_it(
        self, entry: WaitlistEntry, phone: Phone, now: datetime, end: WaitlistEnd, why: str
    ) -> None:
        assert new_kinds(now) == []
        self.end(entry, end, now)
        assert new_kinds(now) == [MessageKind.WAITLIST_ENDED]
        assert new_kinds(now) == []
        message = OutboxMessage.objects.get()
        assert (message.user, message.appointment, message.waitlist_entry) == (entry.joined_by, None, entry)
        assert why in sentence(message)
        sent = phone.receive(MessageKind.WAITLIST_ENDED, template="waitlist_ended", now=now)
        assert (sent["data"]["time4"], sent["data"]["thing5"]) == (clock(entry.session.starts_at), "候补未成功，已结束")
        assert sent["page"] == f"packages/waitlist/detail/index?id={entry.pk}"

    @pytest.mark.parametrize("end", [WaitlistEnd.LEFT, WaitlistEnd.OFFERED])
    def test_not_told_of_what_the_patient_did_or_is_told_by_the_offer(
        self, entry: WaitlistEntry, now: datetime, end: WaitlistEnd
    ) -> None:
        self.end(entry, end, now)
        assert new_kinds(now) == []

    def test_not_told_a_day_later(self, entry: WaitlistEntry, now: datetime) -> None:
        self.end(entry, WaitlistEnd.CLEARED, now - LOOK_BACK)
        assert new_kinds(now) == []


class TestConfirmation:
    @pytest.fixture
    def booked(self, li: Account, session: ClinicSession, now: datetime) -> Appointment:
        appointment = make_appointment(now=now, account=li, session=session)
        appointment.confirm_by = now + timedelta(hours=48)
        appointment.save(update_fields=["confirm_by"])
        return appointment

    def test_asked_to_stay_reachable_and_told_when_it_is_confirmed(
        self, booked: Appointment, phone: Phone, now: datetime
    ) -> None:
        assert new_kinds(now) == [MessageKind.TO_CONFIRM]
        sent = phone.receive(MessageKind.TO_CONFIRM, template="to_confirm", now=now)
        assert sent["data"]["time5"] == clock(now + timedelta(hours=48))
        assert "保持电话畅通" in sentence(OutboxMessage.objects.get(kind=MessageKind.TO_CONFIRM))
        staff = make_staff()
        Appointment.objects.update(confirmed_at=now, confirmed_by=staff)
        record_event(appointment=booked, kind=EventKind.CONFIRMED, actor=staff_actor(staff), now=now, from_status=booked.status)
        assert new_kinds(now) == [MessageKind.BOOKED]

    def test_not_asked_once_it_is_confirmed(self, booked: Appointment, now: datetime) -> None:
        collect_messages(now=now)
        assert drop_outdated(now=now) == 0
        Appointment.objects.update(confirmed_at=now, confirmed_by=make_staff())
        assert drop_outdated(now=now) == 1

    def test_told_that_it_lapsed(self, booked: Appointment, phone: Phone, now: datetime) -> None:
        collect_messages(now=now)
        call_off(appointment=booked, actor=SYSTEM, reason="未能电话确认", now=now, kind=EventKind.CONFIRMATION_LAPSED)
        assert drop_outdated(now=now) == 1
        assert new_kinds(now) == [MessageKind.CONFIRMATION_LAPSED]
        sent = phone.receive(MessageKind.CONFIRMATION_LAPSED, template="cancelled", now=now)
        assert sent["data"]["thing5"] == "未能电话确认，预约已取消"


class TestAppeals:
    def appeal(self, li: Account, now: datetime, **about: Any) -> Appeal:
        (subject,) = about.values()
        return Appeal.objects.create(
            hospital=subject.hospital,
            patient=li.patient,
            by=li.user,
            cause=AppealCause.ILLNESS,
            statement="住院",
            created_at=now,
            until=now + timedelta(days=7),
            **about,
        )

    def decide(self, appeal: Appeal, state: AppealState, now: datetime, decision: str = "") -> None:
        Appeal.objects.filter(pk=appeal.pk).update(state=state, decided_by=make_staff(), decided_at=now, decision=decision)

    @pytest.mark.parametrize(
        ("state", "verdict"),
        [(AppealState.UPHELD, "予以豁免"), (AppealState.PARTLY_UPHELD, "部分采纳"), (AppealState.REJECTED, "未予采纳")],
    )
    def test_told_how_it_was_decided(
        self, li: Account, session: ClinicSession, phone: Phone, now: datetime, state: AppealState, verdict: str
    ) -> None:
        appointment = make_appointment(now=now, account=li, session=session)
        appeal = self.appeal(li, now, appointment=appointment)
        collect_messages(now=now)
        assert new_kinds(now) == []
        self.decide(appeal, state, now, decision="情况属实，\n请保存好病历" * 5)
        assert new_kinds(now) == [MessageKind.APPEAL_DECIDED]
        assert new_kinds(now) == []
        sent = phone.receive(MessageKind.APPEAL_DECIDED, template="appeal_decided", now=now)
        assert sent["data"]["phrase4"] == verdict
        assert sent["data"]["thing5"] == thing("情况属实， 请保存好病历" * 5)
        words = sentence(OutboxMessage.objects.get(kind=MessageKind.APPEAL_DECIDED))
        assert f"的申诉结果：{verdict}。处理意见：情况属实" in words
        assert clock(appointment.slot.starts_at) in words

    def test_of_a_pause_there_is_no_visit_to_name(self, li: Account, session: ClinicSession, phone: Phone, now: datetime) -> None:
        restriction = Restriction.objects.create(
            hospital=session.hospital, patient=li.patient, starts_at=now, ends_at=now + timedelta(days=90), missed_count=3
        )
        self.decide(self.appeal(li, now, restriction=restriction), AppealState.REJECTED, now)
        assert new_kinds(now) == [MessageKind.APPEAL_DECIDED]
        assert "王*明 在" in sentence(OutboxMessage.objects.get())
        sent = phone.receive(MessageKind.APPEAL_DECIDED, template="appeal_decided", now=now)
        assert (sent["data"]["thing3"], sent["data"]["thing5"]) == ("预约限制", "请在小程序中查看")

    def test_what_was_withdrawn_is_not_told(self, li: Account, session: ClinicSession, now: datetime) -> None:
        appointment = make_appointment(now=now, account=li, session=session)
        appeal = self.appeal(li, now, appointment=appointment)
        collect_messages(now=now)
        Appeal.objects.filter(pk=appeal.pk).update(state=AppealState.WITHDRAWN, decided_at=now)
        assert new_kinds(now) == []


class TestReviews:
    @pytest.fixture
    def review(self, li: Account, session: ClinicSession, now: datetime) -> StandingReview:
        return make_review(li, session.hospital, now=now)

    def answer(self, review: StandingReview, now: datetime, *, verdict: ReviewState = ReviewState.CONFIRMED, **told: str) -> None:
        words = told.get("answer", "已逐条核对")
        answer_review(review_id=review.pk, by=make_staff(is_superuser=True), verdict=verdict, answer=words, now=now)

    @pytest.mark.parametrize(("verdict", "outcome"), [(ReviewState.CONFIRMED, "等级无误"), (ReviewState.CORRECTED, "记录已更正")])
    def test_told_what_was_found(
        self, review: StandingReview, li: Account, phone: Phone, now: datetime, verdict: ReviewState, outcome: str
    ) -> None:
        assert new_kinds(now) == []
        self.answer(review, now, verdict=verdict, answer="已逐条核对近一年的预约记录，\n如有疑问请到门诊办公室")

        assert new_kinds(now) == [MessageKind.REVIEW_ANSWERED]
        assert new_kinds(now) == []

        message = OutboxMessage.objects.get()
        assert (message.user, message.review, message.hospital) == (li.user, review, review.hospital)
        words = sentence(message)
        assert words.startswith(f"王*明 在{review.hospital.name}的等级复核结果：{outcome}。复核答复：已逐条核对近一年")
        # As WeChat takes it, by the template of appeals.
        sent = phone.receive(MessageKind.REVIEW_ANSWERED, template="appeal_decided", now=now)
        assert (sent["data"]["thing3"], sent["data"]["phrase4"]) == ("等级复核", outcome)
        assert sent["data"]["thing5"] == thing("已逐条核对近一年的预约记录， 如有疑问请到门诊办公室")
        assert sent["page"] == f"packages/standing/index/index?patient={li.patient.pk}&hospital={review.hospital.code}"

    def test_what_was_taken_back_or_answered_long_ago_is_not_told(
        self, review: StandingReview, li: Account, session: ClinicSession, now: datetime
    ) -> None:
        self.answer(review, now)
        assert new_kinds(now + LOOK_BACK) == []
        withdrawn = make_review(make_account(), session.hospital, now=now)
        withdraw_review(user=withdrawn.by, review_id=withdrawn.pk)
        assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize("subjects", [[], ["appointment", "review"]])
def test_a_message_is_about_one_thing(li: Account, session: ClinicSession, now: datetime, subjects: list[str]) -> None:
    found = {
        "appointment": make_appointment(now=now, account=li, session=session),
        "review": make_review(li, session.hospital, now=now),
    }
    fields = {"hospital": session.hospital, "user": li.user, "reason_at": now, "due_at": now}
    fields |= {name: found[name] for name in subjects}
    with pytest.raises(IntegrityError, match="message_about_one_thing"), transaction.atomic():
        OutboxMessage.objects.create(kind=MessageKind.BOOKED, **fields)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("text", ["", "\n", "内科", "科" * 20, "科" * 21, "国际\n医疗部", "科 " * 40])
def test_a_thing_is_what_wechat_takes(text: str) -> None:
    assert re.fullmatch(FIELD_RULES["thing"], thing(text))
    assert len(thing("科" * 21)) == THING


def test_a_live_offer_has_a_state_that_the_outbox_knows(li: Account, session: ClinicSession, now: datetime) -> None:
    """What the outbox takes as unanswered is what an offer is."""
    assert make_offer(li, session, now=now).status == AppointmentStatus.PENDING
