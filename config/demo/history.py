"""The demo world's past: sessions that were held, who booked them, who came. Drawn from a seeded generator, the same each time.

Demand follows the model that the capacity planning assumes (a positively correlated bivariate Poisson law, no-shows by
channel), and each patient keeps a habit of their own, so that tiers, no-show rates and censored demand all have something
true to be found. The more a doctor is wanted beyond the advance quota, the sooner after the release the seats are gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from accounts.models import Patient, Sex
from booking.models import Channel, Outcome, RefusedAttempt
from config.demo.bookings import PastBooking, write_bookings
from hospitals.models import ClinicSession, DoctorTitle, Hospital, SessionStatus, WeeklyTemplate

WEEKS = 16
PATIENTS_PER_HOSPITAL = 600
CORRELATION = 0.2
SAME_DAY_NO_SHOW = 0.05
# Chance not to come to an advance booking, by habit: most are reliable, a few are not.
HABITS = np.array([0.05, 0.2, 0.55])
HABIT_SHARES = np.array([0.6, 0.28, 0.12])
# Of those who will not come: how many withdraw in time, and how many withdraw too late.
WITHDRAWN_SHARE, LATE_SHARE = 0.35, 0.15

# How much more a chief's seats are wanted than those of the same department's others.
DRAW = {DoctorTitle.CHIEF: 1.3, DoctorTitle.ASSOCIATE_CHIEF: 1.1, DoctorTitle.ATTENDING: 0.85, DoctorTitle.RESIDENT: 0.8}
ADVANCE_SHARE = 0.75
# Patients come to book `LAZY_HOURS` after the release on average where nobody fears for a seat, and the sooner the scarcer they
# are: half of that where as many are wanted as there are, a tenth where it is a fifth more.
LAZY_HOURS, FEAR = 240, 10
# Staff had begun to mark the most wanted doctors hot by hand.
HOT_FROM, HOT_WEEKS = 1.2, 6
RELEASE_DAYS, HOT_RELEASE_DAYS = 15, 7

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
    today = now.astimezone(hospital.zone).date()
    drafts = [
        _Draft.draw(template, day, demand[template.department_id], today, rng)
        for template in templates
        for day in _past_days(template, today)
    ]
    sessions = [draft.session for draft in drafts]
    bookings = [booking for draft in drafts for booking in draft.bookings(crowd, rng)]
    ClinicSession.objects.bulk_create(sessions, batch_size=500)
    write_bookings(hospital=hospital, bookings=bookings)
    RefusedAttempt.objects.bulk_create(
        [r for draft in drafts for r in draft.refusals(crowd, rng)], batch_size=2000, ignore_conflicts=True
    )
    return len(bookings)


def _past_days(template: WeeklyTemplate, today: date) -> Iterator[date]:
    latest = today - timedelta(days=(today.isoweekday() - template.weekday - 1) % 7 + 1)
    for week in range(WEEKS):
        yield latest - timedelta(weeks=week)


def _past_session(template: WeeklyTemplate, day: date, *, is_hot: bool) -> ClinicSession:
    zone = template.hospital.zone
    release_days = HOT_RELEASE_DAYS if is_hot else RELEASE_DAYS
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
        releases_at=datetime.combine(day - timedelta(days=release_days), time(7), tzinfo=zone),
        fee_fen=template.registration_type.fee_fen,
        status=SessionStatus.CLOSED,
        is_hot=is_hot,
        is_hot_pinned=is_hot,
        rated_capacity=template.rated_capacity,
        # Before quotas were computed: three quarters in advance, by feel.
        advance_quota=round(template.rated_capacity * ADVANCE_SHARE),
        extra_quota=2,
        room=template.room,
    )


@dataclass(slots=True)
class _Draft:
    """One session's demand and who of it got a number. `scarcity`: advance seats wanted on average, over those there are."""

    session: ClinicSession
    scarcity: float
    wanted_advance: int
    wanted_same_day: int
    advance: int = 0
    same_day: int = 0
    extra: int = 0
    refilled: int = 0

    @classmethod
    def draw(cls, template: WeeklyTemplate, day: date, demand: float, today: date, rng: np.random.Generator) -> "_Draft":
        """Trivariate reduction: d1 = X1 + X0, d2 = X2 + X0, means equal, together `demand` times the rated capacity."""
        assert template.doctor is not None
        mean = template.rated_capacity * demand * DRAW[DoctorTitle(template.doctor.title)] / 2
        scarcity = mean / (template.rated_capacity * ADVANCE_SHARE)
        is_hot = scarcity >= HOT_FROM and day >= today - timedelta(weeks=HOT_WEEKS)
        shared = rng.poisson(CORRELATION * mean)
        own = rng.poisson((1 - CORRELATION) * mean, size=2)
        return cls(_past_session(template, day, is_hot=is_hot), scarcity, int(own[0] + shared), int(own[1] + shared))

    def bookings(self, crowd: Crowd, rng: np.random.Generator) -> Iterator[PastBooking]:
        """The bookings with their outcomes; the session counts those that still held a seat at the end.

        Advance numbers up to their quota. Those that are given up in time go to whoever had found the session full; what is left
        of them, and what was never taken, to those who come on the day; then 加号.
        """
        session = self.session
        everyone = self.wanted_advance + self.wanted_same_day
        people = enumerate(rng.choice(len(crowd.patients), size=everyone, replace=False).tolist(), start=1)

        def book(channel: Channel, booked_at: datetime) -> PastBooking:
            number, person = next(people)
            return self._booking(crowd, person, channel, number, booked_at, rng)

        self.advance = min(self.wanted_advance, session.advance_quota)
        in_advance = [book(Channel.ADVANCE, booked_at) for booked_at in self._advance_bookings(rng)]
        given_up = [made.withdrawn_at for made in in_advance if made.outcome == Outcome.CANCELLED and made.withdrawn_at]
        self.refilled = min(len(given_up), self.wanted_advance - self.advance)
        for freed_at in given_up[: self.refilled]:
            # So late nobody can withdraw in time any more.
            in_advance.append(book(Channel.ADVANCE, freed_at + timedelta(minutes=int(rng.integers(20, 240)))))
        yield from in_advance
        left = session.rated_capacity - (len(in_advance) - len(given_up))
        self.same_day = min(self.wanted_same_day, left)
        self.extra = min(self.wanted_same_day - self.same_day, session.extra_quota)
        for channel, count in ((Channel.SAME_DAY, self.same_day), (Channel.EXTRA, self.extra)):
            for _ in range(count):
                yield book(channel, session.starts_at - timedelta(minutes=int(rng.integers(5, 60))))

    def _advance_bookings(self, rng: np.random.Generator) -> Iterator[datetime]:
        """When each advance number was taken: by who came first of all who wanted one."""
        session = self.session
        last = session.starts_at - timedelta(hours=16)
        pace = LAZY_HOURS / (1 + np.exp(FEAR * (self.scarcity - 1)))
        for hours in np.sort(rng.exponential(pace, size=self.wanted_advance))[: self.advance]:
            spare = timedelta(minutes=int(rng.integers(1, 300)))
            yield min(session.releases_at + timedelta(hours=float(hours)), last - spare)

    def _booking(
        self, crowd: Crowd, person: int, channel: Channel, number: int, booked_at: datetime, rng: np.random.Generator
    ) -> PastBooking:
        session = self.session
        outcome = _outcome(crowd.no_show[person] if channel == Channel.ADVANCE else SAME_DAY_NO_SHOW, channel, rng)
        in_time = session.starts_at - timedelta(days=1, hours=9)
        if outcome == Outcome.CANCELLED and booked_at >= in_time:
            # Whoever comes that late can only withdraw late.
            outcome = Outcome.UNATTENDED
        withdrawn_at = {Outcome.CANCELLED: in_time, Outcome.UNATTENDED: session.starts_at - timedelta(hours=2)}.get(outcome)
        if withdrawn_at is None:
            counter = _COUNTERS[channel]
            setattr(session, counter, getattr(session, counter) + 1)
        return PastBooking(session, crowd.patients[person], channel, number, outcome, booked_at, withdrawn_at)

    def refusals(self, crowd: Crowd, rng: np.random.Generator) -> Iterator[RefusedAttempt]:
        """Two thirds of those who met a full session tried in the mini-program; the others were never seen."""
        unmet = {
            Channel.ADVANCE: self.wanted_advance - self.advance - self.refilled,
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


def _outcome(chance: float, channel: Channel, rng: np.random.Generator) -> Outcome:
    if rng.random() >= chance:
        return Outcome.FULFILLED
    fate = rng.random()
    if channel == Channel.ADVANCE and fate < WITHDRAWN_SHARE:
        return Outcome.CANCELLED
    if channel == Channel.ADVANCE and fate < WITHDRAWN_SHARE + LATE_SHARE:
        return Outcome.UNATTENDED
    return Outcome.MISSED
