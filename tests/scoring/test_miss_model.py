"""The chance of a miss: learnt from a hospital's past, stored, and written on the bookings to come."""

import datetime as dt
import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from booking.models import Appointment, AppointmentEvent, AppointmentStatus, Outcome
from booking.services.miss_probabilities import ExpectedMisses, expected_misses, store_miss_probabilities
from config.beat import SCHEDULE
from hospitals.models import Hospital
from scoring.models import BacktestReport, MissModel
from scoring.numeric.miss_model import MissParameters, predict_misses
from scoring.services import miss_model
from scoring.services.closed_bookings import day_number, held_bookings
from scoring.services.miss_model import refresh_miss_model, train_miss_model
from scoring.services.miss_predictions import predict_coming, predict_new
from tests.booking.snapshot import everything
from tests.factories.booking import make_account, make_appointment
from tests.factories.hospitals import make_hospital
from tests.scoring.past_bookings import LAST_VISIT, NOW, booking, make_clinics, make_past, make_patients

pytestmark = pytest.mark.django_db
TOMORROW = dt.date(2026, 5, 2)


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital(code="north")


def make_coming(hospital: Hospital, number: int = 1, **fields: object) -> list[Appointment]:
    """Bookings of new patients for tomorrow, made three days before."""
    session = hospital.sessions.first()
    coming = [booking(session, patient, TOMORROW, "", lead_days=3) for patient in make_patients(number)]
    for appointment in coming:
        for name, value in fields.items():
            setattr(appointment, name, value)
    return Appointment.objects.bulk_create(coming)


def probabilities() -> list[float | None]:
    coming = Appointment.objects.filter(outcome="").order_by("pk")
    return list(coming.values_list("miss_probability", flat=True))


def test_what_is_learnt_is_stored_with_how_it_did_later(hospital: Hospital) -> None:
    made = make_past(hospital)
    training = train_miss_model(hospital_id=hospital.pk, now=NOW)
    model = MissModel.objects.get()
    assert (training.model, training.too_little) == (model, None)
    assert model.is_in_use
    assert model.learnt_from + model.tested_on == 1_200
    assert model.learnt_from == sum(one.visit_date <= model.learnt_until for one in made)
    later = [one.outcome == Outcome.MISSED for one in made if one.visit_date > model.learnt_until]
    assert model.miss_rate == pytest.approx(np.mean(later))
    assert model.auc > 0.75
    assert model.brier < 0.9 * model.brier_baseline
    assert [group["bookings"] for group in model.calibration] == [len(part) for part in np.array_split(later, 10)]
    assert sum(group["missed"] for group in model.calibration) == sum(later)
    assert (model.parameters["bookings"], model.parameters["until"]) == (1_200, "2026-04-30")


def test_the_database_knows_of_a_booking_what_was_learnt_from(hospital: Hospital) -> None:
    """The bookings of the last day, read as closed ones to learn from, and again as open ones on that day."""
    make_past(hospital)
    train_miss_model(hospital_id=hospital.pk, now=NOW)
    held = held_bookings(hospital=hospital, latest=10_000)
    is_last = held.visit_days == day_number(LAST_VISIT)
    parameters = MissParameters.from_json(MissModel.objects.get().parameters)
    expected = predict_misses(held.facts.where(is_last), parameters)
    assert (held.facts.past_missed[is_last] > 0).any()
    last = Appointment.objects.filter(visit_date=LAST_VISIT)
    assert last.update(outcome="", closed_at=None, status=AppointmentStatus.BOOKED) == expected.size > 5

    changed = predict_coming(hospital_id=hospital.pk, now=NOW - dt.timedelta(days=1))

    assert changed == expected.size
    np.testing.assert_allclose(sorted(probabilities()), sorted(expected), atol=0.00005)


def test_late_withdrawals_are_unused_seats_and_early_ones_are_no_evidence(hospital: Hospital) -> None:
    make_past(hospital, bookings=30)
    Appointment.objects.filter(outcome=Outcome.MISSED).update(outcome=Outcome.UNATTENDED)
    clinic, (li,) = hospital.sessions.first(), make_patients(1)
    booking(clinic, li, LAST_VISIT, Outcome.CANCELLED).save()
    booking(clinic, li, LAST_VISIT, Outcome.VOID).save()
    held = held_bookings(hospital=hospital, latest=1_000)
    assert len(held.facts) == 30
    assert held.is_missed.sum() == Appointment.objects.filter(outcome=Outcome.UNATTENDED).count() > 0


