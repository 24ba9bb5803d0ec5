"""How a hospital's clinic office suspends sessions and takes it back."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.admin.event_facts import event_facts
from booking.models import Appointment, AppointmentEvent, Choice, EventKind, Suspension
from booking.services.checkin import check_in
from booking.services.transitions import SYSTEM
from hospitals.models import ClinicSession, SessionStatus, StaffRole
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, suspend
from tests.booking.test_admin import staff_client
from tests.factories.booking import make_appointment, make_clinic, make_clinic_now, slot_of

LIST, ADD = reverse("admin:booking_suspension_changelist"), reverse("admin:booking_suspension_add")


@pytest.fixture
def session(now) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000)


@pytest.fixture
def appointment(now, session) -> Appointment:
    return make_appointment(now=now, session=session)


def span(session: ClinicSession, **changes) -> str:
    days = {"first_day": session.visit_date, "last_day": session.visit_date, "department": session.department_id}
    return ADD + "?" + "&".join(f"{name}={value}" for name, value in (days | changes).items())


def test_the_page_finds_the_sessions_their_patients_and_who_could_stand_in(session, appointment, now):
    substitute, lesser = another_session(session), another_session(session, title="attending")
    elsewhere = another_session(session, visit_date=session.visit_date + timedelta(days=1))
    client = staff_client(session.hospital, StaffRole.CLINIC_OFFICE)
    body = client.get(span(session, doctor=session.doctor_id)).content.decode()
    assert f'value="{session.pk}"' in body
    assert f"{substitute.doctor} 08:00–12:00，余 20 个号" in body
    assert f"{lesser.doctor} 08:00" not in body
    assert str(elsewhere) not in body
    assert "<td>1</td>" in body


def test_suspending_with_a_substitute(session, appointment):
    substitute = another_session(session)
    client = staff_client(session.hospital, StaffRole.CLINIC_OFFICE)
    given = {"sessions": [session.pk], "reason": "外出会诊", f"substitute_{session.pk}": substitute.pk}
    page = client.post(span(session), given, follow=True)
    assert "已停诊：1 位患者待选择，0 个待支付预约已取消。" in page.content.decode()
    suspension = Suspension.objects.get()
    assert (suspension.session, suspension.substitute_session, suspension.reason) == (session, substitute, "外出会诊")
    detail = client.get(reverse("admin:booking_suspension_change", args=[suspension.pk])).content.decode()
    assert appointment.code in detail
    assert appointment.patient.name not in detail


@pytest.mark.parametrize("missing", ["reason", "sessions"])
def test_nothing_is_suspended_by_half(session, appointment, missing):
    given = {"sessions": [session.pk], "reason": "外出会诊"}
    del given[missing]
    before = everything()
    page = staff_client(session.hospital).post(span(session), given)
    assert page.status_code == 200
    assert page.content.decode().count(" checked>") == len(given.get("sessions", []))
    assert everything() == before


def test_neither_another_hospitals_nor_one_that_was_not_found(session, appointment, now):
    other = make_clinic(visit_date=session.visit_date)
    client = staff_client(session.hospital)
    before = everything()
    client.post(span(other), {"sessions": [other.pk], "reason": "外出会诊"})
    client.post(span(session), {"sessions": [other.pk], "reason": "外出会诊"})
    client.post(ADD, {"sessions": [session.pk], "reason": "外出会诊"})
    assert everything() == before


@pytest.mark.parametrize(
    "changes", [{"last_day": "2020-01-01"}, {"last_day": "2999-01-01"}, {"first_day": "x"}, {"doctor": 2**40}]
)
def test_an_ill_span_finds_nothing(session, changes):
    page = staff_client(session.hospital).get(span(session, **changes))
    assert page.status_code == 200
    assert "确认停诊" not in page.content.decode()


def test_the_desk_neither_suspends_nor_restores(session, appointment, now):
    client = staff_client(session.hospital, StaffRole.DESK)
    assert client.get(span(session)).status_code == 403
    assert client.post(span(session), {"sessions": [session.pk], "reason": "x"}).status_code == 403
    suspension = suspend(session, now=now).suspension
    client.post(LIST, {"action": "restore_selected", ACTION_CHECKBOX_NAME: [suspension.pk]})
    assert Suspension.objects.filter(pk=suspension.pk).exists()


class TestRestoring:
    def restore(self, hospital, suspension) -> str:
        given = {"action": "restore_selected", ACTION_CHECKBOX_NAME: [suspension.pk]}
        return staff_client(hospital, StaffRole.CLINIC_OFFICE).post(LIST, given, follow=True).content.decode()

    def test_it_is_held_after_all(self, session, appointment, now):
        assert "已恢复出诊，1 个预约不变" in self.restore(session.hospital, suspend(session, now=now).suspension)
        session.refresh_from_db()
        assert session.status == SessionStatus.ACTIVE

    def test_not_once_somebody_chose(self, session, appointment, now):
        suspension = suspend(session, now=now).suspension
        chosen(appointment, Choice.REFUND, now=now)
        assert "已有患者作出选择，停诊不能撤销。" in self.restore(session.hospital, suspension)

    def test_not_by_another_hospitals_office(self, session, appointment, now):
        suspension = suspend(session, now=now).suspension
        self.restore(make_clinic(visit_date=session.visit_date).hospital, suspension)
        session.refresh_from_db()
        assert session.status == SessionStatus.SUSPENDED


def test_the_events_are_told_in_words(session, appointment, now):
    suspension = suspend(session, now=now).suspension
    chosen(appointment, Choice.REFUND, now=now)
    told = {event.kind: event_facts(event) for event in AppointmentEvent.objects.filter(appointment=appointment)}
    until = f"{timezone.localtime(suspension.choose_until):%Y-%m-%d %H:%M}"
    assert told[EventKind.SUSPENDED] == f"原因：医生临时外出会诊；选择截止：{until}"
    assert told[EventKind.CHOSEN] == "选择：退款"


def test_the_number_of_queries_does_not_grow(session, appointment, now, django_assert_max_num_queries):
    client = staff_client(session.hospital)
    for _ in range(3):
        suspend(another_session(session), another_session(session), now=now)
    for page in (LIST, span(session)):
        client.get(page)
        with django_assert_max_num_queries(16):
            assert client.get(page).status_code == 200


class TestChoosingWithThePatient:
    @pytest.fixture
    def here(self, now) -> Appointment:
        """Sits in the waiting room of a session that has just been suspended."""
        running = make_clinic_now(now=now, fee_fen=5000)
        appointment = make_appointment(now=now, session=running)
        check_in(appointment_id=appointment.pk, actor=SYSTEM, now=now)
        suspend(running, another_session(running, starts_at=running.starts_at, ends_at=running.ends_at), now=now)
        return appointment

    @pytest.fixture
    def desk(self, here) -> Client:
        return staff_client(here.hospital, StaffRole.DESK)

    @staticmethod
    def page(appointment: Appointment) -> str:
        return reverse("admin:booking_suspension_choose", args=[appointment.suspension_choice.pk])

    def test_the_list_says_who_is_to_be_seen_to(self, desk, here):
        assert "1 人" in desk.get(LIST).content.decode()
        suspension = Suspension.objects.get()
        body = desk.get(reverse("admin:booking_suspension_change", args=[suspension.pk])).content.decode()
        assert self.page(here) in body
        assert "已签到" in body

    def test_the_page_offers_what_there_is(self, desk, here):
        later = another_session(here.session, visit_date=here.visit_date + timedelta(days=5), rated_capacity=8)
        dearer = another_session(here.session, visit_date=here.visit_date + timedelta(days=5), fee_fen=5001)
        day = later.visit_date
        body = desk.get(f"{self.page(here)}?day={day:%Y-%m-%d}").content.decode()
        substitute = Suspension.objects.get().substitute_session
        assert f"替诊：{substitute.doctor}" in body
        assert "退款 50.00 元" in body
        assert body.count(f"改到 {day:%m-%d}") == 8
        assert str(later.doctor) in body
        assert str(dearer.doctor) not in body
        assert here.patient.name not in body

    def test_refunded(self, desk, here):
        answer = desk.post(self.page(here), {"answer": "refund"}, follow=True)
        assert f"{here.patient.masked_name}：退款，退款 50.00 元。" in answer.content.decode()
        here.refresh_from_db()
        assert (here.status, here.queue_entry.state) == ("cancelled", "left")
        # And once is enough.
        before = everything()
        again = desk.post(self.page(here), {"answer": "substitute"}, follow=True)
        assert f"{here.code} 已处理：退款。" in again.content.decode()
        assert everything() == before
        assert "—" in desk.get(LIST).content.decode()

    def test_substituted(self, desk, here):
        answer = desk.post(self.page(here), {"answer": "substitute"}, follow=True)
        new = Appointment.objects.get(rescheduled_from=here)
        assert f"{here.patient.masked_name}：接受替诊，新约诊单号 {new.code}（{new.number} 号）。" in answer.content.decode()

    def test_another_date(self, desk, here):
        later = another_session(here.session, visit_date=here.visit_date + timedelta(days=5))
        day = f"{self.page(here)}?day={later.visit_date:%Y-%m-%d}"
        desk.post(day, {"answer": f"slot-{slot_of(later).pk}"})
        assert Appointment.objects.get(rescheduled_from=here).slot == slot_of(later)

    @pytest.mark.parametrize("answer", ["", "nonsense", "slot-0", "slot-x", "another-date"])
    def test_what_was_not_offered_changes_nothing(self, desk, here, answer):
        before = everything()
        body = desk.post(f"{self.page(here)}?day=2026-99-99", {"answer": answer}).content.decode()
        assert "errorlist" in body
        assert everything() == before

    def test_a_refusal_is_told(self, desk, here, now):
        """Somebody took the substitute's last seat while the page was open."""
        substitute = Suspension.objects.get().substitute_session
        ClinicSession.objects.filter(pk=substitute.pk).update(rated_capacity=0, advance_quota=0)
        before = everything()
        body = desk.post(self.page(here), {"answer": "substitute"}).content.decode()
        assert "替诊班次已没有号源" in body
        assert everything() == before

    def test_nobody_elses_patient(self, desk, here, now):
        other = make_appointment(now=now)
        suspend(other.session, now=now)
        before = everything()
        assert desk.get(self.page(other)).status_code == 404
        assert desk.post(self.page(other), {"answer": "refund"}).status_code == 404
        assert desk.get(self.page(here).replace(str(here.suspension_choice.pk), str(2**63))).status_code == 404
        assert everything() == before

    def test_constant_queries_however_many_windows(self, desk, here):
        def count(days: int) -> int:
            another_session(here.session, visit_date=here.visit_date + timedelta(days=days))
            with CaptureQueriesContext(connection) as captured:
                desk.get(f"{self.page(here)}?day={here.visit_date + timedelta(days=days):%Y-%m-%d}")
            return len(captured)

        # What is read once in the life of a process has been read.
        count(5)
        first = count(5)
        assert count(5) == first
