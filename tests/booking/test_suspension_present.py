"""A session that is suspended while patients sit in its waiting room: nobody is lost between the house and the books."""

from datetime import timedelta

import pytest

from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Choice,
    EventKind,
    Outcome,
    QueueEntry,
    QueueMoveKind,
    QueueState,
    Refund,
    SuspensionChoice,
)
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in, finish_visit
from booking.services.choices import (
    ChoiceTooLate,
    NothingToChoose,
    SubstituteFull,
    apply_due_defaults,
    choose_for_patient,
)
from booking.services.closing import ClosedDay, close_days_before
from booking.services.queue.calling import call_next
from booking.services.queue.places import QueueClosed
from booking.services.suspension import restore_session
from booking.services.transitions import SYSTEM, TransitionRefused, patient_actor, staff_actor
from hospitals.models import ClinicSession, SuspensionDefault
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, set_policy, suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_account, make_appointment, make_clinic, slot_of

SUSPENDED_AT = at("08:10")
NIGHT = at("00:30", days=1)


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, fee_fen=5000)


@pytest.fixture
def here(session: ClinicSession) -> Appointment:
    """Checked in and waiting."""
    appointment = make_appointment(now=NOW, session=session)
    return check_in(appointment_id=appointment.pk, actor=SYSTEM, now=at("08:00"))


def state_of(appointment: Appointment) -> tuple[str, str, str]:
    appointment.refresh_from_db()
    return appointment.status, appointment.outcome, appointment.cancelled_by


def test_they_are_told_and_asked_like_the_others(session: ClinicSession, here: Appointment) -> None:
    suspended = suspend(session, now=SUSPENDED_AT)
    assert (suspended.to_choose, suspended.present) == (0, 1)
    assert SuspensionChoice.objects.get().appointment == here
    event = here.events.last()
    assert event is not None
    assert (event.kind, event.from_status, event.to_status) == (EventKind.SUSPENDED, "checked-in", "checked-in")
    # Their place is kept, in case the session is held after all.
    assert here.queue_entry.state == QueueState.WAITING
    with pytest.raises(QueueClosed):
        call_next(session_id=session.pk, actor=SYSTEM, now=SUSPENDED_AT)


class TestChoosing:
    def test_a_refund_at_the_desk_ends_the_place(self, session: ClinicSession, here: Appointment) -> None:
        suspend(session, now=SUSPENDED_AT)
        clerk = make_staff()
        done = choose_for_patient(appointment_id=here.pk, choice=Choice.REFUND, by=clerk, now=at("08:20"))
        assert done.refund_fen == 5000
        assert state_of(here) == (AppointmentStatus.CANCELLED, Outcome.VOID, CancelledBy.HOSPITAL)
        row = SuspensionChoice.objects.get()
        assert (row.choice, row.chosen_by, row.chosen_at) == (Choice.REFUND, clerk, at("08:20"))
        entry = QueueEntry.objects.get()
        assert (entry.state, entry.finished_at) == (QueueState.LEFT, at("08:20"))
        moves = list(entry.moves.values_list("kind", "actor_id"))
        assert moves == [(QueueMoveKind.JOINED, None), (QueueMoveKind.LEFT, clerk.pk)]
        session.refresh_from_db()
        assert session.advance_taken == 0

    def test_a_substitute_the_same_morning(self, session: ClinicSession, here: Appointment) -> None:
        substitute = another_session(session)
        suspend(session, substitute, now=SUSPENDED_AT)
        done = choose_for_patient(appointment_id=here.pk, choice=Choice.SUBSTITUTE, by=make_staff(), now=at("08:20"))
        new = done.moved_to
        assert new is not None
        assert (new.session, new.status, new.rescheduled_from) == (substitute, AppointmentStatus.BOOKED, here)
        assert state_of(here) == (AppointmentStatus.CANCELLED, Outcome.VOID, CancelledBy.HOSPITAL)
        assert new.payment_order.paid_fen == 5000
        check_in(appointment_id=new.pk, actor=SYSTEM, now=at("08:21"))
        called = call_next(session_id=substitute.pk, actor=SYSTEM, now=at("08:30"))
        assert called.appointment == new

    def test_another_date(self, session: ClinicSession, here: Appointment) -> None:
        later = another_session(session, visit_date=VISIT + timedelta(days=5))
        suspend(session, now=SUSPENDED_AT)
        done = choose_for_patient(
            appointment_id=here.pk, choice=Choice.ANOTHER_DATE, slot_id=slot_of(later).pk, by=make_staff(), now=at("08:20")
        )
        assert done.moved_to is not None
        assert (done.moved_to.session, done.moved_to.move_count, done.refund_fen) == (later, 0, 0)
        assert QueueEntry.objects.get().state == QueueState.LEFT

    def test_the_patient_may_choose_by_phone_as_well(self, session: ClinicSession, here: Appointment) -> None:
        suspend(session, now=SUSPENDED_AT)
        assert chosen(here, Choice.REFUND, now=at("08:20")).refund_fen == 5000
        assert QueueEntry.objects.get().state == QueueState.LEFT

    def test_the_desk_has_until_the_day_is_closed(self, session: ClinicSession, here: Appointment) -> None:
        until = suspend(session, now=SUSPENDED_AT).suspension.choose_until
        before = everything()
        with pytest.raises(ChoiceTooLate):
            chosen(here, Choice.REFUND, now=until)
        assert apply_due_defaults(now=until) == 0
        assert everything() == before
        done = choose_for_patient(appointment_id=here.pk, choice=Choice.REFUND, by=make_staff(), now=until)
        assert done.refund_fen == 5000

    def test_the_desk_also_chooses_for_who_calls(self, session: ClinicSession) -> None:
        coming = make_appointment(now=NOW, session=session)
        suspend(session)
        clerk = make_staff()
        choose_for_patient(appointment_id=coming.pk, choice=Choice.REFUND, by=clerk, now=NOW)
        event = coming.events.filter(kind=EventKind.CHOSEN).get()
        assert (event.actor, event.actor_kind) == (clerk, "staff")

    def test_a_full_substitute_changes_nothing(self, session: ClinicSession, here: Appointment) -> None:
        substitute, clerk = another_session(session, rated_capacity=1), make_staff()
        suspend(session, substitute, now=SUSPENDED_AT)
        make_appointment(now=SUSPENDED_AT, session=substitute, slot=slot_of(substitute))
        before = everything()
        with pytest.raises(SubstituteFull):
            choose_for_patient(appointment_id=here.pk, choice=Choice.SUBSTITUTE, by=clerk, now=at("08:20"))
        assert everything() == before

    def test_who_is_there_does_not_simply_cancel(self, session: ClinicSession, here: Appointment) -> None:
        suspend(session, now=SUSPENDED_AT)
        before = everything()
        with pytest.raises(TransitionRefused):
            cancel_appointment(
                appointment_id=here.pk, by=CancelledBy.PATIENT, actor=patient_actor(here.booked_by), now=at("08:20")
            )
        assert everything() == before


