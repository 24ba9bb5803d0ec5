"""Where the real file stands, and how it is read."""

import csv
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).resolve().parents[4] / "shared/data/ed_arrivals_daily/uihc_ed_daily.csv"

needs_file = pytest.mark.skipif(
    not FILE.exists(), reason="the real arrivals are not beside this checkout (shared/data/ed_arrivals_daily)"
)


def real_arrivals() -> np.ndarray:
    """1,735 days from Monday 2013-07-01 on."""
    with FILE.open(encoding="utf-8") as file:
        return np.array([float(row["Arrivals"]) for row in csv.DictReader(file)])
