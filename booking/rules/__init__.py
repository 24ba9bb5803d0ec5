"""What a booking must satisfy: one small function a rule, in the order in which a patient should hear about them."""

from collections.abc import Callable, Sequence

from accounts.errors import Refusal
from booking.rules.attempt import Attempt, LiveBooking
from booking.rules.caps import (
    not_booked_already,
    under_day_cap,
    under_department_day_cap,
    under_quarter_cap,
    under_week_cap,
)
from booking.rules.patient import age_is_accepted, booking_is_not_paused, cancels_seldom, sex_is_accepted
from booking.rules.session import session_is_open, window_has_a_seat

RULES: tuple[Callable[[Attempt], Refusal | None], ...] = (
    booking_is_not_paused,
    cancels_seldom,
    age_is_accepted,
    sex_is_accepted,
    not_booked_already,
    session_is_open,
    window_has_a_seat,
    under_department_day_cap,
    under_day_cap,
    under_week_cap,
    under_quarter_cap,
)

# For whom the hospital called off: pauses and caps are about what patients do, and this was not their doing.
RULES_AFTER_SUSPENSION: tuple[Callable[[Attempt], Refusal | None], ...] = (
    age_is_accepted,
    sex_is_accepted,
    not_booked_already,
    session_is_open,
    window_has_a_seat,
)


def refusals(attempt: Attempt, rules: Sequence[Callable[[Attempt], Refusal | None]] = RULES) -> list[Refusal]:
    """Every reason against the booking, the first to be told first; empty where it may go ahead."""
    return [refusal for rule in rules if (refusal := rule(attempt)) is not None]


def enforce(attempt: Attempt, rules: Sequence[Callable[[Attempt], Refusal | None]] = RULES) -> None:
    """Raise the first refusal, with the others in its detail."""
    raise_first(refusals(attempt, rules))


def raise_first(found: Sequence[Refusal]) -> None:
    """Raise the first of the refusals that were found, where there are any, with the others in its detail."""
    if found:
        first, *others = found
        if others:
            first.detail["others"] = others
        raise first


__all__ = ["RULES", "RULES_AFTER_SUSPENSION", "Attempt", "LiveBooking", "enforce", "raise_first", "refusals"]
