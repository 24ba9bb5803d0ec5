"""A number that a doctor adds for a named patient."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Relationship, Sex, User
from booking.models import (
    Appointment,
    AppointmentStatus,
    Channel,
    EventKind,
    ExtraGrant,
    OrderState,
    Outcome,
    PaymentOrder,
    QueueEntry,
    Restriction,
)
from booking.rules.caps import AlreadyBooked
from booking.rules.grants import ExtraQuotaUsedUp
from booking.rules.patient import AgeNotAccepted
from booking.rules.session import NotReleased, SessionOver, SessionSuspended
from booking.services.acceptance import accept_offer
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in
from booking.services.grants import grant_extra_seat
from booking.services.holds import expire_due_holds
from booking.services.payers import NoPayer
from booking.services.payments import record_payment
from booking.services.queue.calling import call_next
from booking.services.staff_reasons import StaffReasonMissing
from booking.services.transitions import SYSTEM, patient_actor, staff_actor
from booking.services.wanted import SlotNotFound
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import set_policy, suspend
from tests.factories.accounts import give_health_consent, link_patient, make_patient, make_staff, make_user
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, extra_quota=2)


@pytest.fixture
def doctor() -> User:
    return make_staff()


def grant(session: ClinicSession, account: Account, **changes: Any) -> ExtraGrant:
    given: dict[str, Any] = {
        "session_id": session.pk,
        "patient_id": account.patient.pk,
        "reason": "术后复查",
        "by": changes.pop("by", None) or make_staff(),
        "now": NOW,
    }
    return grant_extra_seat(**given | changes)


class TestGranting:
    def test_it_holds_a_number_after_the_last_window_for_half_an_hour(
        self, session: ClinicSession, account: Account, doctor: User
    ) -> None:
        given = grant(session, account, by=doctor, reason="  术后复查 ")

        assert (given.by, given.at, given.reason, given.hospital) == (doctor, NOW, "术后复查", session.hospital)
        assert given.accept_until == NOW + timedelta(minutes=30)
        held = given.appointment
        assert (held.status, held.channel, held.booked_by) == (AppointmentStatus.PENDING, Channel.EXTRA, account.user)
        assert (held.slot, held.hold_expires_at) == (slot_of(session, -1), given.accept_until)
        (event,) = held.events.all()
        assert (event.kind, event.actor, event.actor_kind) == (EventKind.GRANTED, doctor, "staff")
        assert event.detail == {"channel": "extra", "reason": "术后复查"}
        session.refresh_from_db()
        # Rated seats are left: it takes none of them.
        assert (session.extra_taken, session.advance_taken, session.rated_left) == (1, 0, 20)
        assert not PaymentOrder.objects.exists()

    def test_accepted_by_a_word(self, session: ClinicSession, account: Account) -> None:
        held = grant(session, account).appointment
        accepted = accept_offer(appointment_id=held.pk, user=account.user, now=NOW + timedelta(minutes=29))
        assert accepted.status == AppointmentStatus.BOOKED

    def test_accepted_by_paying(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1, fee_fen=5000)
        held = grant(session, account).appointment
        order = held.payment_order
        assert (order.amount_fen, order.expires_at, order.state) == (5000, NOW + timedelta(minutes=30), OrderState.CREATED)
        record_payment(state=paid_state(held, now=NOW), now=NOW)
        held.refresh_from_db()
        assert (held.status, held.channel) == (AppointmentStatus.BOOKED, Channel.EXTRA)

    def test_not_accepted_it_is_there_for_the_next(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1)
        held = grant(session, account).appointment
        assert expire_due_holds(now=NOW + timedelta(minutes=30) - ONE_SECOND).expired == 0
        assert expire_due_holds(now=NOW + timedelta(minutes=30)).expired == 1
        held.refresh_from_db()
        assert (held.status, held.outcome, held.cancel_reason) == (AppointmentStatus.CANCELLED, Outcome.VOID, "超时未确认")
        again = grant(session, account, now=NOW + timedelta(minutes=31)).appointment
        assert again.status == AppointmentStatus.PENDING

    @pytest.mark.parametrize("is_full", [False, True])
    def test_paid_too_late_it_is_a_booking_like_any_other_or_none(self, account: Account, is_full: bool) -> None:
        """The doctor's word has run out, so the ordinary rules speak: a rated seat where there is one, else the money back."""
        session = make_clinic(visit_date=VISIT, extra_quota=1, fee_fen=5000, rated_capacity=1, slot_minutes=240)
        held = grant(session, account).appointment
        if is_full:
            make_appointment(now=NOW, session=session)
        late = NOW + timedelta(minutes=30)
        expire_due_holds(now=late)
        record_payment(state=paid_state(held, now=late), now=late)
        held.refresh_from_db()
        refunded_fen = PaymentOrder.objects.get(appointment=held).refunded_fen
        if is_full:
            assert (held.status, refunded_fen) == (AppointmentStatus.CANCELLED, 5000)
        else:
            assert (held.status, held.channel, refunded_fen) == (AppointmentStatus.BOOKED, Channel.ADVANCE, 0)

    def test_declined_it_counts_for_nothing(self, session: ClinicSession, account: Account) -> None:
        held = grant(session, account, now=at("09:00")).appointment
        actor = patient_actor(account.user)
        cancel_appointment(appointment_id=held.pk, by="patient", actor=actor, now=at("09:10"))  # type: ignore[arg-type]
        held.refresh_from_db()
        assert held.outcome == Outcome.VOID
        session.refresh_from_db()
        assert session.extra_taken == 0

    def test_the_policy_says_how_long(self, session: ClinicSession, account: Account) -> None:
        set_policy(session, grant_accept_minutes=90)
        assert grant(session, account).accept_until == NOW + timedelta(minutes=90)

    def test_never_longer_than_the_session(self, session: ClinicSession, account: Account) -> None:
        assert grant(session, account, now=at("11:45")).accept_until == at("12:00")

    def test_in_a_window_of_the_doctors_choice_even_a_full_one(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1, rated_capacity=8)
        make_appointment(now=NOW, session=session)
        first = slot_of(session)
        given = grant(session, account, slot_id=first.pk)
        first.refresh_from_db()
        assert (given.appointment.slot, first.taken, first.capacity, first.extra_taken) == (first, 1, 1, 1)

    def test_called_after_the_numbers_of_its_window(self, account: Account) -> None:
        """The granted one was there first, and is called last."""
        session = make_clinic(visit_date=VISIT, extra_quota=1)
        held = grant(session, account, slot_id=slot_of(session).pk).appointment
        accept_offer(appointment_id=held.pk, user=account.user, now=NOW)
        numbered = make_appointment(now=NOW, session=session)
        for appointment, clock in ((held, "07:40"), (numbered, "07:50")):
            check_in(appointment_id=appointment.pk, actor=SYSTEM, now=at(clock))
        called = [call_next(session_id=session.pk, actor=SYSTEM, now=at("08:01")).appointment for _ in range(2)]
        assert called == [numbered, held]
        assert QueueEntry.objects.get(appointment=held).is_extra


