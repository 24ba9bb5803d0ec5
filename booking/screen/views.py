from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.screen.board import board_of
from hospitals.models import Department


@require_safe
@never_cache
def screen_view(request: HttpRequest, hospital: str, department: int) -> HttpResponse:
    """The page. It carries the first board, so that a screen shows something before any script has asked."""
    board = board_of(department=_shown_department(hospital, department), now=timezone.now())
    response = render(request, "booking/screen.html", {"board": board})
    # Names are masked; even so, what hangs in a waiting room need not be found from elsewhere.
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
@never_cache
def now_view(request: HttpRequest, hospital: str, department: int) -> JsonResponse:
    return JsonResponse(board_of(department=_shown_department(hospital, department), now=timezone.now()))


def _shown_department(hospital: str, department: int) -> Department:
    # An id beyond the column's range is one that no department has.
    found = (
        Department.objects.select_related("hospital")
        .filter(pk=department, hospital__code=hospital, is_active=True, hospital__is_active=True)
        .first()
        if department < 2**63
        else None
    )
    if found is None:
        raise Http404
    return found
