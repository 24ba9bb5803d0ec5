"""Which days people have off and which weekends they work (放假与调休), and what kind of day each is for the demand.

The State Council announces each year's days off and make-up workdays in the November before. Years that are not announced yet
have their statutory days only: nobody knows the make-up workdays. Announced years are those the `holidays` library has the
notice of, so the library is to be updated each December.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from capacity.numeric.forecasting import DayKind

DAY = timedelta(days=1)
SATURDAY = 5
# A break this long has an eve and a day after, on which people go who could not or would not go in between.
LONG_BREAK = 3
SPRING_FESTIVAL = ("春节", "农历除夕")
MAKE_UP_NOTE = "调休上班"
ESTIMATED = "（推定）"
# The lunar calendar of the library ends there.
FIRST_YEAR, LAST_YEAR = 2001, 2098


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """`note`: the festival, `调休上班`, or nothing."""

    kind: DayKind
    note: str = ""


def calendar_days(*, first: date, days: int, country: str = "CN") -> list[CalendarDay]:
    """One entry a day from `first` on. `country` is "CN", or "none" for a calendar without holidays."""
    if country == "none":
        return [CalendarDay(DayKind.ORDINARY)] * days
    return [_calendar_of(day.year).get(day, CalendarDay(DayKind.ORDINARY)) for day in _days(first, days)]


def kinds_of(calendar: list[CalendarDay]) -> np.ndarray:
    return np.array([day.kind for day in calendar], dtype=np.int64)


def is_announced(year: int) -> bool:
    """Whether the notice about the year's days off is known."""
    # Loaded when it is needed: the library comes with all countries, a good part of the start of every process.
    from holidays.countries.china import ChinaStaticHolidays

    return year <= max(ChinaStaticHolidays.special_public_holidays)


@lru_cache(maxsize=256)
def _calendar_of(year: int) -> dict[date, CalendarDay]:
    """The special days of a year, its breaks seen whole where they reach into its neighbours."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    from holidays.countries.china import China

    book: Any = China(years=[year - 1, year, year + 1], language="zh_CN")
    found = dict(_break_days(book, year))
    for day in book.weekend_workdays:
        # A workday next to a break keeps being one: it is worked because of the break.
        found[day] = CalendarDay(DayKind.MAKE_UP, MAKE_UP_NOTE)
    return {day: entry for day, entry in found.items() if day.year == year}


def _break_days(book: Any, year: int) -> dict[date, CalendarDay]:
    found: dict[date, CalendarDay] = {}
    day = date(year, 1, 1) - 14 * DAY
    while day <= date(year, 12, 31) + 14 * DAY:
        length = _length_of_break(book, day)
        off = [day + i * DAY for i in range(length)]
        if any(each in book for each in off):
            found |= _named(book, off)
        day += max(length, 1) * DAY
    return found


def _named(book: Any, off: list[date]) -> dict[date, CalendarDay]:
    """A break's days, its eve and the day after."""
    names = [book[each].split("（")[0] for each in off if each in book]
    names = list(dict.fromkeys(name for name in names if name and not name.startswith("休息日")))
    name = next((each for each in names if each in SPRING_FESTIVAL), names[0] if names else "节假日")
    is_festival = name in SPRING_FESTIVAL
    title = SPRING_FESTIVAL[0] if is_festival else name
    sure = "" if is_announced(off[0].year) else ESTIMATED
    of_weekday = DayKind.FESTIVAL if is_festival else DayKind.HOLIDAY
    found = {each: CalendarDay(DayKind.BREAK_WEEKEND if each.weekday() >= SATURDAY else of_weekday, title + sure) for each in off}
    if len(off) >= LONG_BREAK:
        found[off[0] - DAY] = CalendarDay(DayKind.EVE, title + "前" + sure)
        found[off[-1] + DAY] = CalendarDay(DayKind.AFTER, title + "后" + sure)
    return found


def _length_of_break(book: Any, day: date) -> int:
    """How many days without work follow one another from a day on; 0 where it is a workday."""
    length = 0
    while _is_off(book, day + length * DAY):
        length += 1
    return length


def _is_off(book: Any, day: date) -> bool:
    return day in book or (day.weekday() >= SATURDAY and day not in book.weekend_workdays)


def _days(first: date, days: int) -> list[date]:
    return [first + i * DAY for i in range(days)]
