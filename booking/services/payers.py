"""Whose account a booking belongs to that staff make for a patient: it is told about it, and pays where a fee is due."""

from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from accounts.errors import Refusal
from accounts.models import AccountPatient, Consent, ConsentKind, Relationship, User


class NoPayer(Refusal):
    """A fee is due, and no account that could pay it carries the patient: the product has no cash desk."""


def account_of(*, patient_id: int, fee_fen: int) -> User | None:
    """The account for a booking of the patient: the patient's own before a relative's, then the one that added them last.

    It carries the patient now, agreed to health data being processed, and has a WeChat identity where there is a fee.
    None where there is no such account and nothing to pay. Raises NoPayer.
    """
    consent = Consent.objects.filter(
        user_id=OuterRef("user_id"), patient_id=patient_id, kind=ConsentKind.HEALTH_DATA, withdrawn_at__isnull=True
    )
    links = AccountPatient.objects.filter(Exists(consent), patient_id=patient_id, removed_at__isnull=True, user__is_active=True)
    if fee_fen:
        links = links.filter(user__wechat_identity__isnull=False)
    own_first = Case(When(relationship=Relationship.SELF, then=Value(0)), default=Value(1), output_field=IntegerField())
    link = links.select_related("user").order_by(own_first, "-added_at", "-pk").first()
    if link is None and fee_fen:
        raise NoPayer()
    return link.user if link else None
