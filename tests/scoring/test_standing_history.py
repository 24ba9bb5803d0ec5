"""What a standing was before: kept where it is replaced, from when to when, and only then. And who is rated at all."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from booking.models import Outcome, PastStanding, Standing, Tier
from booking.services.standing import standing_of
from hospitals.models import Hospital, HospitalPatient
from scoring.models import RunScope, ScoringPolicy
from scoring.services.nightly import score_due, score_hospital
from scoring.services.pending_uploads import hold_upload
from scoring.services.policies import revise_scoring_policy
from scoring.services.uploads import confirm_upload, withdraw_upload
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with
from tests.scoring.workbooks import CSV_HEADER

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LATER, LATEST = NOW + DAY, NOW + 2 * DAY


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def tier_of(hospital: Hospital, patient_id: int) -> tuple[str, Decimal | None, int]:
    standing = standing_of(hospital_id=hospital.pk, patient_id=patient_id)
    return standing.tier, standing.score, standing.total


class TestHistory:
    def past(self, **which: Any) -> list[tuple[Any, ...]]:
        rows = PastStanding.objects.filter(**which).order_by("held_from")
        return list(rows.values_list("held_from", "held_until", "as_of", "tier", "score", "total", "fulfilled", "missed"))

    def test_each_replacement_is_kept_from_when_to_when(self, hospital: Hospital) -> None:
        patient, other = patient_with(hospital, fulfilled=1), patient_with(hospital, missed=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        assert self.past() == []

        closed(hospital, patient, Outcome.MISSED, TODAY)
        score_due(hospital_id=hospital.pk, now=LATER)
        closed(hospital, patient, Outcome.MISSED, TODAY)
        score_hospital(hospital_id=hospital.pk, now=LATEST)

        assert self.past(patient=patient) == [
            (NOW, LATER, TODAY, Tier.A, Decimal("100.00"), 1, 1, 0),
            (LATER, LATEST, TODAY + DAY, Tier.C, Decimal("70.00"), 2, 1, 1),
        ]
        now = Standing.objects.get(patient=patient)
        assert (now.changed_at, now.as_of, now.tier, now.score) == (LATEST, TODAY + 2 * DAY, Tier.D, Decimal("60.00"))
        assert self.past(patient=other) == []

    def test_what_comes_to_the_same_is_not_replaced(self, hospital: Hospital) -> None:
        """One visit leaves the window on the day on which another, with the same outcome, comes into it."""
        patient = patient_with(hospital, fulfilled=1, day=TODAY - 364 * DAY)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        closed(hospital, patient, Outcome.FULFILLED, TODAY + DAY)

        for everyone in (False, True):
            assert score_hospital(hospital_id=hospital.pk, now=LATER, everyone=everyone).changed == 0

        assert self.past() == []
        assert Standing.objects.get().changed_at == NOW

    def test_who_falls_out_of_the_window_keeps_what_was(self, hospital: Hospital) -> None:
        patient_with(hospital, fulfilled=2, day=TODAY - 364 * DAY)
        score_hospital(hospital_id=hospital.pk, now=NOW)

        score_hospital(hospital_id=hospital.pk, now=LATER)

        assert self.past() == [(NOW, LATER, TODAY, Tier.A, Decimal("100.00"), 2, 2, 0)]
        left = Standing.objects.get()
        assert (left.tier, left.score, left.total) == (Tier.UNRATED, None, 0)

    def test_new_bounds_alone_replace_a_tier(self, hospital: Hospital) -> None:
        patient_with(hospital, fulfilled=1, missed=1)
        patient_with(hospital, fulfilled=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        ScoringPolicy.objects.create(hospital=hospital, tier_a_from=90, tier_b_from=70, tier_c_from=60)

        run = score_hospital(hospital_id=hospital.pk, now=LATER)

        assert (run.scope, run.changed, run.moved_up, run.moved_down) == (RunScope.FULL, 1, 1, 0)
        assert [row[3:5] for row in self.past()] == [(Tier.C, Decimal("70.00"))]


class TestMinimum:
    def test_below_it_there_is_a_score_and_no_tier(self, hospital: Hospital) -> None:
        ScoringPolicy.objects.create(hospital=hospital, minimum_appointments=3)
        few, enough = patient_with(hospital, missed=2, void=4), patient_with(hospital, missed=3)

        run = score_hospital(hospital_id=hospital.pk, now=NOW)

        assert tier_of(hospital, few.pk) == (Tier.UNRATED, Decimal("40.00"), 2)
        assert tier_of(hospital, enough.pk) == (Tier.D, Decimal("40.00"), 3)
        assert (run.patients, run.tiers["unrated"], run.tiers["D"]) == (2, 1, 1)

    def test_the_first_tier_is_no_move(self, hospital: Hospital) -> None:
        ScoringPolicy.objects.create(hospital=hospital, minimum_appointments=2)
        patient = patient_with(hospital, missed=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        closed(hospital, patient, Outcome.MISSED, TODAY)

        run = score_hospital(hospital_id=hospital.pk, now=LATER)

        assert tier_of(hospital, patient.pk) == (Tier.D, Decimal("40.00"), 2)
        assert (run.changed, run.moved_up, run.moved_down) == (1, 0, 0)

    def test_raised_it_takes_tiers_away_and_lowered_it_gives_them_back(self, hospital: Hospital) -> None:
        patient = patient_with(hospital, fulfilled=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        for minimum, tier in ((5, Tier.UNRATED), (1, Tier.A)):
            revise_scoring_policy(hospital=hospital, changes={"minimum_appointments": minimum}, by=None, now=NOW)
            assert score_hospital(hospital_id=hospital.pk, now=NOW).changed == 1
            assert tier_of(hospital, patient.pk)[0] == tier
        assert list(PastStanding.objects.order_by("pk").values_list("tier", flat=True)) == [Tier.A, Tier.UNRATED]


class TestUploads:
    """Counts from elsewhere, from the file to the standing and back."""

    @pytest.fixture
    def clerk(self) -> User:
        return make_staff()

    def confirmed(self, hospital: Hospital, clerk: User, rows: str, **fields: Any) -> int:
        stated = {"counted_until": TODAY - DAY, "counts_towards_standing": True} | fields
        pending = hold_upload(
            hospital=hospital, by=clerk, file_name="次数.csv", content=(CSV_HEADER + rows).encode(), now=NOW, **stated
        )
        return confirm_upload(pending_id=pending.pk, by=clerk, now=NOW).pk

    def known(self, hospital: Hospital, number: str, patient: Any = None) -> Any:
        patient = patient or make_patient()
        HospitalPatient.objects.create(hospital=hospital, patient=patient, record_number=number)
        return patient

    @pytest.mark.parametrize("by_minute", [False, True])
    def test_added_and_taken_back(self, hospital: Hospital, clerk: User, by_minute: bool) -> None:
        both = self.known(hospital, "P1", patient_with(hospital, fulfilled=1, missed=1))
        only_file, untouched = self.known(hospital, "P2"), patient_with(hospital, missed=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)

        def bring_up_to_date() -> None:
            (score_due if by_minute else score_hospital)(hospital_id=hospital.pk, now=LATER)

        upload = self.confirmed(hospital, clerk, "P1,8,8,0,0,0\nP2,2,1,0,0,1\nP9,1,1,0,0,0\n")
        bring_up_to_date()
        assert tier_of(hospital, both.pk) == (Tier.A, Decimal("94.00"), 10)
        assert tier_of(hospital, only_file.pk) == (Tier.C, Decimal("70.00"), 2)
        assert Standing.objects.get(patient=both).fulfilled == 9

        withdraw_upload(upload_id=upload, by=clerk, now=LATER)
        bring_up_to_date()
        assert tier_of(hospital, both.pk) == (Tier.C, Decimal("70.00"), 2)
        assert tier_of(hospital, only_file.pk) == (Tier.UNRATED, None, 0)
        assert PastStanding.objects.filter(patient=untouched).count() == 0

    def test_they_leave_with_their_last_day(self, hospital: Hospital, clerk: User) -> None:
        patient = self.known(hospital, "P1")
        self.confirmed(hospital, clerk, "P1,2,2,0,0,0\n", counted_until=TODAY - 364 * DAY)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        assert tier_of(hospital, patient.pk) == (Tier.A, Decimal("100.00"), 2)

        run = score_hospital(hospital_id=hospital.pk, now=LATER)

        assert (run.scope, run.changed) == (RunScope.CHANGES, 1)
        assert tier_of(hospital, patient.pk) == (Tier.UNRATED, None, 0)

    def test_a_wider_window_brings_them_in_though_nobody_is_known_yet(self, hospital: Hospital, clerk: User) -> None:
        """Patients whom neither a visit nor a standing has made known to the plan of the batches."""
        revise_scoring_policy(hospital=hospital, changes={"window_days": 30}, by=None, now=NOW)
        patient = self.known(hospital, "P1")
        patient_with(hospital, fulfilled=1)
        self.confirmed(hospital, clerk, "P1,2,2,0,0,0\n", counted_until=TODAY - 40 * DAY)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        assert not Standing.objects.filter(patient=patient).exists()

        revise_scoring_policy(hospital=hospital, changes={"window_days": 60}, by=None, now=NOW)
        score_hospital(hospital_id=hospital.pk, now=NOW)

        assert tier_of(hospital, patient.pk) == (Tier.A, Decimal("100.00"), 2)

    def test_counts_that_do_not_sum_are_taken_as_they_are(self, hospital: Hospital, clerk: User) -> None:
        patient = self.known(hospital, "P1")
        self.confirmed(hospital, clerk, "P1,4,2,0,0,1\n")
        score_hospital(hospital_id=hospital.pk, now=NOW)
        # 2/4 × 40 + 20 + 20 + 3/4 × 20
        assert tier_of(hospital, patient.pk) == (Tier.C, Decimal("75.00"), 4)
