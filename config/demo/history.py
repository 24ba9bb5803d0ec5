"""The demo world's past: sessions that were held, who booked them, who came. Drawn from a seeded generator, the same each time.

Demand follows the model that the capacity planning assumes (a positively correlated bivariate Poisson law, no-shows by
channel), and each patient keeps a habit of their own, so that tiers, no-show rates and censored demand all have something
true to be found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from accounts.ages import age_on
from accounts.models import Patient, Sex
from booking.models import (
    ActorKind,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    Channel,
    EventKind,
    Outcome,
    RefusedAttempt,
)
from hospitals.models import ClinicSession, Hospital, SessionStatus, WeeklyTemplate

WEEKS = 16
PATIENTS_PER_HOSPITAL = 600
CORRELATION = 0.2
SAME_DAY_NO_SHOW = 0.05
# Chance not to come to an advance booking, by habit: most are reliable, a few are not.
HABITS = np.array([0.05, 0.2, 0.55])
HABIT_SHARES = np.array([0.6, 0.28, 0.12])
# Of those who will not come: how many withdraw in time, and how many withdraw too late.
WITHDRAWN_SHARE, LATE_SHARE = 0.35, 0.15

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "安然子涵一诺思远雨桐浩宇欣怡俊杰梓萱嘉明书瑶天佑可心文博静怡晨曦"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A hospital's regular patients and each one's chance not to come."""

    patients: list[Patient]
    no_show: np.ndarray


def make_crowd(*, rng: np.random.Generator, now: datetime) -> Crowd:
    """Invent the patients of one hospital."""
    patients = []
    for _ in range(PATIENTS_PER_HOSPITAL):
        name = rng.choice(list(SURNAMES)) + "".join(rng.choice(list(GIVEN), size=int(rng.integers(1, 3))))
        born = now.date() - timedelta(days=int(rng.integers(2 * 365, 85 * 365)))
        sex = Sex.FEMALE if rng.random() < 0.55 else Sex.MALE
        patients.append(Patient(name=str(name), sex=sex, birth_date=born, created_at=now))
    Patient.objects.bulk_create(patients, batch_size=1000)
    return Crowd(patients, rng.choice(HABITS, size=len(patients), p=HABIT_SHARES))


def write_history(
    *,
    hospital: Hospital,
    templates: list[WeeklyTemplate],
    demand: dict[int, float],
    rng: np.random.Generator,
    now: datetime,
) -> int:
    """Write the last WEEKS weeks of `templates`; `demand` is relative to rated capacity, by department id. Returns bookings."""
    crowd = make_crowd(rng=rng, now=now)
    sessions = [_past_session(t, day) for t in templates for day in _past_days(t, now.astimezone(hospital.zone).date())]
    drafts = [_Draft.draw(session, demand[session.department_id], rng) for session in sessions]
    appointments = [a for draft in drafts for a in draft.appointments(crowd, rng)]
    ClinicSession.objects.bulk_create(sessions, batch_size=500)
    Appointment.objects.bulk_create(appointments, batch_size=2000)
    AppointmentEvent.objects.bulk_create((_event(a) for a in appointments), batch_size=2000)
    RefusedAttempt.objects.bulk_create(
        [r for draft in drafts for r in draft.refusals(crowd, rng)], batch_size=2000, ignore_conflicts=True
    )
    return len(appointments)


def _past_days(template: WeeklyTemplate, today: date) -> Iterator[date]:
    latest = today - timedelta(days=(today.isoweekday() - template.weekday - 1) % 7 + 1)
    for week in range(WEEKS):
        yield latest - timedelta(weeks=week)


def _past_session(template: WeeklyTemplate, day: date) -> ClinicSession:
    zone = template.hospital.zone
    return ClinicSession(
        hospital=template.hospital,
        department=template.department,
        doctor=template.doctor,
        registration_type=template.registration_type,
        template=template,
        visit_date=day,
        period=template.period,
        starts_at=datetime.combine(day, template.starts_at, tzinfo=zone),
        ends_at=datetime.combine(day, template.ends_at, tzinfo=zone),
        releases_at=datetime.combine(day - timedelta(days=15), time(7), tzinfo=zone),
        fee_fen=template.registration_type.fee_fen,
        status=SessionStatus.CLOSED,
        rated_capacity=template.rated_capacity,
        # Before quotas were computed: three quarters in advance, by feel.
        advance_quota=round(template.rated_capacity * 0.75),
        extra_quota=2,
        room=template.room,
    )


