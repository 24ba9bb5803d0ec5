"""Random mixes of everything that takes locks, by many threads over few rows, and what went wrong meanwhile."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, cast

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.models import Appointment, CancelledBy, Choice, QueueEntry, QueueState, SuspensionChoice, Tier, WaitlistEntry
from booking.services.acceptance import accept_offer
from booking.services.appointments import book_appointment
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in, finish_visit
from booking.services.choices import apply_due_defaults, choose
from booking.services.closing import close_days_before
from booking.services.confirmation import confirm_by_phone, release_unconfirmed
from booking.services.desk import book_at_desk
from booking.services.grants import grant_extra_seat
from booking.services.holds import expire_due_holds
from booking.services.moves import move_appointment
from booking.services.payments import record_payment
from booking.services.queue.calling import call_next, pass_over
from booking.services.suspension import restore_session, suspend_session
from booking.services.transitions import SYSTEM, patient_actor, staff_actor
from booking.services.waitlist.joining import join_waitlist, leave_waitlist
from booking.services.waitlist.passing import pass_on_seats
from hospitals.models import ClinicSession, Slot
from hospitals.services.policies import revise_policy
from hospitals.services.quotas import publish_quota
from tests.booking.rated import rated
from tests.booking.suspended import another_session
from tests.concurrency.race import race
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, make_account, make_clinic, make_clinic_now, paid_state

DEADLOCK_DETECTED = "40P01"
# Wide enough that the caps and the night do not turn most attempts away; the return is not delayed, so that seats go round.
GENEROUS = {
    "live_per_department_day": 50,
    "live_per_day": 50,
    "live_per_week": 50,
    "live_per_quarter": 50,
    "moves_allowed": 10,
    "early_cancellations_per_month": 200,
    "return_delay_minutes": 0,
    "waitlist_opens_time": time(0, 0),
    "waitlist_closes_time": time(23, 59),
    "waitlist_pending_per_patient": 5,
    # So that tier D can book, and is telephoned.
    "lead_days_d": 1,
}


@dataclass(frozen=True)
class World:
    """Few rows, so that everybody meets everybody."""

    now: datetime
    accounts: list[Account]
    sessions: list[ClinicSession]
    staff: User

    @property
    def running(self) -> ClinicSession:
        return self.sessions[-1]


class NothingThere(Exception):
    """No row for this action at the moment."""


def make_small_world(now: datetime) -> World:
    """Two sessions of three seats of a department, one of them for a fee, and one that is running."""
    first = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=3, extra_quota=2, slot_minutes=120)
    revise_policy(hospital=first.hospital, registration_type=None, changes=GENEROUS, by=None, now=now - timedelta(days=40))
    second = another_session(first, fee_fen=5000, rated_capacity=3, extra_quota=2, slot_minutes=120)
    running = make_clinic_now(now=now, department=first.department, rated_capacity=12, extra_quota=2)
    accounts = [make_account() for _ in range(6)] + [rated(first.hospital, Tier.D, now=now) for _ in range(2)]
    return World(now, accounts, [first, second, running], make_staff(is_superuser=True))


def one_of(drawn: random.Random, rows: QuerySet[Any]) -> Any:
    found = list(rows.order_by("pk"))
    if not found:
        raise NothingThere()
    return drawn.choice(found)


def any_appointment(drawn: random.Random, **conditions: Any) -> Appointment:
    return cast(Appointment, one_of(drawn, Appointment.objects.filter(**conditions)))


def any_slot(world: World, drawn: random.Random) -> Slot:
    return cast(Slot, one_of(drawn, Slot.objects.filter(session__in=world.sessions)))


def book(world: World, drawn: random.Random) -> None:
    account, slot = drawn.choice(world.accounts), any_slot(world, drawn)
    book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=slot.pk, now=world.now)


def cancel(world: World, drawn: random.Random) -> None:
    by = drawn.choice([CancelledBy.PATIENT, CancelledBy.HOSPITAL])
    cancel_appointment(appointment_id=any_appointment(drawn).pk, by=by, actor=SYSTEM, now=world.now)


def move(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, status="booked")
    move_appointment(user=appointment.booked_by, appointment_id=appointment.pk, slot_id=any_slot(world, drawn).pk, now=world.now)


def pay(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, payment_order__isnull=False)
    record_payment(state=paid_state(appointment, now=world.now), now=world.now)


def arrive(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, session=world.running, status="booked")
    check_in(appointment_id=appointment.pk, actor=patient_actor(world.staff), now=world.now)


def call(world: World, drawn: random.Random) -> None:
    call_next(session_id=world.running.pk, actor=staff_actor(world.staff), now=world.now)


def pass_someone(world: World, drawn: random.Random) -> None:
    entry = one_of(drawn, QueueEntry.objects.filter(state=QueueState.CALLED))
    pass_over(entry_id=entry.pk, actor=staff_actor(world.staff), now=world.now)


def finish(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, status="checked-in")
    finish_visit(appointment_id=appointment.pk, actor=staff_actor(world.staff), now=world.now)


def suspend(world: World, drawn: random.Random) -> None:
    """With the other session as its substitute, or without one."""
    one, other = drawn.sample(world.sessions[:2], 2)
    suspend_session(
        session_id=one.pk,
        reason="医生外出",
        by=world.staff,
        now=world.now,
        substitute_session_id=drawn.choice([other.pk, None]),
    )


def restore(world: World, drawn: random.Random) -> None:
    restore_session(session_id=drawn.choice(world.sessions).pk, by=world.staff, now=world.now)


def choose_something(world: World, drawn: random.Random) -> None:
    row = one_of(drawn, SuspensionChoice.objects.filter(choice="").select_related("appointment__booked_by"))
    choice = drawn.choice(list(Choice))
    slot_id = any_slot(world, drawn).pk if choice == Choice.ANOTHER_DATE else None
    appointment = row.appointment
    choose(appointment_id=appointment.pk, choice=choice, user=appointment.booked_by, slot_id=slot_id, now=world.now)


def publish(world: World, drawn: random.Random) -> None:
    session = drawn.choice(world.sessions)
    publish_quota(session_id=session.pk, advance_quota=drawn.randint(1, session.rated_capacity), extra_quota=2)


def close_yesterday(world: World, drawn: random.Random) -> None:
    """The day of the running session, as it will be closed tonight."""
    session = world.running
    close_days_before(hospital=session.hospital, day=session.visit_date + DAY, now=world.now + DAY)


def wait(world: World, drawn: random.Random) -> None:
    account = drawn.choice(world.accounts)
    session = drawn.choice(world.sessions[:2])
    join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=session.pk, now=world.now)


def leave(world: World, drawn: random.Random) -> None:
    entry = one_of(drawn, WaitlistEntry.objects.filter(ended_at=None).select_related("joined_by"))
    leave_waitlist(entry_id=entry.pk, user=entry.joined_by, now=world.now)


def grant(world: World, drawn: random.Random) -> None:
    given = {"session_id": drawn.choice(world.sessions).pk, "patient_id": drawn.choice(world.accounts).patient.pk}
    grant_extra_seat(**given, reason="术后复查", by=world.staff, now=world.now)


def accept(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, status="pending")
    accept_offer(appointment_id=appointment.pk, user=appointment.booked_by, now=world.now)


def book_by_phone(world: World, drawn: random.Random) -> None:
    given = {"slot_id": any_slot(world, drawn).pk, "patient_id": drawn.choice(world.accounts).patient.pk}
    book_at_desk(**given, by=world.staff, reason="电话预约", now=world.now)


def confirm(world: World, drawn: random.Random) -> None:
    appointment = any_appointment(drawn, status="booked", confirm_by__isnull=False)
    confirm_by_phone(appointment_id=appointment.pk, by=world.staff, now=world.now)


DAY = timedelta(days=1)
# How often each is drawn, against the others.
ACTIONS: dict[str, tuple[float, Callable[[World, random.Random], Any]]] = {
    "book": (16, book),
    "cancel": (6, cancel),
    "move": (8, move),
    "pay": (8, pay),
    "check in": (10, arrive),
    "call": (6, call),
    "pass over": (5, pass_someone),
    "finish": (2, finish),
    "suspend": (2, suspend),
    "restore": (2, restore),
    "choose": (8, choose_something),
    "publish a quota": (3, publish),
    "join the waitlist": (6, wait),
    "leave the waitlist": (2, leave),
    "grant": (3, grant),
    "accept": (4, accept),
    "book at the desk": (3, book_by_phone),
    "confirm": (3, confirm),
    "sweep: holds": (2, lambda world, _: expire_due_holds(now=world.now + timedelta(minutes=11))),
    "sweep: seats": (4, lambda world, _: pass_on_seats(now=world.now)),
    "sweep: choices": (1, lambda world, _: apply_due_defaults(now=world.now + 3 * DAY)),
    "sweep: confirmations": (1, lambda world, _: release_unconfirmed(now=world.now)),
    "close the day": (0.3, close_yesterday),
}


@dataclass
class Found:
    """`deadlocks` and `faults` are to be empty; `unbounded` are locking statements that would have waited for ever."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    deadlocks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unbounded: list[str] = field(default_factory=list)


