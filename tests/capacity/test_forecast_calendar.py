"""Days off and make-up workdays, held against the State Council's notices."""

from datetime import date, timedelta

import pytest

from capacity.calendar import calendar_days, is_announced
from capacity.numeric.forecasting import DayKind


def days(first, last):
    return calendar_days(first=first, days=(last - first).days + 1)


def kinds(first, last):
    return [day.kind.name for day in days(first, last)]


def test_the_spring_festival_of_2026():
    """Off from 15 to 23 February, at work on Saturdays 14 and 28."""
    assert kinds(date(2026, 2, 13), date(2026, 2, 25)) == [
        "ORDINARY",
        "MAKE_UP",
        "BREAK_WEEKEND",
        *["FESTIVAL"] * 5,
        *["BREAK_WEEKEND"] * 2,
        "FESTIVAL",
        "AFTER",
        "ORDINARY",
    ]
    assert {day.note for day in days(date(2026, 2, 15), date(2026, 2, 23))} == {"春节"}
    assert days(date(2026, 2, 28), date(2026, 2, 28))[0].note == "调休上班"


def test_the_national_day_of_2025_with_the_mid_autumn_festival():
    """Off from 1 to 8 October; at work on 28 September, which is no eve, and on 11 October."""
    assert kinds(date(2025, 9, 28), date(2025, 10, 11)) == [
        "MAKE_UP",
        "ORDINARY",
        "EVE",
        *["HOLIDAY"] * 3,
        *["BREAK_WEEKEND"] * 2,
        *["HOLIDAY"] * 3,
        "AFTER",
        "ORDINARY",
        "MAKE_UP",
    ]


def test_a_break_over_the_turn_of_the_year_is_seen_from_both():
    assert kinds(date(2025, 12, 30), date(2026, 1, 5)) == [
        "ORDINARY",
        "EVE",
        "HOLIDAY",
        "HOLIDAY",
        "BREAK_WEEKEND",
        "MAKE_UP",
        "ORDINARY",
    ]


def test_a_single_day_off_has_no_eve():
    """New Year's Day 2020 was a Wednesday."""
    assert kinds(date(2019, 12, 31), date(2020, 1, 2)) == ["ORDINARY", "HOLIDAY", "ORDINARY"]


def test_years_without_a_notice_have_their_statutory_days_marked_as_supposed():
    year = next(year for year in range(2026, 2098) if not is_announced(year))
    first = days(date(year, 1, 1), date(year, 1, 1))[0]
    assert first.note == "元旦（推定）"
    assert first.kind != DayKind.ORDINARY
    assert "MAKE_UP" not in kinds(date(year, 1, 10), date(year, 12, 20))


def test_no_calendar_at_all():
    assert {day.kind for day in calendar_days(first=date(2026, 10, 1), days=7, country="none")} == {DayKind.ORDINARY}


@pytest.mark.parametrize("first", [date(1900, 1, 1), date(9990, 1, 1)])
def test_years_that_nobody_knows_are_ordinary(first):
    assert {day.kind for day in calendar_days(first=first, days=400)} == {DayKind.ORDINARY}


def test_an_ordinary_week_is_ordinary():
    assert kinds(date(2026, 8, 3), date(2026, 8, 3) + timedelta(days=6)) == ["ORDINARY"] * 7