class TestRefusals:
    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_a_reason_is_asked_for(self, session: ClinicSession, account: Account, reason: str) -> None:
        self.refused(StaffReasonMissing, session, account, reason=reason)

    def test_within_the_sessions_limit(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1)
        grant(session, make_account())
        refusal = self.refused(ExtraQuotaUsedUp, session, account)
        assert refusal.detail == {"limit": 1}

    def test_the_numbers_that_opened_on_the_day_are_the_same_ones(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1, slot_minutes=240, extra_quota=1)
        for _ in range(2):
            book(make_account(), session, now=at("08:00"))
        session.refresh_from_db()
        assert session.extra_taken == 1
        self.refused(ExtraQuotaUsedUp, session, account, now=at("08:01"))

    def test_not_whom_it_has_already(self, session: ClinicSession, account: Account) -> None:
        book(account, session, now=NOW)
        self.refused(AlreadyBooked, session, account)

    def test_not_before_the_release_nor_after_the_end(self, session: ClinicSession, account: Account) -> None:
        self.refused(NotReleased, session, account, now=at("07:00", days=-15) - ONE_SECOND)
        self.refused(SessionOver, session, account, now=at("12:00"))

    @pytest.mark.parametrize("moment", [at("07:00", days=-15), at("23:59", days=-1), at("11:59:59")])
    def test_at_any_time_between(self, session: ClinicSession, account: Account, moment: datetime) -> None:
        assert grant(session, account, now=moment).appointment.status == AppointmentStatus.PENDING

    def test_not_in_a_window_that_is_over(self, session: ClinicSession, account: Account) -> None:
        self.refused(SessionOver, session, account, slot_id=slot_of(session).pk, now=at("08:30"))

    def test_not_in_another_sessions_window(self, session: ClinicSession, account: Account) -> None:
        self.refused(SlotNotFound, session, account, slot_id=slot_of(make_clinic(visit_date=VISIT)).pk)

    def test_not_in_a_suspended_session(self, session: ClinicSession, account: Account) -> None:
        suspend(session)
        self.refused(SessionSuspended, session, account)

    def test_not_in_a_closed_one(self, session: ClinicSession, account: Account) -> None:
        ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.CLOSED)
        self.refused(SessionOver, session, account)

    def refused(self, refusal: type[Exception], session: ClinicSession, account: Account, **changes: Any) -> Any:
        by, before = make_staff(), everything()
        with pytest.raises(refusal) as raised:
            grant(session, account, by=by, **changes)
        assert everything() == before
        assert type(raised.value) is refusal
        return raised.value