def run_mix(world: World, *, seed: int, threads: int, steps: int) -> Found:
    """Each thread takes its own `steps` actions, drawn with the seed; in what order they meet is the scheduler's affair."""
    found = Found()

    def work(number: int) -> None:
        drawn = random.Random(f"{seed}-{number}")
        with connection.execute_wrapper(_watch(found)):
            for name in drawn.choices(list(ACTIONS), weights=[weight for weight, _ in ACTIONS.values()], k=steps):
                _attempt(name, lambda name=name: ACTIONS[name][1](world, drawn), found)

    results = race(*[lambda number=number: work(number) for number in range(threads)])
    found.faults += [repr(result) for result in results if result is not None]
    return found


def _attempt(name: str, act: Callable[[], Any], found: Found) -> None:
    try:
        act()
        found.done[name] += 1
    except Refusal as refusal:
        found.refused[f"{name}: {type(refusal).__name__}"] += 1
    except NothingThere:
        found.refused[f"{name}: nothing there"] += 1
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != DEADLOCK_DETECTED:
            raise
        found.deadlocks.append(name)


def _watch(found: Found) -> Callable[..., Any]:
    """Ask of every locking statement whether its transaction would give up waiting."""

    def watch(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if "FOR NO KEY UPDATE" in sql or "FOR UPDATE" in sql:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                if cursor.fetchone() == ("0",):
                    found.unbounded.append(sql)
        return execute(sql, params, many, context)

    return watch
