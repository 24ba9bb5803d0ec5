"""What is known of a session on the morning of its day: who has a number, how likely each is to come, who asked already."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from booking.models import LIVE_STATUSES, Appointment, AppointmentStatus, Channel, RefusedAttempt

ON_THE_DAY = (Channel.SAME_DAY, Channel.EXTRA)
# They are here.
PRESENT = (AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN)


@dataclass(slots=True)
class MorningFacts:
    """Chances to show up of those who hold a number, by channel; None where nothing is known of the patient.

    `refused` are patients who asked for a number on the day and got none.
    """

    advance: list[float | None] = field(default_factory=list)
    same_day: list[float | None] = field(default_factory=list)
    refused: int = 0

    @property
    def asked_today(self) -> int:
        return len(self.same_day) + self.refused

    @property
    def without_estimate(self) -> int:
        return sum(chance is None for chance in (*self.advance, *self.same_day))

    def chances(self, *, no_show_advance: float, no_show_same_day: float) -> tuple[list[float], list[float]]:
        """(advance, same-day) with the clinic's own rates where nothing better is known."""
        return _filled(self.advance, 1 - no_show_advance), _filled(self.same_day, 1 - no_show_same_day)


def morning_facts(session_ids: Collection[int]) -> dict[int, MorningFacts]:
    """By session, in two queries."""
    facts: defaultdict[int, MorningFacts] = defaultdict(MorningFacts)
    held = Appointment.objects.filter(session__in=session_ids, status__in=LIVE_STATUSES).order_by("pk")
    for session_id, channel, status, miss in held.values_list("session_id", "channel", "status", "miss_probability"):
        chance = 1.0 if status in PRESENT else None if miss is None else 1 - miss
        (facts[session_id].same_day if channel in ON_THE_DAY else facts[session_id].advance).append(chance)
    for session_id, patients in _refused(session_ids).items():
        facts[session_id].refused = patients
    return facts


def _refused(session_ids: Collection[int]) -> Counter[int]:
    """Whoever was refused first and got a number after all asked once: counted with those who hold one."""
    holders = Appointment.objects.filter(session__in=session_ids, status__in=LIVE_STATUSES).values_list(
        "session_id", "patient_id"
    )
    refused = RefusedAttempt.objects.filter(session__in=session_ids, channel__in=ON_THE_DAY)
    patients = set(refused.values_list("session_id", "patient_id")) - set(holders)
    return Counter(session_id for session_id, _ in patients)


def _filled(chances: list[float | None], otherwise: float) -> list[float]:
    return [otherwise if chance is None else chance for chance in chances]
