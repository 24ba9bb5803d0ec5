"""For whom schedules are shown: hot sessions open to the patients of some tiers before everyone, and to those of others not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import F, FilteredRelation, Q

from accounts.errors import Refusal
from accounts.models import User
from accounts.selectors import PatientNotInAccount, patient_links
from booking.models import Tier
from booking.rules.privileges import Prospect, closed_to_tier
from hospitals.availability import EXTRA, FULL, NOT_RELEASED, OPEN, SAME_DAY
from hospitals.selectors.schedule import OfferedSession

# What others may book, wait for or await.
OPEN_TO_OTHERS = (OPEN, SAME_DAY, EXTRA, FULL, NOT_RELEASED)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A patient of the account that looks, with the tier at the hospital that is looked at.

    `closed`: of the sessions that are shown and open to others, those that are not open to this tier, by id, and why.
    """

    patient_id: int
    name: str
    tier: str
    closed: dict[int, Refusal] = field(default_factory=dict)

    @property
    def tier_label(self) -> str:
        return str(Tier(self.tier).label)

    def shown(self, offered: Iterable[OfferedSession], *, now: datetime) -> "Viewer":
        """The same one, who is shown these sessions."""
        judged = {
            each.session.pk: closed_to_tier(Prospect(each.session, each.policy, self.tier, now))
            for each in offered
            if each.state in OPEN_TO_OTHERS
        }
        return replace(self, closed={session_id: refusal for session_id, refusal in judged.items() if refusal is not None})


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
