"""The desk: checking in by code and calling, at the own hospital only."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, AppointmentStatus, QueueEntry, QueuePriority, QueueState
from booking.services.checkin import check_in
from booking.services.queue.codes import issue_check_in_code
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession, StaffRole
from tests.booking.snapshot import everything
from tests.booking.test_admin import staff_client
from tests.factories.accounts import make_staff
from tests.factories.booking import make_account, make_appointment, make_clinic_now, slot_of

CHECK_IN = reverse("admin:booking_queue_check_in")
SESSIONS = reverse("admin:booking_queue_sessions")


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic_now(now=now, rated_capacity=40, room="3 诊室")


@pytest.fixture
def desk(session: ClinicSession) -> Client:
    return staff_client(session.hospital, StaffRole.DESK)


def booked(session: ClinicSession, now: datetime, name: str = "王小明") -> Appointment:
    return make_appointment(now=now, account=make_account(name=name), slot=slot_of(session))


def arrive(session: ClinicSession, now: datetime, name: str = "王小明") -> QueueEntry:
    appointment = booked(session, now, name)
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)
    return QueueEntry.objects.get(appointment=appointment)


def calling(session: ClinicSession) -> str:
    return reverse("admin:booking_queue_calling", args=[session.pk])


class TestCheckIn:
    @pytest.mark.parametrize("typed", [False, True], ids=["scanned", "typed"])
    def test_by_code(self, desk: Client, session: ClinicSession, now: datetime, typed: bool) -> None:
        appointment = booked(session, now)
        code = appointment.code if typed else issue_check_in_code(appointment=appointment, now=now).code
        body = desk.post(CHECK_IN, {"code": code}, follow=True).content.decode()
        assert "1 号 王*明 已签到，请到 3 诊室 候诊。" in body
        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.CHECKED_IN
        assert appointment.queue_entry.moves.get().actor.is_staff

    def test_not_at_another_hospital(self, session: ClinicSession, now: datetime) -> None:
        appointment = booked(session, now)
        other = staff_client(make_clinic_now(now=now).hospital, StaffRole.ADMINISTRATOR)
        before = everything()
        for code in (appointment.code, issue_check_in_code(appointment=appointment, now=now).code):
            body = other.post(CHECK_IN, {"code": code}, follow=True).content.decode()
            assert "没有找到该签到码对应的预约" in body
        assert everything() == before

    @pytest.mark.parametrize("code", ["", "x", "x:y", "x" * 201, "\x00"])
    def test_nonsense(self, desk: Client, session: ClinicSession, now: datetime, code: str) -> None:
        booked(session, now)
        before = everything()
        assert desk.post(CHECK_IN, {"code": code}, follow=True).status_code == 200
        assert everything() == before


class TestCalling:
    def test_a_morning_by_buttons(self, desk: Client, session: ClinicSession, now: datetime) -> None:
        first, second = arrive(session, now, "张小三"), arrive(session, now, "李小四")
        page = calling(session)
        assert "下一位：1 号 张*三" in desk.get(page).content.decode()

        def press(action: str, entry: QueueEntry | None = None, **fields: object) -> str:
            sent = {"action": action} | ({"entry": entry.pk} if entry else {}) | fields
            return desk.post(page, sent, follow=True).content.decode()

        assert "请 1 号 张*三 就诊。" in press("call-next")
        assert "1 号 张*三 已重叫。" in press("recall", first)
        assert "1 号 张*三 已过号。" in press("pass", first)
        press("call-next")
        assert "2 号 李*四 已完成就诊。" in press("finish", second)
        assert "已按回诊重新排队" in press("return", second, reason="拍片后")
        assert "已调整优先级" in press("prioritise", second, reason="疼痛加重", priority=0)
        assert "已搁置" in press("set-aside", first, reason="暂离")
        assert "已恢复排队" in press("restore", first, reason="已回来")
        second.refresh_from_db()
        assert (second.state, second.priority, second.is_return_visit) == (QueueState.WAITING, QueuePriority.EMERGENCY, True)
        assert [move.kind for move in first.moves.all()] == ["joined", "called", "recalled", "passed", "set-aside", "restored"]
        body = desk.get(page).content.decode()
        assert "普通 → 急诊：疼痛加重" in body
        assert "张小三" not in body

    def test_a_refusal_is_told_and_changes_nothing(self, desk: Client, session: ClinicSession, now: datetime) -> None:
        entry = arrive(session, now)
        before = everything()
        told = {
            "finish-nobody": desk.post(calling(session), {"action": "recall", "entry": entry.pk}, follow=True),
            "long": desk.post(calling(session), {"action": "set-aside", "entry": entry.pk, "reason": "长" * 151}, follow=True),
            "odd": desk.post(
                calling(session), {"action": "prioritise", "entry": entry.pk, "reason": "急", "priority": 9}, follow=True
            ),
            "no-reason": desk.post(calling(session), {"action": "set-aside", "entry": entry.pk, "reason": " "}, follow=True),
        }
        assert "当前为“候诊”，不能“重叫”" in told["finish-nobody"].content.decode()
        assert "原因：最多 150 个字。" in told["long"].content.decode()
        assert "优先级：请选择列表中的一项。" in told["odd"].content.decode()
        assert "请填写原因。" in told["no-reason"].content.decode()
        assert everything() == before
        empty = make_clinic_now(now=now, hospital=session.hospital)
        assert "当前没有等候的患者。" in desk.post(calling(empty), {"action": "call-next"}, follow=True).content.decode()

    def test_nobody_elses_session_or_patient(self, desk: Client, session: ClinicSession, now: datetime) -> None:
        mine, other = arrive(session, now), make_clinic_now(now=now)
        theirs = arrive(other, now)
        before = everything()
        assert desk.get(calling(other)).status_code == 404
        assert desk.post(calling(other), {"action": "call-next"}).status_code == 404
        assert desk.post(calling(session), {"action": "finish", "entry": theirs.pk}).status_code == 404
        assert desk.post(calling(session), {"action": "nonsense", "entry": mine.pk}).status_code == 404
        assert desk.post(calling(session), {"action": "finish", "entry": 2**70}).status_code == 404
        assert everything() == before

    def test_staff_of_no_hospital_and_strangers(self, session: ClinicSession) -> None:
        nobody = Client()
        nobody.force_login(make_staff())
        for page in (CHECK_IN, SESSIONS, calling(session)):
            assert nobody.get(page).status_code == 404
            assert Client().get(page).status_code == 302

    def test_the_list_of_the_days_sessions(self, desk: Client, session: ClinicSession, now: datetime) -> None:
        arrive(session, now)
        other = make_clinic_now(now=now)
        body = desk.get(SESSIONS).content.decode()
        assert calling(session) in body
        assert f"/screen/{session.hospital.code}/{session.department_id}" in body
        assert calling(other) not in body


def test_places_and_their_history_are_read_only(desk: Client, session: ClinicSession, now: datetime) -> None:
    entry = arrive(session, now)
    assert CHECK_IN in desk.get(reverse("admin:booking_queueentry_changelist")).content.decode()
    body = desk.get(reverse("admin:booking_queueentry_change", args=[entry.pk])).content.decode()
    assert "进入候诊" in body
    before = everything()
    desk.post(reverse("admin:booking_queueentry_change", args=[entry.pk]), {"state": "finished"})
    assert desk.get(reverse("admin:booking_queueentry_add")).status_code == 403
    assert everything() == before


def test_the_queries_of_the_calling_page_do_not_grow_with_the_room(desk: Client, session: ClinicSession, now: datetime) -> None:
    counts = []
    for _ in range(2):
        arrive(session, now)
        desk.post(calling(session), {"action": "call-next"})
        arrive(session, now)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(calling(session)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