@dataclass(slots=True)
class _Draft:
    """One session's demand and who of it got a number."""

    session: ClinicSession
    wanted_advance: int
    wanted_same_day: int
    advance: int = 0
    same_day: int = 0
    extra: int = 0

    @classmethod
    def draw(cls, session: ClinicSession, demand: float, rng: np.random.Generator) -> "_Draft":
        """Trivariate reduction: d1 = X1 + X0, d2 = X2 + X0, means equal, together `demand` times the rated capacity."""
        mean = session.rated_capacity * demand / 2
        shared = rng.poisson(CORRELATION * mean)
        own = rng.poisson((1 - CORRELATION) * mean, size=2)
        return cls(session, int(own[0] + shared), int(own[1] + shared))

    def _allot(self) -> None:
        """Advance up to its quota; what is left flows back on the day; then 加号."""
        session = self.session
        self.advance = min(self.wanted_advance, session.advance_quota)
        self.same_day = min(self.wanted_same_day, session.rated_capacity - self.advance)
        self.extra = min(self.wanted_same_day - self.same_day, session.extra_quota)

    def appointments(self, crowd: Crowd, rng: np.random.Generator) -> Iterator[Appointment]:
        """The bookings with their outcomes; the session counts those that still held a seat at the end."""
        self._allot()
        total = self.advance + self.same_day + self.extra
        people = rng.choice(len(crowd.patients), size=total, replace=False)
        channels = [Channel.ADVANCE] * self.advance + [Channel.SAME_DAY] * self.same_day + [Channel.EXTRA] * self.extra
        for number, (person, channel) in enumerate(zip(people, channels, strict=True), start=1):
            chance = crowd.no_show[person] if channel == Channel.ADVANCE else SAME_DAY_NO_SHOW
            outcome = _outcome(chance, channel, rng)
            if _STATUS[outcome] != AppointmentStatus.CANCELLED:
                counter = _COUNTERS[channel]
                setattr(self.session, counter, getattr(self.session, counter) + 1)
            yield self._appointment(crowd.patients[person], channel, outcome, number, rng)

    def _appointment(
        self, patient: Patient, channel: Channel, outcome: Outcome, number: int, rng: np.random.Generator
    ) -> Appointment:
        session = self.session
        days_ahead = int(rng.integers(1, 15)) if channel == Channel.ADVANCE else 0
        withdrawn = outcome in (Outcome.CANCELLED, Outcome.UNATTENDED)
        booked_at = session.starts_at - timedelta(days=days_ahead, minutes=int(rng.integers(5, 300)))
        lead = timedelta(hours=2) if outcome == Outcome.UNATTENDED else timedelta(days=1, hours=9)
        return Appointment(
            hospital_id=session.hospital_id,
            session=session,
            patient=patient,
            department_id=session.department_id,
            doctor_id=session.doctor_id,
            visit_date=session.visit_date,
            channel=channel,
            number=number,
            status=_STATUS[outcome],
            fee_fen=session.fee_fen,
            created_at=booked_at,
            booked_at=booked_at,
            cancelled_at=max(booked_at, session.starts_at - lead) if withdrawn else None,
            cancelled_by=CancelledBy.PATIENT if withdrawn else "",
            checked_in_at=session.starts_at if outcome == Outcome.FULFILLED else None,
            outcome=outcome,
            closed_at=session.ends_at,
            age_at_visit=age_on(patient.birth_date, session.visit_date) if patient.birth_date else None,
        )

    def refusals(self, crowd: Crowd, rng: np.random.Generator) -> Iterator[RefusedAttempt]:
        """Two thirds of those who met a full session tried in the mini-program; the others were never seen."""
        unmet = {
            Channel.ADVANCE: self.wanted_advance - self.advance,
            Channel.SAME_DAY: self.wanted_same_day - self.same_day - self.extra,
        }
        for channel, count in unmet.items():
            for person in rng.choice(len(crowd.patients), size=round(count * 2 / 3), replace=False):
                yield RefusedAttempt(
                    session=self.session,
                    patient=crowd.patients[person],
                    channel=channel,
                    at=self.session.starts_at - timedelta(days=1 if channel == Channel.ADVANCE else 0),
                )


_COUNTERS = {Channel.ADVANCE: "advance_taken", Channel.SAME_DAY: "same_day_taken", Channel.EXTRA: "extra_taken"}
_STATUS = {
    Outcome.FULFILLED: AppointmentStatus.FULFILLED,
    Outcome.MISSED: AppointmentStatus.NOSHOW,
    Outcome.CANCELLED: AppointmentStatus.CANCELLED,
    Outcome.UNATTENDED: AppointmentStatus.CANCELLED,
}


def _outcome(chance: float, channel: Channel, rng: np.random.Generator) -> Outcome:
    if rng.random() >= chance:
        return Outcome.FULFILLED
    fate = rng.random()
    if channel == Channel.ADVANCE and fate < WITHDRAWN_SHARE:
        return Outcome.CANCELLED
    if channel == Channel.ADVANCE and fate < WITHDRAWN_SHARE + LATE_SHARE:
        return Outcome.UNATTENDED
    return Outcome.MISSED


def _event(appointment: Appointment) -> AppointmentEvent:
    assert appointment.closed_at is not None
    return AppointmentEvent(
        appointment=appointment,
        hospital_id=appointment.hospital_id,
        kind=EventKind.CLOSED,
        at=appointment.closed_at,
        actor_kind=ActorKind.SYSTEM,
        from_status=AppointmentStatus.BOOKED,
        to_status=appointment.status,
        detail={"outcome": appointment.outcome, "demo": True},
    )
