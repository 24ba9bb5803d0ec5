"""The clock moves on: over midnight, to and from summer time, into a new year, over a 29 February."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.models import Appointment, AppointmentStatus, CancelledBy, Channel, Outcome, SeatReturn
from booking.rules.caps import WeekCapReached
from booking.rules.patient import AgeNotAccepted, CancelledTooOften
from booking.rules.session import AdvanceClosed, NotReleased
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import CheckInNotOpen, check_in
from booking.services.closing import close_days_before
from booking.services.holds import SweepResult, expire_due_holds
from booking.services.returns import release_due_returns
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession, Hospital
from tests.booking.clock import ONE_SECOND, ZONE
from tests.booking.snapshot import everything
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic
from tests.factories.hospitals import make_department, make_hospital
from wechat.emulator.testing import Emulator

NEW_YORK = ZoneInfo("America/New_York")
# 02:00 becomes 03:00 on the first, 02:00 becomes 01:00 on the second.
SPRING_FORWARD, FALL_BACK = date(2026, 3, 8), date(2026, 11, 1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def new_york() -> Hospital:
    return make_hospital(time_zone="America/New_York")


def shown(text: str, zone: ZoneInfo = ZONE) -> datetime:
    """What a clock of the zone shows, as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def cancel(appointment: Appointment, now: datetime) -> Appointment:
    actor = patient_actor(appointment.booked_by)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=now)
    appointment.refresh_from_db()
    return appointment


class TestMidnight:
    def test_a_hold_runs_out_on_the_next_day(self, emulator: Emulator) -> None:
        """Taken at 23:55, it lasts until 00:05: midnight itself ends nothing."""
        begun, over = shown("2026-05-19T23:55"), shown("2026-05-20T00:05")
        session = make_clinic(visit_date=date(2026, 5, 22), fee_fen=5000)
        held = make_appointment(now=begun, session=session, is_paid=False)
        assert held.hold_expires_at == over
        before = everything()
        for now in (shown("2026-05-20T00:00"), over - ONE_SECOND):
            assert expire_due_holds(now=now) == SweepResult(expired=0, paid=0)
        assert everything() == before
        assert expire_due_holds(now=over) == SweepResult(expired=1, paid=0)
        held.refresh_from_db()
        assert (held.status, held.outcome, held.cancelled_at) == (AppointmentStatus.CANCELLED, Outcome.VOID, over)

    def test_an_advance_seat_that_came_back_overnight_is_on_sale_on_the_visit_day(self) -> None:
        """Given up at 23:59, it is back within two hours, and then anybody's who comes on the day."""
        session = make_clinic(visit_date=date(2026, 5, 20), rated_capacity=1, slot_minutes=240)
        cancel(make_appointment(now=shown("2026-05-18T10:00"), session=session), shown("2026-05-19T23:59"))
        returned = SeatReturn.objects.get()
        assert shown("2026-05-19T23:59") <= returned.returns_at < shown("2026-05-20T01:59")
        assert release_due_returns(now=returned.returns_at) == 1
        assert book(make_account(), session, now=shown("2026-05-20T02:00")).channel == Channel.SAME_DAY

    def test_the_day_is_closed_when_it_is_over_at_the_hospital(self, new_york: Hospital) -> None:
        """At noon in Shanghai it is midnight in New York: `day` is the hospital's, so nothing of its day is closed before."""
        session = make_clinic(visit_date=date(2026, 5, 20), hospital=new_york)
        make_appointment(now=shown("2026-05-18T10:00", NEW_YORK), session=session)
        for now, missed in ((shown("2026-05-21T11:59:59"), 0), (shown("2026-05-21T12:00"), 1)):
            today = now.astimezone(new_york.zone).date()
            assert close_days_before(hospital=new_york, day=today, now=now).missed == missed


