"""Notes that somebody is due: left by every way of writing an outcome, taken up with the standing, passed on to the months."""

import datetime as dt
import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient
from booking.models import Appointment, Outcome, PastStanding, Standing, StandingDue
from hospitals.models import Hospital
from scoring.models import MonthDue
from scoring.services.nightly import score_due, score_hospital, score_patient
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, closed, patient_with

pytestmark = pytest.mark.django_db
YESTERDAY, IN_MAY = TODAY - dt.timedelta(days=1), dt.date(2026, 5, 20)
Note = tuple[int, int, dt.date]


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def patient() -> Patient:
    return make_patient()


def notes() -> list[Note]:
    return sorted(StandingDue.objects.values_list("hospital", "patient", "visit_date"))


def forget() -> None:
    StandingDue.objects.all().delete()


class TestLeaving:
    """The trigger's own conditions, one by one; the table is written past every service."""

    @pytest.fixture
    def missed(self, hospital: Hospital, patient: Patient) -> Appointment:
        (row,) = closed(hospital, patient, Outcome.MISSED, TODAY)
        forget()
        return row

    @pytest.fixture
    def open_one(self, hospital: Hospital, patient: Patient) -> Appointment:
        (row,) = closed(hospital, patient, "", TODAY)
        assert notes() == []
        return row

    def test_added_with_an_outcome(self, hospital: Hospital, patient: Patient) -> None:
        closed(hospital, patient, Outcome.MISSED, TODAY, YESTERDAY)
        assert notes() == [(hospital.pk, patient.pk, YESTERDAY), (hospital.pk, patient.pk, TODAY)]

    def test_closed(self, open_one: Appointment) -> None:
        Appointment.objects.filter(pk=open_one.pk).update(outcome=Outcome.FULFILLED)
        assert notes() == [(open_one.hospital_id, open_one.patient_id, TODAY)]

    @pytest.mark.parametrize("outcome", [Outcome.FULFILLED, Outcome.VOID, ""])
    def test_another_outcome(self, missed: Appointment, outcome: str) -> None:
        Appointment.objects.filter(pk=missed.pk).update(outcome=outcome)
        assert notes() == [(missed.hospital_id, missed.patient_id, TODAY)]

    def test_by_plain_sql(self, missed: Appointment) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE booking_appointment SET outcome = 'void' WHERE id = %s", [missed.pk])
        assert notes() == [(missed.hospital_id, missed.patient_id, TODAY)]

    def test_another_day_is_noted_for_both(self, missed: Appointment) -> None:
        Appointment.objects.filter(pk=missed.pk).update(visit_date=IN_MAY)
        mine = (missed.hospital_id, missed.patient_id)
        assert notes() == [(*mine, IN_MAY), (*mine, TODAY)]

    def test_another_patient_is_noted_and_the_one_before(self, missed: Appointment) -> None:
        right = make_patient()
        Appointment.objects.filter(pk=missed.pk).update(patient=right)
        assert notes() == sorted((missed.hospital_id, key, TODAY) for key in (missed.patient_id, right.pk))

    def test_another_hospital_is_noted_and_the_one_before(self, missed: Appointment) -> None:
        right = make_hospital()
        Appointment.objects.filter(pk=missed.pk).update(hospital=right)
        assert notes() == sorted((key, missed.patient_id, TODAY) for key in (missed.hospital_id, right.pk))

    def test_deleted(self, missed: Appointment) -> None:
        missed.delete()
        assert notes() == [(missed.hospital_id, missed.patient_id, TODAY)]

    def test_what_changes_no_count_leaves_none(self, missed: Appointment, open_one: Appointment) -> None:
        Appointment.objects.filter(pk=missed.pk).update(outcome=Outcome.MISSED, fee_fen=100, closed_at=NOW)
        Appointment.objects.filter(pk=open_one.pk).update(visit_date=YESTERDAY, patient=make_patient())
        open_one.delete()
        assert notes() == []

    def test_many_at_once(self, hospital: Hospital) -> None:
        patients = [patient_with(hospital, missed=2) for _ in range(3)]
        forget()
        Appointment.objects.filter(hospital=hospital).update(outcome=Outcome.UNATTENDED)
        assert notes() == sorted((hospital.pk, patient.pk, TODAY) for patient in patients for _ in range(2))


