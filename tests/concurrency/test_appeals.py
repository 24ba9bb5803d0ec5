"""Two people deciding at once, a decision against a withdrawal, a double tap on the button, and the night in the middle."""

from datetime import timedelta

import pytest

from booking.models import Appeal, AppealCause, AppealProof, AppealState, EventKind, Outcome, Restriction
from booking.services.appeals.deciding import decide_appeal
from booking.services.appeals.filing import AppealNotPending, add_proof, file_appeal, withdraw_appeal
from booking.services.appeals.subjects import AlreadyAppealed
from booking.services.outcomes import AppealIsPending, reclassify
from booking.services.proofs import TooManyProofs
from booking.services.standing import active_restriction
from scoring.services.nightly import score_hospital
from tests.booking.appealing import NIGHT, missed, missed_often, picture
from tests.booking.test_appeals import LATER, file, staff_of
from tests.concurrency.race import kinds, race
from tests.factories.hospitals import make_hospital

COLOURS = ("red", "green", "blue", "white", "black", "gold", "grey", "pink")


def test_two_members_of_staff_decide_once() -> None:
    appeal = file(missed())
    verdicts = [AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.REJECTED, AppealState.UPHELD]
    people = [staff_of(appeal.hospital) for _ in verdicts]
    results = race(
        *[
            lambda by=by, verdict=verdict: decide_appeal(
                appeal_id=appeal.pk, by=by, verdict=verdict, decision=verdict.label, now=LATER
            )
            for by, verdict in zip(people, verdicts, strict=True)
        ]
    )
    assert kinds(results) == ["Appeal"] + [AppealNotPending.__name__] * 3
    appeal.refresh_from_db()
    winner = verdicts[[type(result) for result in results].index(Appeal)]
    becomes = {
        AppealState.UPHELD: Outcome.VOID,
        AppealState.PARTLY_UPHELD: Outcome.UNATTENDED,
        AppealState.REJECTED: Outcome.MISSED,
    }
    assert (appeal.state, appeal.decision, appeal.appointment.outcome) == (winner, winner.label, becomes[winner])
    assert appeal.appointment.events.filter(kind=EventKind.APPEAL_DECIDED).count() == 1


def test_a_decision_meets_a_withdrawal() -> None:
    appeal = file(missed(), proofs=[picture()])
    by = staff_of(appeal.hospital)
    results = race(
        lambda: decide_appeal(appeal_id=appeal.pk, by=by, verdict=AppealState.UPHELD, decision="属实", now=LATER),
        lambda: withdraw_appeal(user=appeal.by, appeal_id=appeal.pk, now=LATER),
    )
    assert kinds(results) == ["Appeal", AppealNotPending.__name__]
    appeal.refresh_from_db()
    is_decided = appeal.state == AppealState.UPHELD
    assert (appeal.appointment.outcome == Outcome.VOID, AppealProof.objects.count() == 1) == (is_decided, is_decided)


def test_the_button_pressed_four_times() -> None:
    appointment = missed()
    results = race(*[lambda: file(appointment, proofs=[picture()])] * 4)
    assert kinds(results) == [AlreadyAppealed.__name__] * 3 + ["Appeal"]
    assert (Appeal.objects.count(), AppealProof.objects.count()) == (1, 1)


def test_eight_pictures_at_once_are_five() -> None:
    appeal = file(missed())
    results = race(
        *[
            lambda colour=colour: add_proof(user=appeal.by, appeal_id=appeal.pk, content=picture(colour=colour), now=LATER)
            for colour in COLOURS
        ]
    )
    assert kinds(results) == ["AppealProof"] * 5 + [TooManyProofs.__name__] * 3


def test_a_correction_meets_an_appeal() -> None:
    """Whoever comes first: an appeal that waits stops the correction, an outcome that is void needs no appeal."""
    appointment = missed()
    by = staff_of(appointment.hospital)
    filed, corrected = race(
        lambda: file(appointment),
        lambda: reclassify(appointment_id=appointment.pk, outcome=Outcome.VOID, by=by, reason="属实", now=LATER),
    )
    appointment.refresh_from_db()
    if isinstance(corrected, AppealIsPending):
        assert (type(filed), appointment.outcome) == (Appeal, Outcome.MISSED)
    else:
        assert (type(filed).__name__, appointment.outcome) == ("NotAppealable", Outcome.VOID)


@pytest.mark.parametrize("nights", [0, 1])
def test_the_night_while_two_misses_are_excused(nights: int) -> None:
    """Whether or not the night has written the pause before: at the end nobody with two misses is paused."""
    hospital = make_hospital()
    account, misses = missed_often(hospital, 60, 40, 20, 0)
    for number in range(nights):
        score_hospital(hospital_id=hospital.pk, now=NIGHT + timedelta(days=number))
    by = staff_of(hospital)
    results = race(
        *[
            lambda miss=miss: reclassify(appointment_id=miss.pk, outcome=Outcome.VOID, by=by, reason="属实", now=LATER)
            for miss in misses[:2]
        ],
        *[lambda: score_hospital(hospital_id=hospital.pk, now=LATER)] * 2,
    )
    assert kinds(results) == ["Appointment"] * 2 + ["ScoringRun"] * 2
    score_hospital(hospital_id=hospital.pk, now=LATER + timedelta(days=1))
    assert active_restriction(hospital_id=hospital.pk, patient_id=account.patient.pk, at=LATER + timedelta(days=1)) is None
    assert not Restriction.objects.filter(lifted_at=None).exists()


def test_two_appeals_of_one_patient_are_decided_at_once() -> None:
    """Each decision sees what the other made of the patient's misses."""
    hospital = make_hospital()
    account, misses = missed_often(hospital, 60, 40, 20, 0)
    score_hospital(hospital_id=hospital.pk, now=NIGHT)
    late = file(misses[3])
    pause = Restriction.objects.get()
    against_pause = file_appeal(user=account.user, restriction_id=pause.pk, cause=AppealCause.OTHER, statement="说明", now=LATER)
    people = [staff_of(hospital) for _ in range(2)]
    results = race(
        *[
            lambda by=by, appeal=appeal: decide_appeal(
                appeal_id=appeal.pk, by=by, verdict=AppealState.UPHELD, decision="属实", now=LATER
            )
            for by, appeal in zip(people, (late, against_pause), strict=True)
        ]
    )
    assert kinds(results) == ["Appeal"] * 2
    assert active_restriction(hospital_id=hospital.pk, patient_id=account.patient.pk, at=LATER) is None
