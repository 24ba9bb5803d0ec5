"""What becomes of a suspended session's bookings: a substitute, another date or the money back, and the default."""

from datetime import timedelta

import pytest

from accounts.errors import Refusal
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Channel,
    Choice,
    EventKind,
    Outcome,
    PaymentOrder,
    Refund,
    SuspensionChoice,
)
from booking.rules.caps import AlreadyBooked
from booking.rules.session import NotReleased
from booking.services.cancellation import cancel_appointment
from booking.services.choices import (
    ChoiceMade,
    ChoiceTooLate,
    DearerSlot,
    NoSubstitute,
    NothingToChoose,
    OtherDepartment,
    SubstituteFull,
    apply_due_defaults,
)
from booking.services.closing import close_days_before
from booking.services.seats import SessionFull, SlotFull
from booking.services.transitions import SYSTEM, patient_actor
from booking.services.wanted import SlotNotFound
from hospitals.models import ClinicSession, SuspensionDefault
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, set_policy, suspend
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic, slot_of
from tests.factories.hospitals import make_department

DEADLINE = NOW + timedelta(hours=24)


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, fee_fen=5000)


@pytest.fixture
def appointment(session: ClinicSession) -> Appointment:
    """In the third window of eight."""
    return make_appointment(now=NOW, slot=slot_of(session, 2))


def refused(appointment: Appointment, choice: Choice, error: type[Refusal], **arguments: object) -> Refusal:
    before = everything()
    with pytest.raises(error) as caught:
        chosen(appointment, choice, **arguments)
    assert everything() == before
    return caught.value


def test_a_refund(appointment: Appointment) -> None:
    suspend(appointment.session)
    result = chosen(appointment, Choice.REFUND)
    assert (result.refund_fen, result.moved_to) == (5000, None)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.outcome, appointment.cancelled_by) == (
        AppointmentStatus.CANCELLED,
        Outcome.VOID,
        CancelledBy.HOSPITAL,
    )
    row = SuspensionChoice.objects.get()
    assert (row.choice, row.chosen_at, row.chosen_by_id, row.moved_to) == ("refund", NOW, appointment.booked_by_id, None)
    kinds = list(appointment.events.values_list("kind", flat=True))
    assert kinds[-4:] == [EventKind.SUSPENDED, EventKind.CHOSEN, EventKind.CANCELLED, EventKind.REFUND_REQUESTED]
    appointment.session.refresh_from_db()
    assert appointment.session.advance_taken == 0