class TestSummerTime:
    @pytest.mark.parametrize(
        ("visit", "released"),
        [(date(2026, 3, 22), "2026-03-07T12:00+00:00"), (date(2026, 3, 23), "2026-03-08T11:00+00:00")],
        ids=["winter", "summer"],
    )
    def test_the_release_is_at_seven_by_the_wall(self, new_york: Hospital, visit: date, released: str) -> None:
        session, release = make_clinic(visit_date=visit, hospital=new_york), datetime.fromisoformat(released)
        before = everything()
        account = make_account()
        with pytest.raises(NotReleased) as caught:
            book(account, session, now=release - ONE_SECOND)
        assert caught.value.detail["releases_at"].endswith(" 07:00")
        assert everything() == before
        assert book(account, session, now=release).channel == Channel.ADVANCE

    @pytest.mark.parametrize(
        ("visit", "deadline"),
        [
            (SPRING_FORWARD, "2026-03-08T04:59:59+00:00"),
            (SPRING_FORWARD + DAY, "2026-03-09T03:59:59+00:00"),
            (FALL_BACK, "2026-11-01T03:59:59+00:00"),
            (FALL_BACK + DAY, "2026-11-02T04:59:59+00:00"),
        ],
        ids=["before-spring", "after-spring", "before-autumn", "after-autumn"],
    )
    def test_the_cancellation_deadline_is_a_second_to_midnight_by_the_wall(
        self, new_york: Hospital, visit: date, deadline: str
    ) -> None:
        """On either side of a change of the clocks, and not an hour beside it."""
        last = datetime.fromisoformat(deadline)
        session = make_clinic(visit_date=visit, hospital=new_york)
        in_time, late = (make_appointment(now=last - 3 * DAY, session=session) for _ in range(2))
        assert in_time.cancel_deadline == last
        assert cancel(in_time, last).outcome == Outcome.CANCELLED
        assert cancel(late, last + ONE_SECOND).outcome == Outcome.UNATTENDED

    def test_the_visit_day_begins_at_its_own_midnight(self, new_york: Hospital) -> None:
        session = make_clinic(visit_date=SPRING_FORWARD, hospital=new_york)
        midnight = datetime.fromisoformat("2026-03-08T05:00+00:00")
        before, account = everything(), make_account()
        with pytest.raises(AdvanceClosed):
            book(account, session, now=midnight - ONE_SECOND)
        assert everything() == before
        assert book(account, session, now=midnight).channel == Channel.SAME_DAY

    @pytest.mark.parametrize(
        ("visit", "minutes_since_midnight"), [(SPRING_FORWARD, 390), (FALL_BACK, 510)], ids=["spring", "autumn"]
    )
    def test_check_in_opens_half_an_hour_before_the_window(
        self, new_york: Hospital, visit: date, minutes_since_midnight: int
    ) -> None:
        """07:30 by the wall comes an hour early in spring and an hour late in autumn."""
        session = make_clinic(visit_date=visit, hospital=new_york)
        appointment = make_appointment(now=shown(f"{visit - 2 * DAY}T10:00", NEW_YORK), session=session)
        midnight = shown(f"{visit}T00:00", NEW_YORK).astimezone(ZoneInfo("UTC"))
        opens = midnight + minutes_since_midnight * MINUTE
        before = everything()
        with pytest.raises(CheckInNotOpen):
            check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=opens - ONE_SECOND)
        assert everything() == before
        arrived = check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=opens)
        assert arrived.status == AppointmentStatus.CHECKED_IN


class TestNewYear:
    NEW_YEAR = date(2027, 1, 1)

    def test_the_deadline_is_in_the_old_year(self) -> None:
        session = make_clinic(visit_date=self.NEW_YEAR)
        in_time, late = (make_appointment(now=shown("2026-12-28T10:00"), session=session) for _ in range(2))
        last = shown("2026-12-31T23:59:59")
        assert cancel(in_time, last).outcome == Outcome.CANCELLED
        assert cancel(late, last + ONE_SECOND).outcome == Outcome.UNATTENDED

    def test_seven_days_are_seven_days_across_it(self, account: Account) -> None:
        """Three visits around it; a fourth within their seven days is refused, one on the day after is not."""
        hospital, now = make_hospital(), shown("2026-12-28T10:00")
        for visit in (date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 2)):
            book(account, clinic_on(visit, hospital), now=now)
        fourth, later = clinic_on(date(2027, 1, 4), hospital), clinic_on(date(2027, 1, 9), hospital)
        before = everything()
        with pytest.raises(WeekCapReached):
            book(account, fourth, now=now)
        assert everything() == before
        assert book(account, later, now=now).status == AppointmentStatus.BOOKED

    def test_decembers_cancellations_are_forgiven_in_its_first_second(self, account: Account) -> None:
        hospital, now = make_hospital(), shown("2026-12-28T10:00")
        for _ in range(3):
            cancel(make_appointment(now=now, account=account, session=clinic_on(date(2027, 1, 5), hospital)), now)
        wanted, midnight = clinic_on(date(2027, 1, 6), hospital), shown("2027-01-01T00:00")
        before = everything()
        with pytest.raises(CancelledTooOften):
            book(account, wanted, now=midnight - ONE_SECOND)
        assert everything() == before
        assert book(account, wanted, now=midnight).status == AppointmentStatus.BOOKED


class TestLeapDay:
    def test_a_visit_on_it(self) -> None:
        """Released on the 14th, withdrawn in time until the 28th, and its day is closed on 1 March."""
        leap_day = date(2028, 2, 29)
        session = make_clinic(visit_date=leap_day)
        account = make_account()
        with pytest.raises(NotReleased):
            book(account, session, now=shown("2028-02-14T06:59:59"))
        appointment = book(account, session, now=shown("2028-02-14T07:00"))
        assert appointment.cancel_deadline == shown("2028-02-28T23:59:59")
        closed = [
            close_days_before(hospital=session.hospital, day=day, now=shown("2028-03-01T00:30")).missed
            for day in (leap_day, leap_day + DAY)
        ]
        assert closed == [0, 1]

    @pytest.mark.parametrize(("visit", "is_taken"), [(date(2026, 2, 28), True), (date(2026, 3, 1), False)])
    def test_a_child_born_on_it_is_fourteen_from_the_first_of_march(self, visit: date, is_taken: bool) -> None:
        """Of a paediatric department that takes children under 14."""
        department = make_department(maximum_age=13)
        session, child = make_clinic(visit_date=visit, department=department), make_account(birth_date=date(2012, 2, 29))
        now = shown("2026-02-20T10:00")
        if is_taken:
            assert book(child, session, now=now).age_at_visit == 13
        else:
            before = everything()
            with pytest.raises(AgeNotAccepted):
                book(child, session, now=now)
            assert everything() == before


def clinic_on(visit: date, hospital: Hospital) -> ClinicSession:
    """Of a department of its own."""
    return make_clinic(visit_date=visit, hospital=hospital, department=make_department(hospital=hospital))
