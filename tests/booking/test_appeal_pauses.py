"""What an excused miss does to the pauses that rested on it, and what the night makes of it afterwards."""

from datetime import date, timedelta

import pytest

from booking.models import AppealCause, AppealState, Appointment, Outcome, Restriction, Standing
from booking.services.appeals.deciding import VerdictUnfit, decide_appeal
from booking.services.appeals.filing import AppealSubjectNotFound, file_appeal
from booking.services.appeals.subjects import AlreadyAppealed, AppealTooLate, RestrictionIsOver, facts_of_restriction
from booking.services.outcomes import AppealIsPending, CorrectionReasonMissing, NotInCharge, OutcomeNotCorrectable, reclassify
from booking.services.restrictions import lift_restriction
from booking.services.standing import active_restriction
from hospitals.models import BookingPolicy, Hospital
from scoring.services.nightly import score_hospital
from tests.booking.appealing import NIGHT, close, missed, missed_often, withdrawn
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.test_appeals import LATER, file, refused, staff_of
from tests.factories.booking import Account, make_account, make_appointment, make_clinic
from tests.factories.hospitals import make_hospital

REASON = "住院证明属实"


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def score(hospital: Hospital, *, nights: int = 0) -> None:
    score_hospital(hospital_id=hospital.pk, now=NIGHT + timedelta(days=nights))


def excuse(appointment: Appointment, outcome: Outcome = Outcome.VOID) -> None:
    reclassify(appointment_id=appointment.pk, outcome=outcome, by=staff_of(appointment.hospital), reason=REASON, now=LATER)


def pauses(hospital: Hospital) -> list[tuple[int, int, int, bool]]:
    """Of each pause: from how many days before VISIT, until how many days after, for how many misses, and whether lifted."""

    def days(moment: date) -> int:
        return (moment - VISIT).days

    rows = Restriction.objects.filter(hospital=hospital).order_by("pk")
    zone = hospital.zone
    return [
        (
            -days(row.starts_at.astimezone(zone).date()),
            days(row.ends_at.astimezone(zone).date()),
            row.missed_count,
            row.lifted_at is not None,
        )
        for row in rows
    ]


def is_paused(account: Account, hospital: Hospital) -> bool:
    return active_restriction(hospital_id=hospital.pk, patient_id=account.patient.pk, at=LATER + ONE_SECOND) is not None


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("outcome", [Outcome.VOID, Outcome.UNATTENDED, Outcome.FULFILLED])
def test_two_misses_are_no_reason_for_a_pause(hospital: Hospital, which: int, outcome: Outcome) -> None:
    account, misses = missed_often(hospital, 40, 20, 0)
    score(hospital)
    assert pauses(hospital) == [(0, 90, 3, False)]
    assert is_paused(account, hospital)

    excuse(misses[which], outcome)

    assert pauses(hospital) == [(0, 90, 3, True)]
    assert not is_paused(account, hospital)
    (pause,) = Restriction.objects.all()
    assert (pause.lifted_at, misses[which].visit_date.isoformat() in pause.lifted_reason) == (LATER, True)
    for nights in (1, 2):
        score(hospital, nights=nights)
    assert pauses(hospital) == [(0, 90, 3, True)]


def test_by_appeal_as_by_correction(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 40, 20, 0)
    score(hospital)
    appeal = file(misses[2])
    by = staff_of(hospital)
    decide_appeal(appeal_id=appeal.pk, by=by, verdict=AppealState.UPHELD, decision=REASON, now=LATER)
    assert not is_paused(account, hospital)
    score(hospital, nights=1)
    standing = Standing.objects.get(patient=account.patient)
    assert (standing.total, standing.missed, pauses(hospital)) == (2, 2, [(0, 90, 3, True)])


def test_the_night_reads_what_the_appeal_made_of_it(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 20, 0)
    score(hospital)
    before = Standing.objects.get(patient=account.patient)
    assert (before.total, before.missed, before.unattended, str(before.score), before.tier) == (2, 2, 0, "40.00", "D")
    excuse(misses[0], Outcome.VOID)
    excuse(misses[1], Outcome.UNATTENDED)
    score(hospital, nights=1)
    after = Standing.objects.get(patient=account.patient)
    assert (after.total, after.missed, after.unattended) == (1, 0, 1)
    excuse(misses[1], Outcome.FULFILLED)
    score(hospital, nights=2)
    after = Standing.objects.get(patient=account.patient)
    assert (after.total, after.fulfilled, str(after.score), after.tier) == (1, 1, "100.00", "A")


def test_a_later_miss_that_reaches_the_limit_instead_never_pauses_for_longer(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 40, 30, 20, 0)
    score(hospital)
    assert pauses(hospital) == [(20, 70, 3, False)]
    excuse(misses[0])
    # The misses of 30, 20 and 0 days ago reach it on VISIT: not until 90 days later, but until the old pause's end.
    assert pauses(hospital) == [(20, 70, 3, True), (0, 70, 3, False)]
    assert is_paused(account, hospital)
    score(hospital, nights=1)
    assert pauses(hospital) == [(20, 70, 3, True), (0, 70, 3, False)]
    excuse(misses[1])
    score(hospital, nights=2)
    assert pauses(hospital) == [(20, 70, 3, True), (0, 70, 3, True)]


