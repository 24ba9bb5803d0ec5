"""How the range of waiting would have to be set in each department by itself, beside the hospital's that is in force."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from django.db.models import Case, F, IntegerField, Value, When, Window
from django.db.models.functions import RowNumber

from booking.models import QueueEntry
from booking.queue_wait import CLAIMED_SHARE
from capacity.numeric.range_calibration import RangeCalibration, range_calibration
from capacity.services.wait_calibration import CALIBRATION_DAYS, MinutesBetween
from hospitals.models import Hospital

# The latest of a department: enough for a share to within a few percent, and a page of fifty departments stays quick.
LAST_WAITS = 500


@dataclass(frozen=True, slots=True)
class DepartmentCalibration:
    """One department's latest waits; `found` is None where they are too few to tell anything."""

    name: str
    waits: int
    sessions: int
    found: RangeCalibration | None


def department_calibrations(*, hospital: Hospital, now: datetime) -> list[DepartmentCalibration]:
    """Departments with any told wait in the time that the nights look at, by name. One query."""
    ended = Case(
        When(waited__lt=F("told_low_minutes"), then=Value(-1)),
        When(waited__gt=F("told_high_minutes"), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    place = Window(RowNumber(), partition_by="session__department_id", order_by=[F("told_at").desc(), F("pk").desc()])
    rows = (
        QueueEntry.objects.filter(
            hospital=hospital, told_at__range=(now - timedelta(days=CALIBRATION_DAYS), now), first_called_at__isnull=False
        )
        .annotate(waited=MinutesBetween("told_at", "first_called_at"))
        .annotate(ended=ended, place=place)
        .filter(place__lte=LAST_WAITS)
        .order_by("session__department__name", "session__department_id", "place")
        .values_list(
            "session__department__name",
            "session__department_id",
            "session_id",
            "ended",
            "waited",
            "told_mean_minutes",
            "told_deviation_minutes",
        )
    )
    return [_of_department(name, list(waits)) for (name, _), waits in groupby(rows, key=lambda row: (row[0], row[1]))]


def _of_department(name: str, waits: list[tuple]) -> DepartmentCalibration:
    session, ended = (np.array([row[column] for row in waits], dtype=np.int64) for column in (2, 3))
    waited, mean, deviation = np.array([row[4:] for row in waits], dtype=np.float64).T
    found = range_calibration(scores=(waited - mean) / deviation, ended=ended, session=session, claimed=CLAIMED_SHARE)
    return DepartmentCalibration(name, len(waits), np.unique(session).size, found)
