"""A small file of our own making with every fault in it, and a way to write others."""

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from hospitals.models import Hospital
from tests.factories.hospitals import make_hospital

NOW = dt.datetime(2026, 3, 20, 2, 0, tzinfo=dt.UTC)
HEADER = "id,patient,booked_at,visit_date,department,channel,outcome,sex,age"

# Line 1 is the header. Lines 2 to 7 and 9 can be kept, 9 and 7 with a warning.
SAMPLE = f"""{HEADER}
A1,007,2026-03-01 08:05,2026-03-03,内科,,履约,女,62
A2,007,2026-03-03 07:30,2026-03-03,内科,,fulfilled,女,62
A3,12E5,2026/3/1 8:05,2026年3月3日,内科,,失约,男,8
A4,12E5,2026-03-01,20260304,外科,加号,预约未到,,
A5,9,2026-03-01T00:05:00Z,2026-03-04,外科,,取消预约,男,30
A6,9,2026-03-05 09:00,2026-03-04,外科,,missed,男,-1
A1,9,2026-03-01,2026-03-04,外科,,fulfilled,男,30
A8,9,2026-03-01,2026-03-05,内科,,void,他,30
,9,2026-03-01,2026-03-04,外科,,fulfilled,男,30
A10,9,2026-02-30,2026-03-04,外科,,fulfilled,男,30
A11,9,2026-03-01,2099-03-21,外科,,fulfilled,男,30
A12,9,2026-03-01,2026-03-04,外科,,maybe,男,30
A13,9,2026-03-01,2026-03-04
A14,"9"9,2026-03-01,2026-03-04,外科,,fulfilled,男,30
A15,{"9" * 65},2026-03-01,2026-03-04,外科,,fulfilled,男,30
"""
ROWS, KEPT, BAD = 15, 7, 8


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(code="north")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str, *, name: str = "past.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        data = content.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def sample(written: Callable[..., Path]) -> Path:
    return written(SAMPLE)
