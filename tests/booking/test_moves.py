"""Moving an appointment: what changes hands, what is refused, and where the money goes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Refusal
from accounts.selectors import HealthConsentMissing
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Channel,
    Choice,
    Entitlement,
    EntitlementKind,
    EventKind,
    OrderState,
    Outcome,
    PaymentOrder,
    Refund,
    Standing,
    SuspensionChoice,
    Tier,
)
from booking.rules import moves as rules
from booking.rules.caps import DepartmentDayCapReached, WeekCapReached
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.checkin import check_in
from booking.services.entitlements.granting import grant_period_entitlements
from booking.services.moves import move_appointment
from booking.services.orders import WeChatIdentityMissing
from booking.services.payments import record_payment
from booking.services.seats import SlotFull
from booking.services.transitions import SYSTEM, patient_actor
from booking.services.wanted import SlotNotFound
from hospitals.models import ClinicSession, Department, Hospital, SessionStatus, Slot
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, suspend
from tests.factories.accounts import make_user
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_session

DEADLINE = at("23:59:59", days=-1)
HOLD = timedelta(minutes=10)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def department() -> Department:
    return make_department(hospital=make_hospital())


def clinic(department: Department, *, days: int = 0, fee_fen: int = 0, **session: Any) -> ClinicSession:
    """A session `days` after VISIT, released long ago."""
    session = {"releases_at": NOW - timedelta(days=1)} | session
    return make_clinic(visit_date=VISIT + timedelta(days=days), department=department, fee_fen=fee_fen, **session)


def move(appointment: Appointment, to: Slot | ClinicSession, *, now: datetime = LATER, **changes: Any) -> Appointment:
    slot = slot_of(to) if isinstance(to, ClinicSession) else to
    asked = {"user": appointment.booked_by, "appointment_id": appointment.pk, "slot_id": slot.pk, "now": now} | changes
    return move_appointment(**asked)


def refused(appointment: Appointment, to: Slot | ClinicSession, *, now: datetime = LATER, **changes: Any) -> Refusal:
    before = everything()
    with pytest.raises(Refusal) as caught:
        move(appointment, to, now=now, **changes)
    assert everything() == before
    return caught.value


def policy(hospital: Hospital, **changes: Any) -> None:
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=NOW)


def pay(appointment: Appointment, *, now: datetime = LATER) -> None:
    record_payment(state=paid_state(appointment, now=now), now=now)


def steps(appointment: Appointment) -> list[tuple[str, str, str]]:
    return list(appointment.events.order_by("pk").values_list("kind", "from_status", "to_status"))


def money(order: PaymentOrder) -> tuple[Appointment, int, int]:
    order.refresh_from_db()
    return order.appointment, order.paid_fen, order.refunded_fen


class TestAtOnce:
    def test_the_new_seat_and_the_old_one_change_hands(self, department: Department, account: Account) -> None:
        first, second = clinic(department), clinic(department, days=5)
        old = make_appointment(now=NOW, account=account, session=first)

        new = move(old, slot_of(second, 2))

        old.refresh_from_db()
        assert (old.status, old.outcome, old.cancelled_by, old.cancel_reason) == (
            AppointmentStatus.CANCELLED,
            Outcome.VOID,
            CancelledBy.PATIENT,
            "改约",
        )
        assert (old.cancelled_at, old.closed_at) == (LATER, LATER)
        assert (new.status, new.rescheduled_from, new.move_count, new.booked_at) == ("booked", old, 1, LATER)
        assert (new.patient, new.booked_by, new.session, new.slot) == (account.patient, account.user, second, slot_of(second, 2))
        assert new.cancel_deadline == DEADLINE + timedelta(days=5)
        for session, taken in ((first, 0), (second, 1)):
            session.refresh_from_db()
            assert session.advance_taken == taken

    def test_both_tell_of_it(self, department: Department) -> None:
        old = make_appointment(now=NOW, session=clinic(department))
        new = move(old, clinic(department, days=1))
        assert steps(old) == [(EventKind.BOOKED, "", "booked"), (EventKind.MOVED, "booked", "cancelled")]
        assert steps(new) == [(EventKind.BOOKED, "", "booked"), (EventKind.MOVED, "booked", "booked")]
        left, taken = old.events.last(), new.events.last()
        assert left.detail == {"outcome": "void", "reason": "改约", "moved_to": new.code}
        assert taken.detail == {"moved_from": old.code}
        assert (left.actor, taken.actor) == (old.booked_by, old.booked_by)

    def test_for_the_same_fee_the_payment_goes_along(self, department: Department) -> None:
        old = make_appointment(now=NOW, session=clinic(department, fee_fen=5000))
        order = old.payment_order
        new = move(old, clinic(department, days=1, fee_fen=5000))
        assert money(order) == (new, 5000, 0)
        assert new.status == AppointmentStatus.BOOKED
        assert PaymentOrder.objects.count() == 1
        # WeChat says again that it was paid: nothing more happens.
        before = everything()
        record_payment(state=paid_state(new, now=LATER), now=LATER)
        assert everything() == before

    def test_for_a_lower_fee_the_difference_goes_back(self, department: Department) -> None:
        policy(department.hospital, late_refund_percent=30)
        old = make_appointment(now=NOW, session=clinic(department, fee_fen=5000))
        order = old.payment_order
        new = move(old, clinic(department, fee_fen=2001))
        assert money(order) == (new, 5000, 2999)
        assert [(refund.amount_fen, refund.reason) for refund in Refund.objects.all()] == [(2999, "挂号费差额")]
        # Withdrawn late, it gives back 30 % of what the visit costs, not of what was once paid.
        late = cancel_appointment(
            appointment_id=new.pk, by=CancelledBy.PATIENT, actor=patient_actor(old.booked_by), now=at("07:00")
        )
        assert late.refund_fen == 600
        assert money(order) == (new, 5000, 3599)

    def test_for_none_all_of_it_goes_back(self, department: Department) -> None:
        old = make_appointment(now=NOW, session=clinic(department, fee_fen=5000))
        new = move(old, clinic(department, days=1))
        assert money(old.payment_order) == (old, 5000, 5000)
        assert (new.status, new.fee_fen, PaymentOrder.objects.filter(appointment=new).exists()) == ("booked", 0, False)

    def test_within_a_session_the_fee_stays_what_was_paid(self, department: Department) -> None:
        session = clinic(department, fee_fen=5000)
        old = make_appointment(now=NOW, session=session)
        order = old.payment_order
        ClinicSession.objects.filter(pk=session.pk).update(fee_fen=9000)
        new = move(old, slot_of(session, 3))
        assert (new.status, new.fee_fen) == ("booked", 5000)
        assert money(order) == (new, 5000, 0)

    def test_within_a_full_session_the_own_seat_is_the_free_one(self, department: Department) -> None:
        session = clinic(department, rated_capacity=4, slot_minutes=120, advance_quota=2)
        old = make_appointment(now=NOW, session=session)
        make_appointment(now=NOW, session=session)
        new = move(old, slot_of(session, 1))
        session.refresh_from_db()
        assert (session.advance_taken, new.number) == (2, 3)

    def test_the_caps_do_not_count_what_is_left(self, department: Department, account: Account) -> None:
        policy(department.hospital, live_per_day=1, live_per_week=1, live_per_quarter=1)
        old = make_appointment(now=NOW, account=account, session=clinic(department))
        assert move(old, clinic(department)).is_live

    def test_to_a_same_day_number(self, department: Department) -> None:
        old = make_appointment(now=NOW, session=clinic(department, days=1))
        new = move(old, clinic(department), now=at("07:00"))
        assert new.channel == Channel.SAME_DAY

    def test_moves_are_no_cancellations(self, department: Department, account: Account) -> None:
        """Three early cancellations a month pause booking; a move is none, and can still be made then."""
        kept = make_appointment(now=NOW, account=account, session=clinic(department))
        for _ in range(3):
            given_up = book(account, clinic(make_department(hospital=department.hospital), days=3), now=NOW)
            cancel_appointment(appointment_id=given_up.pk, by=CancelledBy.PATIENT, actor=patient_actor(account.user), now=NOW)
        assert move(kept, clinic(department, days=1)).is_live
        assert Appointment.objects.filter(outcome=Outcome.CANCELLED).count() == 3


class TestRefused:
    @pytest.fixture
    def old(self, department: Department, account: Account) -> Appointment:
        return make_appointment(now=NOW, account=account, session=clinic(department))

    def test_after_the_deadline(self, department: Department, old: Appointment) -> None:
        told = refused(old, clinic(department, days=1), now=DEADLINE + ONE_SECOND)
        assert isinstance(told, rules.MoveDeadlinePassed)
        assert told.detail["deadline"] == "2026-03-11 23:59"
        assert move(old, clinic(department, days=5), now=DEADLINE).is_live

    @pytest.mark.parametrize("allowed", [0, 1, 2])
    def test_more_often_than_allowed(self, department: Department, account: Account, allowed: int) -> None:
        policy(department.hospital, moves_allowed=allowed)
        link = make_appointment(now=NOW, account=account, session=clinic(department))
        for n in range(allowed):
            link = move(link, clinic(department, days=n + 1))
        told = refused(link, clinic(department, days=5))
        assert isinstance(told, rules.MovesUsedUp)
        assert (told.detail["limit"], link.move_count) == (allowed, allowed)

    def test_to_another_department(self, department: Department, old: Appointment) -> None:
        told = refused(old, clinic(make_department(hospital=department.hospital), days=1))
        assert isinstance(told, rules.MoveOutOfScope)
        assert told.detail["scope"] == "同一科室"

    def test_to_another_hospital(self, old: Appointment) -> None:
        assert isinstance(refused(old, make_clinic(visit_date=VISIT)), rules.MoveOutOfScope)

    def test_to_another_doctor_where_only_the_same_will_do(self, department: Department, account: Account) -> None:
        policy(department.hospital, move_scope="doctor")
        doctor = make_doctor(department=department)
        released = {"releases_at": NOW - timedelta(days=1)}
        old = book(account, make_session(visit_date=VISIT, doctor=doctor, **released), now=NOW)
        told = refused(old, clinic(department, days=1))
        assert isinstance(told, rules.MoveOutOfScope)
        assert told.detail["scope"] == "同一医生"
        same = make_session(visit_date=VISIT + timedelta(days=1), doctor=doctor, **released)
        assert move(old, same).doctor == doctor

    def test_a_departments_number_is_no_doctors(self, department: Department, account: Account) -> None:
        policy(department.hospital, move_scope="doctor")
        old = book(account, make_session(visit_date=VISIT, department=department), now=NOW)
        assert isinstance(refused(old, clinic(department, days=1)), rules.MoveOutOfScope)
        elsewhere = make_session(visit_date=VISIT, department=make_department(hospital=department.hospital))
        assert isinstance(refused(old, elsewhere), rules.MoveOutOfScope)
        next_day = make_session(visit_date=VISIT + timedelta(days=1), department=department)
        assert move(old, next_day).doctor is None

    def test_to_where_it_is(self, old: Appointment) -> None:
        assert isinstance(refused(old, old.slot), rules.SameWindow)

    def test_to_a_full_window(self, department: Department, old: Appointment) -> None:
        other = clinic(department, days=1, rated_capacity=2, slot_minutes=120)
        make_appointment(now=NOW, session=other)
        assert isinstance(refused(old, other), SlotFull)

    def test_to_a_window_that_is_not_shown(self, department: Department, old: Appointment) -> None:
        other = slot_of(clinic(department, days=1))
        Hospital.objects.filter(pk=department.hospital_id).update(is_active=False)
        assert isinstance(refused(old, other), SlotNotFound)

    def test_the_caps_count_the_others(self, department: Department, account: Account, old: Appointment) -> None:
        busy = clinic(department, days=1)
        book(account, busy, now=NOW)
        assert isinstance(refused(old, clinic(department, days=1)), DepartmentDayCapReached)

    def test_without_a_standing_consent(self, department: Department, account: Account, old: Appointment) -> None:
        account.user.consents.update(withdrawn_at=NOW)
        assert isinstance(refused(old, clinic(department, days=1)), HealthConsentMissing)

    def test_everything_against_it_is_told(self, department: Department, account: Account, old: Appointment) -> None:
        elsewhere = make_department(hospital=department.hospital, sex_limit="female", name="妇科")
        Appointment.objects.filter(pk=old.pk).update(move_count=1)
        told = refused(old, clinic(elsewhere, days=1), now=DEADLINE + ONE_SECOND)
        found = [type(one).__name__ for one in (told, *told.detail["others"])]
        assert found == ["MoveDeadlinePassed", "MovesUsedUp", "MoveOutOfScope", "SexNotAccepted"]

    def test_what_is_not_booked(self, department: Department) -> None:
        wanted = clinic(department, days=1)
        held = make_appointment(now=NOW, session=clinic(department, fee_fen=100), is_paid=False)
        told = refused(held, wanted)
        assert isinstance(told, rules.NotMovable)
        assert told.detail["status"] == "待支付"
        gone = make_appointment(now=NOW, session=clinic(department))
        cancel_appointment(appointment_id=gone.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=NOW)
        assert isinstance(refused(gone, wanted), rules.NotMovable)

    def test_what_was_moved_before(self, department: Department, old: Appointment) -> None:
        move(old, clinic(department, days=1))
        assert isinstance(refused(old, clinic(department, days=2)), rules.NotMovable)

    def test_out_of_a_suspended_session(self, department: Department, old: Appointment) -> None:
        ClinicSession.objects.filter(pk=old.session_id).update(status=SessionStatus.SUSPENDED)
        assert isinstance(refused(old, clinic(department, days=1)), rules.MoveOfSuspended)

    def test_an_unknown_appointment_is_an_error(self, department: Department, account: Account) -> None:
        with pytest.raises(Appointment.DoesNotExist):
            move_appointment(user=account.user, appointment_id=1, slot_id=slot_of(clinic(department)).pk, now=NOW)


class TestDearer:
    """From 20 to 50 yuan: the old seat is kept until the 50 are paid."""

    @pytest.fixture
    def old(self, department: Department, account: Account) -> Appointment:
        return make_appointment(now=NOW, account=account, session=clinic(department, fee_fen=2000))

    @pytest.fixture
    def dear(self, department: Department) -> ClinicSession:
        return clinic(department, days=1, fee_fen=5000)

    @pytest.fixture
    def new(self, old: Appointment, dear: ClinicSession) -> Appointment:
        return move(old, dear)

    def status_of(self, *appointments: Appointment) -> list[str]:
        for appointment in appointments:
            appointment.refresh_from_db()
        return [appointment.status for appointment in appointments]

    def taken(self, *appointments: Appointment) -> list[int]:
        return [ClinicSession.objects.get(pk=appointment.session_id).advance_taken for appointment in appointments]

    def test_both_seats_are_held(self, old: Appointment, new: Appointment) -> None:
        assert self.status_of(old, new) == ["booked", "pending"]
        assert self.taken(old, new) == [1, 1]
        assert (new.rescheduled_from, new.move_count, new.hold_expires_at) == (old, 1, LATER + HOLD)
        assert (new.payment_order.amount_fen, new.payment_order.state) == (5000, OrderState.CREATED)
        assert money(old.payment_order) == (old, 2000, 0)

    def test_paid_the_old_one_is_left_and_paid_back(self, old: Appointment, new: Appointment) -> None:
        pay(new)
        assert self.status_of(old, new) == ["cancelled", "booked"]
        assert self.taken(old, new) == [0, 1]
        assert (old.outcome, old.cancelled_by) == (Outcome.VOID, CancelledBy.PATIENT)
        assert money(old.payment_order) == (old, 2000, 2000)
        assert money(new.payment_order) == (new, 5000, 0)
        assert [kind for kind, _, _ in steps(old)][-2:] == [EventKind.MOVED, EventKind.REFUND_REQUESTED]
        assert steps(new) == [
            (EventKind.CREATED, "", "pending"),
            (EventKind.PAYMENT_RECEIVED, "pending", "pending"),
            (EventKind.BOOKED, "pending", "booked"),
            (EventKind.MOVED, "booked", "booked"),
        ]
        before = everything()
        pay(new)
        assert everything() == before

    def test_paid_a_moment_after_the_deadline_all_of_the_old_fee_goes_back(
        self, department: Department, old: Appointment, account: Account
    ) -> None:
        policy(department.hospital, late_refund_percent=0)
        new = move(old, clinic(department, days=5, fee_fen=5000), now=DEADLINE)
        pay(new, now=DEADLINE + ONE_SECOND)
        assert money(old.payment_order) == (old, 2000, 2000)

    def test_from_a_free_one(self, department: Department, account: Account, dear: ClinicSession) -> None:
        free = make_appointment(now=NOW, account=account, session=clinic(department))
        new = move(free, dear)
        assert self.status_of(free, new) == ["booked", "pending"]
        pay(new)
        assert self.status_of(free, new) == ["cancelled", "booked"]
        assert not Refund.objects.exists()

    def test_where_the_hold_runs_out_the_old_one_stays(self, old: Appointment, new: Appointment) -> None:
        later = LATER + HOLD
        assert expire_hold(appointment_id=new.pk, now=later) is True
        assert self.status_of(old, new) == ["booked", "cancelled"]
        assert self.taken(old, new) == [1, 0]
        assert (new.rescheduled_from, new.outcome) == (None, Outcome.VOID)
        again = move(old, slot_of(new.session, 1), now=later)
        pay(again, now=later)
        assert self.status_of(old, again) == ["cancelled", "booked"]

    def test_paid_after_the_hold_ran_out_the_payment_goes_back(self, old: Appointment, new: Appointment) -> None:
        """Not a second appointment, though its seat is still there: the patient has the old one."""
        later = LATER + HOLD
        expire_hold(appointment_id=new.pk, now=later)
        pay(new, now=later)
        assert self.status_of(old, new) == ["booked", "cancelled"]
        assert money(new.payment_order) == (new, 5000, 5000)
        assert money(old.payment_order) == (old, 2000, 0)

    def test_the_patient_thinks_better_of_it(self, old: Appointment, new: Appointment, department: Department) -> None:
        told = refused(old, clinic(department, days=2))
        assert isinstance(told, rules.MoveWaitsForPayment)
        cancel_appointment(appointment_id=new.pk, by=CancelledBy.PATIENT, actor=patient_actor(old.booked_by), now=LATER)
        assert self.status_of(old, new) == ["booked", "cancelled"]
        assert move(old, clinic(department, days=2)).is_live

    def test_paid_when_the_old_one_is_withdrawn_already(self, old: Appointment, new: Appointment) -> None:
        cancel_appointment(appointment_id=old.pk, by=CancelledBy.PATIENT, actor=patient_actor(old.booked_by), now=LATER)
        pay(new)
        assert self.status_of(old, new) == ["cancelled", "cancelled"]
        assert (old.outcome, new.outcome) == (Outcome.CANCELLED, Outcome.VOID)
        assert (money(old.payment_order)[2], money(new.payment_order)[2]) == (2000, 5000)
        assert self.taken(old, new) == [0, 0]

    def test_paid_when_the_patient_has_come(self, department: Department, account: Account) -> None:
        policy(department.hospital, cancel_deadline_days=0)
        old = make_appointment(now=NOW, account=account, session=clinic(department, fee_fen=2000))
        new = move(old, clinic(department, days=5, fee_fen=5000), now=at("07:40"))
        check_in(appointment_id=old.pk, actor=patient_actor(account.user), now=at("07:45"))
        pay(new, now=at("07:46"))
        assert self.status_of(old, new) == ["checked-in", "cancelled"]
        assert money(new.payment_order) == (new, 5000, 5000)

    def test_paid_when_the_new_session_is_suspended(self, old: Appointment, new: Appointment) -> None:
        ClinicSession.objects.filter(pk=new.session_id).update(status=SessionStatus.SUSPENDED)
        pay(new)
        assert self.status_of(old, new) == ["booked", "cancelled"]
        assert money(new.payment_order) == (new, 5000, 5000)

    def test_paid_after_the_old_session_is_suspended_it_is_the_patients_choice(self, old: Appointment, new: Appointment) -> None:
        suspend(old.session, now=LATER)
        pay(new)
        assert self.status_of(old, new) == ["cancelled", "booked"]
        choice = SuspensionChoice.objects.get(appointment=old)
        assert (choice.choice, choice.chosen_by, choice.moved_to) == (Choice.ANOTHER_DATE, old.booked_by, new)
        assert money(old.payment_order) == (old, 2000, 2000)

    def test_paid_after_the_substitute_was_accepted_the_payment_goes_back(self, old: Appointment, new: Appointment) -> None:
        suspend(old.session, another_session(old.session), now=LATER)
        accepted = chosen(old, Choice.SUBSTITUTE, now=LATER).moved_to
        assert accepted is not None
        order = PaymentOrder.objects.get(appointment=accepted)
        pay(new)
        assert self.status_of(old, new, accepted) == ["cancelled", "cancelled", "booked"]
        assert money(PaymentOrder.objects.get(appointment=new)) == (new, 5000, 5000)
        assert money(order) == (accepted, 2000, 0)

    def test_without_wechat_there_is_nobody_to_pay(self, department: Department, dear: ClinicSession) -> None:
        old = make_appointment(now=NOW, account=make_account(with_wechat=False), session=clinic(department))
        assert isinstance(refused(old, dear), WeChatIdentityMissing)

    def test_the_caps_count_no_seat_twice(self, department: Department, account: Account, old: Appointment) -> None:
        """Held are both, but the old one is to go."""
        policy(department.hospital, live_per_day=1, live_per_week=1)
        new = move(old, clinic(department, days=1, fee_fen=5000))
        other = clinic(make_department(hospital=department.hospital), days=2)
        with pytest.raises(WeekCapReached):
            book(account, other, now=LATER)
        assert self.status_of(old, new) == ["booked", "pending"]


class TestFreeMoves:
    """Beyond the allowance, by tier."""

    @pytest.fixture(autouse=True)
    def none_allowed(self, department: Department) -> None:
        policy(department.hospital, moves_allowed=0)

    def rate(self, account: Account, department: Department, tier: Tier) -> None:
        Standing.objects.create(
            hospital=department.hospital, patient=account.patient, as_of=VISIT, score=90, tier=tier, changed_at=NOW
        )

    def booked(self, account: Account, department: Department, *, days: int = 0) -> Appointment:
        return make_appointment(now=NOW, account=account, session=clinic(department, days=days))

    @pytest.mark.parametrize("tier", [Tier.C, Tier.D])
    def test_none(self, account: Account, department: Department, tier: Tier) -> None:
        policy(department.hospital, moves_allowed=0, lead_days_d=0)
        self.rate(account, department, tier)
        assert isinstance(refused(self.booked(account, department), clinic(department, days=1)), rules.MovesUsedUp)

    def test_a_once_a_quarter(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.A)
        new = move(self.booked(account, department), clinic(department, days=7))
        assert new.events.first().detail["free_move"] is True
        second = self.booked(account, department, days=1)
        april = clinic(department, days=25)
        booked_for_april = make_appointment(now=NOW, account=account, session=clinic(department, days=24))
        assert isinstance(refused(second, clinic(department, days=2)), rules.MovesUsedUp)
        assert move(booked_for_april, april, now=at("00:00", days=20)).is_live  # 2026-04-01

    def test_a_within_a_week_only(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.A)
        old = self.booked(account, department)
        assert isinstance(refused(old, slot_of(clinic(department, days=7), 1)), rules.MovesUsedUp)
        assert move(old, clinic(department, days=7)).is_live

    def test_b_a_day_ahead(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        old, wanted = self.booked(account, department), clinic(department, days=12)
        a_day_ahead = old.slot.starts_at - timedelta(hours=24)
        assert isinstance(refused(old, wanted, now=a_day_ahead + ONE_SECOND), rules.MovesUsedUp)
        assert move(old, wanted, now=a_day_ahead).is_live

    def test_b_once_a_month(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        move(self.booked(account, department), clinic(department, days=1))
        in_march = self.booked(account, department, days=3)
        assert isinstance(refused(in_march, clinic(department, days=4)), rules.MovesUsedUp)

    @pytest.mark.parametrize(("tier", "field"), [(Tier.A, "free_moves_a"), (Tier.B, "free_moves_b")])
    @pytest.mark.parametrize("limit", [0, 2])
    def test_how_many_is_the_policys(self, account: Account, department: Department, tier: Tier, field: str, limit: int) -> None:
        policy(department.hospital, moves_allowed=0, live_per_week=9, live_per_quarter=9, **{field: limit})
        self.rate(account, department, tier)
        for day in range(limit):
            move(self.booked(account, department, days=day * 2), clinic(department, days=day * 2 + 1))
        last = self.booked(account, department, days=10)
        assert isinstance(refused(last, clinic(department, days=11)), rules.MovesUsedUp)

    def test_how_far_is_the_policys(self, account: Account, department: Department) -> None:
        policy(department.hospital, moves_allowed=0, free_move_reach_days_a=2)
        self.rate(account, department, Tier.A)
        old = self.booked(account, department)
        assert isinstance(refused(old, slot_of(clinic(department, days=2), 1)), rules.MovesUsedUp)
        assert move(old, clinic(department, days=2)).is_live

    def test_how_long_ahead_is_the_policys(self, account: Account, department: Department) -> None:
        policy(department.hospital, moves_allowed=0, free_move_notice_hours_b=36)
        self.rate(account, department, Tier.B)
        old, wanted = self.booked(account, department), clinic(department, days=12)
        in_time = old.slot.starts_at - timedelta(hours=36)
        assert isinstance(refused(old, wanted, now=in_time + ONE_SECOND), rules.MovesUsedUp)
        assert move(old, wanted, now=in_time).is_live

    def test_one_that_was_never_paid_for_is_not_used_up(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        old, dear = self.booked(account, department), clinic(department, days=1, fee_fen=5000)
        expire_hold(appointment_id=move(old, dear).pk, now=LATER + HOLD)
        assert move(old, clinic(department, days=2), now=LATER + HOLD).is_live

    def test_each_is_an_entitlement_that_says_what_for(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.A)
        new = move(self.booked(account, department), clinic(department, days=1))
        (used,) = Entitlement.objects.all()
        assert (used.patient, used.kind, used.tier, used.used_at) == (account.patient, EntitlementKind.FREE_MOVE, "A", LATER)
        assert used.used_for == new

    def test_what_the_night_has_granted_is_used(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        grant_period_entitlements(hospital=department.hospital, now=NOW)
        (granted,) = Entitlement.objects.all()
        new = move(self.booked(account, department), clinic(department, days=1))
        assert Entitlement.objects.get().pk == granted.pk
        assert Entitlement.objects.get().used_for == new

    def test_one_within_the_allowance_uses_none(self, account: Account, department: Department) -> None:
        policy(department.hospital, moves_allowed=1)
        self.rate(account, department, Tier.A)
        first = move(self.booked(account, department), clinic(department, days=1))
        assert not Entitlement.objects.exists()
        move(first, clinic(department, days=2))
        assert Entitlement.objects.get().used_for.rescheduled_from == first

    def test_a_hold_that_lapses_gives_it_back(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        waiting = move(self.booked(account, department), clinic(department, days=1, fee_fen=5000))
        assert Entitlement.objects.get().used_for == waiting
        expire_hold(appointment_id=waiting.pk, now=LATER + HOLD)
        row = Entitlement.objects.get()
        assert (row.used_at, row.used_for) == (None, None)

    def test_one_that_was_paid_stays_used_when_the_visit_is_given_up(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.B)
        new = move(self.booked(account, department), clinic(department, days=1, fee_fen=5000))
        pay(new)
        by = {"by": CancelledBy.PATIENT, "actor": patient_actor(account.user)}
        cancel_appointment(appointment_id=new.pk, now=LATER, **by)
        assert Entitlement.objects.get().used_for == new

    def test_not_while_the_tier_is_another(self, account: Account, department: Department) -> None:
        self.rate(account, department, Tier.A)
        grant_period_entitlements(hospital=department.hospital, now=NOW, kinds=[EntitlementKind.FREE_MOVE])
        Standing.objects.update(tier=Tier.C)
        old = self.booked(account, department)
        assert isinstance(refused(old, clinic(department, days=1)), rules.MovesUsedUp)
        Standing.objects.update(tier=Tier.A)
        assert move(old, clinic(department, days=1)).is_live


def test_each_rule_is_asked() -> None:
    written = {value for name, value in vars(rules).items() if getattr(value, "__annotations__", {}).get("return") is not None}
    judged = {rule for rule in written if "move" in rule.__annotations__ and rule.__annotations__["return"] is not bool}
    assert judged - {rules.move_refusals} == set(rules.MOVE_RULES)


def test_another_accounts_patient_is_not_found(department: Department, account: Account) -> None:
    old = make_appointment(now=NOW, account=account, session=clinic(department))
    told = refused(old, clinic(department, days=1), user=make_user())
    assert type(told).__name__ == "PatientNotInAccount"
