"""Asking that a person looks at a patient's tier, and the answer.

An answer changes no tier. Where a record turns out wrong, staff correct its outcome (booking.services.outcomes) and the score
follows from that; so the tier can always be explained by the stored outcomes.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import Refusal
from accounts.models import User
from accounts.selectors import linked_patient
from booking.locks import granted_in_time, limit_lock_waits, lock_patient
from booking.models import ReviewState, Standing, StandingReview
from booking.services.outcomes import ensure_in_charge
from booking.services.standing import standing_of
from hospitals.models import Hospital

REASON_MAX_LENGTH = 500
ANSWER_MAX_LENGTH = 500
VERDICTS = (ReviewState.CONFIRMED, ReviewState.CORRECTED)


class ReviewReasonMissing(Refusal):
    """A review says in words what the patient thinks is wrong."""


class NothingToReview(Refusal):
    """Nothing was counted yet: there is no score and no tier."""


class ReviewWaits(Refusal):
    """A review of this standing waits for its answer already."""


class AnsweredBefore(Refusal):
    """A person has looked at this very standing, and it has not changed since."""


class ReviewNotFound(Refusal):
    """There is no such review, or it is another account's."""


class ReviewNotPending(Refusal):
    """The review was answered or taken back before."""


class AnswerMissing(Refusal):
    """The patient is told in words what was found."""


def latest_review(*, hospital_id: int, patient_id: int) -> StandingReview | None:
    """The newest that was not taken back."""
    return _standing(hospital_id, patient_id).order_by("-pk").first()


def _standing(hospital_id: int, patient_id: int) -> QuerySet[StandingReview]:
    return StandingReview.objects.filter(patient_id=patient_id, hospital_id=hospital_id).exclude(state=ReviewState.WITHDRAWN)


def refusal_of_review(standing: Standing, latest: StandingReview | None) -> Refusal | None:
    """What speaks against asking (again), `latest` being the newest review that was not taken back."""
    if not standing.total:
        return NothingToReview()
    if latest is None:
        return None
    if latest.state == ReviewState.PENDING:
        return ReviewWaits()
    assert latest.decided_at is not None, "a constraint holds it"
    if standing.changed_at <= latest.decided_at:
        return AnsweredBefore(at=f"{latest.decided_at.astimezone(standing.hospital.zone):%Y-%m-%d}")
    return None


def ask_for_review(*, user: User, hospital: Hospital, patient_id: int, reason: str, now: datetime) -> StandingReview:
    """Ask that a person looks at the patient's tier at the hospital. One waits at a time, and an unchanged standing is looked at
    once.

    Raises PatientNotInAccount, ReviewReasonMissing, NothingToReview, ReviewWaits, AnsweredBefore, TooBusy.
    """
    told = reason.strip()
    if not 0 < len(told) <= REASON_MAX_LENGTH:
        raise ReviewReasonMissing(limit=REASON_MAX_LENGTH)
    linked_patient(user_id=user.pk, patient_id=patient_id)
    with transaction.atomic():
        limit_lock_waits()
        with granted_in_time():
            # Two accounts may ask for the same patient at the same moment.
            lock_patient(patient_id)
        standing = standing_of(hospital_id=hospital.pk, patient_id=patient_id)
        standing.hospital = hospital
        refusal = refusal_of_review(standing, latest_review(hospital_id=hospital.pk, patient_id=patient_id))
        if refusal is not None:
            raise refusal
        return StandingReview.objects.create(
            hospital=hospital,
            patient_id=patient_id,
            by=user,
            reason=told,
            asked_at=now,
            tier=standing.tier,
            score=standing.score,
        )


@transaction.atomic
def withdraw_review(*, user: User, review_id: int) -> StandingReview:
    """Take back a review that waits; twice is fine. Raises ReviewNotFound, ReviewNotPending, TooBusy."""
    review = _lock(StandingReview.objects.filter(by=user), review_id)
    if review.state == ReviewState.WITHDRAWN:
        return review
    _refuse_unless_pending(review)
    review.state = ReviewState.WITHDRAWN
    review.save(update_fields=["state"])
    return review


@transaction.atomic
def answer_review(*, review_id: int, by: User, verdict: ReviewState, answer: str, now: datetime) -> StandingReview:
    """Answer as a named member of staff who may judge at the hospital: the tier stands, or records were corrected.

    Raises AnswerMissing, ReviewNotFound, NotInCharge, ReviewNotPending, TooBusy; ValueError for what is no verdict.
    """
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is no verdict")
    told = answer.strip()
    if not 0 < len(told) <= ANSWER_MAX_LENGTH:
        raise AnswerMissing(limit=ANSWER_MAX_LENGTH)
    review = _lock(StandingReview.objects.all(), review_id)
    ensure_in_charge(user=by, hospital_id=review.hospital_id)
    _refuse_unless_pending(review)
    review.state, review.answer, review.decided_by, review.decided_at = verdict, told, by, now
    review.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    return review


def _lock(among: QuerySet[StandingReview], review_id: int) -> StandingReview:
    """Nothing else is locked with it."""
    limit_lock_waits()
    with granted_in_time():
        found = among.select_for_update(of=("self",), no_key=True).filter(pk=review_id).first()
    if found is None:
        raise ReviewNotFound()
    return found


def _refuse_unless_pending(review: StandingReview) -> None:
    if review.state != ReviewState.PENDING:
        raise ReviewNotPending(state=ReviewState(review.state).label)