class TestWhatTheDoctorDecides:
    def test_pauses_do_not_count(self, session: ClinicSession, account: Account) -> None:
        Restriction.objects.create(
            hospital=session.hospital, patient=account.patient, starts_at=NOW, ends_at=at("10:00", days=30), missed_count=3
        )
        assert grant(session, account).appointment.status == AppointmentStatus.PENDING

    def test_nor_do_caps(self, session: ClinicSession, account: Account) -> None:
        set_policy(session, live_per_department_day=1, live_per_day=1, live_per_week=1)
        another = make_clinic(visit_date=VISIT, department=session.department, starts_at=at("14:00"), ends_at=at("17:00"))
        book(account, another, now=NOW)
        assert grant(session, account).appointment.status == AppointmentStatus.PENDING

    def test_the_departments_limits_only_when_it_is_said(self) -> None:
        department = make_department(maximum_age=13, sex_limit=Sex.FEMALE)
        session = make_clinic(visit_date=VISIT, department=department, extra_quota=1)
        account, by = make_account(birth_date=date(1990, 1, 1), sex=Sex.MALE), make_staff()
        before = everything()
        with pytest.raises(AgeNotAccepted) as raised:
            grant(session, account, by=by)
        assert [type(other).__name__ for other in raised.value.detail["others"]] == ["SexNotAccepted"]
        assert everything() == before
        given = grant(session, account, by=by, override_limits=True)
        event = given.appointment.events.get()
        assert event.detail == {"channel": "extra", "reason": "术后复查", "overridden": ["age", "sex"]}

    def test_nothing_is_said_to_be_overridden_that_was_not(self, session: ClinicSession, account: Account) -> None:
        assert "overridden" not in grant(session, account, override_limits=True).appointment.events.get().detail


class TestWhoseItIs:
    def test_the_patients_own_account_before_a_relatives(self, session: ClinicSession) -> None:
        patient = make_patient()
        own, relative = make_user(), make_user()
        for user, relationship, days in ((own, Relationship.SELF, 0), (relative, Relationship.CHILD, 1)):
            added_at = NOW - timedelta(days=9 - days)
            link_patient(user=user, patient=patient, relationship=relationship, added_at=added_at)
            give_health_consent(user=user, patient=patient)
        assert grant(session, Account(own, patient)).appointment.booked_by == own

    def test_the_one_that_can_pay(self) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1, fee_fen=5000)
        account = make_account(with_wechat=False)
        payer = make_user(openid="o-payer")
        link_patient(user=payer, patient=account.patient)
        give_health_consent(user=payer, patient=account.patient)
        held = grant(session, account).appointment
        assert (held.booked_by, held.payment_order.openid) == (payer, "o-payer")

    @pytest.mark.parametrize("why", ["no wechat", "no consent", "removed", "disabled"])
    def test_nobody_who_could_pay(self, why: str) -> None:
        session = make_clinic(visit_date=VISIT, extra_quota=1, fee_fen=5000)
        account, by = make_account(with_wechat=why != "no wechat"), make_staff()
        if why == "no consent":
            account.user.consents.update(withdrawn_at=NOW)
        if why == "removed":
            account.patient.account_links.update(removed_at=NOW)
        if why == "disabled":
            User.objects.filter(pk=account.user.pk).update(is_active=False)
        before = everything()
        with pytest.raises(NoPayer):
            grant(session, account, by=by)
        assert everything() == before

    def test_free_and_without_an_account_it_is_booked_at_once(self, session: ClinicSession, doctor: User) -> None:
        patient = make_patient()
        given = grant_extra_seat(session_id=session.pk, patient_id=patient.pk, reason="急需", by=doctor, now=NOW)
        booked = Appointment.objects.get()
        assert (booked.status, booked.booked_at, booked.booked_by) == (AppointmentStatus.BOOKED, NOW, None)
        assert given.accept_until is None
        event = booked.events.get()
        assert (event.kind, event.actor, event.to_status) == (EventKind.GRANTED, doctor, "booked")
        done = check_in(appointment_id=booked.pk, actor=staff_actor(doctor), now=at("11:40"))
        assert done.status == AppointmentStatus.CHECKED_IN
