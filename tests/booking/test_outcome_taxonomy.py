"""Every way in which an appointment ends, and what it then counts as (scoring-model.md, "What the four outcomes mean").

Each way is walked with the services that patients, staff and the clock use. Of a chain of moves all links but the last are void.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.errors import Refusal
from accounts.models import User
from booking.models import (
    AppealCause,
    AppealState,
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Choice,
    Entitlement,
    EventKind,
    Outcome,
    Refund,
    Restriction,
    Tier,
)
from booking.services.appeals.deciding import decide_appeal
from booking.services.appeals.filing import file_appeal
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.checkin import check_in, finish_visit
from booking.services.choices import apply_due_defaults
from booking.services.confirmation import release_unconfirmed
from booking.services.entitlements.granting import grant_coupons
from booking.services.mistakes import enter_in_error
from booking.services.moves import move_appointment
from booking.services.outcomes import CorrectionReasonMissing, NotInCharge, reclassify
from booking.services.transitions import TransitionRefused, patient_actor, staff_actor
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.booking.appealing import CLOSED_AT, close, missed, missed_often, withdrawn
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.rated import rated
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, set_policy, suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_appointment, make_clinic, slot_of
from tests.factories.hospitals import make_hospital

NEXT_DAY = CLOSED_AT + timedelta(hours=9)


def booked(**clinic: int) -> Appointment:
    return make_appointment(now=NOW, session=make_clinic(visit_date=VISIT, **clinic))


def closed(appointment: Appointment) -> Appointment:
    close(appointment.hospital, appointment.visit_date)
    return appointment


def judge(hospital: Hospital) -> User:
    """Somebody of the clinic office."""
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.CLINIC_OFFICE)
    return user


def corrected(appointment: Appointment, outcome: Outcome) -> Appointment:
    by = judge(appointment.hospital)
    return reclassify(appointment_id=appointment.pk, outcome=outcome, by=by, reason="核实后更正", now=NEXT_DAY)


def appealed(appointment: Appointment, verdict: AppealState, *, attended: bool = False) -> Appointment:
    asked = {"cause": AppealCause.ILLNESS, "statement": "急性阑尾炎", "now": NEXT_DAY}
    appeal = file_appeal(user=appointment.booked_by, appointment_code=appointment.code, **asked)
    given = {"by": judge(appointment.hospital), "decision": "已核实", "now": NEXT_DAY}
    decide_appeal(appeal_id=appeal.pk, verdict=verdict, attended=attended, **given)
    return appointment


def called_off(appointment: Appointment, by: CancelledBy) -> Appointment:
    cancel_appointment(appointment_id=appointment.pk, by=by, actor=staff_actor(make_staff()), now=NOW)
    return appointment


# --- void ---


def suspended_and_refunded() -> Appointment:
    appointment = booked()
    suspend(appointment.session)
    chosen(appointment, Choice.REFUND)
    return appointment


def suspended_and_never_answered() -> Appointment:
    appointment = booked()
    suspend(appointment.session)
    apply_due_defaults(now=at("07:59"))
    return appointment


def refused_substitute() -> Appointment:
    appointment = booked()
    suspend(appointment.session, another_session(appointment.session))
    chosen(appointment, Choice.REFUND)
    return appointment


def substitute_by_default_not_attended() -> Appointment:
    """The hospital chose it for a patient who had not answered, who then did not come."""
    appointment = booked()
    set_policy(appointment.session, suspension_default="substitute")
    suspend(appointment.session, another_session(appointment.session))
    apply_due_defaults(now=at("07:59"))
    return closed(Appointment.objects.get(rescheduled_from=appointment))


def called_off_by_the_hospital() -> Appointment:
    return called_off(booked(), CancelledBy.HOSPITAL)


def unpaid_hold() -> Appointment:
    appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT, fee_fen=5000), is_paid=False)
    assert expire_hold(appointment_id=appointment.pk, now=NOW + timedelta(minutes=10))
    return appointment


def hold_that_the_patient_gave_up() -> Appointment:
    appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT, fee_fen=5000), is_paid=False)
    return by_patient(appointment, at("07:00"))


def never_confirmed_by_telephone() -> Appointment:
    session = make_clinic(visit_date=VISIT + timedelta(days=10))
    appointment = book(rated(session.hospital, Tier.D, now=NOW), session, now=NOW)
    assert release_unconfirmed(now=NOW + timedelta(hours=48)) == 1
    return appointment


def entered_in_error() -> Appointment:
    appointment = booked()
    return enter_in_error(appointment_id=appointment.pk, by=judge(appointment.hospital), reason="测试预约", now=NOW)


def exempted() -> Appointment:
    return appealed(missed(), AppealState.UPHELD)


def exempted_late_withdrawal() -> Appointment:
    return appealed(withdrawn(late=True), AppealState.UPHELD)


def corrected_to_void() -> Appointment:
    return corrected(missed(), Outcome.VOID)


def left_for_another_time() -> Appointment:
    appointment = booked()
    moved(appointment, days=1)
    return appointment


# --- fulfilled ---


def checked_in() -> Appointment:
    appointment = booked()
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("07:50"))
    return closed(appointment)


def late_but_checked_in() -> Appointment:
    """Hours after the window, before the session's end."""
    appointment = booked()
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("11:59"))
    return closed(appointment)


