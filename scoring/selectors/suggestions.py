"""Departments that lose clearly more of their appointments than the hospital: where flexible slots are worth keeping."""

from dataclasses import dataclass
from datetime import date

from scoring.months import first_of_month, months_back
from scoring.numeric.comparison import against_the_rest, discoveries
from scoring.selectors.indicators import DepartmentTally, Tally, added, tallies_by_department

MONTHS = 3
WEEKS_PER_MONTH = 365.25 / 12 / 7
# Below these nothing is said: few appointments prove nothing, and a small gap is not worth changing a schedule for.
LEAST_APPOINTMENTS = 100
LEAST_POINTS = 5.0
FALSE_SHARE = 0.05

# What is lost: how the page calls it, and which outcomes it is made of.
LOSSES = {"取消": ("cancelled",), "未到及失约": ("unattended", "missed")}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One department and kind of loss; the shares are between 0 and 1, the hospital's has the department's part in it."""

    department: str
    loss: str
    count: int
    total: int
    hospital_rate: float
    weeks: float

    @property
    def rate(self) -> float:
        return self.count / self.total

    @property
    def lost_per_week(self) -> float:
        return self.count / self.weeks

    @property
    def excess_per_week(self) -> float:
        """What is lost beyond the hospital's own rate: that much the usual waitlist and same-day numbers do not absorb."""
        return (self.rate - self.hospital_rate) * self.total / self.weeks

    @property
    def slots_per_week(self) -> int:
        return max(1, round(self.excess_per_week))

    @property
    def sentence(self) -> str:
        return (
            f"{self.department}近 {MONTHS} 个月{self.loss}率 {self.rate:.1%}（{self.loss} {self.count} / 共 {self.total}），"
            f"高于全院 {self.hospital_rate:.1%}；每周约 {self.lost_per_week:.1f} 个号源因此空出，"
            f"其中约 {self.excess_per_week:.1f} 个超出全院水平，建议保留约 {self.slots_per_week} 个弹性时段/周。"
        )


def window(today: date) -> tuple[date, date]:
    """The first and the last of the MONTHS full months before that of `today`."""
    this = first_of_month(today)
    return months_back(this, MONTHS), months_back(this, 1)


def suggest_flexible_slots(*, hospital_id: int, today: date) -> list[Suggestion]:
    """Where over the last full months a department lost clearly more than the others, the widest gap first. One query.

    Clear is: enough appointments on both sides, at least LEAST_POINTS percentage points above the hospital, and an exact
    one-sided test against all other departments that holds after Benjamini and Hochberg's correction over departments and kinds
    of loss.
    """
    first, last = window(today)
    return find_losses(tallies_by_department(hospital_id=hospital_id, first=first, last=last))


def find_losses(departments: list[DepartmentTally]) -> list[Suggestion]:
    whole = added(part.tally for part in departments)
    candidates = [
        i for i, part in enumerate(departments) if min(part.tally.total, whole.total - part.tally.total) >= LEAST_APPOINTMENTS
    ]
    tested = [(i, loss) for loss in LOSSES for i in candidates]
    totals = [part.tally.total for part in departments]
    chances = {loss: against_the_rest([_lost(p.tally, loss) for p in departments], totals).p_greater for loss in LOSSES}
    believed = discoveries([chances[loss][i] for i, loss in tested], false_share=FALSE_SHARE)
    found = [
        Suggestion(
            department=departments[i].name,
            loss=loss,
            count=_lost(departments[i].tally, loss),
            total=departments[i].tally.total,
            hospital_rate=_lost(whole, loss) / whole.total,
            # Of a department that opened in the meantime, its own months only.
            weeks=departments[i].months * WEEKS_PER_MONTH,
        )
        for (i, loss), is_clear in zip(tested, believed, strict=True)
        if is_clear
    ]
    wide = [one for one in found if 100 * (one.rate - one.hospital_rate) >= LEAST_POINTS]
    return sorted(wide, key=lambda one: one.hospital_rate - one.rate)


def _lost(tally: Tally, loss: str) -> int:
    return sum(getattr(tally, name) for name in LOSSES[loss])
