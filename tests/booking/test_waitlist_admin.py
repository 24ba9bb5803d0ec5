"""Waitlists and seats that came back, as staff see them: at the own hospital only, and nothing can be changed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import SeatReturn, WaitlistEntry, WaitlistSkip
from booking.services.waitlist.passing import pass_on_seats
from booking.waitlist_selectors import WaitlistState
from hospitals.models import ClinicSession, StaffRole
from tests.booking.clock import NOW
from tests.booking.snapshot import everything
from tests.booking.test_admin import staff_client
from tests.booking.waiting import cancel, full_session, reread, wait_for
from tests.factories.booking import make_account

ENTRIES = reverse("admin:booking_waitlistentry_changelist")
RETURNS = reverse("admin:booking_seatreturn_changelist")


@pytest.fixture
def session() -> ClinicSession:
    """One was offered the seat that came back, two wait, of whom the first was passed over once."""
    clinic, (leaving,) = full_session()
    offered, waiting, _ = [wait_for(clinic, make_account(name=name)) for name in ("张三丰", "李四光", "王五一")]
    cancel(leaving)
    assert pass_on_seats(now=NOW).offered == 1
    assert reread(offered).appointment
    WaitlistSkip.objects.create(entry=waiting, at=NOW, code="day-cap", reason="同一天最多预约 1 次。")
    return clinic


@pytest.fixture
def desk(session: ClinicSession) -> Client:
    return staff_client(session.hospital, StaffRole.DESK)


def test_who_waits_and_where_they_stand(desk: Client, session: ClinicSession) -> None:
    body = desk.get(ENTRIES).content.decode()
    for words in ("张*丰", "第 1 位（共 2 人）", "第 2 位（共 2 人）", "已派号，待确认", "同一天最多预约 1 次。"):
        assert words in body
    assert "张三丰" not in body


@pytest.mark.parametrize(
    ("state", "count"), [(state, {"waiting": 2, "offered": 1}.get(state, 0)) for state in WaitlistState.values]
)
def test_by_state(desk: Client, state: str, count: int) -> None:
    assert desk.get(ENTRIES, {"state": state}).context["cl"].result_count == count


def test_one_place(desk: Client) -> None:
    skipped = WaitlistSkip.objects.get().entry
    body = desk.get(reverse("admin:booking_waitlistentry_change", args=[skipped.pk])).content.decode()
    assert "同一天最多预约 1 次。" in body
    assert "先到先得" in body


@pytest.mark.parametrize(("where", "count"), [("kept", 0), ("offered", 1), ("released", 0), ("", 1)])
def test_where_seats_went(desk: Client, where: str, count: int) -> None:
    answer = desk.get(RETURNS, {"where": where} if where else {})
    assert answer.context["cl"].result_count == count
    assert ("派给候补" in answer.rendered_content) is True


def test_other_hospitals_staff_see_nothing(session: ClinicSession) -> None:
    stranger = staff_client(full_session()[0].hospital, StaffRole.ADMINISTRATOR)
    assert [stranger.get(page).context["cl"].result_count for page in (ENTRIES, RETURNS)] == [0, 0]
    entry = WaitlistEntry.objects.filter(session=session).earliest("pk")
    assert stranger.get(reverse("admin:booking_waitlistentry_change", args=[entry.pk])).status_code == 404


def test_nothing_can_be_changed(session: ClinicSession) -> None:
    administrator = staff_client(session.hospital, StaffRole.ADMINISTRATOR)
    entry, seat = WaitlistEntry.objects.earliest("pk"), SeatReturn.objects.get()
    before = everything()
    pages = [
        reverse("admin:booking_waitlistentry_add"),
        reverse("admin:booking_seatreturn_add"),
        reverse("admin:booking_waitlistentry_delete", args=[entry.pk]),
        reverse("admin:booking_seatreturn_change", args=[seat.pk]),
    ]
    assert [administrator.post(page, {"end": "left", "post": "yes"}).status_code for page in pages] == [403] * 4
    assert everything() == before


def test_constant_queries(desk: Client, session: ClinicSession) -> None:
    def queries(page: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(page).status_code == 200
        return len(captured)

    before = [queries(page) for page in (ENTRIES, RETURNS)]
    other, (leaving,) = full_session(hospital=session.hospital)
    for _ in range(3):
        wait_for(other)
    cancel(leaving)
    assert [queries(page) for page in (ENTRIES, RETURNS)] == before