def test_what_staff_had_lifted_does_not_come_back_by_another_day(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 40, 30, 20, 0)
    score(hospital)
    lift_restriction(restriction_id=Restriction.objects.get().pk, reason="患者住院", now=NIGHT + timedelta(hours=1))
    excuse(misses[0])
    score(hospital, nights=1)
    assert pauses(hospital) == [(20, 70, 3, True), (0, 90, 3, True)]
    assert not is_paused(account, hospital)


def test_the_severe_pause_goes_and_the_first_one_stays(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 60, 50, 40, 30, 20, 0)
    score(hospital)
    assert pauses(hospital) == [(40, 50, 3, False), (0, 180, 6, False)]
    excuse(misses[5])
    score(hospital, nights=1)
    assert pauses(hospital) == [(40, 50, 3, False), (0, 180, 6, True)]
    assert is_paused(account, hospital)


def test_the_severe_pause_becomes_a_shorter_one(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 60, 50, 40, 30, 20, 0)
    score(hospital)
    excuse(misses[0])
    score(hospital, nights=1)
    assert pauses(hospital) == [(40, 50, 3, True), (0, 180, 6, True), (30, 60, 3, False)]
    assert is_paused(account, hospital)


def test_severe_and_normal_on_one_day(hospital: Hospital) -> None:
    BookingPolicy.objects.create(
        hospital=hospital, version=1, valid_from=at("00:00", days=-90), missed_limit=1, missed_limit_severe=2,
        live_per_department_day=2,
    )  # fmt: skip
    account = make_account()
    first, second = missed_together(account, hospital)
    score(hospital)
    assert pauses(hospital) == [(0, 180, 2, False)]
    excuse(second)
    score(hospital, nights=1)
    assert pauses(hospital) == [(0, 180, 2, True), (0, 90, 1, False)]
    excuse(first)
    score(hospital, nights=2)
    assert not is_paused(account, hospital)


def missed_together(account: Account, hospital: Hospital) -> tuple[Appointment, Appointment]:
    """Two visits of one day, closed together."""
    made = [
        make_appointment(now=NOW, account=account, session=make_clinic(visit_date=VISIT, hospital=hospital)) for _ in range(2)
    ]
    close(hospital, VISIT)
    first, second = (Appointment.objects.get(pk=one.pk) for one in made)
    return first, second


def test_a_pause_that_rests_on_others_stays(hospital: Hospital) -> None:
    BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=at("00:00", days=-500), missed_window_days=30)
    account, misses = missed_often(hospital, 50, 20, 10, 0)
    score(hospital)
    assert pauses(hospital) == [(0, 90, 3, False)]
    excuse(misses[0])
    assert pauses(hospital) == [(0, 90, 3, False)]
    assert is_paused(account, hospital)


def test_a_pause_that_the_night_has_not_written_yet_is_left_to_it(hospital: Hospital) -> None:
    _, misses = missed_often(hospital, 60, 40, 20, 0)
    excuse(misses[0])
    assert pauses(hospital) == [(0, 70, 3, False)]
    score(hospital)
    assert pauses(hospital) == [(0, 70, 3, False)]


def test_other_patients_and_other_hospitals_are_left_alone(hospital: Hospital) -> None:
    account, misses = missed_often(hospital, 40, 20, 0)
    other, _ = missed_often(hospital, 40, 20, 0)
    elsewhere = make_hospital()
    for days in (40, 20, 0):
        missed(account=account, hospital=elsewhere, days_ago=days)
    for one in (hospital, elsewhere):
        score(one)
    excuse(misses[0])
    assert not is_paused(account, hospital)
    assert is_paused(other, hospital)
    assert is_paused(account, elsewhere)


class TestCorrecting:
    def test_only_what_counts_against_the_patient_and_only_to_what_may_be(self, hospital: Hospital) -> None:
        by = staff_of(hospital)

        def correct(appointment: Appointment, outcome: Outcome) -> None:
            reclassify(appointment_id=appointment.pk, outcome=outcome, by=by, reason=REASON, now=LATER)

        early, late, miss = withdrawn(late=False, hospital=hospital), withdrawn(late=True, hospital=hospital), missed(
            hospital=hospital
        )  # fmt: skip
        for appointment, outcome in [
            (early, Outcome.VOID), (early, Outcome.FULFILLED), (late, Outcome.FULFILLED), (late, Outcome.MISSED),
            (miss, Outcome.MISSED), (miss, Outcome.CANCELLED),
        ]:  # fmt: skip
            refused(OutcomeNotCorrectable, lambda a=appointment, o=outcome: correct(a, o))
        correct(miss, Outcome.UNATTENDED)
        refused(OutcomeNotCorrectable, lambda: correct(miss, Outcome.MISSED))
        correct(miss, Outcome.FULFILLED)
        refused(OutcomeNotCorrectable, lambda: correct(miss, Outcome.VOID))
        history = miss.events.filter(kind="corrected").values_list("from_status", "to_status", "detail__outcome", "actor")
        assert list(history) == [
            ("noshow", "noshow", "unattended", by.pk),
            ("noshow", "fulfilled", "fulfilled", by.pk),
        ]
        assert set(miss.events.filter(kind="corrected").values_list("detail__reason", flat=True)) == {REASON}

    def test_not_without_a_reason_nor_by_anybody(self, hospital: Hospital) -> None:
        miss, by = missed(hospital=hospital), staff_of(hospital)
        asked = {"appointment_id": miss.pk, "outcome": Outcome.VOID, "by": by, "reason": REASON, "now": LATER}
        for reason in ("", "  ", "长" * 201):
            refused(CorrectionReasonMissing, lambda reason=reason: reclassify(**asked | {"reason": reason}))
        stranger = staff_of(make_hospital())
        refused(NotInCharge, lambda: reclassify(**asked | {"by": stranger}))

    def test_not_past_an_appeal_that_waits(self, hospital: Hospital) -> None:
        miss, by = missed(hospital=hospital), staff_of(hospital)
        file(miss)
        asked = {"appointment_id": miss.pk, "outcome": Outcome.VOID, "by": by, "reason": REASON, "now": LATER}
        refused(AppealIsPending, lambda: reclassify(**asked))


