"""Substitutes (替诊): which session may take a suspended one's patients, and a seat in it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.errors import Refusal
from booking.models import Appointment, Channel
from hospitals.models import ClinicSession, Doctor, DoctorTitle, SessionStatus, Slot
from hospitals.services.windows import carry_unused_seats

# From the best to the rest.
_RANKS: dict[str, int] = {title: rank for rank, title in enumerate(DoctorTitle)}


class SubstituteUnfit(Refusal):
    """The session cannot stand in for the suspended one."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A window with room, and the channel in which its seat is taken."""

    slot: Slot
    channel: Channel


def why_unfit(*, session: ClinicSession, substitute: ClinicSession, now: datetime) -> str:
    """Say in words for staff what speaks against a substitute; empty where it is fit.

    It is another session of the department on the same day, by a doctor of the same title or a better one, not over, with room.
    """
    objections = {
        "就是停诊的班次本身": substitute.pk == session.pk,
        "不是同一科室": substitute.department_id != session.department_id,
        "不在同一天": substitute.visit_date != session.visit_date,
        "已停诊或已结束": substitute.status != SessionStatus.ACTIVE or now >= substitute.ends_at,
        "医生职称低于原医生": not _is_as_good(substitute.doctor, session.doctor),
        "没有空余号源": substitute.rated_left <= 0,
    }
    return next((words for words, applies in objections.items() if applies), "")


def _is_as_good(substitute: Doctor | None, doctor: Doctor | None) -> bool:
    # A department's session (普通号) promises no title, so any doctor does for it; and it promises none in return.
    if doctor is None:
        return True
    return substitute is not None and _RANKS[substitute.title] <= _RANKS[doctor.title]


def find_seat(*, session: ClinicSession, old: Appointment, now: datetime) -> Seat | None:
    """The window with room that starts nearest to the old one; None where the substitute has no seat left.

    The caller holds the session's lock. The advance quota is no limit here and the release is not waited for, as it is the
    hospital that moves its patients; the rated capacity is: nobody can see more than that.
    """
    if session.status != SessionStatus.ACTIVE or now >= session.ends_at or session.rated_left <= 0:
        return None
    if now >= session.starts_at:
        carry_unused_seats(session=session, now=now)
    free = [slot for slot in session.slots.all() if slot.ends_at > now and slot.left > 0]
    wanted = (old.slot or old.session).starts_at
    nearest = min(free, key=lambda slot: (abs(slot.starts_at - wanted), slot.starts_at), default=None)
    if nearest is None:
        return None
    on_the_day = session.local_date(now) >= session.visit_date
    return Seat(nearest, Channel.SAME_DAY if on_the_day else Channel.ADVANCE)


def open_quota(session: ClinicSession) -> None:
    """Let one more patient of a suspended session in than the advance quota holds, within the rated capacity."""
    if session.advance_taken >= session.advance_quota:
        session.advance_quota = session.advance_taken + 1
        session.save(update_fields=["advance_quota"])
