"""Which hospitals a page of the admin offers, and which it is about."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest

from hospitals.admin.scoped import hospitals_with_role, is_platform_operator
from hospitals.models import Hospital


def own_hospitals(request: HttpRequest, roles: Iterable[str]) -> list[Hospital]:
    """Those at which the person has one of `roles`, by name; all of them for who runs the platform."""
    hospitals = Hospital.objects.order_by("name", "pk")
    if not is_platform_operator(request):
        hospitals = hospitals.filter(pk__in=hospitals_with_role(request, roles))
    return list(hospitals)


def chosen_hospital(hospitals: list[Hospital], wanted: str) -> Hospital:
    """The first where none is named. Raises Http404 for one that is not among them."""
    if not wanted:
        return hospitals[0]
    for hospital in hospitals:
        if str(hospital.pk) == wanted:
            return hospital
    raise Http404
