from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import User
from accounts.selectors import PatientNotInAccount, patient_links
from booking.models import Appeal, AppealState, WaitlistEntry
from booking.standings_held import standings_held
from hospitals.models import Hospital
from notifications.selectors import unread

# As many as a person's page has room for; the page of standings has them all.
STANDINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Person:
    """A patient of the account."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Summary:
    """`patient` is the one whose standings are told; None for an account without patients."""

    account: User
    patients: int
    patient: Person | None
    standings: list[Hospital]
    waiting: int
    unread_messages: int
    open_appeals: int


def summary(*, user: User, patient_id: int | None, now: datetime) -> Summary:
    """Six queries. Without a `patient_id` the patient is the one added first. Raises PatientNotInAccount."""
    # Neither phones nor documents are shown, and decrypting them would take longer than the query.
    links = patient_links(user_id=user.pk).select_related(None).values_list("patient_id", "patient__name")
    patients = [Person(*link) for link in links]
    patient = _chosen(patients, patient_id)
    return Summary(
        account=User.objects.select_related("wechat_identity").get(pk=user.pk),
        patients=len(patients),
        patient=patient,
        standings=list(standings_held(patient_id=patient.id, now=now)[:STANDINGS]) if patient else [],
        waiting=WaitlistEntry.objects.filter(joined_by=user, ended_at__isnull=True).count(),
        unread_messages=unread(user, now=now).count(),
        open_appeals=Appeal.objects.filter(by=user, state=AppealState.PENDING).count(),
    )


def _chosen(patients: list[Person], patient_id: int | None) -> Person | None:
    if patient_id is None:
        return patients[0] if patients else None
    for patient in patients:
        if patient.id == patient_id:
            return patient
    raise PatientNotInAccount()
