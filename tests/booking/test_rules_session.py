"""When a session can be booked, to the second, by the clock where the hospital is."""

from datetime import datetime

import pytest

from accounts.errors import Refusal
from booking.models import Channel, RefusedAttempt
from booking.rules.caps import AlreadyBooked
from booking.rules.session import AdvanceClosed, NotReleased, SessionOver, SessionSuspended
from booking.services.appointments import book_appointment
from booking.services.seats import SessionFull, SlotFull
from hospitals.models import SessionStatus
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.booking import Account, book, make_account, make_clinic, slot_of
from tests.factories.hospitals import make_hospital

RELEASE, CLOSE, MIDNIGHT = at("07:00", days=-15), at("17:00", days=-1), at("00:00")
FIRST_WINDOW_ENDS, END = at("08:30"), at("12:00")


def refused(account: Account, session: object, now: datetime, place: int = -1) -> Refusal:
    """The refusal of a booking, which must change nothing but the count of unmet demand."""
    before = everything(but=(RefusedAttempt,))
    with pytest.raises(Refusal) as caught:
        book(account, slot_of(session, place), now=now)
    assert everything(but=(RefusedAttempt,)) == before
    return caught.value


@pytest.mark.parametrize(
    ("now", "channel"),
    [
        (RELEASE, Channel.ADVANCE),
        (CLOSE - ONE_SECOND, Channel.ADVANCE),
        (MIDNIGHT, Channel.SAME_DAY),
        (END - ONE_SECOND, Channel.SAME_DAY),
    ],
    ids=["release", "before-the-close", "midnight", "before-the-end"],
)
def test_the_first_and_last_moments_of_each_channel(account: Account, now: datetime, channel: Channel) -> None:
    session = make_clinic(visit_date=VISIT)
    assert book(account, slot_of(session, -1), now=now).channel == channel


@pytest.mark.parametrize(
    ("now", "refusal", "detail"),
    [
        (RELEASE - ONE_SECOND, NotReleased, {"releases_at": "2026-02-25 07:00"}),
        (CLOSE, AdvanceClosed, {"closes": "17:00"}),
        (MIDNIGHT - ONE_SECOND, AdvanceClosed, {"closes": "17:00"}),
        (END, SessionOver, {}),
    ],
    ids=["before-the-release", "the-close", "before-midnight", "the-end"],
)
def test_a_moment_before_and_after_it_is_refused(account: Account, now: datetime, refusal: type[Refusal], detail: dict) -> None:
    session = make_clinic(visit_date=VISIT)
    told = refused(account, session, now)
    assert (type(told), told.detail) == (refusal, detail)
    assert not RefusedAttempt.objects.exists()


def test_the_days_are_the_hospitals_own(account: Account) -> None:
    """Urumqi keeps its clocks two hours behind: its visit day begins when Shanghai shows two."""
    session = make_clinic(visit_date=VISIT, hospital=make_hospital(time_zone="Asia/Urumqi"))
    assert isinstance(refused(account, session, at("01:59:59")), AdvanceClosed)
    assert book(account, slot_of(session, -1), now=at("02:00")).channel == Channel.SAME_DAY


def test_the_close_is_the_policys(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    changes = {"advance_close_time": at("15:00").time()}
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=NOW)
    assert refused(account, session, at("15:00", days=-1)).detail == {"closes": "15:00"}


def test_a_window_that_is_over_is_refused_while_later_ones_are_open(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    assert isinstance(refused(account, session, FIRST_WINDOW_ENDS, place=0), SessionOver)
    assert book(account, slot_of(session, 1), now=FIRST_WINDOW_ENDS).channel == Channel.SAME_DAY


def test_a_window_that_has_begun_can_still_be_booked(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    assert book(account, slot_of(session, 0), now=FIRST_WINDOW_ENDS - ONE_SECOND).slot_id == slot_of(session, 0).pk


@pytest.mark.parametrize(
    ("status", "refusal"), [(SessionStatus.SUSPENDED, SessionSuspended), (SessionStatus.CLOSED, SessionOver)]
)
def test_a_suspended_or_closed_session_is_refused(account: Account, status: SessionStatus, refusal: type[Refusal]) -> None:
    session = make_clinic(visit_date=VISIT, status=status)
    assert type(refused(account, session, NOW)) is refusal


def test_a_full_window_is_refused_while_others_are_free(account: Account) -> None:
    session = make_clinic(visit_date=VISIT, rated_capacity=8)  # eight windows of one seat
    book(make_account(), slot_of(session, 3), now=NOW)
    assert isinstance(refused(account, session, NOW, place=3), SlotFull)
    assert not RefusedAttempt.objects.exists()  # the session is not full
    assert book(account, slot_of(session, 4), now=NOW).number == 2


class TestUnmetDemand:
    """Who wanted a seat of a full session and had none is counted, once."""

    @pytest.mark.parametrize("rated", [1, 5], ids=["sold-out", "advance-quota-used"])
    def test_a_refused_patient_is_counted_once_however_often(self, account: Account, rated: int) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=rated, advance_quota=1)
        book(make_account(), session, now=NOW)
        for minute in range(3):
            assert isinstance(refused(account, session, at(f"11:0{minute}", days=-2)), SessionFull)
        row = RefusedAttempt.objects.get()
        assert (row.session_id, row.patient_id, row.channel) == (session.pk, account.patient.pk, Channel.ADVANCE)
        assert row.at == at("11:00", days=-2)

    def test_the_channels_are_counted_apart(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1)
        book(make_account(), slot_of(session, -1), now=NOW)
        refused(account, session, NOW)
        refused(account, session, at("09:00"))
        assert sorted(RefusedAttempt.objects.values_list("channel", flat=True)) == [Channel.ADVANCE, Channel.SAME_DAY]

    def test_who_has_a_seat_there_is_no_unmet_demand(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1)
        book(account, session, now=NOW)
        told = refused(account, session, NOW)
        assert type(told) is AlreadyBooked
        assert type(told.detail["others"][0]) is SessionFull
        assert not RefusedAttempt.objects.exists()

    def test_a_stranger_to_the_patient_is_not_counted(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1)
        book(make_account(), session, now=NOW)
        with pytest.raises(Refusal):
            book_appointment(user=account.user, patient_id=make_account().patient.pk, slot_id=slot_of(session).pk, now=NOW)
        assert not RefusedAttempt.objects.exists()
