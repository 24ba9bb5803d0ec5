"""Whether the range that patients were told held, by month and department, and how long consultations take."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from booking.models import ConsultationPace, QueueEntry, WaitCalibration
from booking.queue_selectors import FEWEST_TIMED
from capacity.numeric.queueing import QueueEstimate, mg1
from capacity.selectors.wait_calibrations import DepartmentCalibration, department_calibrations
from capacity.services.wait_calibration import MinutesBetween
from hospitals.models import ClinicSession, Hospital, SessionStatus

# What the page looks back on.
MONTHS = 12
# How busy a doctor's hours are is taken from the sessions of the last quarter.
LOAD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Held:
    """How many told ranges held, how many waits ended before or after them, and how wide they were on average (minutes)."""

    told: int
    held: int
    earlier: int
    later: int
    width_minutes: float | None
    waited_minutes: float | None

    @property
    def share(self) -> float | None:
        return self.held / self.told if self.told else None


@dataclass(frozen=True, slots=True)
class PaceRow:
    """A doctor's consultations and the steady wait behind them; `load` is None where no session of late says how many come."""

    pace: ConsultationPace
    is_used: bool
    load: QueueEstimate | None


@dataclass(frozen=True, slots=True)
class WaitQuality:
    """One hospital's forecasts since `first`, a first of month; `months` has every month until now."""

    hospital: Hospital
    first: date
    months: list[date]
    total: Held
    by_month: dict[date, Held]
    departments: list[DepartmentCalibration]
    by_department_and_month: list[tuple[str, date, Held]]
    calibration: WaitCalibration | None
    paces: list[PaceRow]


def wait_quality(*, hospital: Hospital, now: datetime) -> WaitQuality:
    """Read it in a constant number of queries."""
    today = now.astimezone(hospital.zone).date()
    months = [_month_before(today, back) for back in range(MONTHS - 1, -1, -1)]
    told = _told(hospital, months[0], now)
    by_both = _grouped(told, "session__department__name", "month")
    return WaitQuality(
        hospital=hospital,
        first=months[0],
        months=months,
        total=_held(told.aggregate(**_COUNTS)),
        by_month={month: held for (month,), held in _grouped(told, "month")},
        departments=department_calibrations(hospital=hospital, now=now),
        by_department_and_month=[(name, month, held) for (name, month), held in by_both],
        calibration=WaitCalibration.objects.filter(hospital=hospital).first(),
        paces=_paces(hospital, now),
    )


_WITHIN = Q(waited__gte=F("told_low_minutes"), waited__lte=F("told_high_minutes"))
_COUNTS = {
    "told": Count("pk"),
    "held": Count("pk", filter=_WITHIN),
    "earlier": Count("pk", filter=Q(waited__lt=F("told_low_minutes"))),
    "later": Count("pk", filter=Q(waited__gt=F("told_high_minutes"))),
    "width_minutes": Avg(F("told_high_minutes") - F("told_low_minutes")),
    "waited_minutes": Avg("waited"),
}


def _told(hospital: Hospital, first: date, now: datetime) -> QuerySet[QueueEntry]:
    """Whoever was told a range and then called."""
    since = datetime(first.year, first.month, 1, tzinfo=hospital.zone)
    return (
        QueueEntry.objects.filter(hospital=hospital, told_at__range=(since, now), first_called_at__isnull=False)
        .annotate(waited=MinutesBetween("told_at", "first_called_at"))
        .annotate(month=TruncMonth("told_at", tzinfo=hospital.zone))
    )


def _grouped(told: QuerySet[QueueEntry], *names: str) -> list[tuple[tuple, Held]]:
    rows = told.values(*names).annotate(**_COUNTS).order_by(*names)
    return [(tuple(_day(row.pop(name)) for name in names), _held(row)) for row in rows]


def _day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


def _held(row: dict) -> Held:
    return Held(**row)


def _month_before(day: date, back: int) -> date:
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _paces(hospital: Hospital, now: datetime) -> list[PaceRow]:
    paces = (
        ConsultationPace.objects.filter(hospital=hospital)
        .select_related("department", "doctor")
        .order_by("department__code", "doctor__code", "pk")
    )
    per_hour = _seen_per_hour(hospital, now)
    return [
        PaceRow(
            pace=pace,
            is_used=pace.consultations >= FEWEST_TIMED,
            load=_load(pace, per_hour.get((pace.department_id, pace.doctor_id))),
        )
        for pace in paces
    ]


def _load(pace: ConsultationPace, per_hour: float | None) -> QueueEstimate | None:
    # A department's own sessions have as many rooms as are open: not one server.
    if per_hour is None or pace.doctor_id is None:
        return None
    return mg1(arrivals_per_hour=per_hour, service_minutes=pace.mean_minutes, service_cv=min(pace.cv, 100.0))


def _seen_per_hour(hospital: Hospital, now: datetime) -> dict[tuple[int, int | None], float]:
    """Numbers given per hour of opening, by department and doctor, over the closed sessions of the last quarter."""
    rows = (
        ClinicSession.objects.filter(
            hospital=hospital, status=SessionStatus.CLOSED, starts_at__range=(now - timedelta(days=LOAD_DAYS), now)
        )
        .values("department_id", "doctor_id")
        .annotate(
            given=Sum(F("advance_taken") + F("same_day_taken") + F("extra_taken")),
            minutes=Sum(MinutesBetween("starts_at", "ends_at")),
        )
        .order_by()
    )
    return {(row["department_id"], row["doctor_id"]): 60 * row["given"] / row["minutes"] for row in rows}
