"""Booking for a patient who calls or stands at the counter."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Sex, User
from booking.models import Appointment, AppointmentStatus, CancelledBy, Channel, EventKind, Outcome, Restriction
from booking.rules.caps import AlreadyBooked
from booking.rules.patient import AgeNotAccepted, BookingPaused
from booking.rules.session import NotReleased, SessionOver, SessionSuspended
from booking.services.cancellation import cancel_appointment
from booking.services.desk import book_at_desk
from booking.services.holds import expire_due_holds
from booking.services.payers import NoPayer
from booking.services.payments import record_payment
from booking.services.seats import SessionFull, SlotFull
from booking.services.staff_reasons import StaffReasonMissing
from booking.services.transitions import patient_actor
from booking.services.wanted import SlotNotFound
from hospitals.models import ClinicSession
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import set_policy, suspend
from tests.factories.accounts import make_patient, make_staff
from tests.factories.booking import Account, book, make_account, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, extra_quota=1)


@pytest.fixture
def clerk() -> User:
    return make_staff()


def desk(session: ClinicSession, account: Account, clerk: User, **changes: Any) -> Appointment:
    given: dict[str, Any] = {
        "slot_id": slot_of(session).pk,
        "patient_id": account.patient.pk,
        "by": clerk,
        "reason": "电话预约",
        "now": NOW,
    }
    return book_at_desk(**given | changes)


class TestBooking:
    def test_a_free_one_is_booked_at_once_in_the_clerks_name(self, session: ClinicSession, account: Account, clerk: User) -> None:
        booked = desk(session, account, clerk)
        assert (booked.status, booked.channel, booked.number) == (AppointmentStatus.BOOKED, Channel.ADVANCE, 1)
        assert (booked.booked_by, booked.booked_at, booked.slot) == (account.user, NOW, slot_of(session))
        (event,) = booked.events.all()
        assert (event.kind, event.actor, event.actor_kind) == (EventKind.BOOKED, clerk, "staff")
        assert event.detail == {"channel": "advance", "at_desk": True, "reason": "电话预约"}

    def test_the_patient_cancels_it_like_any_other(self, session: ClinicSession, account: Account, clerk: User) -> None:
        booked = desk(session, account, clerk)
        actor = patient_actor(account.user)
        cancel_appointment(appointment_id=booked.pk, by=CancelledBy.PATIENT, actor=actor, now=NOW)
        booked.refresh_from_db()
        assert booked.outcome == Outcome.CANCELLED

    def test_a_fee_is_paid_by_the_patients_account(self, account: Account, clerk: User) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000)
        held = desk(session, account, clerk)
        assert (held.status, held.hold_expires_at) == (AppointmentStatus.PENDING, at("10:10", days=-2))
        (event,) = held.events.all()
        assert (event.kind, event.actor) == (EventKind.CREATED, clerk)
        record_payment(state=paid_state(held, now=NOW), now=NOW)
        held.refresh_from_db()
        assert held.status == AppointmentStatus.BOOKED

    def test_not_paid_its_hold_runs_out_like_any_other(self, account: Account, clerk: User) -> None:
        held = desk(make_clinic(visit_date=VISIT, fee_fen=5000), account, clerk)
        assert expire_due_holds(now=at("10:10", days=-2) - ONE_SECOND).expired == 0
        assert expire_due_holds(now=at("10:10", days=-2)).expired == 1
        held.refresh_from_db()
        assert held.cancel_reason == "超时未支付"

    def test_without_an_account_where_it_is_free(self, session: ClinicSession, clerk: User) -> None:
        patient = make_patient()
        booked = book_at_desk(slot_id=slot_of(session).pk, patient_id=patient.pk, by=clerk, reason="现场", now=NOW)
        assert (booked.status, booked.booked_by, booked.patient) == (AppointmentStatus.BOOKED, None, patient)

    def test_on_the_day_the_channels_are_those_of_the_day(self, account: Account, clerk: User) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1, slot_minutes=240, extra_quota=1)
        first = desk(session, account, clerk, now=at("08:00"))
        second = desk(session, make_account(), clerk, now=at("08:00"))
        assert [first.channel, second.channel] == [Channel.SAME_DAY, Channel.EXTRA]


class TestWhatTheDeskIsNotAsked:
    def test_pauses(self, session: ClinicSession, account: Account, clerk: User) -> None:
        Restriction.objects.create(
            hospital=session.hospital, patient=account.patient, starts_at=NOW, ends_at=at("10:00", days=30), missed_count=3
        )
        with pytest.raises(BookingPaused):
            book(account, session, now=NOW)
        assert desk(session, account, clerk).status == AppointmentStatus.BOOKED

    def test_cancelling_often(self, session: ClinicSession, account: Account, clerk: User) -> None:
        set_policy(session, early_cancellations_per_month=1)
        booked, actor = book(account, session, now=NOW), patient_actor(account.user)
        cancel_appointment(appointment_id=booked.pk, by=CancelledBy.PATIENT, actor=actor, now=NOW)
        assert desk(session, account, clerk, slot_id=slot_of(session, 1).pk).status == AppointmentStatus.BOOKED


class TestLimits:
    def test_the_departments_and_the_caps_hold_until_they_are_overridden(self, clerk: User) -> None:
        department = make_department(maximum_age=13, sex_limit=Sex.FEMALE)
        account = make_account(birth_date=date(1990, 1, 1), sex=Sex.MALE)
        elsewhere = make_clinic(visit_date=VISIT, hospital=department.hospital)
        session = make_clinic(visit_date=VISIT, department=department)
        set_policy(session, live_per_day=1)
        book(account, elsewhere, now=NOW)
        before = everything()
        with pytest.raises(AgeNotAccepted) as raised:
            desk(session, account, clerk)
        assert [type(other).__name__ for other in raised.value.detail["others"]] == ["SexNotAccepted", "DayCapReached"]
        assert everything() == before

        booked = desk(session, account, clerk, override_limits=True, reason="院内会诊转入")

        assert booked.events.get().detail == {
            "channel": "advance",
            "at_desk": True,
            "reason": "院内会诊转入",
            "overridden": ["age", "sex", "day"],
        }

    @pytest.mark.parametrize(
        ("cap", "name"),
        [("live_per_department_day", "department-day"), ("live_per_week", "week"), ("live_per_quarter", "quarter")],
    )
    def test_each_cap_is_named(self, session: ClinicSession, account: Account, clerk: User, cap: str, name: str) -> None:
        another = make_clinic(visit_date=VISIT, department=session.department, starts_at=at("14:00"), ends_at=at("17:00"))
        loose = {"live_per_department_day": 9, "live_per_day": 9, "live_per_week": 9, "live_per_quarter": 9}
        set_policy(session, **loose | {cap: 1})
        book(account, another, now=NOW)
        booked = desk(session, account, clerk, override_limits=True)
        assert booked.events.get().detail["overridden"] == [name]

    def test_what_is_not_there_cannot_be_overridden(self, account: Account, clerk: User) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=2, advance_quota=1)
        book(make_account(), session, now=NOW)
        self.refused(SessionFull, session, account, clerk, override_limits=True)

    def test_nor_a_full_window(self, account: Account, clerk: User) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=8)
        book(make_account(), session, now=NOW)
        self.refused(SlotFull, session, account, clerk, override_limits=True)

    def test_nor_a_second_booking_of_the_session(self, session: ClinicSession, account: Account, clerk: User) -> None:
        book(account, session, now=NOW)
        self.refused(AlreadyBooked, session, account, clerk, override_limits=True)

    def test_nor_the_times(self, session: ClinicSession, account: Account, clerk: User) -> None:
        released = at("07:00", days=-15)
        self.refused(NotReleased, session, account, clerk, override_limits=True, now=released - ONE_SECOND)
        self.refused(SessionOver, session, account, clerk, override_limits=True, now=at("12:00"))
        suspend(session)
        self.refused(SessionSuspended, session, account, clerk, override_limits=True)

    def test_a_reason_always(self, session: ClinicSession, account: Account, clerk: User) -> None:
        self.refused(StaffReasonMissing, session, account, clerk, reason=" ")

    def test_a_window_that_is_not_there(self, session: ClinicSession, account: Account, clerk: User) -> None:
        self.refused(SlotNotFound, session, account, clerk, slot_id=0)

    def test_nobody_who_could_pay(self, clerk: User) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000)
        self.refused(NoPayer, session, make_account(with_wechat=False), clerk)

    def refused(self, refusal: type[Exception], session: ClinicSession, account: Account, clerk: User, **changes: Any) -> None:
        before = everything()
        with pytest.raises(refusal) as raised:
            desk(session, account, clerk, **changes)
        assert type(raised.value) is refusal
        assert everything() == before