class TestAppealingAgainstAPause:
    @pytest.fixture
    def account(self, hospital: Hospital) -> Account:
        account, _ = missed_often(hospital, 40, 20, 0)
        score(hospital)
        return account

    @pytest.fixture
    def pause(self, account: Account) -> Restriction:
        return Restriction.objects.select_related("hospital").get()

    def ask(self, account: Account, pause: Restriction, **more: object) -> object:
        asked = {
            "user": account.user,
            "restriction_id": pause.pk,
            "cause": AppealCause.OTHER,
            "statement": "情况说明",
            "now": LATER,
        }
        return file_appeal(**asked | more)

    def test_upheld_it_is_lifted(self, hospital: Hospital, account: Account, pause: Restriction) -> None:
        appeal = self.ask(account, pause)
        assert (appeal.appointment, appeal.until) == (None, NIGHT + timedelta(days=7))
        by = staff_of(hospital)
        refused(VerdictUnfit, lambda: decide_appeal(
            appeal_id=appeal.pk, by=by, verdict=AppealState.PARTLY_UPHELD, decision="x", now=LATER
        ))  # fmt: skip
        decide_appeal(appeal_id=appeal.pk, by=by, verdict=AppealState.UPHELD, decision=REASON, now=LATER)
        pause.refresh_from_db()
        assert (pause.lifted_at, pause.lifted_reason) == (LATER, f"申诉成立：{REASON}")
        score(hospital, nights=1)
        assert not is_paused(account, hospital)

    def test_rejected_it_stays(self, hospital: Hospital, account: Account, pause: Restriction) -> None:
        appeal = self.ask(account, pause)
        by = staff_of(hospital)
        decide_appeal(appeal_id=appeal.pk, by=by, verdict=AppealState.REJECTED, decision=REASON, now=LATER)
        assert is_paused(account, hospital)
        refused(AlreadyAppealed, lambda: self.ask(account, pause))

    def test_it_may_be_over_before_the_appeal_is_decided(self, hospital: Hospital, account: Account, pause: Restriction) -> None:
        appeal = self.ask(account, pause)
        lift_restriction(restriction_id=pause.pk, reason="患者住院", now=LATER)
        by = staff_of(hospital)
        decide_appeal(appeal_id=appeal.pk, by=by, verdict=AppealState.UPHELD, decision=REASON, now=LATER)
        pause.refresh_from_db()
        assert pause.lifted_reason == "患者住院"

    def test_only_in_force_and_in_time(self, account: Account, pause: Restriction) -> None:
        late = NIGHT + timedelta(days=7, seconds=1)
        refused(AppealTooLate, lambda: self.ask(account, pause, now=late))
        lift_restriction(restriction_id=pause.pk, reason="患者住院", now=LATER)
        refused(RestrictionIsOver, lambda: self.ask(account, pause))

    def test_of_anybody_else_it_is_not_there(self, account: Account, pause: Restriction) -> None:
        stranger = make_account().user
        refused(AppealSubjectNotFound, lambda: self.ask(account, pause, user=stranger))
        refused(AppealSubjectNotFound, lambda: self.ask(account, pause, restriction_id=pause.pk + 1))

    def test_what_the_patient_is_told(self, account: Account, pause: Restriction) -> None:
        facts = facts_of_restriction(pause, now=LATER)
        assert (facts.can_appeal, facts.until, facts.appeal) == (True, NIGHT + timedelta(days=7), None)
        appeal = self.ask(account, pause)
        facts = facts_of_restriction(pause, now=LATER)
        assert (facts.can_appeal, facts.appeal) == (False, appeal)


def test_a_pause_that_is_long_over_is_none(hospital: Hospital) -> None:
    missed_often(hospital, 40, 20, 0)
    score(hospital)
    pause = Restriction.objects.get()
    assert not facts_of_restriction(pause, now=NOW + timedelta(days=365)).can_appeal
