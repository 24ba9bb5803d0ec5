"""The 110,527 real rows, where they are on this machine: imported, scored, and found to be exactly what they are known to be."""

import datetime as dt
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.models import Patient
from booking.imports import import_history, load_layout
from booking.models import Appointment, AppointmentEvent, Channel, EventKind, Outcome, Restriction, Standing, Tier
from capacity.services.history import past_sessions
from capacity.services.inputs import estimate_inputs
from hospitals.models import ClinicSession, Department, Hospital, HospitalPatient, SessionStatus, Weekday
from scoring.services.nightly import score_hospital
from tests.factories.hospitals import make_hospital, make_template

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "noshow_brazil_2016" / "KaggleV2-May-2016.csv.gz"
NOW = dt.datetime(2026, 11, 1, 2, 0, tzinfo=dt.UTC)
AS_OF = dt.date(2016, 6, 30)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FILE.exists(), reason="../shared/data/noshow_brazil_2016 is not on this machine"),
]


def test_real_history_gives_the_known_counts_and_tiers() -> None:
    hospital = make_hospital()
    layout = load_layout("noshow_brazil_2016")

    first = import_history(hospital=hospital, path=FILE, layout=layout, now=NOW)

    assert (first.rows, first.imported, first.already_present, first.skipped) == (110_527, 110_527, 0, 0)
    assert (first.patients, first.sessions, first.errors) == (62_299, 2_012, [])
    assert [(warning.line, warning.message.split(":")[0]) for warning in first.warnings] == [
        (27_035, "booked on 2016-05-10, after the visit on 2016-05-09"),
        (55_228, "booked on 2016-05-18, after the visit on 2016-05-17"),
        (64_177, "booked on 2016-05-05, after the visit on 2016-05-04"),
        (71_535, "booked on 2016-05-11, after the visit on 2016-05-05"),
        (72_364, "booked on 2016-05-04, after the visit on 2016-05-03"),
        (99_834, "age '-1' cannot be"),
    ]
    stored = Appointment.objects.filter(hospital=hospital)
    assert Counter(stored.order_by().values_list("outcome", flat=True)) == {Outcome.MISSED: 22_319, Outcome.FULFILLED: 88_208}
    assert stored.filter(age_at_visit=None).count() == 1
    assert stored.exclude(doctor=None).count() == 0
    assert Department.objects.filter(hospital=hospital).count() == 81
    assert Patient.objects.count() == HospitalPatient.objects.filter(hospital=hospital).count() == 62_299
    # Text, not numbers: the five that look like floats are kept as they are written.
    assert HospitalPatient.objects.filter(record_number="9377952927E-5").count() == 1
    assert AppointmentEvent.objects.filter(hospital=hospital, kind=EventKind.IMPORTED).count() == 110_527
    _sessions_agree_with_appointments()
    _no_show_rates_are_the_known_ones()

    second = import_history(hospital=hospital, path=FILE, layout=layout, now=NOW)

    assert (second.imported, second.already_present, second.patients, second.sessions) == (0, 110_527, 0, 0)
    assert stored.count() == 110_527

    run = score_hospital(hospital_id=hospital.pk, now=NOW, as_of=AS_OF)

    assert (run.patients, run.appointments, run.changed) == (62_299, 110_527, 62_299)
    assert run.tiers == {Tier.A: 45_057, Tier.B: 3_210, Tier.C: 4_875, Tier.D: 9_157, Tier.UNRATED: 0}
    totals = Standing.objects.filter(hospital=hospital).aggregate(total=Sum("total"), missed=Sum("missed"))
    assert totals == {"total": 110_527, "missed": 22_319}
    # Ten years later nobody is kept from booking by it.
    assert Restriction.objects.count() == 0
    assert score_hospital(hospital_id=hospital.pk, now=NOW, as_of=AS_OF).changed == 0
    _plans_rest_on_it(hospital)


def _sessions_agree_with_appointments() -> None:
    sessions = ClinicSession.objects.annotate(
        advance=Count("appointments", filter=Q(appointments__channel=Channel.ADVANCE)),
        same_day=Count("appointments", filter=Q(appointments__channel=Channel.SAME_DAY)),
    )
    agreeing = sessions.filter(
        status=SessionStatus.CLOSED,
        doctor=None,
        advance_quota=F("advance"),
        advance_taken=F("advance"),
        same_day_taken=F("same_day"),
        rated_capacity=F("advance") + F("same_day"),
    )
    assert (sessions.count(), agreeing.count()) == (2_012, 2_012)


def _no_show_rates_are_the_known_ones() -> None:
    rates = {}
    for channel in (Channel.SAME_DAY, Channel.ADVANCE):
        counted = Appointment.objects.filter(channel=channel).aggregate(
            total=Count("pk"), missed=Count("pk", filter=Q(outcome=Outcome.MISSED))
        )
        rates[channel] = counted["missed"] / counted["total"]
    assert rates[Channel.SAME_DAY] == pytest.approx(0.0465, abs=0.0005)
    assert rates[Channel.ADVANCE] == pytest.approx(0.285, abs=0.0005)


def _plans_rest_on_it(hospital: Hospital) -> None:
    """A weekly template of 20 for a neighbourhood gets its quotas from the neighbourhood's own past."""
    history = past_sessions(hospital=hospital, before=NOW.date(), days=365)
    assert len(history) == 2_012
    found = estimate_inputs(history=history, clinics=[], mean_rated_capacity=20)
    assert found.no_show_same_day.value == pytest.approx(0.0465, abs=0.0005)
    assert found.no_show_advance.value == pytest.approx(0.285, abs=0.0005)
    assert (found.no_show_same_day.sample_size, found.no_show_advance.sample_size) == (38_568, 71_959)

    department = Department.objects.get(hospital=hospital, name="JARDIM DA PENHA")
    make_template(department=department, weekday=Weekday.TUESDAY, rated_capacity=20)
    rows = StringIO()
    today = timezone.localdate()
    call_command(
        "plan_now",
        f"--hospital={hospital.code}",
        f"--from={today + dt.timedelta(days=16)}",
        f"--to={today + dt.timedelta(days=27)}",
        "--json",
        stdout=rows,
    )
    plans = json.loads(rows.getvalue())
    assert plans
    for plan in plans:
        assert (plan["status"], plan["rated"]) == ("applied", 20)
        assert plan["in_force"] == {"advance": plan["advance"], "extra": plan["extra"]}
        assert plan["inputs"]["history_until"] == "2016-06-08"
        session = ClinicSession.objects.get(pk=plan["session"])
        assert (session.advance_quota, session.extra_quota) == (plan["advance"], plan["extra"])
        # Same-day patients come and demand is many times the seats: few are offered in advance, and some are added.
        assert session.advance_quota < 20
        assert session.extra_quota > 0
