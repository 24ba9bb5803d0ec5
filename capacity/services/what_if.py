"""What if: a clinic as it is, as far as its plan and its past tell, and two scenarios of it side by side."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Avg, Count, QuerySet, StdDev

from booking.models import Channel, ConsultationPace, QueueEntry, QueueState
from booking.queue_selectors import FEWEST_TIMED
from booking.queue_wait import COEFFICIENT_OF_VARIATION
from capacity.models import CapacityPlan
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation import Punctuality, SessionOutcome, SessionScenario, simulate
from capacity.selectors.clinics import Clinic
from capacity.selectors.kept_inputs import kept_inputs
from capacity.services.wait_calibration import LONGEST_MINUTES, PACE_DAYS, SHORTEST_MINUTES, MinutesBetween
from hospitals.models import ClinicSession

# The paper's clinic, where nothing is known of the own one: its two means for 20 seats, its correlation and no-shows.
RATED, MEAN_PER_SEAT, CORRELATION = 20, 0.75, 0.2
NO_SHOW_ADVANCE, NO_SHOW_SAME_DAY = 0.2, 0.05
SESSION_MINUTES, WINDOW_MINUTES = 240.0, 30.0
# Patients tend to come early and scatter by about a quarter of an hour (Cayirli & Veral 2003, section 3.2).
LATENESS_MEAN, LATENESS_DEVIATION = -10.0, 15.0
# Real consultations to draw from: the last ones, as many as a page can go through at once.
MOST_SAMPLES = 1000
# Replications: enough for a wait told to half a minute, few enough that the page answers within two seconds.
REPLICATIONS, FEWEST_REPLICATIONS, SEATS_TOGETHER = 2000, 250, 150_000
SEED = 20170312


@dataclass(frozen=True, slots=True)
class KnownClinic:
    """A clinic's numbers, each with where it comes from (Chinese, for staff); `samples` are minutes of its consultations."""

    scenario: SessionScenario
    sources: tuple[tuple[str, str], ...]
    samples: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    now: SessionOutcome
    changed: SessionOutcome


def compare(*, now: SessionScenario, changed: SessionScenario) -> Comparison:
    """Simulate both with the same chances, so that their difference is the change and not luck; the same answer each time."""
    replications = min(_replications(now), _replications(changed))
    outcomes = [simulate(scenario, replications=replications, rng=np.random.default_rng(SEED)) for scenario in (now, changed)]
    return Comparison(*outcomes)


def known_clinic(clinic: Clinic | None, *, at: datetime) -> KnownClinic:
    """What is known of a clinic on `at`; without one the paper's. A constant number of queries."""
    if clinic is None:
        return KnownClinic(_paper(), (("全部数字", "没有选定门诊，采用文献中的算例"),), ())
    sources: list[tuple[str, str]] = []
    scenario = _paper()
    session = _session(clinic, at)
    if session is not None:
        scenario = _as_laid_out(scenario, session)
        sources.append(("号源与时段", f"{session.visit_date:%Y-%m-%d} 班次"))
    scenario, source = _as_estimated(scenario, clinic)
    sources.append(("需求与爽约率", source))
    samples = _consultations(clinic, at)
    scenario, source = _as_timed(scenario, clinic, samples)
    sources.append(("就诊时长", source))
    scenario, source = _as_punctual(scenario, clinic, at)
    sources.append(("到达时间", source))
    return KnownClinic(scenario, tuple(sources), samples)


def _paper() -> SessionScenario:
    return SessionScenario(
        rated=RATED,
        advance=14,
        extra=4,
        mean_advance=MEAN_PER_SEAT * RATED,
        mean_same_day=MEAN_PER_SEAT * RATED,
        correlation=CORRELATION,
        no_show_advance=NO_SHOW_ADVANCE,
        no_show_same_day=NO_SHOW_SAME_DAY,
        session_minutes=SESSION_MINUTES,
        window_minutes=WINDOW_MINUTES,
        service=ServiceTimes.lognormal(mean_minutes=SESSION_MINUTES / RATED, cv=COEFFICIENT_OF_VARIATION),
        punctuality=Punctuality(mean_minutes=LATENESS_MEAN, deviation_minutes=LATENESS_DEVIATION),
    )


def _session(clinic: Clinic, at: datetime) -> ClinicSession | None:
    """The next one, or the last there was."""
    sessions = clinic.sessions().prefetch_related("slots")
    coming = sessions.filter(starts_at__gt=at).order_by("starts_at", "pk").first()
    return coming or sessions.order_by("-starts_at", "-pk").first()


