"""What collecting adds, and offers and reviews to tell of."""

from datetime import datetime, timedelta

from django.db import transaction

from booking.locks import lock_patient_and_session
from booking.models import Appointment, EventKind, Standing, StandingReview, Tier
from booking.services.appointments import Offer, write_appointment
from booking.services.attempts import gather_attempt
from booking.services.reviews import ask_for_review
from booking.services.transitions import SYSTEM
from hospitals.models import ClinicSession, Hospital
from notifications.models import MessageKind, OutboxMessage
from notifications.services.collecting import collect_messages
from tests.factories.booking import Account, slot_of

NO_REMINDERS = {MessageKind.REMINDER}


def new_kinds(now: datetime, *, but: set[MessageKind] = NO_REMINDERS) -> list[str]:
    """The kinds of the messages that collecting adds, in their order, without reminders."""
    before = set(OutboxMessage.objects.values_list("pk", flat=True))
    added = collect_messages(now=now)
    kinds = list(OutboxMessage.objects.exclude(pk__in=before).order_by("pk").values_list("kind", flat=True))
    assert added == len(kinds)
    return [kind for kind in kinds if kind not in but]


def make_offer(
    account: Account, session: ClinicSession, *, now: datetime, kind: EventKind = EventKind.OFFERED, minutes: int = 30
) -> Appointment:
    """A seat of the session that is held for the account's patient until they accept it."""
    with transaction.atomic():
        patient, locked = lock_patient_and_session(patient_id=account.patient.pk, session_id=session.pk)
        attempt = gather_attempt(patient=patient, session=locked, slot=slot_of(session), now=now)
        offer = Offer(until=now + timedelta(minutes=minutes), kind=kind, actor=SYSTEM)
        return write_appointment(
            user=account.user, attempt=attempt, fee_fen=session.fee_fen, is_settled=session.fee_fen == 0, offer=offer
        )


def make_review(account: Account, hospital: Hospital, *, now: datetime) -> StandingReview:
    """One that waits, of a tier C that the account's patient has at the hospital."""
    counts = {"total": 2, "fulfilled": 1, "missed": 1, "score": 70, "tier": Tier.C}
    Standing.objects.update_or_create(
        hospital=hospital, patient=account.patient, defaults={**counts, "as_of": now.date(), "changed_at": now}
    )
    return ask_for_review(user=account.user, hospital=hospital, patient_id=account.patient.pk, reason="请核对", now=now)
