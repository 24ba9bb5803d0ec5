"""What a change of the scoring policy would do: the same as the run after it, counted by hand for hot slots."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, Channel, Outcome, Standing, Tier
from hospitals.models import Hospital, SessionStatus
from hospitals.services.policies import revise_policy
from scoring.models import Popularity, ScoringPolicy, ScoringRun
from scoring.services.nightly import score_hospital
from scoring.services.policies import TERMS, policy_in_force, revise_scoring_policy
from scoring.services.preview import PolicyPreview, all_movers, preview_policy
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_session
from tests.scoring.history import NOW, TODAY, patient_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def score(hospital: Hospital) -> ScoringRun:
    return score_hospital(hospital_id=hospital.pk, now=NOW)


def changed(hospital: Hospital, **changes: Any) -> ScoringPolicy:
    """The policy in force with changes, unsaved."""
    now = policy_in_force(hospital_id=hospital.pk)
    return ScoringPolicy(hospital=hospital, **{name: getattr(now, name) for name in TERMS} | changes)


def preview(hospital: Hospital, **changes: Any) -> PolicyPreview:
    return preview_policy(hospital=hospital, policy=changed(hospital, **changes), now=NOW)


def moved(told: PolicyPreview) -> dict[tuple[Tier, Tier], int]:
    return {pair: count for pair, count in told.matrix.items() if pair[0] != pair[1]}


def crowd(hospital: Hospital) -> list[Patient]:
    """Scores 100, 94, 85, 76 and 40; and one with visits of last autumn only."""
    mixed = [(9, 1), (3, 1), (6, 4)]
    patients = [patient_with(hospital, fulfilled=kept, missed=missed) for kept, missed in mixed]
    patients += [patient_with(hospital, fulfilled=2), patient_with(hospital, missed=1)]
    patients.append(patient_with(hospital, day=TODAY - timedelta(days=300), fulfilled=1))
    return patients


CHANGES = [
    {"tier_a_from": Decimal("95")},
    {"tier_a_from": Decimal("99.5"), "tier_b_from": Decimal("94"), "tier_c_from": Decimal("90")},
    {"tier_c_from": Decimal("40"), "tier_b_from": Decimal("41")},
    {"window_days": 200},
    {"minimum_appointments": 3},
    {"window_days": 30, "tier_a_from": Decimal("94.01"), "minimum_appointments": 2},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_the_run_after_the_change_moves_whom_the_preview_named(changes: dict[str, Any], hospital: Hospital) -> None:
    crowd(hospital)
    crowd(make_hospital())
    score(hospital)
    before = {s.patient_id: (s.tier, s.score) for s in Standing.objects.filter(hospital=hospital)}
    told = preview(hospital, **changes)
    assert {s.patient_id: (s.tier, s.score) for s in Standing.objects.filter(hospital=hospital)} == before

    revise_scoring_policy(hospital=hospital, changes=changes, by=None, now=NOW)
    run = score(hospital)

    after = {s.patient_id: (s.tier, s.score) for s in Standing.objects.filter(hospital=hospital)}
    really = {pid: (*before[pid], *after[pid]) for pid in after if before[pid][0] != after[pid][0]}
    assert really
    named = {m.patient_id: (m.old_tier, m.old_score, m.new_tier, m.new_score) for m in told.movers}
    assert named == really
    assert told.moved == len(really)
    assert (told.moved_up, told.moved_down) == (run.moved_up, run.moved_down)
    assert {str(tier): told.patients(tier, after=True) for tier in Tier} == run.tiers


def test_a_change_without_consequences_moves_nobody(hospital: Hospital) -> None:
    crowd(hospital)
    score(hospital)
    told = preview(hospital, hot_fill_percent=96)
    assert (told.moved, told.movers) == (0, ())
    assert sum(told.matrix.values()) == 6


def test_of_a_hospital_without_patients(hospital: Hospital) -> None:
    told = preview(hospital, tier_a_from=95)
    assert (told.matrix, told.movers, told.hot.sessions, told.hot.early_seats_a_week) == ({}, (), 0, 0)


def standing(hospital: Hospital, tier: Tier, **counts: int) -> Patient:
    """A patient whose standing says one thing and whose counts another, so that any move can be made."""
    patient = patient_with(hospital, **counts) if counts else make_patient()
    score = None if tier == Tier.UNRATED else 50
    Standing.objects.create(hospital=hospital, patient=patient, tier=tier, score=score, total=1, as_of=TODAY, changed_at=NOW)
    return patient


def test_those_who_lose_most_come_first_and_names_are_masked(hospital: Hospital) -> None:
    up = standing(hospital, Tier.D, fulfilled=1)
    down = standing(hospital, Tier.A, missed=1)
    a_little = standing(hospital, Tier.B, fulfilled=1, missed=1)
    Patient.objects.filter(pk=down.pk).update(name="欧阳小明")
    told = preview(hospital)
    assert [m.patient_id for m in told.movers] == [down.pk, a_little.pk, up.pk]
    assert told.movers[0].name == Patient(name="欧阳小明").masked_name
    assert "小" not in told.movers[0].name
    assert moved(told) == {(Tier.A, Tier.D): 1, (Tier.B, Tier.C): 1, (Tier.D, Tier.A): 1}
    assert list(all_movers(hospital=hospital, policy=changed(hospital), as_of=TODAY)) == list(told.movers)


class TestHotSlots:
    def hot(self, hospital: Hospital, **fields: Any) -> Any:
        doctor = make_doctor(department=make_department(hospital=hospital))
        defaults = {"visit_date": TODAY - timedelta(days=10), "is_hot": True, "with_slots": False, "status": SessionStatus.CLOSED}
        return make_session(doctor=doctor, **defaults | fields)

    def booked(self, session: Any, patient: Patient, **fields: Any) -> None:
        defaults = {"channel": Channel.ADVANCE, "status": AppointmentStatus.BOOKED}
        Appointment.objects.create(
            hospital_id=session.hospital_id, session=session, department_id=session.department_id, patient=patient,
            visit_date=session.visit_date, fee_fen=0, created_at=NOW, **defaults | fields,
        )  # fmt: skip

    def test_bookings_of_those_who_lose_and_gain_are_counted(self, hospital: Hospital) -> None:
        patients = {
            "closed out": standing(hospital, Tier.A, missed=1),
            "let in": standing(hospital, Tier.C, fulfilled=1),
            "no longer early": standing(hospital, Tier.B),
            "early": standing(hospital, Tier.UNRATED, fulfilled=1),
            "the same": standing(hospital, Tier.A, fulfilled=1),
        }
        session = self.hot(hospital)
        for patient in patients.values():
            self.booked(session, patient)
        self.booked(session, patients["closed out"], channel=Channel.SAME_DAY, status=AppointmentStatus.FULFILLED)
        void = {"status": AppointmentStatus.CANCELLED, "outcome": Outcome.VOID, "closed_at": NOW}
        self.booked(session, patients["closed out"], **void)
        self.booked(session, patients["closed out"], status=AppointmentStatus.ENTERED_IN_ERROR)
        self.booked(self.hot(hospital, is_hot=False), patients["closed out"])
        self.booked(self.hot(hospital, visit_date=TODAY - timedelta(days=91)), patients["closed out"])
        self.booked(self.hot(hospital, status=SessionStatus.SUSPENDED), patients["closed out"])

        cost = preview(hospital).hot

        assert (cost.sessions, cost.bookings) == (1, 5)
        assert (cost.losing_access, cost.gaining_access) == (1, 1)
        assert (cost.losing_early, cost.gaining_early) == (1, 1)
        assert (cost.early_patients_before, cost.early_patients_after) == (3, 3)
        # Half of twenty seats of one session in ninety days.
        assert cost.early_seats_a_week == pytest.approx(10 * 7 / 90)

    def test_where_c_may_book_hot_slots_nobody_is_closed_out_by_it(self, hospital: Hospital) -> None:
        revise_policy(hospital=hospital, registration_type=None, changes={"is_hot_open_to_c": True}, by=None, now=NOW)
        patient = standing(hospital, Tier.A, fulfilled=1, missed=1)
        self.booked(self.hot(hospital), patient)
        cost = preview(hospital).hot
        assert (cost.losing_access, cost.losing_early) == (0, 1)

    def test_bounds_of_heat_are_tried_on_the_weeks_that_were(self, hospital: Hospital) -> None:
        for week in range(1, 5):
            session = self.hot(hospital, visit_date=TODAY - timedelta(weeks=week), rated_capacity=1, is_hot=False)
            Appointment.objects.create(
                hospital=hospital, session=session, department=session.department, patient=make_patient(), fee_fen=0,
                visit_date=session.visit_date, channel=Channel.ADVANCE, status=AppointmentStatus.FULFILLED,
                created_at=session.releases_at + timedelta(hours=10),
            )  # fmt: skip
        Appointment.objects.update(doctor=None)
        doctor = make_doctor(department=make_department(hospital=hospital))
        hospital.sessions.update(doctor=doctor, department=doctor.department)
        assert preview(hospital).hot.places_after == 1
        assert preview(hospital, hot_sell_out_hours=9).hot.places_after == 0
        assert Popularity.objects.count() == 0


def test_the_number_of_queries_does_not_grow(hospital: Hospital) -> None:
    counts = []
    for _ in range(2):
        for _ in range(len(counts) * 4 + 1):
            standing(hospital, Tier.A, missed=1)
        with CaptureQueriesContext(connection) as captured:
            preview(hospital)
        counts.append(len(captured))
    assert counts[0] == counts[1]