def _as_laid_out(scenario: SessionScenario, session: ClinicSession) -> SessionScenario:
    minutes = (session.ends_at - session.starts_at).total_seconds() / 60
    slots = list(session.slots.all())
    window = min(((slot.ends_at - slot.starts_at).total_seconds() / 60 for slot in slots[:1]), default=WINDOW_MINUTES)
    return replace(
        scenario,
        rated=session.rated_capacity,
        advance=session.advance_quota,
        extra=session.extra_quota,
        mean_advance=MEAN_PER_SEAT * session.rated_capacity,
        mean_same_day=MEAN_PER_SEAT * session.rated_capacity,
        session_minutes=minutes,
        window_minutes=min(window, minutes),
        service=ServiceTimes.lognormal(mean_minutes=minutes / session.rated_capacity, cv=COEFFICIENT_OF_VARIATION),
    )


def _as_estimated(scenario: SessionScenario, clinic: Clinic) -> tuple[SessionScenario, str]:
    plan = CapacityPlan.objects.filter(session__in=clinic.sessions().values("pk")).order_by("-created_at", "-pk").first()
    if plan is None:
        return scenario, "还没有号源方案，按文献中的默认值"
    inputs = kept_inputs(plan)
    estimated = replace(
        scenario,
        mean_advance=inputs.mean_advance.value,
        mean_same_day=inputs.mean_same_day.value,
        correlation=inputs.correlation,
        no_show_advance=inputs.no_show_advance.value,
        no_show_same_day=inputs.no_show_same_day.value,
    )
    return estimated, f"{plan.created_at:%Y-%m-%d} 的号源方案，{inputs.sessions} 个历史班次"


def _seen_lately(clinic: Clinic, at: datetime) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(
        hospital_id=clinic.department.hospital_id,
        session__department=clinic.department,
        session__doctor=clinic.doctor,
        finished_at__range=(at - timedelta(days=PACE_DAYS), at),
    )


def _consultations(clinic: Clinic, at: datetime) -> tuple[float, ...]:
    minutes = (
        _seen_lately(clinic, at)
        .filter(state=QueueState.FINISHED, called_at__isnull=False)
        .annotate(minutes=MinutesBetween("called_at", "finished_at"))
        .filter(minutes__gte=SHORTEST_MINUTES, minutes__lte=LONGEST_MINUTES)
        .order_by("-finished_at", "-pk")
        .values_list("minutes", flat=True)[:MOST_SAMPLES]
    )
    found = tuple(float(one) for one in minutes)
    return found if len(found) >= FEWEST_TIMED else ()


def _as_timed(scenario: SessionScenario, clinic: Clinic, samples: tuple[float, ...]) -> tuple[SessionScenario, str]:
    pace = ConsultationPace.objects.filter(
        hospital=clinic.department.hospital_id,
        department=clinic.department,
        doctor=clinic.doctor,
        consultations__gte=FEWEST_TIMED,
    ).first()
    if pace is not None:
        timed = ServiceTimes.lognormal(mean_minutes=pace.mean_minutes, cv=min(pace.cv, 10.0))
        return replace(scenario, service=timed), f"实测 {pace.consultations} 次就诊"
    if samples:
        measured = ServiceTimes.empirical(samples=samples)
        timed = ServiceTimes.lognormal(mean_minutes=measured.mean_minutes, cv=measured.cv)
        return replace(scenario, service=timed), f"实测 {len(samples)} 次就诊"
    return scenario, f"实测不足 {FEWEST_TIMED} 次：平均值按班次时长 ÷ 额定号源，变异系数按文献"


def _as_punctual(scenario: SessionScenario, clinic: Clinic, at: datetime) -> tuple[SessionScenario, str]:
    found = (
        _seen_lately(clinic, at)
        .filter(appointment__channel=Channel.ADVANCE, appointment__slot__isnull=False)
        # Who came back with results arrived twice.
        .filter(is_return_visit=False)
        .annotate(late=MinutesBetween("appointment__slot__starts_at", "arrived_at"))
        .aggregate(count=Count("pk"), mean=Avg("late"), deviation=StdDev("late"))
    )
    if found["count"] < FEWEST_TIMED:
        return scenario, f"签到不足 {FEWEST_TIMED} 次，按文献：平均早到 10 分钟，标准差 15 分钟"
    habits = Punctuality(
        mean_minutes=float(np.clip(found["mean"], -120, 120)), deviation_minutes=float(min(found["deviation"], 120))
    )
    return replace(scenario, punctuality=habits), f"{found['count']} 次签到"


def _replications(scenario: SessionScenario) -> int:
    return max(FEWEST_REPLICATIONS, min(REPLICATIONS, SEATS_TOGETHER // scenario.most_numbers))
