"""No-show of the two channels in the real file: what was booked for the same day is kept far more often."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from capacity.numeric.estimation import estimate_no_show

FILE = Path(__file__).resolve().parents[4] / "shared/data/noshow_brazil_2016/KaggleV2-May-2016.csv.gz"


@pytest.mark.skipif(not FILE.exists(), reason="no shared/data/noshow_brazil_2016 beside this checkout")
def test_no_show_by_channel_and_neighbourhood() -> None:
    # Given the visits of each neighbourhood, those booked on (in five rows after) the visit day apart
    visits: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    missed: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            same_day = row["ScheduledDay"][:10] >= row["AppointmentDay"][:10]
            visits[same_day][row["Neighbourhood"]] += 1
            missed[same_day][row["Neighbourhood"]] += row["No-show"] == "Yes"
    places = sorted(visits[True] | visits[False])

    # When
    found = {
        same_day: estimate_no_show(
            missed=[missed[same_day][place] for place in places],
            visits=[visits[same_day][place] for place in places],
            department=np.arange(len(places)),
            departments=len(places),
            prior_rate=0.2,
        )
        for same_day in (True, False)
    }

    # Then
    assert found[True].hospital.sample_size.tolist() == [38_563 + 5]
    assert found[False].hospital.sample_size.tolist() == [110_527 - 38_563 - 5]
    assert found[True].hospital.mean[0] == pytest.approx(0.0465, abs=0.0003)
    assert found[False].hospital.mean[0] == pytest.approx(0.285, abs=0.0003)
    # No neighbourhood is believed to be extreme on a handful of visits, and the largest keep their own rates.
    assert found[False].departments.mean.min() > 0.2
    assert found[False].departments.mean.max() < 0.4
    largest = int(np.argmax(found[False].departments.sample_size))
    own = missed[False][places[largest]] / visits[False][places[largest]]
    assert found[False].departments.mean[largest] == pytest.approx(own, abs=0.005)
