"""For whom schedules are shown: hot sessions open to the patients of some tiers before everyone."""

from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q

from accounts.models import User
from accounts.selectors import PatientNotInAccount, patient_links
from booking.models import Tier


@dataclass(frozen=True, slots=True)
class Viewer:
    """A patient of the account that looks, with the tier at the hospital that is looked at."""

    patient_id: int
    name: str
    tier: str

    @property
    def tier_label(self) -> str:
        return str(Tier(self.tier).label)


def viewer_at(*, user: User, patient_id: int | None, hospital_id: int) -> Viewer | None:
    """The account's patient of that id, or the one added first; None for an account without patients. One query.

    Raises PatientNotInAccount.
    """
    # Neither phones nor documents are wanted, and decrypting them would take longer than the query.
    links = patient_links(user_id=user.pk).select_related(None)
    if patient_id is not None:
        links = links.filter(patient_id=patient_id)
    own = FilteredRelation("patient__standings", condition=Q(patient__standings__hospital_id=hospital_id))
    found = links.annotate(own=own).values_list("patient_id", "patient__name", F("own__tier")).first()
    if found is None:
        if patient_id is not None:
            raise PatientNotInAccount()
        return None
    of_patient, name, tier = found
    return Viewer(of_patient, name, tier or Tier.UNRATED)
