"""What a booking must satisfy: one small function a rule, in the order in which a patient should hear about them."""

from collections.abc import Callable, Sequence

from accounts.errors import Refusal
from booking.rules.attempt import Attempt, HotSeats, LiveBooking, Pause
from booking.rules.caps import (
    not_booked_already,
    under_day_cap,
    under_department_day_cap,
    under_quarter_cap,
    under_week_cap,
)
from booking.rules.patient import age_is_accepted, booking_is_not_paused, cancels_seldom, sex_is_accepted
from booking.rules.privileges import early_share_is_left, hot_is_open_to_tier, reserve_is_kept, visit_is_far_enough
from booking.rules.session import session_is_open, window_has_a_seat

RULES: tuple[Callable[[Attempt], Refusal | None], ...] = (
    booking_is_not_paused,
    cancels_seldom,
    age_is_accepted,
    sex_is_accepted,
    not_booked_already,
    hot_is_open_to_tier,
    visit_is_far_enough,
    session_is_open,
    early_share_is_left,
    reserve_is_kept,
    window_has_a_seat,
    under_department_day_cap,
    under_day_cap,
    under_week_cap,
    under_quarter_cap,
)

# For whom the hospital called off: pauses, caps and tiers are about what patients do, and this was not their doing. A hot
# session that is not out for everyone still gives no more than its early share.
RULES_AFTER_SUSPENSION: tuple[Callable[[Attempt], Refusal | None], ...] = (
    age_is_accepted,
    sex_is_accepted,
    not_booked_already,
    session_is_open,
    early_share_is_left,
    window_has_a_seat,
)

# Another window of the session that is booked already: no further seat of it is taken, so no tier is asked for it again.
RULES_WITHIN_SESSION: tuple[Callable[[Attempt], Refusal | None], ...] = tuple(
    rule for rule in RULES if rule not in (hot_is_open_to_tier, visit_is_far_enough, early_share_is_left, reserve_is_kept)
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


__all__ = [
    "RULES",
    "RULES_AFTER_SUSPENSION",
    "RULES_WITHIN_SESSION",
    "Attempt",
    "HotSeats",
    "LiveBooking",
    "Pause",
    "enforce",
    "raise_first",
    "refusals",
]
