"""An account deleted at its person's request: what says who they are goes, bookings stay without it."""

import datetime as dt

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.errors import Refusal
from accounts.locks import lock_account, lock_patients
from accounts.models import AccountDeletion, AccountPatient, Consent, Patient, SensitiveAccess, User, WeChatIdentity
from accounts.personal_data import Person, contributors, person_of, redact_rows

# What stands where a name was.
NOBODY = "已注销"


class StaffAccount(Refusal):
    """Staff's accounts are opened and closed by their hospital."""


@transaction.atomic
def delete_account(*, user: User, now: dt.datetime) -> AccountDeletion:
    """Delete the account and de-identify the patients whom no other account carries; deleting again changes nothing more.

    The account's row and the bookings stay, as law demands, and lead to nobody. Signing in anew makes a new account.
    Raises StaffAccount, or what has to come to an end first: the apps' obstacles, the others of several under `others`.
    """
    account = lock_account(user.pk)
    done = AccountDeletion.objects.filter(user=account).first()
    if done is not None:
        return done
    if account.is_staff:
        raise StaffAccount()
    person = _locked_person(account)
    _refuse_open_matters(person)
    # The upper layers' rows point to the lower ones'.
    for contributor in reversed(contributors()):
        contributor.erase(person, now)
    return AccountDeletion.objects.create(
        user=account,
        at=now,
        patients_deidentified=len(person.alone_ids),
        patients_kept=len(person.patient_ids - person.alone_ids),
    )


def _locked_person(account: User) -> Person:
    lock_patients(AccountPatient.objects.filter(user=account).values_list("patient_id", flat=True))
    return person_of(account)


def _refuse_open_matters(person: Person) -> None:
    found = [refusal for contributor in contributors() for refusal in contributor.obstacles(person)]
    if found:
        first, *others = found
        first.detail["others"] = others
        raise first


def erase_identity(person: Person, now: dt.datetime) -> None:
    """This app's own part: run last, when nothing above needs the identity any more."""
    _erase_patients(person)
    _erase_account(person.user, now)


def _erase_patients(person: Person) -> None:
    alone = Patient.objects.filter(pk__in=person.alone_ids)
    alone.update(name=NOBODY, birth_date=None, document_type="", document_number="", document_index=None, phone="", guardian=None)
    # Who looked, when and at what stays: it is the staff's record. What they wrote may name the person.
    looks = SensitiveAccess.objects.filter(patient__in=person.alone_ids)
    redact_rows(looks, "reason", person.identifiers)
    titles = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Patient), object_id__in=[str(pk) for pk in person.alone_ids]
    )
    titles.update(object_repr=NOBODY)


def _erase_account(user: User, now: dt.datetime) -> None:
    AccountPatient.objects.filter(user=user).delete()
    # That there was a consent, to which text and from when to when, is kept as proof that data were taken lawfully.
    Consent.objects.filter(user=user, withdrawn_at__isnull=True).update(withdrawn_at=now)
    WeChatIdentity.objects.filter(user=user).delete()
    OutstandingToken.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        username=f"deleted-{user.pk}",
        password="!",
        first_name="",
        last_name="",
        email="",
        last_login=None,
        phone="",
        phone_index=None,
        phone_verified_at=None,
        # Access tokens that are out are refused as those of an account that signed out, not as those of a closed one.
        tokens_valid_from=now,
    )
