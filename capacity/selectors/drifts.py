"""Doctors whose plans stray from what comes by more than chance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from capacity.models import SessionComparison
from capacity.numeric.drift import FALSE_ALARM, MOST_SESSIONS, Drift, drift_of_sums

# Older sessions tell of a model that has learnt since.
LOOK_BACK = timedelta(days=120)
DRIFT_NOTE = (
    f"偏离提示：最近 {MOST_SESSIONS} 次出诊（{LOOK_BACK.days} 天内）的实际与预计之差，按模型自身的标准差与估计误差标准化；"
    f"模型无误时，每位医生每次检查的误报概率不超过 {FALSE_ALARM:.1%}。"
)


@dataclass(frozen=True, slots=True)
class DoctorDrift:
    """Of one doctor's, or a department's own, latest sessions: seen and missed against what was expected."""

    department_id: int
    doctor_id: int | None
    seen: Drift
    missed: Drift

    @property
    def is_warning(self) -> bool:
        return self.seen.is_warning or self.missed.is_warning

    @property
    def sentence(self) -> str:
        """What is off, by how much; empty without a warning."""
        counts = (("实际就诊", self.seen), ("实际未到", self.missed))
        parts = [f"{name}比预计平均每次{_by(drift.mean_difference)}" for name, drift in counts if drift.is_warning]
        if not parts:
            return ""
        return f"最近 {self.seen.sessions} 次出诊，{'，'.join(parts)}，超出偶然波动。模型与实际有偏离，审批方案前请先核对。"


def doctor_drifts(
    *, hospital_id: int, today: date, doctors: Collection[tuple[int, int | None]] | None = None
) -> dict[tuple[int, int | None], DoctorDrift]:
    """By (department, doctor), in one statement; of `doctors` only, where they are given."""
    values: dict[str, Any] = {"hospital": hospital_id, "since": today - LOOK_BACK, "most": MOST_SESSIONS}
    if doctors is not None:
        pairs = list(doctors)
        values |= {"departments": [pair[0] for pair in pairs], "doctors": [pair[1] or NOBODY for pair in pairs]}
    with connection.cursor() as cursor:
        cursor.execute(_DRIFTS.format(only=_ONLY if doctors is not None else ""), values)
        rows = cursor.fetchall()
    found = {}
    for department_id, doctor_id, sessions, *sums in rows:
        seen, missed = drift_of_sums(sessions, *sums[:3]), drift_of_sums(sessions, *sums[3:])
        found[department_id, doctor_id] = DoctorDrift(department_id, doctor_id, seen, missed)
    return found


def _by(difference: float) -> str:
    return f"{'多' if difference > 0 else '少'} {abs(difference):.1f} 人"


# In the place of a doctor, for a department's own sessions.
NOBODY = 0
_ONLY = f"""
    AND (department_id, coalesce(doctor_id, {NOBODY})) IN (
        SELECT * FROM unnest(%(departments)s::bigint[], %(doctors)s::bigint[])
    )
"""
_DRIFTS = f"""
WITH latest AS (
    SELECT *, row_number() OVER (PARTITION BY department_id, doctor_id ORDER BY visit_date DESC, id DESC) AS place
    FROM {SessionComparison._meta.db_table}
    WHERE hospital_id = %(hospital)s AND visit_date >= %(since)s AND expected_seen IS NOT NULL {{only}}
)
SELECT department_id, doctor_id, count(*),
    sum(seen - expected_seen), sum(seen_deviation * seen_deviation), sum(seen_error),
    sum(missed - expected_missed), sum(missed_deviation * missed_deviation), sum(missed_error)
FROM latest WHERE place <= %(most)s GROUP BY department_id, doctor_id
"""
