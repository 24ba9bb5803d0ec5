"""A session that will not be held: nothing more is booked, everybody is offered a choice, and it can be taken back."""

from datetime import datetime, timedelta

import pytest

from booking.models import (
    AppointmentStatus,
    CancelledBy,
    EventKind,
    OrderState,
    Outcome,
    Refund,
    Suspension,
    SuspensionChoice,
)
from booking.rules.session import SessionSuspended
from booking.services.cancellation import cancel_appointment, refund_percent
from booking.services.checkin import check_in
from booking.services.orders import place_order
from booking.services.payments import record_payment
from booking.services.substitutes import SubstituteUnfit
from booking.services.suspension import ChoicesMade, SessionNotSuspendable, SessionNotSuspended, restore_session
from booking.services.transitions import SYSTEM, patient_actor
from hospitals.models import ClinicSession, DoctorTitle, SessionStatus
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, set_policy, suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_account, make_appointment, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department, make_session
from wechat.emulator.testing import Emulator


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, fee_fen=5000)


def test_every_booking_gets_a_choice_and_an_event(session: ClinicSession) -> None:
    appointments = [make_appointment(now=NOW, session=session) for _ in range(2)]
    staff = make_staff()

    suspended = suspend(session, by=staff)

    assert (suspended.to_choose, suspended.withdrawn, suspended.present) == (2, 0, 0)
    session.refresh_from_db()
    assert session.status == SessionStatus.SUSPENDED
    suspension = Suspension.objects.get()
    assert (suspension.session_id, suspension.by_id, suspension.at) == (session.pk, staff.pk, NOW)
    rows = SuspensionChoice.objects.order_by("pk").values_list("appointment_id", "choice", "chosen_at", "chosen_by")
    assert list(rows) == [(appointment.pk, "", None, None) for appointment in appointments]
    for appointment in appointments:
        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.BOOKED
        event = appointment.events.last()
        assert (event.kind, event.actor_id, event.at) == (EventKind.SUSPENDED, staff.pk, NOW)
        assert event.detail == {"reason": "医生临时外出会诊", "choose_until": "2026-03-11 10:00"}
    # Their seats stay counted until they have chosen.
    assert session.advance_taken == 2


@pytest.mark.parametrize(
    ("now", "choose_until"),
    [
        (NOW, NOW + timedelta(hours=24)),
        (at("07:00", days=-1), at("07:00")),
        (at("09:00", days=-1), at("08:00")),  # a day later it has begun
        (at("07:59"), at("08:00")),
        (at("08:00"), at("12:00")),  # running: there would be no time at all
        (at("11:59:59"), at("12:00")),
    ],
)
def test_until_when_patients_may_choose(session: ClinicSession, now: datetime, choose_until: datetime) -> None:
    assert suspend(session, now=now).suspension.choose_until == choose_until


def test_the_policy_says_how_long(session: ClinicSession) -> None:
    set_policy(session, suspension_choice_hours=6)
    assert suspend(session).suspension.choose_until == NOW + timedelta(hours=6)


def test_nobody_can_book_any_more(session: ClinicSession) -> None:
    suspend(session)
    before = everything()
    with pytest.raises(SessionSuspended):
        book(make_account(), session, now=NOW)
    assert everything() == before


class TestHolds:
    def test_they_are_withdrawn_and_their_orders_closed(self, session: ClinicSession, now: datetime, emulator: Emulator) -> None:
        session = make_clinic(visit_date=(now + timedelta(days=3)).date(), fee_fen=5000)
        hold = make_appointment(now=now, session=session, is_paid=False)
        place_order(appointment_id=hold.pk, now=now)

        assert suspend(session, now=now).withdrawn == 1

        hold.refresh_from_db()
        assert (hold.status, hold.cancelled_by, hold.outcome) == (
            AppointmentStatus.CANCELLED,
            CancelledBy.HOSPITAL,
            Outcome.VOID,
        )
        assert hold.cancel_reason == "停诊：医生临时外出会诊"
        assert hold.payment_order.state == OrderState.CLOSED
        assert not SuspensionChoice.objects.exists()
        session.refresh_from_db()
        assert session.advance_taken == 0

    def test_wechat_may_be_away_meanwhile(self, now: datetime, emulator: Emulator) -> None:
        session = make_clinic(visit_date=(now + timedelta(days=3)).date(), fee_fen=5000)
        holds = [make_appointment(now=now, session=session, is_paid=False) for _ in range(2)]
        emulator.break_next("/v3/pay", "status", status=503, times=9)
        assert suspend(session, now=now).withdrawn == 2
        assert {hold.payment_order.state for hold in holds} == {OrderState.CREATED}

    def test_what_is_paid_all_the_same_goes_back(self, session: ClinicSession, emulator: Emulator) -> None:
        hold = make_appointment(now=NOW, session=session, is_paid=False)
        suspend(session)
        record_payment(state=paid_state(hold, now=NOW), now=NOW)
        hold.refresh_from_db()
        assert hold.status == AppointmentStatus.CANCELLED
        assert Refund.objects.get().amount_fen == 5000


