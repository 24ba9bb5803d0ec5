"""An account with something of everything, so that whatever an operation asks for can be found, or is somebody else's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Consent
from booking.models import AppealCause, Appointment, CancelledBy, PastStanding, Standing, StandingReview, Tier
from booking.services.appeals.filing import file_appeal
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.entitlements.granting import grant_period_entitlements
from booking.services.grants import grant_extra_seat
from booking.services.orders import place_order
from booking.services.queue.calling import call_next
from booking.services.reviews import ask_for_review
from booking.services.transitions import patient_actor
from hospitals.models import Hospital
from notifications.services.collecting import collect_messages
from tests.booking.appealing import picture
from tests.booking.rated import rate
from tests.booking.suspended import another_session, suspend
from tests.booking.waiting import full_session, wait_for
from tests.factories.accounts import give_health_consent, make_patient, make_staff
from tests.factories.booking import Account, make_account, make_appointment, make_clinic, make_clinic_now
from tests.factories.hospitals import make_hospital


@dataclass(frozen=True)
class Belongings:
    """`ids` are real values for each parameter and field that takes an id, by its name."""

    account: Account
    ids: dict[str, list[Any]]


def make_belongings(now: datetime, *, account: Account | None = None, hospital: Hospital | None = None) -> Belongings:
    """Call it with the emulator running: an order is placed. Given an account or hospital, that one gets all of it once more."""
    account = account or make_account()
    second = make_patient(user=account.user, name="李晓红", sex="female")
    give_health_consent(user=account.user, patient=second)
    hospital = hospital or make_hospital(longitude=116.4, latitude=39.9)
    free_seats = make_clinic(visit_date=in_days(now, 5), hospital=hospital, fee_fen=5000)
    appointments = [*coming(account, now), *offered(account, now), *present(account, now), *ended(account, now)]
    appeal = file_appeal(
        user=account.user,
        appointment_code=appointments[-1].code,
        cause=AppealCause.TRAFFIC,
        statement="大雪封路",
        proofs=[picture()],
        now=now,
    )
    collect_messages(now=now)
    entitlements(account, hospital, now)
    ids = {
        "appointment": [appointment.code for appointment in appointments],
        "hospital": [hospital.code],
        "department": [free_seats.department_id],
        "doctor": [free_seats.doctor_id],
        "session": [free_seats.pk],
        "slot": list(free_seats.slots.values_list("pk", flat=True)),
        "patient": [account.patient.pk, second.pk],
        "guardian": [account.patient.pk],
        "waitlist": waiting(account, now),
        "appeal": [appeal.pk],
        "review": [review(account, now).pk],
        "proof": list(appeal.proofs.values_list("pk", flat=True)),
        "consent": list(Consent.objects.filter(user=account.user).order_by("pk").values_list("pk", flat=True)),
    }
    return Belongings(account, ids)


def in_days(now: datetime, days: int) -> Any:
    return timezone.localdate(now) + timedelta(days=days)


def coming(account: Account, now: datetime) -> list[Appointment]:
    """Free, paid for, held with an order, and one whose session was called off. Each at a hospital of its own: caps are one's."""
    held = make_appointment(now=now, account=account, fee_fen=5000, is_paid=False)
    place_order(appointment_id=held.pk, now=now)
    called_off = make_clinic(visit_date=in_days(now, 4), fee_fen=5000)
    suspended = make_appointment(now=now, account=account, session=called_off)
    suspend(called_off, another_session(called_off), now=now)
    return [
        make_appointment(now=now, account=account),
        make_appointment(now=now, account=account, fee_fen=5000),
        held,
        suspended,
    ]


def offered(account: Account, now: datetime) -> list[Appointment]:
    """A free number that the doctor added, to be accepted."""
    clinic = make_clinic(visit_date=in_days(now, 6), extra_quota=1)
    given = {"session_id": clinic.pk, "patient_id": account.patient.pk, "reason": "术后复查", "by": make_staff()}
    return [grant_extra_seat(**given, now=now).appointment]


def waiting(account: Account, now: datetime) -> list[int]:
    """A place in a waitlist. Those are closed at night, so it was taken yesterday morning."""
    morning = timezone.localtime(now).replace(hour=10) - timedelta(days=1)
    session, _ = full_session(visit_date=in_days(now, 7), now=morning)
    return [wait_for(session, account, now=morning).pk]


def present(account: Account, now: datetime) -> list[Appointment]:
    """Waiting in the queue, called, and there in time to check in."""
    arrived = []
    for _ in range(2):
        appointment = make_appointment(now=now, account=account, session=make_clinic_now(now=now, rated_capacity=10))
        arrived.append(check_in(appointment_id=appointment.pk, actor=patient_actor(account.user), now=now))
    call_next(session_id=arrived[-1].session_id, actor=patient_actor(account.user), now=now)
    return [*arrived, make_appointment(now=now, account=account, session=make_clinic_now(now=now))]


def ended(account: Account, now: datetime) -> list[Appointment]:
    """Cancelled and refunded, and missed."""
    cancelled = make_appointment(now=now, account=account, fee_fen=5000)
    cancel_appointment(appointment_id=cancelled.pk, by=CancelledBy.PATIENT, actor=patient_actor(account.user), now=now)
    missed = make_appointment(now=now - timedelta(days=5), account=account)
    close_days_before(hospital=missed.hospital, day=in_days(now, 0), now=now)
    return [cancelled, missed]


def entitlements(account: Account, hospital: Hospital, now: datetime) -> None:
    """What tier A is given, and a standing that was replaced. Each time at a new tier of the same hospital: no two are alike."""
    before = Standing.objects.filter(hospital=hospital, patient=account.patient).first()
    tier = Tier.B if before and before.tier == Tier.A else Tier.A
    rate(account, hospital, tier, now=now)
    PastStanding.objects.create(
        hospital=hospital,
        patient=account.patient,
        as_of=in_days(now, -1),
        tier=Tier.C,
        score=75,
        held_from=now - timedelta(days=1),
        held_until=now,
    )
    grant_period_entitlements(hospital=hospital, now=now)


def review(account: Account, now: datetime) -> StandingReview:
    """One that waits, at a hospital of its own: of one only one waits."""
    hospital = make_hospital()
    Standing.objects.create(
        hospital=hospital,
        patient=account.patient,
        as_of=in_days(now, 0),
        total=2,
        fulfilled=1,
        missed=1,
        score=70,
        tier=Tier.C,
        changed_at=now,
    )
    asked = {"hospital": hospital, "patient_id": account.patient.pk, "reason": "那天是医院停电"}
    return ask_for_review(user=account.user, **asked, now=now)
