"""The policies in force for many sessions at once, read in one query."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.compiled import CompiledQuery
from hospitals.models import BookingPolicy


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """Policies by (hospital, registration type); the type None is the hospital's own."""

    policies: dict[tuple[int, int | None], BookingPolicy]

    def of(self, *, hospital_id: int, registration_type_id: int | None) -> BookingPolicy:
        """As `services.policies.effective_policy` decides, but writes nothing: a hospital without a policy gets the defaults."""
        found = self.policies.get((hospital_id, registration_type_id)) or self.policies.get((hospital_id, None))
        return found or BookingPolicy(hospital_id=hospital_id)


def policies_in_force(*, hospital_ids: Iterable[int], at: datetime) -> PolicyBook:
    """Return the newest versions in force at `at` of these hospitals."""
    wanted = set(hospital_ids)
    # Of one hospital in most cases, and then on paths that patients wait for.
    newest = _OF_ONE.all(hospital_id=wanted.pop(), at=at) if len(wanted) == 1 else _newest(wanted, at)
    return PolicyBook({(policy.hospital_id, policy.registration_type_id): policy for policy in newest})


def _newest(hospital_ids: Collection[int], at: datetime) -> QuerySet[BookingPolicy]:
    return (
        BookingPolicy.objects.filter(hospital_id__in=hospital_ids, valid_from__lte=at)
        .order_by("hospital_id", "registration_type_id", "-version")
        .distinct("hospital_id", "registration_type_id")
    )


_OF_ONE = CompiledQuery(lambda hospital_id, at: _newest([hospital_id], at), hospital_id=int, at=datetime)
