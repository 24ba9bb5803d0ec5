"""All that one clinic's page tells, each piece read or computed once, when it is asked for.

The numbers are those of a plan, by default the newest of the sessions to come: its inputs are kept with it, so that the page
shows what was applied and costs one small problem, however many doctors and years of history the hospital has.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from capacity.models import CapacityPlan, PlanKind, PlanStatus, SessionComparison
from capacity.numeric.allocation import allocate
from capacity.numeric.errors import InvalidInput
from capacity.numeric.outcomes import Outcome, Pair, evaluate
from capacity.numeric.problem import LARGEST_RATED, AllocationProblem, AllocationResult
from capacity.numeric.sweeps import Sweep, sweep_each
from capacity.selectors.clinics import Clinic
from capacity.selectors.drifts import DoctorDrift, doctor_drifts
from capacity.selectors.kept_inputs import kept_inputs, kept_problem
from capacity.services.inputs import ClinicInputs
from hospitals.models import ClinicSession, SessionStatus

MOST_COMING = 12
MOST_PAST = 26
# One solution costs as N² and more; curves have as many points as take a fraction of a second.
STEPS_BY_RATED = ((30, 21), (80, 11), (LARGEST_RATED, 6))
# From this N on they are drawn when they are asked for.
SWEPT_AT_ONCE = 80
# The chance that is not drawn of a demand.
LEFT_OUT = 1e-3
CURRENT = (PlanStatus.PROPOSED, PlanStatus.APPLIED)


@dataclass(frozen=True, slots=True)
class ComingSession:
    """A session to come with the plan in force and the plan that waits, either of which may be missing."""

    session: ClinicSession
    in_force: CapacityPlan | None
    waiting: CapacityPlan | None

    @property
    def plan(self) -> CapacityPlan | None:
        return self.waiting or self.in_force


@dataclass(frozen=True, slots=True)
class DemandShares:
    """P(d = i) of both kinds of demand for one session, i = 0, 1, …, as far as it is worth showing."""

    advance: list[float]
    same_day: list[float]


@dataclass
class ClinicReport:
    """`chosen` is a plan's key; a plan of another clinic is not looked at."""

    clinic: Clinic
    now: datetime
    chosen: int | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.department.hospital.zone).date()

    @cached_property
    def coming(self) -> list[ComingSession]:
        sessions = self.clinic.sessions().filter(starts_at__gt=self.now).exclude(status=SessionStatus.CLOSED)
        shown = list(sessions.order_by("starts_at", "pk")[:MOST_COMING])
        plans: dict[tuple[int, str], CapacityPlan] = {}
        for plan in CapacityPlan.objects.filter(session__in=shown, status__in=CURRENT).order_by("pk"):
            plans[plan.session_id, plan.status] = plan
        return [
            ComingSession(session, plans.get((session.pk, PlanStatus.APPLIED)), plans.get((session.pk, PlanStatus.PROPOSED)))
            for session in shown
        ]

    @cached_property
    def plan(self) -> CapacityPlan | None:
        """The one that is asked for; else of the newest of the sessions to come the first; else the newest of all.

        A morning's plan is shown where it is asked for: it knows who has booked, which the curves of a clinic do not.
        """
        if self.chosen is not None:
            return self._plans().filter(pk=self.chosen).first()
        current = [one.plan for one in self.coming if one.plan is not None and one.plan.kind == PlanKind.NIGHT]
        if not current:
            return self._plans().filter(kind=PlanKind.NIGHT).order_by("-created_at", "-pk").first()
        newest = max(plan.created_at for plan in current)
        found = next(plan for plan in current if plan.created_at == newest)
        found.session = next(one.session for one in self.coming if one.session.pk == found.session_id)
        return found

    @cached_property
    def inputs(self) -> ClinicInputs | None:
        return kept_inputs(self.plan) if self.plan else None

    @cached_property
    def problem(self) -> AllocationProblem | None:
        """None without a plan, or where its session was changed so that the model takes its numbers no more."""
        if self.plan is None:
            return None
        try:
            return kept_problem(self.plan)
        except InvalidInput:
            return None

    @cached_property
    def result(self) -> AllocationResult | None:
        return allocate(self.problem) if self.problem else None

    @property
    def in_force(self) -> tuple[int, int] | None:
        """(N1, NA) of the plan's session as they are now."""
        return (self.plan.session.advance_quota, self.plan.session.extra_quota) if self.plan else None

    @cached_property
    def options(self) -> list[tuple[str, Outcome]]:
        """The optimum, what is in force, one number more or fewer than the optimum, and the next best; a pair is told once."""
        if self.problem is None or self.result is None or self.in_force is None:
            return []
        best, rated = self.result, self.problem.terms.rated
        named = [
            ("最优方案", (best.extra, best.advance)),
            ("现行号源", (self.in_force[1], self.in_force[0])),
            ("预约号减 1", (best.extra, best.advance - 1)),
            ("预约号加 1", (best.extra, best.advance + 1)),
            ("加号减 1", (best.extra - 1, best.advance)),
            ("加号加 1", (best.extra + 1, best.advance)),
            *((f"备选 {place}", (c.extra, c.advance)) for place, c in enumerate(best.runners_up, start=1)),
        ]
        names: dict[Pair, list[str]] = {}
        for name, (extra, advance) in named:
            if extra >= 0 and 0 <= advance <= rated:
                names.setdefault((extra, advance), []).append(name)
        return list(zip(map(" · ".join, names.values()), evaluate(self.problem, list(names)), strict=True))

    @cached_property
    def sweeps(self) -> dict[str, Sweep]:
        return sweep_each(self.problem, swept_values(self.problem)) if self.problem else {}

    @cached_property
    def demand(self) -> DemandShares | None:
        if self.problem is None:
            return None
        p = self.problem
        advance = _chances(p.mean_advance, p.dispersion_advance)
        same_day = _chances(p.mean_same_day, p.dispersion_same_day)
        size = max(advance.size, same_day.size)
        return DemandShares(*(np.pad(one, (0, size - one.size)).tolist() for one in (advance, same_day)))

    @cached_property
    def comparisons(self) -> list[SessionComparison]:
        """The last sessions of the clinic that are over, the oldest first."""
        found = SessionComparison.objects.filter(session__in=self.clinic.sessions()).order_by("-visit_date", "-pk")
        return list(found[:MOST_PAST])[::-1]

    @cached_property
    def drift(self) -> DoctorDrift | None:
        """Of all the doctor's clinics, where what came strays from what was expected by more than chance; else None."""
        whose = (self.clinic.department.pk, self.clinic.doctor.pk if self.clinic.doctor else None)
        hospital_id = self.clinic.department.hospital_id
        found = doctor_drifts(hospital_id=hospital_id, today=self.today, doctors=[whose]).get(whose)
        return found if found is not None and found.is_warning else None

    def _plans(self) -> QuerySet[CapacityPlan]:
        return CapacityPlan.objects.filter(session__in=self.clinic.sessions()).select_related("session")


