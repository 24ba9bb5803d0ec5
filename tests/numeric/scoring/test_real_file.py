"""The published tiers of the real no-show file: every visit is fulfilled or missed there."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from scoring.numeric import Tier, score_many

FILE = Path(__file__).resolve().parents[4] / "shared/data/noshow_brazil_2016/KaggleV2-May-2016.csv.gz"


@pytest.mark.skipif(
    not FILE.exists(), reason="the real no-show file is not beside this checkout (shared/data/noshow_brazil_2016)"
)
def test_tiers_of_the_real_patients() -> None:
    booked: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            # Ids are text: five are written like 9377952927E-5 and would collide or change as numbers.
            booked[row["PatientId"]] += 1
            missed[row["PatientId"]] += row["No-show"] == "Yes"
    total = np.array([booked[patient] for patient in booked])
    lost = np.array([missed[patient] for patient in booked])
    none = np.zeros_like(total)

    table = score_many({"total": total, "fulfilled": total - lost, "unattended": none, "cancelled": none, "missed": lost})

    assert (len(total), int(total.sum()), int(lost.sum())) == (62_299, 110_527, 22_319)
    assert table.tier_counts() == {Tier.A: 45_057, Tier.B: 3_210, Tier.C: 4_875, Tier.D: 9_157, Tier.UNRATED: 0}
    exactly = {bound: int((table.score_hundredths == bound).sum()) for bound in (90_00, 80_00, 70_00)}
    assert exactly == {90_00: 163, 80_00: 1_878, 70_00: 4_556}
    assert table.counts_sum.all()