def test_with_too_little_nothing_is_stored_and_it_is_said(hospital: Hospital) -> None:
    make_past(hospital, bookings=600)
    before = everything()
    training = train_miss_model(hospital_id=hospital.pk, now=NOW)
    assert training.model is None
    assert str(training.too_little).startswith("too little to learn from: 4")
    with pytest.raises(CommandError, match=r"too little to learn from: 4.* at least 500 with 30") as refusal:
        call_command("train_miss_model", "--hospital=north")
    assert refusal.value.returncode == 1
    assert everything() == before


def test_a_model_that_is_no_better_than_the_rate_is_not_used(hospital: Hospital) -> None:
    """What held until March holds no more: in April the others miss. What the earlier model said is taken away."""
    make_past(hospital)
    make_coming(hospital)
    refresh_miss_model(hospital_id=hospital.pk, now=NOW)
    assert None not in probabilities()
    april = Appointment.objects.filter(visit_date__gte=dt.date(2026, 3, 25)).exclude(outcome="")
    missed = set(april.filter(outcome=Outcome.MISSED).values_list("pk", flat=True))
    april.update(outcome=Outcome.MISSED)
    april.filter(pk__in=missed).update(outcome=Outcome.FULFILLED)

    refresh_miss_model(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=1))

    latest, first = MissModel.objects.all()
    assert (first.is_in_use, latest.is_in_use) == (False, False)
    assert latest.brier > latest.brier_baseline
    assert probabilities() == [None]


def test_the_newest_is_in_use_and_old_ones_are_forgotten(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miss_model, "KEPT_MODELS", 2)
    make_past(hospital)
    stored = [train_miss_model(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=days)).model for days in range(3)]
    assert list(MissModel.objects.values_list("pk", "is_in_use")) == [(stored[2].pk, True), (stored[1].pk, False)]


def test_every_coming_booking_of_the_hospital_and_no_other_gets_its_probability(hospital: Hospital) -> None:
    make_past(hospital)
    elsewhere = make_hospital()
    make_clinics(elsewhere, 1)
    booked, pending, arrived, past = (
        make_coming(hospital, 2),
        make_coming(hospital, status=AppointmentStatus.PENDING, hold_expires_at=NOW),
        make_coming(hospital, status=AppointmentStatus.CHECKED_IN),
        make_coming(hospital, visit_date=LAST_VISIT),
    )
    others = make_coming(elsewhere)
    train_miss_model(hospital_id=hospital.pk, now=NOW)

    assert predict_coming(hospital_id=hospital.pk, now=NOW) == 3

    known = set(Appointment.objects.filter(miss_probability__isnull=False).values_list("pk", flat=True))
    assert known == {one.pk for one in (*booked, *pending)}
    assert not known & {one.pk for one in (*arrived, *past, *others)}
    # The same again changes nothing, and without a model nothing is written.
    before = everything()
    assert predict_coming(hospital_id=hospital.pk, now=NOW) == 0
    assert predict_coming(hospital_id=elsewhere.pk, now=NOW) == 0
    assert everything() == before