class TestSubstitute:
    def test_the_window_at_the_same_time(self, session: ClinicSession, appointment: Appointment) -> None:
        substitute = another_session(session)
        suspend(session, substitute)
        result = chosen(appointment, Choice.SUBSTITUTE)
        new = result.moved_to
        assert new is not None
        assert (new.session_id, new.slot_id, new.status) == (substitute.pk, slot_of(substitute, 2).pk, AppointmentStatus.BOOKED)
        assert (new.doctor_id, new.fee_fen, new.channel, result.refund_fen) == (substitute.doctor_id, 5000, Channel.ADVANCE, 0)
        assert (new.rescheduled_from_id, new.move_count, new.booked_by) == (appointment.pk, 0, appointment.booked_by)
        # The money went along.
        order = PaymentOrder.objects.get()
        assert (order.appointment_id, order.paid_fen, order.refunded_fen) == (new.pk, 5000, 0)
        appointment.refresh_from_db()
        assert (appointment.status, appointment.outcome) == (AppointmentStatus.CANCELLED, Outcome.VOID)
        assert list(appointment.events.values_list("kind", flat=True))[-2:] == [EventKind.CHOSEN, EventKind.MOVED]
        row = SuspensionChoice.objects.get()
        assert (row.choice, row.moved_to_id) == ("substitute", new.pk)

    def test_the_nearest_window_that_has_room(self, session: ClinicSession, appointment: Appointment) -> None:
        substitute = another_session(session, rated_capacity=8)
        for place in (1, 2):
            book(make_account(), slot_of(substitute, place), now=NOW)
        suspend(session, substitute)
        new = chosen(appointment, Choice.SUBSTITUTE).moved_to
        assert new is not None
        assert new.slot_id == slot_of(substitute, 3).pk

    @pytest.mark.parametrize(("fee_fen", "costs", "refund_fen"), [(8000, 5000, 0), (3000, 3000, 2000), (0, 0, 5000)])
    def test_at_another_fee(
        self, session: ClinicSession, appointment: Appointment, fee_fen: int, costs: int, refund_fen: int
    ) -> None:
        """Dearer costs nothing more, cheaper gives the difference back."""
        substitute = another_session(session, fee_fen=fee_fen)
        suspend(session, substitute)
        result = chosen(appointment, Choice.SUBSTITUTE)
        assert result.moved_to is not None
        assert (result.moved_to.fee_fen, result.refund_fen) == (costs, refund_fen)
        assert sum(Refund.objects.values_list("amount_fen", flat=True)) == refund_fen

    def test_a_late_withdrawal_afterwards_is_judged_by_the_new_fee(
        self, session: ClinicSession, appointment: Appointment
    ) -> None:
        set_policy(session, late_refund_percent=30)
        suspend(session, another_session(session, fee_fen=3000))
        new = chosen(appointment, Choice.SUBSTITUTE).moved_to
        assert new is not None
        assert new.cancel_deadline == new.slot.starts_at
        late = new.slot.starts_at + timedelta(minutes=1)
        actor = patient_actor(new.booked_by)
        cancelled = cancel_appointment(appointment_id=new.pk, by=CancelledBy.PATIENT, actor=actor, now=late)
        assert cancelled.refund_fen == 900
        assert PaymentOrder.objects.get().refunded_fen == 2900

    def test_beyond_the_advance_quota_never_beyond_the_rated_capacity(
        self, session: ClinicSession, appointment: Appointment
    ) -> None:
        second = make_appointment(now=NOW, slot=slot_of(session, 2))
        substitute = another_session(session, rated_capacity=2, advance_quota=1)
        book(make_account(), substitute, now=NOW)
        suspend(session, substitute)
        assert chosen(appointment, Choice.SUBSTITUTE).moved_to is not None
        substitute.refresh_from_db()
        assert (substitute.advance_quota, substitute.advance_taken) == (2, 2)
        refused(second, Choice.SUBSTITUTE, SubstituteFull)

    def test_on_the_day_by_a_same_day_number(self, session: ClinicSession, appointment: Appointment) -> None:
        substitute = another_session(session)
        suspend(session, substitute, now=at("07:00"))
        new = chosen(appointment, Choice.SUBSTITUTE, now=at("07:30")).moved_to
        assert new is not None
        assert (new.channel, new.slot_id) == (Channel.SAME_DAY, slot_of(substitute, 2).pk)

    def test_seats_of_windows_that_are_over_count(self, session: ClinicSession, appointment: Appointment) -> None:
        substitute = another_session(session, rated_capacity=8)
        suspend(session, substitute, now=at("11:00"))
        for place in (6, 7):
            book(make_account(), slot_of(substitute, place), now=at("11:00"))
        new = chosen(appointment, Choice.SUBSTITUTE, now=at("11:10")).moved_to
        assert new is not None
        assert new.slot_id == slot_of(substitute, 6).pk
        assert new.cancel_deadline == at("11:10")

    def test_none_is_offered(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session)
        refused(appointment, Choice.SUBSTITUTE, NoSubstitute)

    def test_booked_there_already(self, session: ClinicSession, appointment: Appointment) -> None:
        set_policy(session, live_per_department_day=2)
        substitute = another_session(session, fee_fen=0)
        book(Account(appointment.booked_by, appointment.patient), substitute, now=NOW)
        suspend(session, substitute)
        refused(appointment, Choice.SUBSTITUTE, AlreadyBooked)


