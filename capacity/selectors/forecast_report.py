"""What the page of the forecasts shows: one series with its last weeks, all series with their errors, the suggestions."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from capacity.calendar import CalendarDay, calendar_days
from capacity.models import DailyForecast, ForecastSeries, SessionSuggestion
from capacity.services.daily_demand import daily_demand
from hospitals.models import Hospital

# As many weeks back as the night looks ahead.
SHOWN_DAYS = 56


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of the past, with what came, or of the future, with its forecast."""

    date: date
    note: str
    actual: int | None = None
    forecast: DailyForecast | None = None


@dataclass(frozen=True)
class ForecastReport:
    """The forecasts of one hospital; `series` is the one shown, None where there is none yet."""

    hospital: Hospital
    series: ForecastSeries | None

    @cached_property
    def all_series(self) -> list[ForecastSeries]:
        """The hospital's own first, then its departments as they are listed elsewhere."""
        found = ForecastSeries.objects.filter(hospital=self.hospital).select_related("department")
        return sorted(found, key=lambda each: (each.department is not None, each.department.name if each.department else ""))

    @cached_property
    def days(self) -> list[ShownDay]:
        if self.series is None:
            return []
        return [*self._past(self.series), *(ShownDay(day.date, day.day_note, forecast=day) for day in self.series.days.all())]

    @cached_property
    def suggestions(self) -> list[SessionSuggestion]:
        """Those that nobody has dismissed, the next week first."""
        found = SessionSuggestion.objects.filter(hospital=self.hospital, dismissed_at__isnull=True)
        return list(found.select_related("department").order_by("week", "department__name", "pk"))

    def _past(self, series: ForecastSeries) -> list[ShownDay]:
        count = min(SHOWN_DAYS, series.history_days)
        since = series.history_until - timedelta(days=count - 1)
        demand = daily_demand(hospital=self.hospital, since=since, until=series.history_until, department_id=series.department_id)
        by_day: dict[date, int] = {}
        for (_, day), number in demand.items():
            by_day[day] = by_day.get(day, 0) + number
        notes: list[CalendarDay] = calendar_days(first=since, days=count)
        days = [since + timedelta(days=i) for i in range(count)]
        return [ShownDay(day, entry.note, actual=by_day.get(day, 0)) for day, entry in zip(days, notes, strict=True)]
