"""Locks of this app, taken in this order: phone, then account, then patients."""

from collections.abc import Collection

from django.db import connection

from accounts.models import Patient, User


def lock_account(user_id: int) -> User:
    """Lock an account until the transaction ends and return it as it is now. Raises User.DoesNotExist."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)


def lock_patients(patient_ids: Collection[int]) -> None:
    """Until the transaction ends none of them is booked for or offered a seat. Locked in the order of their ids."""
    patients = Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(patient_ids))
    list(patients.order_by("pk").only("pk"))


def lock_phone(index: str) -> None:
    """Let one transaction at a time deal with this phone. An advisory lock, as a phone that nobody has used has no row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"accounts.phone:{index}"])
