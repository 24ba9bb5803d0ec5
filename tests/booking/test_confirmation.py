"""Bookings of tier D that staff confirm by telephone, or that are released."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Refusal
from accounts.models import User
from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, Outcome, Refund, SeatReturn, Tier
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.confirmation import NothingToConfirm, confirm_by_phone, release_unconfirmed
from booking.services.moves import move_appointment
from booking.services.payments import record_payment
from booking.services.transitions import patient_actor
from config.api_errors import refusal_body
from hospitals.models import ClinicSession
from hospitals.services.policies import revise_policy
from tests.booking.clock import ONE_SECOND, VISIT, at
from tests.booking.rated import rated
from tests.booking.snapshot import everything
from tests.booking.suspended import suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_appointment, make_clinic, paid_state, slot_of

BOOKED_AT = at("10:00", days=-10)
DEADLINE = BOOKED_AT + timedelta(hours=48)
EVE_CLOSE = at("17:00", days=-1)


@pytest.fixture
def nurse() -> User:
    return make_staff()


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT)


def of_tier(session: ClinicSession, tier: Tier = Tier.D) -> Account:
    return rated(session.hospital, tier, now=BOOKED_AT)


def booked(session: ClinicSession, *, now: datetime = BOOKED_AT, tier: Tier = Tier.D) -> Appointment:
    # The last window is open whatever the time, and takes two.
    windows = session.slots.order_by("-starts_at")
    slot = next(slot for slot in windows if slot.left > 0)
    return make_appointment(now=now, account=of_tier(session, tier), slot=slot)


def policy(session: ClinicSession, **changes: Any) -> None:
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=at("00:00", days=-30))


def kinds(appointment: Appointment) -> list[str]:
    return list(appointment.events.order_by("pk").values_list("kind", flat=True))


class TestDeadline:
    @pytest.mark.parametrize("tier", [tier for tier in Tier if tier != Tier.D])
    def test_only_tier_d_is_asked(self, session: ClinicSession, tier: Tier) -> None:
        appointment = booked(session, tier=tier)
        assert (appointment.tier, appointment.confirm_by) == (tier, None)

    def test_some_hours_after_the_booking(self, session: ClinicSession) -> None:
        assert booked(session).confirm_by == DEADLINE

    def test_the_hours_are_the_policys(self, session: ClinicSession) -> None:
        policy(session, phone_confirmation_hours_d=5)
        assert booked(session).confirm_by == BOOKED_AT + timedelta(hours=5)

    def test_none_where_the_policy_asks_for_none(self, session: ClinicSession) -> None:
        policy(session, phone_confirmation_hours_d=0)
        assert booked(session).confirm_by is None

    def test_a_hold_is_counted_from_its_end_so_that_nobody_has_less_time(self) -> None:
        appointment = booked(make_clinic(visit_date=VISIT, fee_fen=5000))
        assert appointment.confirm_by == DEADLINE + timedelta(minutes=10)

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (EVE_CLOSE - timedelta(hours=48) - ONE_SECOND, EVE_CLOSE - ONE_SECOND),
            (at("23:59:59", days=-2), EVE_CLOSE),
            (at("00:00", days=-1), None),
            (at("08:00"), None),
        ],
        ids=["in-full", "until-the-eve", "on-the-eve", "on-the-day"],
    )
    def test_near_the_visit(self, session: ClinicSession, now: datetime, expected: datetime | None) -> None:
        """A seat that is released can still be booked; with no working day left nobody is asked."""
        policy(session, lead_days_d=0)
        account = of_tier(session)
        assert book(account, slot_of(session, -1), now=now).confirm_by == expected

    def test_a_move_is_a_new_promise(self, session: ClinicSession, nurse: User) -> None:
        old = booked(session)
        confirm_by_phone(appointment_id=old.pk, by=nurse, now=BOOKED_AT)
        wanted = make_clinic(visit_date=VISIT + timedelta(days=1), department=session.department)
        later = BOOKED_AT + timedelta(hours=1)
        new = move_appointment(user=old.booked_by, appointment_id=old.pk, slot_id=slot_of(wanted).pk, now=later)
        assert (new.confirm_by, new.confirmed_at) == (later + timedelta(hours=48), None)

    def test_a_payment_that_came_late_starts_it_anew(self) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000)
        appointment = book(of_tier(session), session, now=BOOKED_AT)
        expire_hold(appointment_id=appointment.pk, now=BOOKED_AT + timedelta(minutes=10))
        late = BOOKED_AT + timedelta(hours=60)
        record_payment(state=paid_state(appointment, now=late), now=late)
        appointment.refresh_from_db()
        assert (appointment.status, appointment.confirm_by) == (AppointmentStatus.BOOKED, late + timedelta(hours=48))
        assert release_unconfirmed(now=late) == 0


class TestConfirming:
    def test_it_says_who_and_when_and_changes_nothing_else(self, session: ClinicSession, nurse: User) -> None:
        appointment = booked(session)
        now = DEADLINE - ONE_SECOND
        confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=now)
        appointment.refresh_from_db()
        assert (appointment.confirmed_at, appointment.confirmed_by) == (now, nurse)
        event = appointment.events.last()
        assert (event.kind, event.actor, event.from_status, event.to_status) == ("confirmed", nurse, "booked", "booked")
        assert release_unconfirmed(now=DEADLINE) == 0

    def test_twice_is_once(self, session: ClinicSession, nurse: User) -> None:
        appointment = booked(session)
        confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=BOOKED_AT)
        before = everything()
        confirm_by_phone(appointment_id=appointment.pk, by=make_staff(), now=BOOKED_AT + ONE_SECOND)
        assert everything() == before

    def test_late_as_long_as_it_is_not_released(self, session: ClinicSession, nurse: User) -> None:
        appointment = booked(session)
        confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=DEADLINE + ONE_SECOND)
        assert release_unconfirmed(now=DEADLINE + ONE_SECOND) == 0

    def refused(self, appointment: Appointment, nurse: User) -> Refusal:
        before = everything()
        with pytest.raises(NothingToConfirm) as caught:
            confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=BOOKED_AT)
        assert everything() == before
        return caught.value

    def test_one_that_needs_none(self, session: ClinicSession, nurse: User) -> None:
        told = self.refused(booked(session, tier=Tier.C), nurse)
        assert refusal_body(told)["message"] == "当前状态为“已预约”，无需电话确认。"

    def test_one_that_is_not_paid_yet(self, nurse: User) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000)
        self.refused(book(of_tier(session), session, now=BOOKED_AT), nurse)

    def test_one_that_was_cancelled(self, session: ClinicSession, nurse: User) -> None:
        appointment = booked(session)
        actor = patient_actor(appointment.booked_by)
        cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=BOOKED_AT)
        self.refused(appointment, nurse)


class TestReleasing:
    def test_a_second_before_the_deadline_nothing_happens(self, session: ClinicSession) -> None:
        booked(session)
        before = everything()
        assert release_unconfirmed(now=DEADLINE - ONE_SECOND) == 0
        assert everything() == before

    def test_the_patient_gets_all_back_and_is_not_blamed(self) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000)
        policy(session, late_refund_percent=0, cancel_deadline_days=14)
        appointment = booked(session)
        assert release_unconfirmed(now=appointment.confirm_by) == 1
        appointment.refresh_from_db()
        assert (appointment.status, appointment.outcome) == (AppointmentStatus.CANCELLED, Outcome.VOID)
        assert (appointment.cancelled_by, appointment.cancel_reason) == (CancelledBy.SYSTEM, "未能电话确认")
        assert kinds(appointment) == ["created", "payment-received", "booked", "confirm-lapsed", "refund-requested"]
        assert Refund.objects.get().amount_fen == 5000

    def test_the_seat_passes_on(self, session: ClinicSession) -> None:
        appointment = booked(session)
        release_unconfirmed(now=DEADLINE)
        session.refresh_from_db()
        assert (session.advance_taken, session.withheld) == (0, 1)
        assert SeatReturn.objects.get().appointment == appointment

    def test_once(self, session: ClinicSession) -> None:
        booked(session)
        assert release_unconfirmed(now=DEADLINE) == 1
        before = everything()
        assert release_unconfirmed(now=DEADLINE + ONE_SECOND) == 0
        assert everything() == before

    def test_only_those_that_are_due(self, session: ClinicSession, nurse: User) -> None:
        due, confirmed, fresh, other = (
            booked(session),
            booked(session),
            booked(session, now=DEADLINE),
            booked(session, tier=Tier.A),
        )
        confirm_by_phone(appointment_id=confirmed.pk, by=nurse, now=BOOKED_AT)
        assert release_unconfirmed(now=DEADLINE) == 1
        live = Appointment.objects.live().order_by("pk")
        assert list(live) == [confirmed, fresh, other]
        due.refresh_from_db()
        assert due.events.last().kind == EventKind.CONFIRMATION_LAPSED

    def test_of_a_suspended_session_none(self, session: ClinicSession) -> None:
        booked(session)
        suspend(session, now=BOOKED_AT)
        before = everything()
        assert release_unconfirmed(now=DEADLINE) == 0
        assert everything() == before

    def test_a_sweep_that_comes_on_the_day_of_the_visit_leaves_the_patient_alone(self, session: ClinicSession) -> None:
        booked(session)
        before = everything()
        assert release_unconfirmed(now=at("00:00")) == 0
        assert everything() == before
        assert release_unconfirmed(now=at("23:59:59", days=-1)) == 1
