"""What is known of a booking at the moment it is made, as numbers that a logistic regression can weigh.

Nothing here looks ahead: the lead time, the hour and the age stand on the booking itself; the history ends with the visits
of the day before; rates of departments and doctors come from the bookings that the model learns from.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A visit half a year ago says half as much as one of yesterday: long enough for patients who come twice a year.
HALF_LIFE_DAYS = 180.0
CHANNELS = ("advance", "same-day", "extra")
PERIODS = ("am", "pm", "eve", "day")
# The slope of the log-odds may change at each of these; between them it is straight in log(1 + days) and in years.
LEAD_KNOTS_DAYS = (0, 1, 2, 4, 7, 14, 21, 30, 45, 60, 90)
AGE_KNOTS_YEARS = (0, 10, 18, 25, 35, 45, 55, 65, 75)
# Taken for a patient of unknown age.
TYPICAL_AGE_YEARS = 40.0
HOUR_BANDS = (6, 8, 10, 12, 14, 16, 18, 20)
# A department's own past weighs as much as the hospital's rate after this many bookings; a doctor's as the department's.
RATE_PRIOR_BOOKINGS = 50.0


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """n bookings; every array has shape (n,).

    `lead_days` from booking to visit, 0 on the same day; `hour` of the booking and ISO `weekday` (1 Monday) of the visit at
    the hospital's clock; `age_years` NaN where unknown; `channel` and `period` are places in `CHANNELS` and `PERIODS`;
    `doctor` is 0 where there is none. `past_visits` and `past_missed` are the patient's decayed history before the booking.
    """

    lead_days: Integers
    hour: Integers
    weekday: Integers
    age_years: Floats
    channel: Integers
    period: Integers
    department: Integers
    doctor: Integers
    past_visits: Floats
    past_missed: Floats

    def __len__(self) -> int:
        return int(self.lead_days.size)

    def where(self, chosen: npt.NDArray[np.bool_ | np.int64]) -> "BookingFacts":
        """The chosen bookings only: a mask or places."""
        return BookingFacts(**{name: getattr(self, name)[chosen] for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Rates:
    """Miss rates as log-odds: of all bookings, and how far each department is from that, and each doctor from the department."""

    overall: float
    departments: Mapping[int, float]
    doctors: Mapping[int, float]


def decayed_history(
    patients: Integers, booked_days: Integers, visit_days: Integers, is_missed: Flags, *, half_life_days: float = HALF_LIFE_DAYS
) -> tuple[Floats, Floats]:
    """Each booking's past visits and misses of its patient, those d days before the booking counted as 2^(−d/half-life).

    All of shape (n,). The past is the visits before the booking's day. A patient's decayed count after the k-th visit is that
    after the one before, decayed by the gap, and one: worked out for the k-th visits of all patients at once, so that no
    power of 2 ever grows with the length of the history.
    """
    if not patients.size:
        return np.zeros(0), np.zeros(0)
    _, dense = np.unique(patients, return_inverse=True)
    first = min(int(visit_days.min()), int(booked_days.min()))
    span = max(int(visit_days.max()), int(booked_days.max())) - first + 1
    order = np.argsort(dense * span + (visit_days - first), kind="stable")
    keys = (dense * span + (visit_days - first))[order]
    owner, days, missed = dense[order], visit_days[order], is_missed[order]
    begins = np.searchsorted(owner, np.arange(owner[-1] + 1))
    rank = np.arange(owner.size) - begins[owner]
    after = np.empty((2, owner.size))
    for members in np.split(by_rank := np.argsort(rank, kind="stable"), np.cumsum(np.bincount(rank))[:-1]):
        after[:, members] = np.stack([np.ones(members.size), missed[members]])
        if rank[members[0]]:
            after[:, members] += after[:, members - 1] * 2.0 ** ((days[members - 1] - days[members]) / half_life_days)
    assert by_rank.size == owner.size
    ends = np.searchsorted(keys, dense * span + (booked_days - first), side="left")
    latest = np.maximum(ends - 1, 0)
    has_past = ends > begins[dense]
    fade = np.where(has_past, 2.0 ** (np.minimum(days[latest] - booked_days, 0) / half_life_days), 0.0)
    return after[0, latest] * fade, after[1, latest] * fade


def learn_rates(department: Integers, doctor: Integers, is_missed: Flags) -> Rates:
    """Rates, each drawn to the whole that it is part of by `RATE_PRIOR_BOOKINGS` bookings. Shapes (n,), n > 0."""
    overall = (float(is_missed.sum()) + 0.5) / (is_missed.size + 1)
    ids, place = np.unique(department, return_inverse=True)
    rates = _drawn(place, ids.size, is_missed, np.full(ids.size, overall))
    doctors, first, doctor_place = np.unique(doctor, return_index=True, return_inverse=True)
    # A doctor works in one department; where bookings say otherwise, the first one's rate is the one to be drawn to.
    home = rates[place[first]]
    own = logit(_drawn(doctor_place, doctors.size, is_missed, home)) - logit(home)
    return Rates(
        overall=float(logit(overall)),
        departments=dict(zip(ids.tolist(), (logit(rates) - logit(overall)).tolist(), strict=True)),
        doctors={key: value for key, value in zip(doctors.tolist(), own.tolist(), strict=True) if key},
    )


def _drawn(place: Integers, size: int, is_missed: Flags, towards: Floats) -> Floats:
    missed = np.bincount(place, weights=is_missed, minlength=size)
    booked = np.bincount(place, minlength=size)
    return (missed + RATE_PRIOR_BOOKINGS * towards) / (booked + RATE_PRIOR_BOOKINGS)


def rate_offsets(ids: Integers, offsets: Mapping[int, float]) -> Floats:
    """The offset of each id (n,); 0 for one that was never seen."""
    unique, place = np.unique(ids, return_inverse=True)
    return np.array([offsets.get(key, 0.0) for key in unique.tolist()])[place] if ids.size else np.zeros(0)


def design(facts: BookingFacts, *, department: Floats, doctor: Floats) -> tuple[list[str], Floats]:
    """The names of the columns and the columns, (n, number of names). The offsets are those of `rate_offsets`, (n,)."""
    lead = np.log1p(np.maximum(facts.lead_days, 0))
    is_ahead = facts.lead_days > 0
    columns: dict[str, npt.NDArray[np.generic]] = {"is_same_day": ~is_ahead}
    columns |= {f"log_lead_over_{knot}": np.maximum(lead - np.log1p(knot), 0) for knot in LEAD_KNOTS_DAYS}
    is_age_known = np.isfinite(facts.age_years)
    years = np.where(is_age_known, facts.age_years, TYPICAL_AGE_YEARS)
    columns["is_age_known"] = is_age_known
    columns |= {f"decades_over_{knot}": np.maximum(years - knot, 0) / 10 for knot in AGE_KNOTS_YEARS}
    columns |= {f"weekday_{day}": facts.weekday == day for day in range(1, 8)}
    band = np.searchsorted(HOUR_BANDS, facts.hour, side="right")
    columns |= {f"booked_from_{hour}": band == place for place, hour in enumerate((0, *HOUR_BANDS))}
    columns |= {f"channel_{name}": facts.channel == place for place, name in enumerate(CHANNELS)}
    columns |= {f"period_{name}": facts.period == place for place, name in enumerate(PERIODS)}
    visits, missed = np.log1p(facts.past_visits), np.log1p(facts.past_missed)
    columns |= {
        "is_first_visit": facts.past_visits == 0,
        "log_past_visits": visits,
        "log_past_missed": missed,
        # Who books for the same day comes, unless they are of those who often do not.
        "log_past_visits_same_day": np.where(is_ahead, 0, visits),
        "log_past_missed_same_day": np.where(is_ahead, 0, missed),
        "department": department,
        "doctor": doctor,
    }
    return list(columns), np.column_stack([column.astype(np.float64) for column in columns.values()])
