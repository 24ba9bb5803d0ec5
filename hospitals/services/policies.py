"""Which booking policy applies, and how a new version comes to be."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from accounts.compiled import CompiledQuery
from accounts.models import User
from hospitals.models import BookingPolicy, Hospital, RegistrationType


def effective_policy(*, hospital_id: int, registration_type_id: int | None, at: datetime) -> BookingPolicy:
    """Return the newest version in force: the registration type's own where there is one, else the hospital's.

    A hospital without any policy gets version 1 with the defaults, so that an appointment can always name its policy.
    The instance is shared: do not change it.
    """
    found = _IN_FORCE.first(hospital_id=hospital_id, registration_type_id=registration_type_id, at=at)
    return policy_version(found.pk) if found else _first_policy(hospital_id=hospital_id, at=at)


def policies_for(*, hospital_id: Any, registration_type_id: Any, at: Any) -> QuerySet[BookingPolicy]:
    """The policy in force as a queryset of one row: of values, or of expressions as a subquery takes them."""
    in_force = BookingPolicy.objects.filter(hospital_id=hospital_id, valid_from__lte=at).filter(
        Q(registration_type_id=registration_type_id) | Q(registration_type__isnull=True)
    )
    # One query: the type's own rows sort before the hospital's (NULLs last), the newest first within each.
    return in_force.order_by(F("registration_type_id").asc(nulls_last=True), "-version")[:1]


_IN_FORCE = CompiledQuery(
    lambda hospital_id, registration_type_id, at: policies_for(
        hospital_id=hospital_id, registration_type_id=registration_type_id, at=at
    ).only("pk"),
    hospital_id=int,
    registration_type_id=int,
    at=datetime,
)


@lru_cache(maxsize=256)
def policy_version(policy_id: int) -> BookingPolicy:
    """One version of a policy, read once a process: a version is never changed, a revision writes the next one.

    The instance is shared: do not change it. Raises BookingPolicy.DoesNotExist.
    """
    return BookingPolicy.objects.get(pk=policy_id)


def _first_policy(*, hospital_id: int, at: datetime) -> BookingPolicy:
    policy, _ = BookingPolicy.objects.get_or_create(
        hospital_id=hospital_id, registration_type=None, version=1, defaults={"valid_from": at}
    )
    return policy


# Not a matter of choice, or set by the service itself.
_BOOKKEEPING = {"id", "hospital", "registration_type", "version", "valid_from", "created_by"}


@transaction.atomic
def revise_policy(
    *,
    hospital: Hospital,
    registration_type: RegistrationType | None,
    changes: dict[str, Any],
    by: User | None,
    now: datetime,
) -> BookingPolicy:
    """Write the next version: the one in force with `changes` applied. Raises ValidationError where it makes no sense."""
    Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    current = effective_policy(
        hospital_id=hospital.pk, registration_type_id=registration_type.pk if registration_type else None, at=now
    )
    fields = [f.name for f in BookingPolicy._meta.concrete_fields if f.name not in _BOOKKEEPING]
    values = {name: getattr(current, name) for name in fields} | changes
    newest = BookingPolicy.objects.filter(hospital=hospital, registration_type=registration_type).aggregate(
        newest=Max(F("version"))
    )["newest"]
    policy = BookingPolicy(
        hospital=hospital,
        registration_type=registration_type,
        version=(newest or 0) + 1,
        valid_from=now,
        created_by=by,
        **values,
    )
    policy.full_clean()
    policy.save()
    return policy
