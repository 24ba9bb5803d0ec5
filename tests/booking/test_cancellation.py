"""Withdrawing an appointment: what it counts as, what goes back, what is free again."""

from datetime import datetime

import pytest

from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, Outcome, Refund, RefundState
from booking.services.cancellation import VisitIsOver, cancel_appointment, refund_percent
from booking.services.checkin import check_in, finish_visit
from booking.services.transitions import SYSTEM, Actor, TransitionRefused, patient_actor, staff_actor
from hospitals.models import ClinicSession
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic

DEADLINE, END = at("23:59:59", days=-1), at("12:00")


@pytest.fixture
def session() -> ClinicSession:
    """5.01 yuan, of which a late cancellation gives back 30 %."""
    session = make_clinic(visit_date=VISIT, fee_fen=501)
    revise_policy(hospital=session.hospital, registration_type=None, changes={"late_refund_percent": 30}, by=None, now=NOW)
    return session


def cancel(appointment: Appointment, now: datetime, by: CancelledBy = CancelledBy.PATIENT) -> int:
    actor: Actor = patient_actor(appointment.booked_by) if by == CancelledBy.PATIENT else SYSTEM
    return cancel_appointment(appointment_id=appointment.pk, by=by, actor=actor, now=now, reason="临时有事").refund_fen


@pytest.mark.parametrize(
    ("now", "by", "refund_fen", "outcome"),
    [
        (DEADLINE, CancelledBy.PATIENT, 501, Outcome.CANCELLED),
        (DEADLINE + ONE_SECOND, CancelledBy.PATIENT, 150, Outcome.UNATTENDED),  # 150.3 fen, the fraction stays
        (END - ONE_SECOND, CancelledBy.PATIENT, 150, Outcome.UNATTENDED),
        (NOW, CancelledBy.HOSPITAL, 501, Outcome.VOID),
        (END - ONE_SECOND, CancelledBy.HOSPITAL, 501, Outcome.VOID),
        (END + ONE_SECOND, CancelledBy.HOSPITAL, 501, Outcome.VOID),
    ],
)
def test_what_goes_back_and_what_it_counts_as(
    session: ClinicSession, now: datetime, by: CancelledBy, refund_fen: int, outcome: Outcome
) -> None:
    appointment = make_appointment(now=NOW, session=session)
    assert refund_percent(appointment=appointment, by=by, now=now) * 501 // 100 == refund_fen

    assert cancel(appointment, now, by) == refund_fen

    appointment.refresh_from_db()
    assert (appointment.status, appointment.cancelled_by, appointment.outcome) == (AppointmentStatus.CANCELLED, by, outcome)
    assert (appointment.cancelled_at, appointment.closed_at, appointment.cancel_reason) == (now, now, "临时有事")
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.state, refund.next_attempt_at) == (refund_fen, RefundState.REQUESTED, now)
    appointment.payment_order.refresh_from_db()
    assert (appointment.payment_order.paid_fen, appointment.payment_order.refunded_fen) == (501, refund_fen)
    session.refresh_from_db()
    assert session.advance_taken == 0
    kinds = list(appointment.events.values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.CANCELLED, EventKind.REFUND_REQUESTED]


def test_a_policy_without_late_refunds_owes_nothing(session: ClinicSession) -> None:
    revise_policy(hospital=session.hospital, registration_type=None, changes={"late_refund_percent": 0}, by=None, now=NOW)
    appointment = make_appointment(now=NOW, session=session)
    assert cancel(appointment, at("07:00")) == 0
    assert not Refund.objects.exists()


def test_the_policy_it_was_booked_under_decides(session: ClinicSession) -> None:
    appointment = make_appointment(now=NOW, session=session)
    revise_policy(hospital=session.hospital, registration_type=None, changes={"late_refund_percent": 0}, by=None, now=NOW)
    assert cancel(appointment, at("07:00")) == 150


def test_a_free_appointment_gives_nothing_back() -> None:
    appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
    assert cancel(appointment, NOW) == 0
    assert Appointment.objects.get().outcome == Outcome.CANCELLED


@pytest.mark.parametrize("now", [NOW + ONE_SECOND, at("07:00")], ids=["early", "late"])
def test_what_was_never_confirmed_never_counts(session: ClinicSession, now: datetime) -> None:
    appointment = make_appointment(now=NOW, session=session, is_paid=False)
    assert cancel(appointment, now) == 0
    appointment.refresh_from_db()
    assert (appointment.status, appointment.outcome, appointment.hold_expires_at) == (
        AppointmentStatus.CANCELLED,
        Outcome.VOID,
        None,
    )


def test_the_same_again_changes_nothing_and_is_answered_the_same(session: ClinicSession) -> None:
    appointment = make_appointment(now=NOW, session=session)
    cancel(appointment, at("07:00"))
    before = everything()
    assert cancel(appointment, at("07:01")) == 150
    assert cancel(appointment, at("07:02"), CancelledBy.HOSPITAL) == 150
    assert everything() == before


def test_the_patient_cannot_withdraw_once_the_session_is_over(session: ClinicSession) -> None:
    appointment = make_appointment(now=NOW, session=session)
    before = everything()
    with pytest.raises(VisitIsOver):
        cancel(appointment, END)
    assert everything() == before


@pytest.mark.parametrize("is_finished", [False, True], ids=["checked-in", "seen"])
@pytest.mark.parametrize("by", [CancelledBy.PATIENT, CancelledBy.HOSPITAL])
def test_who_is_there_cannot_withdraw(session: ClinicSession, is_finished: bool, by: CancelledBy) -> None:
    appointment = make_appointment(now=NOW, session=session)
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("08:00"))
    if is_finished:
        finish_visit(appointment_id=appointment.pk, actor=staff_actor(make_staff()), now=at("08:20"))
    before = everything()
    with pytest.raises(TransitionRefused) as caught:
        cancel(appointment, at("08:30"), by)
    assert caught.value.detail["wanted"] == "已取消"
    assert everything() == before


def test_an_unknown_appointment_is_an_error() -> None:
    with pytest.raises(Appointment.DoesNotExist):
        cancel_appointment(appointment_id=1, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=NOW)
