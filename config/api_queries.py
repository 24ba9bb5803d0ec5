"""Query parameters that an operation does not know are refused: a misspelt filter would answer with everything instead.

What an operation knows is what its schema says, so that nothing has to be listed twice and nothing can be forgotten.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework.views import APIView

from config.api_errors import error_body

# drf-spectacular fills tables of its own while it reads, which is not made for several threads at once.
_reading = threading.Lock()

SENTENCE = "不支持该查询参数。"


class KnownQueryNames:
    """Django middleware: answers 400 to a GET of the API with a name that the operation does not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method != "GET" or not request.GET or not is_operation(view):
            return None
        unknown = sorted(request.GET.keys() - query_names(view))
        if not unknown:
            return None
        return JsonResponse(error_body("invalid", SENTENCE, {name: [SENTENCE] for name in unknown}), status=400)


def is_operation(view: Any) -> bool:
    """Whether it is in the published schema; the schema's own page is not."""
    of_class = getattr(view, "cls", None)
    if of_class is None or not issubclass(of_class, APIView):
        return False
    return not of_class.__module__.startswith("drf_spectacular.")


def query_names(view: Any) -> frozenset[str]:
    """The names that a GET of the view takes. Some milliseconds once for each view; others wait meanwhile."""
    with _reading:
        return _names_in_schema(view)


@functools.cache
def _names_in_schema(view: Any) -> frozenset[str]:
    # A view set's methods are named by its routes.
    if not ("get" in view.actions if getattr(view, "actions", None) else hasattr(view.cls, "get")):
        return frozenset()
    # It keeps the view's schema alive.
    generator = SchemaGenerator()
    schema = generator.create_view(view, "GET").schema
    operation = schema.get_operation("/", "/", "/", "GET", ComponentRegistry()) or {}
    return frozenset(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