class TestTakingUp:
    """Whoever writes a standing takes up its notes, and tells the months of their visits."""

    @pytest.fixture
    def due(self, hospital: Hospital) -> Patient:
        """Of a hospital that was scored before: changes of two months at one patient, and one of another hospital's."""
        patient = patient_with(hospital, fulfilled=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        MonthDue.objects.all().delete()
        closed(hospital, patient, Outcome.MISSED, IN_MAY, IN_MAY + dt.timedelta(days=3), TODAY)
        closed(make_hospital(), patient, Outcome.MISSED, dt.date(2026, 1, 1))
        return patient

    def months(self) -> list[tuple[int, dt.date]]:
        return sorted(MonthDue.objects.values_list("hospital", "month"))

    def left(self, hospital: Hospital) -> int:
        return StandingDue.objects.filter(hospital=hospital).count()

    def test_by_the_minute(self, hospital: Hospital, due: Patient) -> None:
        score_due(hospital_id=hospital.pk, now=NOW)
        assert (self.left(hospital), StandingDue.objects.count()) == (0, 1)
        assert self.months() == [(hospital.pk, dt.date(2026, 5, 1)), (hospital.pk, dt.date(2026, 7, 1))]

    @pytest.mark.parametrize("everyone", [False, True])
    def test_by_the_night(self, hospital: Hospital, due: Patient, everyone: bool) -> None:
        score_hospital(hospital_id=hospital.pk, now=NOW, everyone=everyone)
        assert (self.left(hospital), StandingDue.objects.count()) == (0, 1)
        assert self.months() == [(hospital.pk, dt.date(2026, 5, 1)), (hospital.pk, dt.date(2026, 7, 1))]

    def test_on_demand_only_ones_own(self, hospital: Hospital, due: Patient) -> None:
        other = patient_with(hospital, missed=1, day=dt.date(2026, 3, 3))
        score_patient(hospital_id=hospital.pk, patient_id=due.pk, now=NOW)
        assert list(StandingDue.objects.filter(hospital=hospital).values_list("patient", flat=True)) == [other.pk]
        assert self.months() == [(hospital.pk, dt.date(2026, 5, 1)), (hospital.pk, dt.date(2026, 7, 1))]

    def test_a_month_is_noted_once(self, hospital: Hospital, due: Patient) -> None:
        score_due(hospital_id=hospital.pk, now=NOW)
        closed(hospital, due, Outcome.MISSED, IN_MAY)
        score_due(hospital_id=hospital.pk, now=NOW)
        assert len(self.months()) == 2

    @pytest.mark.parametrize("score", [score_due, score_hospital])
    def test_each_note_is_read_once(self, hospital: Hospital, due: Patient, score: Callable[..., object]) -> None:
        """Joined with themselves, 110,527 notes of an import took hours: the server's statistics still said there were none."""
        with CaptureQueriesContext(connection) as captured:
            score(hospital_id=hospital.pk, now=NOW)
        table = StandingDue._meta.db_table
        statements = [query["sql"].replace('"', "") for query in captured]
        taken_up = [statement for statement in statements if f"DELETE FROM {table}" in statement]
        assert taken_up
        for statement in taken_up:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + statement.replace("%", "%%"))
                plan = json.dumps(cursor.fetchone())
            assert plan.count(f'"Relation Name": "{table}"') == 2, plan  # what is deleted from, and the one look


class TestWhoIsGone:
    def test_who_has_appointments_stays(self, hospital: Hospital) -> None:
        patient = patient_with(hospital, fulfilled=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        with pytest.raises(ProtectedError):
            patient.delete()
        assert Standing.objects.count() == 1

    def test_with_a_patient_goes_what_was_written_about_them(self, hospital: Hospital) -> None:
        patient = patient_with(hospital, fulfilled=1)
        score_hospital(hospital_id=hospital.pk, now=NOW)
        Appointment.objects.all().delete()
        score_due(hospital_id=hospital.pk, now=NOW)
        assert PastStanding.objects.count() == 1
        StandingDue.objects.create(hospital=hospital, patient=patient, visit_date=TODAY)

        patient.delete()

        assert (Standing.objects.count(), PastStanding.objects.count(), StandingDue.objects.count()) == (0, 0, 0)
        assert score_hospital(hospital_id=hospital.pk, now=NOW, everyone=True).changed == 0
