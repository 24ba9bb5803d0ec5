"""The standing that bookings are judged by, as the rules read it. `standing_changes` writes it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from accounts.compiled import CompiledQuery
from accounts.models import Patient
from accounts.selectors import PatientNotInAccount, patient_links
from booking.models import Restriction, Standing, Tier
from booking.rules.attempt import Pause


def standing_of(*, hospital_id: int, patient_id: int) -> Standing:
    """The patient's standing at the hospital; where there is none yet, an unsaved one that is unrated and counts nothing."""
    found = Standing.objects.filter(hospital_id=hospital_id, patient_id=patient_id).first()
    return found or Standing(hospital_id=hospital_id, patient_id=patient_id, tier=Tier.UNRATED)


def active_restriction(*, hospital_id: int, patient_id: int, at: datetime) -> Restriction | None:
    """The pause of booking in force at that moment, the one that ends last; None where the patient may book."""
    return _IN_FORCE.first(hospital_id=hospital_id, patient_id=patient_id, at=at)


_IN_FORCE = CompiledQuery(
    lambda hospital_id, patient_id, at: Restriction.objects.filter(
        hospital_id=hospital_id, patient_id=patient_id, starts_at__lte=at, ends_at__gt=at, lifted_at__isnull=True
    ).order_by("-ends_at", "-id")[:1],
    hospital_id=int,
    patient_id=int,
    at=datetime,
)


@dataclass(frozen=True, slots=True)
class Footing:
    """What a booking is judged by: the tier, and the pause that is in force."""

    tier: str
    pause: Pause | None


def footing_of(*, hospital_id: int, patient_id: int, at: datetime) -> Footing:
    """As `standing_of` and `active_restriction` say, in one statement."""
    return patient_on_footing(hospital_id=hospital_id, patient_id=patient_id, at=at)[1]


def patient_on_footing(*, hospital_id: int, patient_id: int, at: datetime) -> tuple[Patient, Footing]:
    """The patient as well. Raises Patient.DoesNotExist."""
    return _with_footing(_FOOTING.get(hospital_id=hospital_id, patient_id=patient_id, at=at))


def lock_patient_on_footing(*, hospital_id: int, patient_id: int, at: datetime, user_id: int) -> tuple[Patient, Footing]:
    """The patient of that account locked until the transaction ends. Raises PatientNotInAccount, with nothing locked."""
    found = _LOCKED_FOOTING.first(hospital_id=hospital_id, patient_id=patient_id, at=at, user_id=user_id)
    if found is None:
        raise PatientNotInAccount()
    return _with_footing(found)


def _with_footing(found: Patient) -> tuple[Patient, Footing]:
    until, missed_count, tier = found.paused_until, found.missed_count, found.tier  # type: ignore[attr-defined]
    pause = None if until is None else Pause(ends_at=until, missed_count=missed_count)
    return found, Footing(tier=tier or Tier.UNRATED, pause=pause)


def _footing(hospital_id: int, patient_id: int, at: datetime) -> QuerySet[Patient]:
    """The patient's row, which there always is, with what is joined to it where there is such."""
    own = FilteredRelation("standings", condition=Q(standings__hospital_id=hospital_id))
    is_in_force = Q(
        restrictions__hospital_id=hospital_id,
        restrictions__starts_at__lte=at,
        restrictions__ends_at__gt=at,
        restrictions__lifted_at__isnull=True,
    )
    # No rule looks at what is encrypted, and decrypting it takes longer than reading the row.
    readable = Patient.objects.defer("document_number", "phone")
    joined = readable.annotate(own=own, paused=FilteredRelation("restrictions", condition=is_in_force))
    shown = joined.annotate(tier=F("own__tier"), paused_until=F("paused__ends_at"), missed_count=F("paused__missed_count"))
    return shown.filter(pk=patient_id).order_by(F("paused_until").desc(nulls_last=True), "-paused__id")


def _locked_footing(hospital_id: int, patient_id: int, at: datetime, user_id: int) -> QuerySet[Patient]:
    # Nobody can hold up another account's patient.
    is_carried = Exists(patient_links(user_id=user_id).filter(patient_id=OuterRef("pk")))
    return _footing(hospital_id, patient_id, at).filter(is_carried).select_for_update(of=("self",), no_key=True)[:1]


_FOOTING = CompiledQuery(lambda **given: _footing(**given)[:1], hospital_id=int, patient_id=int, at=datetime)
_LOCKED_FOOTING = CompiledQuery(_locked_footing, hospital_id=int, patient_id=int, at=datetime, user_id=int)