def seen() -> Appointment:
    appointment = booked()
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("07:50"))
    finish_visit(appointment_id=appointment.pk, actor=staff_actor(make_staff()), now=at("09:00"))
    return closed(appointment)


def was_there_after_all() -> Appointment:
    return appealed(missed(), AppealState.UPHELD, attended=True)


def corrected_to_fulfilled() -> Appointment:
    return corrected(missed(), Outcome.FULFILLED)


# --- cancelled ---


def by_patient(appointment: Appointment, now: object) -> Appointment:
    actor = patient_actor(appointment.booked_by)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=now)
    return appointment


def withdrawn_at_the_deadline() -> Appointment:
    return by_patient(booked(), at("23:59:59", days=-1))


# --- unattended ---


def withdrawn_a_second_late() -> Appointment:
    return by_patient(booked(), at("23:59:59", days=-1) + ONE_SECOND)


def came_too_late_to_be_seen() -> Appointment:
    """Missed by the clock; staff know that the patient came."""
    return corrected(missed(), Outcome.UNATTENDED)


def excused_in_part() -> Appointment:
    return appealed(missed(), AppealState.PARTLY_UPHELD)


# --- missed ---


def not_there() -> Appointment:
    return missed()


def not_excused() -> Appointment:
    return appealed(missed(), AppealState.REJECTED)


WAYS: dict[Outcome, tuple[Callable[[], Appointment], ...]] = {
    Outcome.VOID: (
        suspended_and_refunded,
        suspended_and_never_answered,
        refused_substitute,
        substitute_by_default_not_attended,
        called_off_by_the_hospital,
        unpaid_hold,
        hold_that_the_patient_gave_up,
        never_confirmed_by_telephone,
        entered_in_error,
        exempted,
        exempted_late_withdrawal,
        corrected_to_void,
        left_for_another_time,
    ),
    Outcome.FULFILLED: (checked_in, late_but_checked_in, seen, was_there_after_all, corrected_to_fulfilled),
    Outcome.CANCELLED: (withdrawn_at_the_deadline,),
    Outcome.UNATTENDED: (withdrawn_a_second_late, came_too_late_to_be_seen, excused_in_part),
    Outcome.MISSED: (not_there, not_excused),
}


@pytest.mark.parametrize(
    ("way", "outcome"), [pytest.param(way, outcome, id=way.__name__) for outcome, ways in WAYS.items() for way in ways]
)
def test_what_it_counts_as(way: Callable[[], Appointment], outcome: Outcome) -> None:
    appointment = way()
    appointment.refresh_from_db()
    assert appointment.outcome == outcome
    assert appointment.closed_at is not None
    # Whoever asks why finds it in the last event about an outcome; that of a finished visit says it by its kind.
    told = [event.detail.get("outcome", event.kind) for event in appointment.events.order_by("pk")]
    assert [one for one in told if one in Outcome.values][-1] == outcome


def moved(appointment: Appointment, *, days: int) -> Appointment:
    session = make_clinic(visit_date=VISIT + timedelta(days=days), department=appointment.department)
    asked = {"appointment_id": appointment.pk, "slot_id": slot_of(session).pk, "now": NOW}
    set_policy(session, moves_allowed=9)
    return move_appointment(user=appointment.booked_by, **asked)


