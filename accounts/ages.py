"""Ages in full years, and the ages at which the law treats a person differently."""

import datetime as dt

# Personal Information Protection Law, art. 28 and 31: data of children under 14 is sensitive, a parent consents separately.
MINOR_UNDER_YEARS = 14
# Resident Identity Card Law, art. 2: everyone from 16 on applies for a card; before, the guardian's may stand in.
CARD_COMPULSORY_YEARS = 16
ADULT_YEARS = 18
# The longest documented life is 122 years.
OLDEST_AGE_YEARS = 130


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Full years on `day`; born on 29 February means a year older from 1 March on.

    >>> age_on(dt.date(2012, 2, 29), dt.date(2025, 2, 28))
    12
    """
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