class TestAnotherDate:
    def test_without_the_caps_and_without_counting_as_a_move(self, session: ClinicSession, appointment: Appointment) -> None:
        set_policy(session, live_per_department_day=1, live_per_week=1, live_per_quarter=1, moves_allowed=0)
        later = another_session(session, visit_date=VISIT + timedelta(days=5))
        suspend(session)
        result = chosen(appointment, Choice.ANOTHER_DATE, slot=slot_of(later, 4))
        new = result.moved_to
        assert new is not None
        assert (new.slot_id, new.visit_date, new.move_count) == (slot_of(later, 4).pk, VISIT + timedelta(days=5), 0)
        assert new.cancel_deadline == at("23:59:59", days=4)
        later.refresh_from_db()
        assert (later.advance_taken, result.refund_fen) == (1, 0)

    def test_during_a_pause(self, session: ClinicSession, appointment: Appointment) -> None:
        later = another_session(session, visit_date=VISIT + timedelta(days=5))
        session.hospital.restrictions.create(
            patient=appointment.patient, starts_at=NOW, ends_at=NOW + timedelta(days=90), missed_count=3
        )
        suspend(session)
        assert chosen(appointment, Choice.ANOTHER_DATE, slot=slot_of(later)).moved_to is not None

    def test_cheaper_gives_the_difference_back(self, session: ClinicSession, appointment: Appointment) -> None:
        cheaper = another_session(session, fee_fen=1000, visit_date=VISIT + timedelta(days=5))
        suspend(session)
        assert chosen(appointment, Choice.ANOTHER_DATE, slot=slot_of(cheaper)).refund_fen == 4000
        assert Refund.objects.get().reason == "挂号费差额"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"fee_fen": 5001}, DearerSlot),
            ({"visit_date": VISIT + timedelta(days=30)}, NotReleased),
            ({"advance_quota": 0}, SessionFull),
        ],
    )
    def test_what_nobody_could_book(
        self, session: ClinicSession, appointment: Appointment, changes: dict, error: type[Refusal]
    ) -> None:
        other = another_session(session, **changes)
        suspend(session)
        refused(appointment, Choice.ANOTHER_DATE, error, slot=slot_of(other))

    def test_a_window_that_is_taken(self, session: ClinicSession, appointment: Appointment) -> None:
        other = another_session(session, rated_capacity=8)
        book(make_account(), slot_of(other), now=NOW)
        suspend(session)
        refused(appointment, Choice.ANOTHER_DATE, SlotFull, slot=slot_of(other))

    def test_another_departments_window_or_none(self, session: ClinicSession, appointment: Appointment) -> None:
        other = another_session(session, department=make_department(hospital=session.hospital))
        suspend(session)
        refused(appointment, Choice.ANOTHER_DATE, OtherDepartment, slot=slot_of(other))
        refused(appointment, Choice.ANOTHER_DATE, SlotNotFound)

    def test_the_same_session_is_none(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session)
        refused(appointment, Choice.ANOTHER_DATE, AlreadyBooked, slot=slot_of(session, 3))


class TestOnce:
    def test_the_same_again_changes_nothing(self, session: ClinicSession) -> None:
        substitute, later = another_session(session, fee_fen=3000), another_session(session, visit_date=VISIT + timedelta(days=5))
        asked: list[tuple[Choice, object]] = [
            (Choice.REFUND, None),
            (Choice.SUBSTITUTE, None),
            (Choice.ANOTHER_DATE, slot_of(later)),
        ]
        appointments = [make_appointment(now=NOW, session=session) for _ in asked]
        suspend(session, substitute)
        for appointment, (choice, slot) in zip(appointments, asked, strict=True):
            first = chosen(appointment, choice, slot=slot)
            before = everything()
            again = chosen(appointment, choice, slot=slot, now=DEADLINE + timedelta(days=1))
            assert everything() == before
            assert (again.moved_to, again.refund_fen) == (first.moved_to, first.refund_fen)

    def test_nobody_changes_their_mind(self, session: ClinicSession, appointment: Appointment) -> None:
        later = another_session(session, visit_date=VISIT + timedelta(days=5))
        suspend(session, another_session(session))
        chosen(appointment, Choice.ANOTHER_DATE, slot=slot_of(later))
        for choice, slot in ((Choice.REFUND, None), (Choice.SUBSTITUTE, None), (Choice.ANOTHER_DATE, slot_of(later, 1))):
            assert refused(appointment, choice, ChoiceMade, slot=slot).detail == {"choice": "改到其他时间"}

    @pytest.mark.parametrize("choice", [Choice.REFUND, Choice.SUBSTITUTE])
    def test_not_after_the_deadline(self, session: ClinicSession, appointment: Appointment, choice: Choice) -> None:
        suspend(session, another_session(session))
        refused(appointment, choice, ChoiceTooLate, now=DEADLINE)

    @pytest.mark.parametrize("choice", [Choice.REFUND, Choice.SUBSTITUTE])
    def test_where_nothing_is_suspended(self, appointment: Appointment, choice: Choice) -> None:
        refused(appointment, choice, NothingToChoose)

    def test_who_was_moved_to_a_substitute_that_is_suspended_as_well_chooses_again(
        self, session: ClinicSession, appointment: Appointment
    ) -> None:
        substitute = another_session(session)
        suspend(session, substitute)
        new = chosen(appointment, Choice.SUBSTITUTE).moved_to
        suspend(substitute)
        assert chosen(new, Choice.REFUND).refund_fen == 5000