class TestFinishing:
    def test_who_was_seen_all_the_same_has_nothing_to_choose(self, session: ClinicSession, here: Appointment) -> None:
        suspend(session, now=SUSPENDED_AT)
        finish_visit(appointment_id=here.pk, actor=staff_actor(make_staff()), now=at("08:20"))
        assert state_of(here) == (AppointmentStatus.FULFILLED, Outcome.FULFILLED, "")
        assert not SuspensionChoice.objects.exists()
        with pytest.raises(NothingToChoose):
            choose_for_patient(appointment_id=here.pk, choice=Choice.REFUND, by=make_staff(), now=at("08:21"))
        assert not Refund.objects.exists()

    def test_nor_is_who_was_called_off_finished(self, session: ClinicSession, here: Appointment) -> None:
        suspend(session, now=SUSPENDED_AT)
        choose_for_patient(appointment_id=here.pk, choice=Choice.REFUND, by=make_staff(), now=at("08:20"))
        before = everything()
        with pytest.raises(TransitionRefused):
            finish_visit(appointment_id=here.pk, actor=SYSTEM, now=at("08:21"))
        assert everything() == before


class TestClosing:
    @pytest.mark.parametrize("default", SuspensionDefault)
    def test_the_night_pays_back_whom_nobody_saw(
        self, session: ClinicSession, here: Appointment, default: SuspensionDefault
    ) -> None:
        """A substitute of yesterday helps nobody, whatever the default."""
        set_policy(session, suspension_default=default)
        seen, coming = [make_appointment(now=NOW, session=session) for _ in range(2)]
        check_in(appointment_id=seen.pk, actor=SYSTEM, now=at("08:01"))
        suspend(session, now=SUSPENDED_AT)
        finish_visit(appointment_id=seen.pk, actor=SYSTEM, now=at("08:20"))

        closed = close_days_before(hospital=session.hospital, day=NIGHT.date(), now=NIGHT)

        assert closed == ClosedDay(fulfilled=0, missed=0, withdrawn=2, sessions=1)
        for appointment in (here, coming):
            assert state_of(appointment) == (AppointmentStatus.CANCELLED, Outcome.VOID, CancelledBy.HOSPITAL)
            assert appointment.payment_order.refunded_fen == 5000
        assert state_of(seen)[0] == AppointmentStatus.FULFILLED
        assert not SuspensionChoice.objects.filter(choice="").exists()
        assert QueueEntry.objects.get(appointment=here).state == QueueState.LEFT


def test_restored_they_wait_where_they_waited(session: ClinicSession, here: Appointment) -> None:
    suspend(session, now=SUSPENDED_AT)
    assert restore_session(session_id=session.pk, by=make_staff(), now=at("08:15")) == 1
    assert call_next(session_id=session.pk, actor=SYSTEM, now=at("08:16")).appointment == here
    assert book(make_account(), session, now=at("08:16")).status == AppointmentStatus.PENDING