@pytest.mark.parametrize("number", [2, 20])
def test_as_many_queries_for_many_as_for_few(hospital: Hospital, number: int) -> None:
    make_past(hospital)
    make_coming(hospital, number)
    train_miss_model(hospital_id=hospital.pk, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert predict_coming(hospital_id=hospital.pk, now=NOW) == number
    assert len(queries) == 5


def test_in_batches(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.services.miss_predictions.PREDICTED_AT_ONCE", 2)
    make_past(hospital)
    make_coming(hospital, 5)
    train_miss_model(hospital_id=hospital.pk, now=NOW)
    assert predict_coming(hospital_id=hospital.pk, now=NOW) == 5
    assert None not in probabilities()


def test_the_sweep_takes_those_that_were_just_made(hospital: Hospital) -> None:
    make_past(hospital)
    train_miss_model(hospital_id=hospital.pk, now=NOW)
    session = hospital.sessions.first()
    session.slots.create(hospital=hospital, starts_at=NOW + dt.timedelta(days=3), ends_at=NOW + dt.timedelta(days=4), capacity=9)
    old, new = make_coming(hospital, 2)
    for made, ago in ((old, 3), (new, 1)):
        AppointmentEvent.objects.create(
            appointment=made, hospital=hospital, kind="created", at=NOW - dt.timedelta(hours=ago), actor_kind="patient",
            to_status="booked",
        )  # fmt: skip
    assert predict_new(hospital_id=hospital.pk, now=NOW) == 1
    new.refresh_from_db()
    old.refresh_from_db()
    assert new.miss_probability is not None
    assert old.miss_probability is None
    assert predict_new(hospital_id=hospital.pk, now=NOW) == 0


def test_parameters_of_an_earlier_release_predict_nothing(hospital: Hospital) -> None:
    make_past(hospital)
    make_coming(hospital)
    train_miss_model(hospital_id=hospital.pk, now=NOW)
    MissModel.objects.update(parameters={"features_version": 0})
    assert predict_coming(hospital_id=hospital.pk, now=NOW) == 0
    assert probabilities() == [None]


def test_storing_asks_for_probabilities_of_open_bookings(hospital: Hospital) -> None:
    make_past(hospital, bookings=2)
    (coming,) = make_coming(hospital)
    closed = Appointment.objects.exclude(outcome="").first()
    for ids, given in (([coming.pk], [1.01]), ([coming.pk], [float("nan")]), ([coming.pk], [])):
        with pytest.raises(ValueError, match="probabilit"):
            store_miss_probabilities(hospital_id=hospital.pk, appointment_ids=ids, probabilities=given)
    ids = [coming.pk, closed.pk]
    assert store_miss_probabilities(hospital_id=make_hospital().pk, appointment_ids=ids, probabilities=[0.5, 0.5]) == 0
    assert store_miss_probabilities(hospital_id=hospital.pk, appointment_ids=ids, probabilities=[0.123456, 0.5]) == 1
    assert list(Appointment.objects.exclude(miss_probability=None).values_list("pk", "miss_probability")) == [(coming.pk, 0.1235)]
    assert store_miss_probabilities(hospital_id=hospital.pk, appointment_ids=ids, probabilities=[0.12346, 0.5]) == 0


def test_what_capacity_is_told_of_a_session(hospital: Hospital) -> None:
    session, other = make_clinics(hospital, 2)
    coming = [booking(session, patient, TOMORROW, "") for patient in make_patients(3)]
    for made, probability in zip(coming, (0.25, 0.5, None), strict=True):
        made.miss_probability = probability
        made.save()
    make_coming(hospital, status=AppointmentStatus.CHECKED_IN, miss_probability=0.9)
    found = expected_misses(session_ids=[session.pk, other.pk])
    assert found == {session.pk: ExpectedMisses(bookings=3, expected=0.75, without_estimate=1)}


def test_the_command_says_how_well_it_tells(hospital: Hospital) -> None:
    make_past(hospital)
    make_coming(hospital, 3)
    out = StringIO()
    call_command("train_miss_model", "--hospital=north", "--json", stdout=out)
    found = json.loads(out.getvalue())
    model = MissModel.objects.get()
    assert (found["auc"], found["brier"], found["is_in_use"]) == (model.auc, model.brier, True)
    assert found["calibration"] == model.calibration

    out = StringIO()
    call_command("train_miss_model", "--hospital=north", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == f"learnt from {model.learnt_from:,} bookings with visits until {model.learnt_until}"
    assert f"auc {model.auc:.4f}, brier {model.brier:.4f} against {model.brier_baseline:.4f}: in use" in lines
    with pytest.raises(CommandError, match="there is no hospital with the code 'south'"):
        call_command("train_miss_model", "--hospital=south")


def test_by_the_clock(hospital: Hospital) -> None:
    """As the schedule names them, with a hospital that has nothing to learn from beside it."""
    make_past(hospital)
    make_hospital()
    import_string(SCHEDULE["learn-misses"]["task"]).delay()
    assert MissModel.objects.count() == 1
    assert BacktestReport.objects.filter(hospital=hospital, bookings=1_200).count() == 1

    fresh = make_appointment(now=dt.datetime.now(dt.UTC), account=make_account())
    MissModel.objects.update(hospital=fresh.hospital)
    import_string(SCHEDULE["predict-misses"]["task"]).delay()
    fresh.refresh_from_db()
    assert 0 < fresh.miss_probability < 1
