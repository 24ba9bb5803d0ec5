"""The real no-show file as arrays, where it is on this machine."""

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).resolve().parents[4] / "shared/data/noshow_brazil_2016/KaggleV2-May-2016.csv.gz"
needs_real_file = pytest.mark.skipif(
    not FILE.exists(), reason="the real no-show file is not beside this checkout (shared/data/noshow_brazil_2016)"
)


@dataclass(frozen=True)
class RealBookings:
    """110,527 bookings, each array of that shape; days are ordinals, unknown ages NaN, neighbourhoods numbered from 1."""

    patients: np.ndarray
    booked_days: np.ndarray
    booked_hours: np.ndarray
    visit_days: np.ndarray
    ages: np.ndarray
    places: np.ndarray
    is_missed: np.ndarray


@cache
def real_bookings() -> RealBookings:
    """Five rows were booked after their visit: taken as booked on the visit day, as the import takes them."""
    # Ids are text: five are written like 9377952927E-5.
    patients: dict[str, int] = {}
    places: dict[str, int] = {}

    @cache
    def ordinal(text: str) -> int:
        return date.fromisoformat(text).toordinal()

    rows = []
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        patient, booked, visit, age, place, outcome = (
            header.index(name) for name in ("PatientId", "ScheduledDay", "AppointmentDay", "Age", "Neighbourhood", "No-show")
        )
        for row in reader:
            rows.append(
                (
                    patients.setdefault(row[patient], len(patients)),
                    ordinal(row[booked][:10]),
                    int(row[booked][11:13]),
                    ordinal(row[visit][:10]),
                    int(row[age]),
                    places.setdefault(row[place], len(places) + 1),
                    row[outcome] == "Yes",
                )
            )
    found = np.array(rows, dtype=np.int64)
    late = found[:, 1] > found[:, 3]
    return RealBookings(
        patients=found[:, 0],
        booked_days=np.minimum(found[:, 1], found[:, 3]),
        booked_hours=np.where(late, 0, found[:, 2]),
        visit_days=found[:, 3],
        ages=np.where(found[:, 4] < 0, np.nan, found[:, 4].astype(float)),
        places=found[:, 5],
        is_missed=found[:, 6] == 1,
    )