def swept_values(problem: AllocationProblem) -> dict[str, list[float]]:
    """Ranges as wide as the paper's figures and beyond, the clinic's own value always among them."""
    terms = problem.terms
    steps = next(steps for largest, steps in STEPS_BY_RATED if terms.rated <= largest)
    lowest, highest = max(1, terms.rated // 2), min(LARGEST_RATED, terms.rated + terms.rated // 2 + 1)
    return {
        "no_show_advance": _with_own(np.linspace(0, 0.5, steps), terms.no_show_advance),
        "no_show_same_day": _with_own(np.linspace(0, 0.3, steps), terms.no_show_same_day),
        "rated": _with_own(np.rint(np.linspace(lowest, highest, steps)), terms.rated),
        "overload_cost": _with_own(np.linspace(1, 3, steps)[1:], terms.overload_cost),
    }


def _chances(mean: float, dispersion: float) -> NDArray[np.float64]:
    """P(d = 0), P(d = 1), … of one kind of demand, up to where a thousandth is left: Poisson, or negative binomial above 1."""
    # Loaded when it is needed: it would be a good part of the start of every process.
    from scipy import stats

    law = stats.nbinom(mean / (dispersion - 1), 1 / dispersion) if dispersion > 1 else stats.poisson(mean)
    return np.asarray(law.pmf(np.arange(int(law.ppf(1 - LEFT_OUT)) + 2)), dtype=np.float64)


def _with_own(values: NDArray[np.float64], own: float) -> list[float]:
    return sorted({*np.round(values, 6).tolist(), float(own)})
