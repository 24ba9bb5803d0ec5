"""What a hospital's model of misses says of the bookings to come, written on them."""

import logging
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from booking.models import Appointment, AppointmentEvent
from booking.services.miss_probabilities import EXPECTED_STATUSES, forget_miss_probabilities, store_miss_probabilities
from hospitals.models import ClinicSession, Hospital
from scoring.models import MissModel
from scoring.numeric.features import CHANNELS, HALF_LIFE_DAYS, PERIODS
from scoring.numeric.miss_model import MissParameters, UnknownParameters, predict_misses
from scoring.services.closed_bookings import HELD, UNUSED, facts_from

logger = logging.getLogger(__name__)

PREDICTED_AT_ONCE = 20_000
# Bookings older than this the night has seen.
NEW_FOR = timedelta(hours=2)


def predict_coming(*, hospital_id: int, now: datetime) -> int:
    """Write the probability of every booking to come, by the model in use; returns how many changed.

    Where no model is in use, what earlier ones said is taken away.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    parameters = _parameters_in_use(hospital)
    if parameters is None:
        return forget_miss_probabilities(hospital_id=hospital_id, since=now.astimezone(hospital.zone).date())
    return _predict(hospital, parameters, now=now, is_new_only=False)


def predict_new(*, hospital_id: int, now: datetime) -> int:
    """The same for those that were made since the night and have none yet."""
    hospital = Hospital.objects.get(pk=hospital_id)
    parameters = _parameters_in_use(hospital)
    return 0 if parameters is None else _predict(hospital, parameters, now=now, is_new_only=True)


def hospitals_with_model() -> list[int]:
    """The hospitals with a model in use."""
    return list(MissModel.objects.filter(is_in_use=True).order_by("hospital").values_list("hospital", flat=True).distinct())


def _parameters_in_use(hospital: Hospital) -> MissParameters | None:
    model = MissModel.objects.filter(hospital=hospital, is_in_use=True).order_by("-id").first()
    if model is None:
        return None
    try:
        return MissParameters.from_json(model.parameters)
    except UnknownParameters as error:
        # Of a release before this one: the next night learns anew.
        logger.warning("miss model %s is not used: %s", model.pk, error)
        return None


def _predict(hospital: Hospital, parameters: MissParameters, *, now: datetime, is_new_only: bool) -> int:
    changed, last_id = 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_coming_query(is_new_only), _values(hospital, now, last_id))
            rows = cursor.fetchall()
        if not rows:
            return changed
        found = np.array(rows, dtype=np.float64)
        whole = found[:, :-2].astype(np.int64)
        facts = facts_from(whole[:, 2:], lead_days=whole[:, 1], past_visits=found[:, -2], past_missed=found[:, -1])
        ids, last_id = whole[:, 0].tolist(), int(whole[-1, 0])
        probabilities = predict_misses(facts, parameters).tolist()
        changed += store_miss_probabilities(hospital_id=hospital.pk, appointment_ids=ids, probabilities=probabilities)


def _values(hospital: Hospital, now: datetime, last_id: int) -> dict[str, Any]:
    return {
        "hospital": hospital.pk,
        "zone": hospital.time_zone,
        "today": now.astimezone(hospital.zone).date(),
        "statuses": [str(status) for status in EXPECTED_STATUSES],
        "held": [str(outcome) for outcome in HELD],
        "unused": [str(outcome) for outcome in UNUSED],
        "channels": list(CHANNELS),
        "periods": list(PERIODS),
        "half_life": HALF_LIFE_DAYS,
        "new_since": now - NEW_FOR,
        "last_id": last_id,
        "limit": PREDICTED_AT_ONCE,
    }


def _coming_query(is_new_only: bool) -> str:
    """Per coming booking its id, its lead, its `fact_columns`, and the patient's past as `decayed_history` has it."""
    new = f"""
        AND appointment.miss_probability IS NULL AND appointment.id IN (
            SELECT appointment_id FROM {AppointmentEvent._meta.db_table} WHERE hospital_id = %(hospital)s AND at > %(new_since)s
        )"""
    return f"""
        SELECT coming.id, greatest(coming.visit_date - coming.booked_on, 0), coming.hour, coming.weekday, coming.age,
            coming.channel, coming.period, coming.department_id, coming.doctor_id, past.visits, past.missed
        FROM (
            SELECT appointment.id, appointment.patient_id, appointment.visit_date, appointment.department_id,
                (appointment.created_at AT TIME ZONE %(zone)s)::date AS booked_on,
                extract(hour FROM appointment.created_at AT TIME ZONE %(zone)s)::int AS hour,
                extract(isodow FROM appointment.visit_date)::int AS weekday,
                coalesce(appointment.age_at_visit, -1) AS age,
                coalesce(array_position(%(channels)s::text[], appointment.channel::text), 0) - 1 AS channel,
                coalesce(array_position(%(periods)s::text[], session.period::text), 0) - 1 AS period,
                coalesce(appointment.doctor_id, 0) AS doctor_id
            FROM {Appointment._meta.db_table} AS appointment
            JOIN {ClinicSession._meta.db_table} AS session ON session.id = appointment.session_id
            WHERE appointment.hospital_id = %(hospital)s AND appointment.outcome = '' AND appointment.visit_date >= %(today)s
                AND appointment.status = ANY(%(statuses)s) AND appointment.id > %(last_id)s {new if is_new_only else ""}
            ORDER BY appointment.id LIMIT %(limit)s
        ) AS coming
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(weight), 0) AS visits, coalesce(sum(weight) FILTER (WHERE outcome = ANY(%(unused)s)), 0) AS missed
            FROM (
                SELECT held.outcome, power(2::float8, (held.visit_date - coming.booked_on) / %(half_life)s::float8) AS weight
                FROM {Appointment._meta.db_table} AS held
                WHERE held.hospital_id = %(hospital)s AND held.patient_id = coming.patient_id AND held.outcome <> ''
                    AND held.outcome = ANY(%(held)s) AND held.visit_date < coming.booked_on
            ) AS weighed
        ) AS past
        ORDER BY coming.id
    """
