"""The form of the scoring policy: it is done only once the person has seen what it would do, and said yes to exactly that."""

from decimal import Decimal
from typing import Any

from django.core import signing

from hospitals.admin.scoped import HospitalScopedForm
from hospitals.models import Hospital
from scoring.models import ScoringPolicy
from scoring.services.policies import TERMS, policy_in_force

CONFIRM = "_confirm"
_SALT = "scoring.policy-preview"
# A preview tells of standings as they were: whoever comes back after lunch looks again.
_GOOD_FOR_SECONDS = 3600
_CENT = Decimal("0.01")


class ScoringPolicyForm(HospitalScopedForm):
    """Valid, as the admin asks it, when its fields are and `CONFIRM` brings the token of a preview of just these values.

    `proposed` is set where the fields are sound: the policy as it would be, unsaved, its version the next one.
    """

    proposed: ScoringPolicy | None = None
    # The button was pressed, but for other values, for another version, or too late.
    is_confirmation_outdated = False

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        hospital: Hospital = self.cleaned_data.get("hospital") or self.instance.hospital
        base = policy_in_force(hospital_id=hospital.pk)
        self.proposed = _next(hospital, base, self.changes)
        if self.instance.pk and not self.changes:
            # Nothing is written, so there is nothing to look at.
            return True
        token = self.data.get(CONFIRM, "")
        is_confirmed = token == "" or proposed_in(token) == described(self.proposed)
        self.is_confirmation_outdated = not is_confirmed
        return bool(token) and is_confirmed

    @property
    def changes(self) -> dict[str, Any]:
        """Of a policy that is there only what this person changed, so that two editors do not undo each other."""
        names = self.changed_data if self.instance.pk else list(self.cleaned_data)
        return {name: self.cleaned_data[name] for name in names if name in TERMS}


def described(policy: ScoringPolicy) -> dict[str, Any]:
    """Hospital, version and terms of a policy as JSON takes them, equal where the terms are: 90 and 90.00 are the same bound."""
    terms = {name: getattr(policy, name) for name in TERMS}
    plain = {name: str(value.quantize(_CENT)) if isinstance(value, Decimal) else value for name, value in terms.items()}
    return {"hospital": policy.hospital_id, "version": policy.version, "terms": plain}


def token_for(policy: ScoringPolicy) -> str:
    """What the page of a preview carries, so that nobody confirms anything else."""
    return signing.dumps(described(policy), salt=_SALT, compress=True)


def proposed_in(token: str) -> dict[str, Any] | None:
    """What a token describes; None where it is not one of ours, or too old."""
    try:
        found: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=_GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    return found


def policy_in(token: str) -> ScoringPolicy | None:
    """The unsaved policy that a token describes, its hospital along; None as above."""
    found = proposed_in(token)
    hospital = Hospital.objects.filter(pk=found["hospital"]).first() if found else None
    if found is None or hospital is None:
        return None
    return ScoringPolicy(hospital=hospital, version=found["version"], **_typed(found["terms"]))


def _next(hospital: Hospital, base: ScoringPolicy, changes: dict[str, Any]) -> ScoringPolicy:
    values = {name: getattr(base, name) for name in TERMS} | changes
    return ScoringPolicy(hospital=hospital, version=base.version + 1, **_typed(values))


def _typed(terms: dict[str, Any]) -> dict[str, Any]:
    """As the columns have them: bounds are decimals, whether they come from defaults, a form or a token."""
    fields = {field.name: field for field in ScoringPolicy._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in terms.items()}
