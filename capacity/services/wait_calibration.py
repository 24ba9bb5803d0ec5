"""Learning from waits: how long consultations take, and whether the range that patients are told holds."""

from datetime import datetime, timedelta

import numpy as np
from django.db.models import Avg, Count, F, FloatField, Func, Q, StdDev

from booking.models import ConsultationPace, QueueEntry, QueueState, WaitCalibration
from booking.queue_wait import CLAIMED_SHARE
from booking.services.queue.learning import store_what_waits_taught
from capacity.numeric.wait_reach import measured_reach
from hospitals.models import Hospital

# Half a year: enough for doctors with one clinic a week, and not so much that last year's ways speak.
PACE_DAYS = 180
# A button pressed twice, and one that was forgotten until the evening, are no consultations.
SHORTEST_MINUTES, LONGEST_MINUTES = 0.5, 120.0
# The range is held to the last of these; more than some months back it was another hospital.
LAST_ENTRIES = 2000
CALIBRATION_DAYS = 180


class MinutesBetween(Func):
    """Minutes from the first moment to the second."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) / 60.0)"
    arg_joiner = " - "
    output_field = FloatField()

    def __init__(self, start: str, end: str) -> None:
        super().__init__(F(end), F(start))


def learn_from_waits(*, hospital: Hospital, now: datetime) -> WaitCalibration:
    """Measure a hospital's consultations and waits up to `now` and store what the forecast uses. Twice comes to the same."""
    paces, calibration = measured_paces(hospital=hospital, now=now), measured_calibration(hospital=hospital, now=now)
    store_what_waits_taught(hospital_id=hospital.pk, paces=paces, calibration=calibration, now=now)
    return calibration


def measured_paces(*, hospital: Hospital, now: datetime) -> list[ConsultationPace]:
    """Mean and variation of the consultations of each doctor in each department, unsaved. One query.

    A consultation is from the last call to its end; who came back with results (回诊) counts with the last one.
    """
    rows = (
        QueueEntry.objects.filter(
            hospital=hospital,
            state=QueueState.FINISHED,
            called_at__isnull=False,
            finished_at__range=(now - timedelta(days=PACE_DAYS), now),
        )
        .annotate(minutes=MinutesBetween("called_at", "finished_at"))
        .filter(minutes__gte=SHORTEST_MINUTES, minutes__lte=LONGEST_MINUTES)
        .values("session__department_id", "session__doctor_id")
        .annotate(consultations=Count("pk"), mean=Avg("minutes"), deviation=StdDev("minutes"))
        .order_by("session__department_id", "session__doctor_id")
    )
    return [
        ConsultationPace(
            department_id=row["session__department_id"],
            doctor_id=row["session__doctor_id"],
            consultations=row["consultations"],
            mean_minutes=row["mean"],
            cv=row["deviation"] / row["mean"],
        )
        for row in rows
    ]


def measured_calibration(*, hospital: Hospital, now: datetime) -> WaitCalibration:
    """How far the hospital's range has to reach, from its last waits; unsaved. One query."""
    told = (
        QueueEntry.objects.filter(
            hospital=hospital, told_at__range=(now - timedelta(days=CALIBRATION_DAYS), now), first_called_at__isnull=False
        )
        .annotate(waited=MinutesBetween("told_at", "first_called_at"))
        .annotate(is_held=Q(waited__gte=F("told_low_minutes"), waited__lte=F("told_high_minutes")))
        .order_by("-told_at", "-pk")
        .values_list("waited", "told_mean_minutes", "told_deviation_minutes", "is_held")
    )
    numbers = np.array(list(told[:LAST_ENTRIES]), dtype=np.float64).reshape(-1, 4)
    waited, mean, deviation, held = numbers.T
    low, high = measured_reach((waited - mean) / deviation, claimed=CLAIMED_SHARE)
    return WaitCalibration(low_deviations=low, high_deviations=high, entries=len(numbers), held=int(held.sum()))