@pytest.mark.parametrize("attends", [True, False])
def test_a_chain_counts_once_by_its_last_link(attends: bool) -> None:
    first = make_clinic(visit_date=VISIT)
    set_policy(first, moves_allowed=9)
    appointment = make_appointment(now=NOW, session=first)
    for days in (1, 2):
        appointment = moved(appointment, days=days)
    if attends:
        check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=at("07:50", days=2))
    closed(appointment)
    counted = Counter(Appointment.objects.values_list("outcome", flat=True))
    assert counted == {Outcome.VOID: 2, (Outcome.FULFILLED if attends else Outcome.MISSED): 1}


def test_a_correction_says_who_why_and_what_it_was() -> None:
    appointment = came_too_late_to_be_seen()
    last = appointment.events.order_by("pk").last()
    assert (last.kind, last.actor.is_staff, last.detail) == (
        EventKind.CORRECTED,
        True,
        {"reason": "核实后更正", "outcome_before": Outcome.MISSED, "outcome": Outcome.UNATTENDED},
    )


class TestEnteredInError:
    def mark(self, appointment: Appointment, *, by: User | None = None, reason: str = "测试预约") -> Appointment:
        by = by or judge(appointment.hospital)
        return enter_in_error(appointment_id=appointment.pk, by=by, reason=reason, now=NEXT_DAY)

    def refused(self, appointment: Appointment, **changes: object) -> Refusal:
        before = everything()
        with pytest.raises(Refusal) as caught:
            self.mark(appointment, **changes)
        assert everything() == before
        return caught.value

    def test_the_seat_is_free_and_all_is_paid_back(self) -> None:
        appointment = booked(fee_fen=5000)
        by = judge(appointment.hospital)
        enter_in_error(appointment_id=appointment.pk, by=by, reason="录错患者", now=NOW)
        appointment.refresh_from_db()
        assert (appointment.status, appointment.outcome) == (AppointmentStatus.ENTERED_IN_ERROR, Outcome.VOID)
        appointment.session.refresh_from_db()
        assert appointment.session.advance_taken == 0
        assert [(refund.amount_fen, refund.reason) for refund in Refund.objects.all()] == [(5000, "预约为录入错误")]
        last = appointment.events.filter(kind=EventKind.CORRECTED).get()
        assert (last.actor, last.detail["reason"], last.to_status) == (by, "录错患者", "entered-in-error")

    def test_a_pause_that_rested_on_it_is_lifted(self) -> None:
        hospital = make_hospital()
        _, misses = missed_often(hospital, 20, 10, 0)
        from scoring.services.nightly import score_hospital

        score_hospital(hospital_id=hospital.pk, now=at("02:00", days=1))
        (pause,) = Restriction.objects.all()
        assert pause.lifted_at is None
        self.mark(misses[1])
        pause.refresh_from_db()
        assert pause.lifted_at == NEXT_DAY
        assert "录入错误" in pause.lifted_reason

    def test_a_coupon_that_it_earned_is_taken_back_unless_it_is_used(self) -> None:
        hospital = make_hospital()
        visits = []
        for _ in range(2):
            account = rated(hospital, Tier.B, now=NOW - timedelta(days=9))
            visit = make_appointment(now=NOW, account=account, session=make_clinic(visit_date=VISIT, hospital=hospital))
            visits.append(check_in(appointment_id=visit.pk, actor=patient_actor(account.user), now=at("07:50")))
        close(hospital, VISIT)
        assert grant_coupons(hospital=hospital, now=NEXT_DAY) == 2
        Entitlement.objects.filter(earned_by=visits[0]).update(used_at=NEXT_DAY)
        for visit in visits:
            self.mark(visit)
        states = list(Entitlement.objects.order_by("earned_by_id").values_list("used_at", "withdrawn_at", "withdrawn_reason"))
        assert states == [(NEXT_DAY, None, ""), (None, NEXT_DAY, "预约为录入错误")]
        assert grant_coupons(hospital=hospital, now=NEXT_DAY) == 0

    def test_only_by_those_in_charge_and_with_a_reason(self) -> None:
        appointment = booked()
        clerk = make_staff()
        StaffMembership.objects.create(user=clerk, hospital=appointment.hospital, role=StaffRole.DESK)
        for stranger in (clerk, judge(make_hospital()), appointment.booked_by):
            assert isinstance(self.refused(appointment, by=stranger), NotInCharge)
        for reason in ("", "  ", "因" * 201):
            assert isinstance(self.refused(appointment, reason=reason), CorrectionReasonMissing)

    def test_not_what_was_cancelled_or_marked_before(self) -> None:
        for appointment in (called_off_by_the_hospital(), entered_in_error()):
            assert isinstance(self.refused(appointment), TransitionRefused)
