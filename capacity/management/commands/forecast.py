"""Forecast a series of daily counts from a file. Needs no database."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError, CommandParser

from capacity.calendar import CalendarDay, calendar_days, kinds_of
from capacity.daily_counts import BadDailyCounts, DailyCounts, read_daily_counts
from capacity.management.plot_file import check_plot, write_plot
from capacity.numeric.errors import InvalidInput
from capacity.numeric.forecasting import LONGEST_HORIZON, Backtest, DailyHistory, DayKind, Forecast, foretell
from hospitals.operator_command import BAD_INPUT, OperatorCommand

DIGITS = 4

DESCRIPTION = """\
Forecast the days after the last one of a CSV file with a header and the columns date and value (UTF-8 or GB18030, plain
or .gz, rows in any order). Days without a row or with an empty value are unknown; values are counts, never negative.

The model (weekday means, exponential smoothing, their combination, or the seasonal-naive baseline: last week again) is the
one with the smallest rolling-origin error. Intervals are meant to hold nine days of ten. The backtest says what the whole
procedure came to on past days: WAPE, the sum of the absolute errors divided by the sum of what came. A history of less
than four weeks repeats its last week.

With --holidays CN, Chinese holidays, the days around them and make-up workdays (放假与调休) are effects of their own, as
far as they are announced; later ones have their statutory days only.

Exit status: 0 forecast, 2 a bad file or option, or a plot that cannot be written."""


class Command(OperatorCommand):
    help = DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", type=Path, help="the daily counts")
        parser.add_argument("--horizon", type=int, default=28, metavar="DAYS", help=f"days ahead, 1 to {LONGEST_HORIZON} (28)")
        parser.add_argument("--holidays", choices=["CN", "none"], default="CN", help="whose calendar counts (CN)")
        parser.add_argument("--date-column", default="date", metavar="NAME", help="the column of the days (date)")
        parser.add_argument("--value-column", default="value", metavar="NAME", help="the column of the counts (value)")
        parser.add_argument("--plot", type=Path, metavar="FILE.png|svg", help="draw it, and replace a file of that name")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")

    def handle(self, *, file: Path, horizon: int, plot: Path | None, json: bool, **options: Any) -> None:
        if not 1 <= horizon <= LONGEST_HORIZON:
            raise CommandError(f"--horizon {horizon} is not from 1 to {LONGEST_HORIZON} days", returncode=BAD_INPUT)
        check_plot(plot)
        counts = _counts(file, options["date_column"], options["value_column"])
        calendar = _calendar(counts, horizon, options["holidays"])
        if counts.missing:
            self.stderr.write(f"Warning: {counts.missing} of {counts.values.size} days are unknown", style_func=str)
        self.show_progress("forecasting …")
        try:
            found = foretell(DailyHistory(counts.values, kinds_of(calendar), counts.first.weekday()))
        except InvalidInput as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        finally:
            self.show_progress("")
        ahead = calendar[counts.values.size :]
        if plot is not None:
            # Not for those who want no picture: the library takes its time.
            from capacity.management.forecast_plot import drawing

            write_plot(plot, drawing(counts, found, plot))
        self.stdout.write(_as_json(counts, ahead, found) if json else _as_table(counts, ahead, found))


def _counts(path: Path, date_column: str, value_column: str) -> DailyCounts:
    try:
        return read_daily_counts(path, date_column=date_column, value_column=value_column)
    except BadDailyCounts as error:
        # One line, whatever the file is called.
        raise CommandError(f"{path}: {error}".replace("\n", r"\n"), returncode=BAD_INPUT) from error


def _calendar(counts: DailyCounts, horizon: int, country: str) -> list[CalendarDay]:
    try:
        counts.last + timedelta(days=horizon)
    except OverflowError as error:
        raise CommandError(f"{horizon} days after {counts.last} there is no date", returncode=BAD_INPUT) from error
    return calendar_days(first=counts.first, days=counts.values.size + horizon, country=country)


def _days(counts: DailyCounts, horizon: int) -> list[date]:
    return [counts.last + timedelta(days=i + 1) for i in range(horizon)]


def _as_json(counts: DailyCounts, ahead: list[CalendarDay], found: Forecast) -> str:
    days = [day.isoformat() for day in _days(counts, len(ahead))]
    rows = zip(days, ahead, _rounded(found.mean), _rounded(found.lower), _rounded(found.upper), strict=True)
    made = {
        "model": found.model,
        "forecast": [
            {"date": day, "mean": mean, "lower": lower, "upper": upper} | ({"note": entry.note} if entry.note else {})
            for day, entry, mean, lower, upper in rows
        ],
        "baseline": [{"date": day, "mean": mean} for day, mean in zip(days, _rounded(found.baseline), strict=True)],
        "backtest": _backtest(counts, found.backtest),
        "history": {
            "first": counts.first.isoformat(),
            "last": counts.last.isoformat(),
            "days": int(counts.values.size),
            "missing": counts.missing,
        },
        "effects": _effects(found),
    }
    return json.dumps(made, ensure_ascii=False, allow_nan=False)


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]


def _backtest(counts: DailyCounts, backtest: Backtest | None) -> dict[str, Any]:
    """Empty errors, and why, where the history is too short."""
    if backtest is None:
        reason = "a history of less than four weeks cannot be tested"
        return {"wape": None, "baseline_wape": None, "coverage": None, "reason": reason}
    return {
        "wape": backtest.error,
        "baseline_wape": backtest.baseline_error,
        "coverage": backtest.coverage,
        "horizon_days": backtest.horizon,
        "origins": backtest.origins,
        "first": (counts.first + timedelta(days=backtest.first_day)).isoformat(),
        "last": (counts.first + timedelta(days=backtest.last_day)).isoformat(),
        "models": backtest.errors,
    }


def _effects(found: Forecast) -> dict[str, dict[str, float | int]]:
    """What the kinds of special days come to, as shares of ordinary days; only those that the history has."""
    return {
        kind.name.lower().replace("_", "-"): {"ratio": round(float(found.ratios[kind]), DIGITS), "days": int(found.counts[kind])}
        for kind in DayKind
        if kind != DayKind.ORDINARY and found.counts[kind]
    }


def _as_table(counts: DailyCounts, ahead: list[CalendarDay], found: Forecast) -> str:
    lines = [f"{'date':10}  {'':3}  {'mean':>9}  {'lower':>9}  {'upper':>9}  {'baseline':>9}"]
    for day, entry, *values in zip(
        _days(counts, len(ahead)), ahead, found.mean, found.lower, found.upper, found.baseline, strict=True
    ):
        cells = "  ".join(f"{value:9.1f}" for value in values)
        lines.append(f"{day}  {day:%a}  {cells}  {entry.note}".rstrip())
    lines.append(f"model: {found.model}, from {counts.values.size} days, {counts.first} to {counts.last}")
    return "\n".join([*lines, _in_words(found.backtest)])


def _in_words(backtest: Backtest | None) -> str:
    if backtest is None:
        return "no backtest: a history of less than four weeks cannot be tested"
    origins = f"{backtest.origins} origins, {backtest.horizon} days ahead"
    if backtest.error is None or backtest.baseline_error is None:
        return f"backtest ({origins}): nothing came at all, so there is no error to speak of"
    held = "" if backtest.coverage is None else f", {backtest.coverage:.0%} within the interval"
    return f"backtest ({origins}): WAPE {backtest.error:.1%}, baseline {backtest.baseline_error:.1%}{held}"
