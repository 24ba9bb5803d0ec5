"""Months as their first days."""

from datetime import date


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def months_back(month: date, count: int) -> date:
    """The first day of the month `count` months before (after, where negative) the month of `month`."""
    ordinal = month.year * 12 + month.month - 1 - count
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Every month from that of `first` to that of `last`, both included; none where they are the wrong way round."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [months_back(first, -step) for step in range(count + 1)]
