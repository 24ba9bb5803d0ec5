"""Doctors against their departments: what can be said, and where nothing can."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from scoring.numeric.comparison import against_the_rest, discoveries
from scoring.numeric.intervals import wilson_intervals
from scoring.selectors.indicators import DepartmentTally, DoctorTally

# Fewer appointments than this are shown with their interval, and never judged.
LEAST_APPOINTMENTS = 30
# Of all marks on a page, the share that may be mere chance. By an interval of 95 % alone, three of sixty doctors would be
# marked every month for nothing.
FALSE_SHARE = 0.05

TOO_FEW, NO_DIFFERENCE, ABOVE, BELOW = "样本不足", "无明显差异", "高于科室", "低于科室"


@dataclass(frozen=True, slots=True)
class Judged:
    """One rate of one doctor: shares between 0 and 1; None where nothing was counted."""

    rate: float | None
    low: float | None
    high: float | None
    department_rate: float | None
    mark: str

    @property
    def difference_points(self) -> float | None:
        """Percentage points above (below, where negative) the department's rate, the doctor's own part included in it."""
        if self.rate is None or self.department_rate is None:
            return None
        return 100 * (self.rate - self.department_rate)


@dataclass(frozen=True, slots=True)
class DoctorAssessment:
    doctor: DoctorTally
    department: str
    fulfilled: Judged
    missed: Judged


def assess_doctors(*, departments: list[DepartmentTally], doctors: list[DoctorTally]) -> list[DoctorAssessment]:
    """Each doctor's fulfilment and missed rates with Wilson's 95 % interval, and a mark where the difference is clear.

    Clear is: at least LEAST_APPOINTMENTS, the interval excludes the department's rate, and the exact test against the
    department's other appointments holds after Benjamini and Hochberg's correction over all doctors of the hospital that are
    judged.
    """
    by_id = {part.department_id: part for part in departments}
    judged = {name: _judge(name, by_id, doctors) for name in ("fulfilled", "missed")}
    return [
        DoctorAssessment(doctor, by_id[doctor.department_id].name, judged["fulfilled"][i], judged["missed"][i])
        for i, doctor in enumerate(doctors)
    ]


def _judge(name: str, departments: dict[int, DepartmentTally], doctors: list[DoctorTally]) -> list[Judged]:
    counts = np.array([getattr(d.tally, name) for d in doctors], dtype=np.int64)
    totals = np.array([d.tally.total for d in doctors], dtype=np.int64)
    norms = [departments[d.department_id].tally.rate(name) for d in doctors]
    norm = np.array([np.nan if rate is None else rate for rate in norms], dtype=np.float64)
    intervals = wilson_intervals(counts, totals)
    enough = totals >= LEAST_APPOINTMENTS
    clear = np.zeros(totals.shape, dtype=bool)
    clear[enough] = discoveries(_chances(name, departments, doctors)[enough], false_share=FALSE_SHARE)
    clear &= intervals.exclude(norm)
    return [
        Judged(
            rate=doctor.tally.rate(name),
            low=float(intervals.low[i]) if totals[i] else None,
            high=float(intervals.high[i]) if totals[i] else None,
            department_rate=norms[i],
            mark=_mark(enough=bool(enough[i]), clear=bool(clear[i]), above=bool(intervals.low[i] > norm[i])),
        )
        for i, doctor in enumerate(doctors)
    ]


def _chances(name: str, departments: dict[int, DepartmentTally], doctors: list[DoctorTally]) -> np.ndarray:
    """The two-sided p-value of each doctor against the rest of the department, sessions without a doctor among it."""
    members: dict[int, list[int]] = defaultdict(list)
    for i, doctor in enumerate(doctors):
        members[doctor.department_id].append(i)
    chances = np.ones(len(doctors))
    for department_id, places in members.items():
        whole = departments[department_id].tally
        counts = [getattr(doctors[i].tally, name) for i in places]
        totals = [doctors[i].tally.total for i in places]
        counts.append(getattr(whole, name) - sum(counts))
        totals.append(whole.total - sum(totals))
        chances[places] = against_the_rest(counts, totals).p_two_sided[:-1]
    return chances


def _mark(*, enough: bool, clear: bool, above: bool) -> str:
    if not enough:
        return TOO_FEW
    if not clear:
        return NO_DIFFERENCE
    return ABOVE if above else BELOW