class TestRefused:
    def test_what_is_suspended_or_over(self, session: ClinicSession) -> None:
        with pytest.raises(SessionNotSuspendable):
            suspend(session, now=at("12:00"))
        suspend(session)
        before = everything()
        with pytest.raises(SessionNotSuspendable):
            suspend(session)
        assert everything() == before

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"title": DoctorTitle.ASSOCIATE_CHIEF}, "医生职称低于原医生"),
            ({"doctor": None}, "医生职称低于原医生"),
            ({"visit_date": VISIT + timedelta(days=1)}, "不在同一天"),
            ({"status": SessionStatus.SUSPENDED}, "已停诊或已结束"),
            ({"rated_capacity": 0}, "没有空余号源"),
        ],
    )
    def test_a_substitute_that_is_none(self, session: ClinicSession, changes: dict, reason: str) -> None:
        substitute = another_session(session, **changes)
        before = everything()
        with pytest.raises(SubstituteUnfit) as caught:
            suspend(session, substitute)
        assert caught.value.detail == {"reason": reason}
        assert everything() == before

    def test_another_departments_or_the_session_itself(self, session: ClinicSession) -> None:
        other = another_session(session, department=make_department(hospital=session.hospital))
        for substitute, reason in ((other, "不是同一科室"), (session, "就是停诊的班次本身")):
            with pytest.raises(SubstituteUnfit) as caught:
                suspend(session, substitute)
            assert caught.value.detail == {"reason": reason}

    def test_for_a_departments_session_any_doctor_will_do(self) -> None:
        department = make_department()
        plain = make_session(visit_date=VISIT, department=department)
        assert suspend(plain, another_session(plain, title=DoctorTitle.RESIDENT)).suspension.substitute_session is not None

    def test_a_better_title_will_do(self, session: ClinicSession) -> None:
        lesser = another_session(session, title=DoctorTitle.ATTENDING)
        assert suspend(lesser, session).suspension.substitute_session_id == session.pk


class TestPresent:
    def test_who_has_checked_in_stays(self, session: ClinicSession) -> None:
        here, coming = [make_appointment(now=NOW, session=session) for _ in range(2)]
        check_in(appointment_id=here.pk, actor=SYSTEM, now=at("08:00"))
        suspended = suspend(session, now=at("08:10"))
        assert (suspended.to_choose, suspended.present) == (1, 1)
        here.refresh_from_db()
        assert here.status == AppointmentStatus.CHECKED_IN
        # Both are asked; the one who is there is also seen to.
        assert set(SuspensionChoice.objects.values_list("appointment_id", flat=True)) == {here.pk, coming.pk}

    def test_nobody_else_checks_in(self, session: ClinicSession) -> None:
        appointment = make_appointment(now=NOW, session=session)
        suspend(session)
        before = everything()
        with pytest.raises(SessionSuspended):
            check_in(appointment_id=appointment.pk, actor=SYSTEM, now=at("08:00"))
        assert everything() == before


class TestCancelling:
    def test_it_is_the_hospitals_doing(self, session: ClinicSession) -> None:
        """Late, by the patient, at a policy that keeps everything: all goes back all the same."""
        set_policy(session, late_refund_percent=0)
        appointment = make_appointment(now=NOW, session=session)
        suspend(session, now=at("07:00"))
        appointment.refresh_from_db()
        assert refund_percent(appointment=appointment, by=CancelledBy.PATIENT, now=at("07:30")) == 100
        actor = patient_actor(appointment.booked_by)
        cancelled = cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=at("07:30"))
        appointment.refresh_from_db()
        assert (cancelled.refund_fen, appointment.outcome, appointment.cancelled_by) == (5000, Outcome.VOID, CancelledBy.HOSPITAL)
        row = SuspensionChoice.objects.get()
        assert (row.choice, row.chosen_by_id, row.chosen_at) == ("refund", appointment.booked_by_id, at("07:30"))


class TestRestoring:
    def test_everybody_is_where_they_were(self, session: ClinicSession) -> None:
        appointment = make_appointment(now=NOW, session=session)
        suspend(session)
        staff = make_staff()
        assert restore_session(session_id=session.pk, by=staff, now=NOW) == 1
        session.refresh_from_db()
        assert (session.status, session.advance_taken) == (SessionStatus.ACTIVE, 1)
        assert not Suspension.objects.exists()
        assert not SuspensionChoice.objects.exists()
        event = appointment.events.last()
        assert (event.kind, event.detail, event.actor_id) == (EventKind.CORRECTED, {"restored": True}, staff.pk)
        check_in(appointment_id=appointment.pk, actor=SYSTEM, now=at("08:00"))
        assert book(make_account(), session, now=NOW).status == AppointmentStatus.PENDING
        # And it may be suspended once more.
        suspend(session)

    def test_not_once_somebody_has_chosen(self, session: ClinicSession) -> None:
        first, _ = [make_appointment(now=NOW, session=session) for _ in range(2)]
        suspend(session)
        chosen(first, "refund")
        before = everything()
        with pytest.raises(ChoicesMade):
            restore_session(session_id=session.pk, by=make_staff(), now=NOW)
        assert everything() == before

    def test_not_what_is_not_suspended_or_over(self, session: ClinicSession) -> None:
        with pytest.raises(SessionNotSuspended):
            restore_session(session_id=session.pk, by=make_staff(), now=NOW)
        suspend(session)
        with pytest.raises(SessionNotSuspended):
            restore_session(session_id=session.pk, by=make_staff(), now=at("12:00"))


def test_the_number_of_queries_grows_with_the_events_only(session: ClinicSession, django_assert_num_queries: object) -> None:
    for place in range(6):
        make_appointment(now=NOW, slot=slot_of(session, place))
    staff = make_staff()
    with django_assert_num_queries(10 + 6):
        assert suspend(session, by=staff).to_choose == 6
