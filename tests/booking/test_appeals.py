"""Appealing against an outcome: who may, until when, and what a decision changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AccountPatient, User
from accounts.selectors import HealthConsentMissing, PatientNotInAccount
from accounts.services.consents import withdraw_consent
from booking.models import (
    ActorKind,
    Appeal,
    AppealCause,
    AppealProof,
    AppealState,
    Appointment,
    AppointmentStatus,
    EventKind,
    Outcome,
    Refund,
)
from booking.services.appeals.deciding import DecisionMissing, VerdictUnfit, decide_appeal
from booking.services.appeals.filing import (
    AppealNotPending,
    AppealSubjectNotFound,
    StatementMissing,
    add_proof,
    file_appeal,
    withdraw_appeal,
)
from booking.services.appeals.subjects import AlreadyAppealed, AppealTooLate, NotAppealable, facts_of_appointment
from booking.services.outcomes import NotInCharge, OutcomeNotCorrectable
from booking.services.proofs import ProofNotAPicture, ProofRepeated, TooManyProofs, proof_content
from hospitals.models import BookingPolicy, Hospital, StaffMembership, StaffRole
from tests.booking.appealing import CLOSED_AT, missed, picture, withdrawn
from tests.booking.clock import NOW, ONE_SECOND, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_account, make_appointment
from tests.factories.hospitals import make_hospital

LATER = CLOSED_AT + timedelta(hours=9)
DEADLINE = CLOSED_AT + timedelta(days=7)
DECIDED_AT = CLOSED_AT + timedelta(days=1)


def file(appointment: Appointment, *, now: datetime = LATER, user: User | None = None, **more: Any) -> Appeal:
    asked = {"cause": AppealCause.ILLNESS, "statement": "前一晚高烧，次日住院。"} | more
    filer = user or appointment.booked_by
    assert filer is not None
    return file_appeal(user=filer, appointment_code=appointment.code, now=now, **asked)


def staff_of(hospital: Hospital, role: StaffRole = StaffRole.CLINIC_OFFICE) -> User:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    return user


def decide(appeal: Appeal, verdict: AppealState, **more: Any) -> Appeal:
    asked = {"by": staff_of(appeal.hospital), "decision": "已核对住院证明。", "now": DECIDED_AT} | more
    return decide_appeal(appeal_id=appeal.pk, verdict=verdict, **asked)


def refused(refusal: type[Exception], call: Callable[[], object]) -> None:
    """The call is refused with exactly this class, and nothing has changed."""
    before = everything()
    with pytest.raises(refusal) as caught:
        call()
    assert type(caught.value) is refusal
    assert everything() == before


class TestFiling:
    def test_a_miss(self) -> None:
        appointment = missed()
        appeal = file(appointment, proofs=[picture(), picture("PNG", colour="white")])
        appeal.refresh_from_db()
        assert (appeal.state, appeal.cause, appeal.statement) == ("pending", "illness", "前一晚高烧，次日住院。")
        assert (appeal.hospital, appeal.patient, appeal.by) == (
            appointment.hospital,
            appointment.patient,
            appointment.booked_by,
        )
        assert (appeal.created_at, appeal.until) == (LATER, DEADLINE)
        assert [(p.content_type, p.width, p.height) for p in appeal.proofs.all()] == [("image/jpeg", 64, 48)] * 2
        event = appointment.events.get(kind=EventKind.APPEALED)
        assert (event.actor_kind, event.actor, event.from_status, event.to_status) == (
            ActorKind.PATIENT,
            appointment.booked_by,
            "noshow",
            "noshow",
        )
        assert event.detail == {"appeal": appeal.pk, "cause": "illness"}
        appointment.refresh_from_db()
        assert appointment.outcome == Outcome.MISSED

    def test_a_late_withdrawal_but_not_an_early_one(self) -> None:
        assert file(withdrawn(late=True), now=LATER).state == AppealState.PENDING
        early = withdrawn(late=False)
        refused(NotAppealable, lambda: file(early, now=LATER))

    def test_not_before_the_end(self) -> None:
        coming = make_appointment(now=NOW)
        refused(NotAppealable, lambda: file(coming, now=NOW))

    def test_until_the_deadline_and_not_a_second_longer(self) -> None:
        in_time, late = missed(), missed()
        assert file(in_time, now=DEADLINE).until == DEADLINE
        refused(AppealTooLate, lambda: file(late, now=DEADLINE + ONE_SECOND))

    def test_the_policy_that_it_was_booked_under_says_how_long(self) -> None:
        hospital = make_hospital()
        BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=at("00:00", days=-90), appeal_days=2)
        appointment = missed(hospital=hospital)
        BookingPolicy.objects.create(hospital=hospital, version=2, valid_from=CLOSED_AT, appeal_days=30)
        refused(AppealTooLate, lambda: file(appointment, now=CLOSED_AT + timedelta(days=2, seconds=1)))
        assert file(appointment, now=CLOSED_AT + timedelta(days=2)).until == CLOSED_AT + timedelta(days=2)

    def test_once(self) -> None:
        appointment = missed()
        appeal = file(appointment)
        refused(AlreadyAppealed, lambda: file(appointment))
        decide(appeal, AppealState.REJECTED)
        refused(AlreadyAppealed, lambda: file(appointment))

    def test_of_anybody_else_it_is_not_there(self) -> None:
        appointment, stranger = missed(), make_account().user
        refused(AppealSubjectNotFound, lambda: file(appointment, user=stranger))
        refused(AppealSubjectNotFound, lambda: file_appeal(
            user=stranger, appointment_code="0" * 16, cause=AppealCause.OTHER, statement="x", now=LATER
        ))  # fmt: skip

    def test_of_a_patient_no_longer_in_the_account(self) -> None:
        appointment = missed()
        AccountPatient.objects.filter(patient=appointment.patient).update(removed_at=LATER)
        refused(PatientNotInAccount, lambda: file(appointment))

    def test_not_without_consent_to_health_data(self) -> None:
        appointment = missed()
        consent = appointment.booked_by.consents.get(kind="health-data")
        withdraw_consent(user=appointment.booked_by, consent_id=consent.pk, now=LATER)
        refused(HealthConsentMissing, lambda: file(appointment))

    @pytest.mark.parametrize("statement", ["", "  \n ", "长" * 501])
    def test_not_without_words(self, statement: str) -> None:
        appointment = missed()
        refused(StatementMissing, lambda: file(appointment, statement=statement))

    def test_not_with_a_bad_picture_and_then_no_picture_is_kept(self) -> None:
        appointment = missed()
        refused(ProofNotAPicture, lambda: file(appointment, proofs=[picture(), b"no picture"]))
        refused(ProofRepeated, lambda: file(appointment, proofs=[picture(), picture()]))
        refused(TooManyProofs, lambda: file(appointment, proofs=[b""] * 6))
        assert AppealProof.objects.count() == 0


class TestAddingProof:
    def test_one_by_one_up_to_five(self) -> None:
        appeal = file(missed(), proofs=[picture()])
        for colour in ("red", "green", "white", "black"):
            add_proof(user=appeal.by, appeal_id=appeal.pk, content=picture(colour=colour), now=LATER)
        assert appeal.proofs.count() == 5
        one_more = {"user": appeal.by, "appeal_id": appeal.pk, "content": picture(colour="gold"), "now": LATER}
        refused(TooManyProofs, lambda: add_proof(**one_more))

    def test_not_the_same_again_nor_to_anothers_nor_to_a_decided_one(self) -> None:
        appeal = file(missed(), proofs=[picture()])
        again = {"user": appeal.by, "appeal_id": appeal.pk, "content": picture(), "now": LATER}
        refused(ProofRepeated, lambda: add_proof(**again))
        refused(AppealSubjectNotFound, lambda: add_proof(**again | {"user": make_account().user}))
        decide(appeal, AppealState.REJECTED)
        refused(AppealNotPending, lambda: add_proof(**again | {"content": picture(colour="red")}))


class TestWithdrawing:
    def test_the_pictures_go_and_there_may_be_another(self) -> None:
        appointment = missed()
        first = file(appointment, proofs=[picture()])
        for _ in range(2):
            withdrawn_one = withdraw_appeal(user=first.by, appeal_id=first.pk, now=LATER)
        assert (withdrawn_one.state, AppealProof.objects.count()) == (AppealState.WITHDRAWN, 0)
        assert appointment.events.filter(kind=EventKind.APPEAL_WITHDRAWN).count() == 1
        second = file(appointment)
        assert second.pk != first.pk
        refused(AlreadyAppealed, lambda: file(appointment))

    def test_not_anothers_nor_a_decided_one(self) -> None:
        appeal = file(missed())
        stranger = make_account().user
        refused(AppealSubjectNotFound, lambda: withdraw_appeal(user=stranger, appeal_id=appeal.pk, now=LATER))
        decide(appeal, AppealState.UPHELD)
        refused(AppealNotPending, lambda: withdraw_appeal(user=appeal.by, appeal_id=appeal.pk, now=LATER))


class TestDeciding:
    @pytest.mark.parametrize(
        ("verdict", "attended", "status", "outcome"),
        [
            (AppealState.UPHELD, False, AppointmentStatus.NOSHOW, Outcome.VOID),
            (AppealState.UPHELD, True, AppointmentStatus.FULFILLED, Outcome.FULFILLED),
            (AppealState.PARTLY_UPHELD, False, AppointmentStatus.NOSHOW, Outcome.UNATTENDED),
            (AppealState.REJECTED, False, AppointmentStatus.NOSHOW, Outcome.MISSED),
        ],
    )
    def test_what_a_miss_becomes(self, verdict: AppealState, attended: bool, status: AppointmentStatus, outcome: Outcome) -> None:
        appointment = missed(fee_fen=5000)
        appeal = file(appointment)
        by = staff_of(appointment.hospital)
        decide(appeal, verdict, by=by, attended=attended, decision="  已核对住院证明。 ")
        appeal.refresh_from_db()
        appointment.refresh_from_db()
        assert (appeal.state, appeal.decided_by, appeal.decided_at) == (verdict, by, DECIDED_AT)
        assert appeal.decision == "已核对住院证明。"
        assert (appointment.status, appointment.outcome, appointment.closed_at) == (status, outcome, CLOSED_AT)
        event = appointment.events.get(kind=EventKind.APPEAL_DECIDED)
        assert (event.actor_kind, event.actor, event.to_status) == (ActorKind.STAFF, by, status)
        assert (event.detail["verdict"], event.detail.get("outcome", Outcome.MISSED)) == (verdict, outcome)
        # The seat was used up: its fee stays.
        assert Refund.objects.count() == 0

    def test_a_late_withdrawal_that_is_excused_owes_nothing(self) -> None:
        hospital = make_hospital()
        BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=at("00:00", days=-90), late_refund_percent=50)
        appointment = withdrawn(late=True, hospital=hospital, fee_fen=5000)
        appeal, staff = file(appointment), staff_of(hospital)
        refused(OutcomeNotCorrectable, lambda: decide(appeal, AppealState.PARTLY_UPHELD, by=staff))
        refused(OutcomeNotCorrectable, lambda: decide(appeal, AppealState.UPHELD, by=staff, attended=True))
        decide(appeal, AppealState.UPHELD)
        appointment.refresh_from_db()
        assert (appointment.status, appointment.outcome) == (AppointmentStatus.CANCELLED, Outcome.VOID)
        assert list(Refund.objects.order_by("pk").values_list("amount_fen", flat=True)) == [2500, 2500]

    def test_only_by_those_in_charge_at_this_hospital(self) -> None:
        appeal = file(missed())
        people = [
            staff_of(appeal.hospital, StaffRole.DESK),
            staff_of(make_hospital(), StaffRole.ADMINISTRATOR),
            make_staff(),
            make_staff(is_superuser=True, is_active=False),
            appeal.by,
        ]
        for person in people:
            refused(NotInCharge, lambda person=person: decide(appeal, AppealState.UPHELD, by=person))
        decide(appeal, AppealState.UPHELD, by=make_staff(is_superuser=True))

    @pytest.mark.parametrize("decision", ["", " \t", "长" * 501])
    def test_not_without_words(self, decision: str) -> None:
        appeal = file(missed())
        by = staff_of(appeal.hospital)
        refused(DecisionMissing, lambda: decide(appeal, AppealState.UPHELD, by=by, decision=decision))

    @pytest.mark.parametrize("verdict", [AppealState.PENDING, AppealState.WITHDRAWN])
    def test_not_with_what_is_no_verdict(self, verdict: AppealState) -> None:
        appeal = file(missed())
        by = staff_of(appeal.hospital)
        refused(VerdictUnfit, lambda: decide(appeal, verdict, by=by))
        refused(VerdictUnfit, lambda: decide(appeal, AppealState.REJECTED, by=by, attended=True))

    def test_never_twice_and_not_after_it_was_withdrawn(self) -> None:
        first, second = file(missed()), file(missed())
        decide(first, AppealState.REJECTED)
        by = staff_of(first.hospital)
        refused(AppealNotPending, lambda: decide(first, AppealState.UPHELD, by=by))
        withdraw_appeal(user=second.by, appeal_id=second.pk, now=LATER)
        by = staff_of(second.hospital)
        refused(AppealNotPending, lambda: decide(second, AppealState.UPHELD, by=by))


def test_what_the_patient_is_told_of_each_stage() -> None:
    coming, early, appointment = make_appointment(now=NOW), withdrawn(late=False), missed()
    assert facts_of_appointment(coming, now=LATER) is None
    assert facts_of_appointment(early, now=LATER) is None

    def told(now: datetime = LATER) -> tuple[bool, datetime, str | None]:
        appointment.refresh_from_db()
        facts = facts_of_appointment(appointment, now=now)
        assert facts is not None
        return facts.can_appeal, facts.until, facts.appeal.state if facts.appeal else None

    assert told() == (True, DEADLINE, None)
    assert told(DEADLINE + ONE_SECOND) == (False, DEADLINE, None)
    appeal = file(appointment)
    assert told() == (False, DEADLINE, "pending")
    withdraw_appeal(user=appeal.by, appeal_id=appeal.pk, now=LATER)
    assert told() == (True, DEADLINE, None)
    decide(file(appointment), AppealState.UPHELD)
    assert told() == (False, DEADLINE, "upheld")


def test_what_is_kept_of_a_picture_cannot_be_read_in_the_database() -> None:
    appeal = file(missed(), proofs=[picture()])
    proof = appeal.proofs.get()
    assert b"JFIF" not in bytes(proof.encrypted)
    assert proof_content(proof).startswith(b"\xff\xd8\xff")
