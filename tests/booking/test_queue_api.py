"""The visit day over HTTP: the check-in code, the place in the queue, and the screen in the waiting room."""

import io
import json
from base64 import b64decode
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import segno
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from PIL import Image, ImageOps
from rest_framework.test import APIClient

from booking.models import Appointment, QueueEntry
from booking.services.checkin import CheckInNotOpen, CheckInOver, check_in
from booking.services.queue.calling import call_next
from booking.services.queue.codes import (
    PIXELS_PER_MODULE,
    QUIET_ZONE_MODULES,
    CheckInCodeExpired,
    CheckInCodeInvalid,
    check_in_picture,
    find_scanned,
    issue_check_in_code,
    read_check_in_code,
)
from booking.services.queue.placing import set_aside
from booking.services.transitions import TransitionRefused, patient_actor, staff_actor
from hospitals.models import ClinicSession, Hospital, SessionStatus
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic, make_clinic_now, slot_of

URL = "/api/v1/appointments"
QUERY_COUNTS: dict[str, int] = json.loads((Path(__file__).parent / "query_counts.json").read_text(encoding="utf-8"))


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic_now(now=now, rated_capacity=40, room="3 诊室")


def drawn(text: str) -> list[list[bool]]:
    """The modules of the text's QR code at level M, True where black; made anew, not read off the picture."""
    return [[bool(module) for module in row] for row in segno.make_qr(text, error="M", boost_error=False).matrix]


