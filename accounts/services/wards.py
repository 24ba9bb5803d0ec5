"""Children without a document of their own, registered under a guardian who is in the same account."""

import datetime as dt

from django.utils import timezone

from accounts.ages import ADULT_YEARS, CARD_COMPULSORY_YEARS, age_on
from accounts.documents.checks import check_birth_date
from accounts.documents.refusals import BirthDateMissing, SexMissing
from accounts.errors import Refusal
from accounts.models import Patient, Sex, User
from accounts.names import is_same_name
from accounts.selectors import PatientNotInAccount, linked_patient


class GuardianMissing(Refusal):
    """Neither a document nor a guardian."""


class GuardianNotInAccount(Refusal):
    """The guardian must be a patient of this account."""


class GuardianUnfit(Refusal):
    """The guardian is a child, or has no document either."""


class WardTooOld(Refusal):
    """At this age everyone has a document of their own. Detail: `years`."""


class WardDetailsDisagree(Refusal):
    """The guardian has a child of this name and birth date, of the other sex."""


def find_or_register_ward(
    *,
    user: User,
    guardian_id: int | None,
    name: str,
    sex: str | None,
    birth_date: dt.date | None,
    now: dt.datetime,
) -> Patient:
    """The child of this guardian, found by name and birth date, else registered. The caller holds the account's lock.

    Raises GuardianMissing, GuardianNotInAccount, GuardianUnfit, WardTooOld, WardDetailsDisagree, or what a document's
    birth date and sex are refused for.
    """
    today = timezone.localdate(now)
    if guardian_id is None:
        raise GuardianMissing(field="guardian")
    if birth_date is None:
        raise BirthDateMissing(field="birth_date")
    if not sex or sex == Sex.UNKNOWN:
        raise SexMissing(field="sex")
    check_birth_date(birth_date, today=today)
    if age_on(birth_date, today) >= CARD_COMPULSORY_YEARS:
        raise WardTooOld(field="birth_date", years=CARD_COMPULSORY_YEARS)
    guardian = _guardian(user, guardian_id, today)
    # Two accounts may carry the same guardian: the unique constraint keeps one child.
    ward, _ = Patient.objects.get_or_create(
        guardian=guardian, name=name, birth_date=birth_date, defaults={"sex": Sex(sex), "created_at": now}
    )
    if ward.sex != sex or not is_same_name(ward.name, name):
        raise WardDetailsDisagree(field="sex")
    return ward


def _guardian(user: User, guardian_id: int, today: dt.date) -> Patient:
    try:
        guardian = linked_patient(user_id=user.pk, patient_id=guardian_id).patient
    except PatientNotInAccount as error:
        raise GuardianNotInAccount(field="guardian") from error
    is_adult = guardian.birth_date is not None and age_on(guardian.birth_date, today) >= ADULT_YEARS
    if not (is_adult and guardian.document_index):
        raise GuardianUnfit(field="guardian", years=ADULT_YEARS)
    return guardian
