"""A patient's standing with everything that explains it, read at once: the counts, the policies in force, the way up."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from booking.entitlement_selectors import Allowance, allowances_of
from booking.models import PastStanding, Restriction, Standing, StandingReview
from booking.services.reviews import latest_review
from booking.services.standing import active_restriction, standing_of
from booking.standing_selectors import Counters, counters_of
from hospitals.models import Hospital
from hospitals.services.policies import effective_policy
from scoring.models import ScoringPolicy
from scoring.numeric import OutcomeCounts, PatientScore, Tier, TierBounds, score_counts
from scoring.privilege_sentences import Meaning, meaning_of
from scoring.sentences import Step, score_sentence, steps_up, way_sentence
from scoring.services.policies import policy_in_force


@dataclass(frozen=True, slots=True)
class ExplainedStanding:
    """`score` has the rates and the points of the counts; `steps` lead to each tier above, the next one first."""

    standing: Standing
    score: PatientScore
    policy: ScoringPolicy
    bounds: TierBounds
    counted_since: date
    told: str
    way: str
    steps: list[Step]
    meaning: Meaning
    allowances: list[Allowance]
    counters: Counters
    restriction: Restriction | None
    review: StandingReview | None


def explain_standing(*, hospital: Hospital, patient_id: int, now: datetime) -> ExplainedStanding:
    """By the policies in force now. The tier is the one that bookings are judged by, as the last scoring wrote it."""
    standing = standing_of(hospital_id=hospital.pk, patient_id=patient_id)
    standing.hospital = hospital
    restriction = active_restriction(hospital_id=hospital.pk, patient_id=patient_id, at=now)
    if restriction is not None:
        restriction.hospital = hospital
    policy = policy_in_force(hospital_id=hospital.pk)
    terms = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    counts, bounds, tier = counts_of(standing), bounds_of(policy), Tier(standing.tier)
    score, minimum = score_counts(counts, bounds=bounds), policy.minimum_appointments
    return ExplainedStanding(
        standing=standing,
        score=score,
        policy=policy,
        bounds=bounds,
        counted_since=now.astimezone(hospital.zone).date() - timedelta(days=policy.window_days),
        told=score_sentence(score, tier=tier, bounds=bounds, minimum_appointments=minimum),
        way=way_sentence(counts, tier=tier, bounds=bounds, minimum_appointments=minimum),
        steps=steps_up(counts, tier=tier, bounds=bounds, minimum_appointments=minimum),
        meaning=meaning_of(standing.tier, terms),
        allowances=allowances_of(hospital=hospital, patient_id=patient_id, tier=standing.tier, policy=terms, now=now),
        counters=counters_of(hospital=hospital, patient_id=patient_id, policy=terms, now=now),
        restriction=restriction,
        review=latest_review(hospital_id=hospital.pk, patient_id=patient_id),
    )


def counts_of(standing: Standing) -> OutcomeCounts:
    return OutcomeCounts(
        total=standing.total,
        fulfilled=standing.fulfilled,
        unattended=standing.unattended,
        cancelled=standing.cancelled,
        missed=standing.missed,
    )


def bounds_of(policy: ScoringPolicy) -> TierBounds:
    """The policy's bounds in hundredths of a point."""
    return TierBounds(*(int(bound * 100) for bound in (policy.tier_a_from, policy.tier_b_from, policy.tier_c_from)))


def past_standings(*, hospital: Hospital, patient_id: int) -> QuerySet[PastStanding]:
    """The replaced ones, the newest first."""
    return PastStanding.objects.filter(patient_id=patient_id, hospital=hospital).order_by("-held_until", "-pk")