def modules(picture: bytes) -> list[list[bool]]:
    """The modules of a picture, read in their middles, its quiet zone left out."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    count = image.width // PIXELS_PER_MODULE
    inside = range(QUIET_ZONE_MODULES, count - QUIET_ZONE_MODULES)
    middle = [module * PIXELS_PER_MODULE + PIXELS_PER_MODULE // 2 for module in inside]
    return [[image.getpixel((x, y)) == 0 for x in middle] for y in middle]


def arrive(session: ClinicSession, now: datetime, account: Account | None = None, **patient: str) -> Appointment:
    appointment = make_appointment(now=now, account=account or make_account(**patient), slot=slot_of(session))
    return check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)


class TestCheckInCode:
    def test_given_to_the_patient_and_read_at_the_desk(
        self, client: APIClient, account: Account, session: ClinicSession, now: datetime
    ) -> None:
        appointment = make_appointment(now=now, account=account, session=session)
        before = everything()
        answer = client.get(f"{URL}/{appointment.code}/check-in-code")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        told = answer.json()
        lasts = parse_datetime(told["expires_at"]) - now
        assert timedelta(minutes=4) < lasts < timedelta(minutes=6)
        assert read_check_in_code(code=told["code"], now=now) == appointment.code
        assert (told["patient_name"], told["department_name"]) == (appointment.patient.masked_name, appointment.department.name)
        assert parse_datetime(told["starts_at"]) == (appointment.slot or session).starts_at
        kind, picture = told["image"].split(",")
        assert kind == "data:image/png;base64"
        assert modules(b64decode(picture)) == drawn(told["code"])
        assert everything() == before

    def test_the_picture_has_its_quiet_zone_and_is_large_enough(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        code = issue_check_in_code(appointment=appointment, now=at("08:00")).code
        image = Image.open(io.BytesIO(check_in_picture(code))).convert("L")
        side = len(drawn(code)) * PIXELS_PER_MODULE
        edge = QUIET_ZONE_MODULES * PIXELS_PER_MODULE
        # At least four modules of white on every side, then the black corner of a finder pattern; 400 pixels and more.
        assert (QUIET_ZONE_MODULES, image.size) == (4, (side + 2 * edge, side + 2 * edge))
        assert ImageOps.invert(image).getbbox() == (edge, edge, edge + side, edge + side)
        assert image.width >= 400

    def test_another_code_is_another_picture(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        first, second = (issue_check_in_code(appointment=appointment, now=at(clock)).code for clock in ("08:00", "08:01"))
        assert modules(check_in_picture(first)) == drawn(first) != drawn(second)

    def test_nobody_elses(self, session: ClinicSession, now: datetime) -> None:
        appointment = make_appointment(now=now, session=session)
        stranger = api_client(make_account().user)
        for page in ("check-in-code", "queue"):
            assert stranger.get(f"{URL}/{appointment.code}/{page}").status_code == 404
            assert APIClient().get(f"{URL}/{appointment.code}/{page}").status_code == 401

    def test_not_days_before(self, client: APIClient, account: Account, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account)
        answer = client.get(f"{URL}/{appointment.code}/check-in-code")
        assert (answer.status_code, answer.json()["code"]) == (409, "check-in-not-open")

    def test_from_when_checking_in_is_open_until_it_was_done(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        with pytest.raises(CheckInNotOpen):
            issue_check_in_code(appointment=appointment, now=at("07:30") - ONE_SECOND)
        assert issue_check_in_code(appointment=appointment, now=at("07:30")).expires_at == at("07:35")
        with pytest.raises(CheckInOver):
            issue_check_in_code(appointment=appointment, now=at("12:00"))
        done = check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("08:00"))
        with pytest.raises(TransitionRefused):
            issue_check_in_code(appointment=done, now=at("08:01"))

    def test_it_ends(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        code = issue_check_in_code(appointment=appointment, now=at("08:00")).code
        assert read_check_in_code(code=code, now=at("08:05") - ONE_SECOND) == appointment.code
        with pytest.raises(CheckInCodeExpired):
            read_check_in_code(code=code, now=at("08:05"))

    def test_forged_or_stretched_it_is_none(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        other = make_appointment(now=NOW, session=appointment.session)
        code = issue_check_in_code(appointment=appointment, now=at("08:00")).code
        said, signature = code.split(":")
        name, expires = said.split(".")
        forged = [
            f"{name}.{int(expires) + 3600}:{signature}",
            f"{other.code}.{expires}:{signature}",
            f"{said}:{signature[:-1]}",
            f"{said}:",
            "x:y",
            "约:诊",
        ]
        for wrong in forged:
            with pytest.raises(CheckInCodeInvalid):
                read_check_in_code(code=wrong, now=at("08:00"))

    def test_the_desk_may_type_the_appointments_own_code(self) -> None:
        appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
        elsewhere = Appointment.objects.filter(hospital__in=Hospital.objects.exclude(pk=appointment.hospital_id))
        typed = f" {appointment.code.lower()} "
        assert find_scanned(scanned=typed, among=Appointment.objects.all(), now=at("08:00")) == appointment
        with pytest.raises(CheckInCodeInvalid):
            find_scanned(scanned=typed, among=elsewhere, now=at("08:00"))


class TestQueue:
    def test_the_place_and_the_wait(self, client: APIClient, account: Account, session: ClinicSession, now: datetime) -> None:
        arrive(session, now)
        mine = arrive(session, now + timedelta(seconds=1), account)
        answer = client.get(f"{URL}/{mine.code}/queue")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        told = answer.json()
        # 130 minutes for 40 patients are 3.25 each, planned; one is ahead: 3.25 ± 3.06.
        expected = {"state": "waiting", "state_label": "候诊", "people_ahead": 1, "wait_minutes_low": 0, "wait_minutes_high": 7}
        assert {name: told[name] for name in expected} == expected

    def test_called(self, client: APIClient, account: Account, session: ClinicSession, now: datetime) -> None:
        mine = arrive(session, now, account)
        call_next(session_id=session.pk, actor=staff_actor(make_staff()), now=now)
        told = client.get(f"{URL}/{mine.code}/queue").json()
        assert (told["state"], told["people_ahead"], told["wait_minutes_low"]) == ("called", 0, None)
        assert parse_datetime(told["called_at"]) == now

    def test_not_before_checking_in(self, client: APIClient, account: Account, session: ClinicSession, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account, session=session)
        answer = client.get(f"{URL}/{appointment.code}/queue")
        assert (answer.status_code, answer.json()["code"]) == (409, "not-in-queue")

    def test_the_queries_do_not_grow_with_the_room(
        self, client: APIClient, account: Account, session: ClinicSession, now: datetime
    ) -> None:
        mine = arrive(session, now, account)
        for _ in range(2):
            arrive(session, now)
            client.get(f"{URL}/{mine.code}/queue")
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{URL}/{mine.code}/queue").status_code == 200
            assert len(queries) == QUERY_COUNTS["queue"]


class TestScreen:
    @pytest.fixture
    def address(self, session: ClinicSession) -> str:
        return f"/screen/{session.hospital.code}/{session.department_id}"

    def test_masked_names_in_the_order_of_calling(self, session: ClinicSession, address: str, now: datetime) -> None:
        nurse = staff_actor(make_staff())
        for second, name in enumerate(["张小三", "李四", "王五六", "赵大七"]):
            arrive(session, now + timedelta(seconds=second), name=name)
        call_next(session_id=session.pk, actor=nurse, now=now)
        aside = QueueEntry.objects.get(appointment__patient__name="李四")
        set_aside(entry_id=aside.pk, actor=nurse, reason="暂离", now=now)
        answer = Client().get(f"{address}/now")
        assert "no-store" in answer.headers["Cache-Control"]
        (panel,) = answer.json()["panels"]
        assert [(line["number"], line["name"]) for line in panel["called"]] == [(1, "张*三")]
        assert [line["name"] for line in panel["next"]] == ["王*六", "赵*七"]
        assert [line["name"] for line in panel["set_aside"]] == ["李*"]
        assert (panel["waiting"], panel["room"], panel["title"]) == (2, "3 诊室", session.doctor.name)
        page = Client().get(address)
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        body = page.content.decode()
        for name in ("张小三", "李四", "王五六", "赵大七"):
            assert name not in body
            assert name not in answer.content.decode()

    def test_nothing_from_elsewhere_on_the_page(self, address: str) -> None:
        body = Client().get(address).content.decode()
        assert "http:" not in body
        assert "https:" not in body
        assert 'src="/static/booking/screen.js"' in body

    def test_a_suspended_session_calls_nobody(self, session: ClinicSession, address: str, now: datetime) -> None:
        arrive(session, now)
        ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.SUSPENDED)
        (panel,) = Client().get(f"{address}/now").json()["panels"]
        assert (panel["is_suspended"], panel["called"], panel["next"], panel["waiting"]) == (True, [], [], 0)

    def test_only_what_is_on(self, session: ClinicSession, address: str, now: datetime) -> None:
        """Not tomorrow's, nor another department's, nor one that is over; but one that is over with patients still waiting."""
        make_clinic(visit_date=timezone.localdate(now) + timedelta(days=1), department=session.department)
        assert [panel["session"] for panel in Client().get(f"{address}/now").json()["panels"]] == [session.pk]
        arrive(session, now)
        begins = session.starts_at - timedelta(minutes=30)
        ClinicSession.objects.filter(pk=session.pk).update(starts_at=begins, ends_at=now - timedelta(minutes=1))
        assert [panel["session"] for panel in Client().get(f"{address}/now").json()["panels"]] == [session.pk]
        call_next(session_id=session.pk, actor=staff_actor(make_staff()), now=now)
        QueueEntry.objects.update(state="left", finished_at=now)
        assert Client().get(f"{address}/now").json()["panels"] == []

    @pytest.mark.parametrize("suffix", ["", "/now"])
    def test_what_is_not_open_is_not_there(self, session: ClinicSession, address: str, suffix: str) -> None:
        other = make_clinic(visit_date=VISIT)
        wrong = [
            f"/screen/{other.hospital.code}/{session.department_id}",
            f"/screen/{session.hospital.code}/{2**70}",
            f"/screen/nowhere/{session.department_id}",
        ]
        assert [Client().get(path + suffix).status_code for path in wrong] == [404, 404, 404]
        assert Client().post(address + suffix).status_code == 405
        Hospital.objects.filter(pk=session.hospital_id).update(is_active=False)
        assert Client().get(address + suffix).status_code == 404

    def test_the_queries_do_not_grow_with_the_room(self, session: ClinicSession, address: str, now: datetime) -> None:
        for _ in range(2):
            arrive(session, now)
            another = make_clinic_now(now=now, department=session.department)
            arrive(another, now)
            with CaptureQueriesContext(connection) as queries:
                assert Client().get(f"{address}/now").status_code == 200
            assert len(queries) == QUERY_COUNTS["screen"]