class TestDefault:
    def test_nothing_before_the_deadline(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session)
        before = everything()
        assert apply_due_defaults(now=DEADLINE - timedelta(seconds=1)) == 0
        assert everything() == before

    def test_a_refund_unless_the_policy_says_otherwise(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session, another_session(session))
        assert apply_due_defaults(now=DEADLINE) == 1
        row = SuspensionChoice.objects.get()
        assert (row.choice, row.chosen_at, row.chosen_by) == ("refund", DEADLINE, None)
        assert Refund.objects.get().amount_fen == 5000
        before = everything()
        assert apply_due_defaults(now=DEADLINE) == 0
        assert everything() == before

    def test_a_substitute_as_long_as_there_is_room(self, session: ClinicSession) -> None:
        set_policy(session, suspension_default=SuspensionDefault.SUBSTITUTE)
        for _ in range(2):
            make_appointment(now=NOW, session=session)
        substitute = another_session(session, rated_capacity=1)
        suspend(session, substitute)
        assert apply_due_defaults(now=DEADLINE) == 2
        assert list(SuspensionChoice.objects.order_by("pk").values_list("choice", flat=True)) == ["substitute", "refund"]
        moved = Appointment.objects.get(session=substitute)
        assert set(moved.events.values_list("actor_kind", flat=True)) == {"system"}

    def test_the_policy_at_the_time_of_the_suspension(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session, another_session(session))
        later = NOW + timedelta(hours=1)
        changes = {"suspension_default": SuspensionDefault.SUBSTITUTE}
        revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=later)
        apply_due_defaults(now=DEADLINE)
        assert SuspensionChoice.objects.get().choice == "refund"

    def test_those_who_have_chosen_are_left_alone(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session, another_session(session))
        chosen(appointment, Choice.SUBSTITUTE)
        before = everything()
        assert apply_due_defaults(now=DEADLINE) == 0
        assert everything() == before

    def test_who_never_agreed_to_a_substitute_misses_nothing(self, session: ClinicSession) -> None:
        """Moved by default and not there: void. Accepted and not there: missed."""
        set_policy(session, suspension_default=SuspensionDefault.SUBSTITUTE)
        silent, agreed = [make_appointment(now=NOW, session=session) for _ in range(2)]
        suspend(session, another_session(session))
        chosen(agreed, Choice.SUBSTITUTE)
        apply_due_defaults(now=DEADLINE)
        closed = close_days_before(hospital=session.hospital, day=VISIT + timedelta(days=1), now=at("00:30", days=1))
        assert closed.missed == 2
        outcome = {old.pk: Appointment.objects.get(rescheduled_from=old).outcome for old in (silent, agreed)}
        assert outcome == {silent.pk: Outcome.VOID, agreed.pk: Outcome.MISSED}

    def test_the_days_closing_decides_what_the_sweep_did_not(self, session: ClinicSession, appointment: Appointment) -> None:
        suspend(session)
        closed = close_days_before(hospital=session.hospital, day=VISIT + timedelta(days=1), now=at("00:30", days=1))
        assert closed.withdrawn == 1
        assert SuspensionChoice.objects.get().choice == "refund"
        assert apply_due_defaults(now=at("00:31", days=1)) == 0


def test_a_hold_of_the_system_is_not_a_choice(session: ClinicSession) -> None:
    hold = make_appointment(now=NOW, session=session, is_paid=False)
    suspend(session)
    refused(hold, Choice.REFUND, NothingToChoose)
    with_hospital = cancel_appointment(appointment_id=hold.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=NOW)
    assert with_hospital.refund_fen == 0
