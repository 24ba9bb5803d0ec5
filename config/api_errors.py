"""Which refusal becomes which HTTP status, stable code and sentence. Every error has one shape: {code, message, detail}."""

import logging
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from django.http.request import HttpRequest
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from accounts.errors import Refusal
from config.api_error_table import REFUSALS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    http_status: int
    code: str
    sentence: str


# Framework errors: what the request itself got wrong before any domain rule was asked.
FRAMEWORK: dict[type[Exception], ErrorRow] = {
    exceptions.ParseError: ErrorRow(400, "malformed", "请求格式有误，无法读取。"),
    exceptions.ValidationError: ErrorRow(400, "invalid", "提交的信息有误，请检查后重试。"),
    exceptions.NotAuthenticated: ErrorRow(401, "not-authenticated", "请先登录。"),
    exceptions.AuthenticationFailed: ErrorRow(401, "authentication-failed", "登录已失效，请重新登录。"),
    exceptions.PermissionDenied: ErrorRow(403, "forbidden", "您没有权限进行此操作。"),
    PermissionDenied: ErrorRow(403, "forbidden", "您没有权限进行此操作。"),
    exceptions.NotFound: ErrorRow(404, "not-found", "没有找到您要的内容。"),
    Http404: ErrorRow(404, "not-found", "没有找到您要的内容。"),
    exceptions.MethodNotAllowed: ErrorRow(405, "method-not-allowed", "不支持此操作。"),
    exceptions.NotAcceptable: ErrorRow(406, "not-acceptable", "不支持所请求的格式。"),
    RequestDataTooBig: ErrorRow(413, "too-large", "提交的内容过大。"),
    exceptions.UnsupportedMediaType: ErrorRow(415, "unsupported-media-type", "请以 JSON 格式提交。"),
    exceptions.Throttled: ErrorRow(429, "throttled", "操作太频繁，请稍后再试。"),
}


def error_body(code: str, message: str, detail: Any = None) -> dict[str, Any]:
    return {"code": code, "message": message, "detail": detail if detail is not None else {}}


def _first_sentence(detail: Any) -> str | None:
    """The first human sentence inside a (nested) DRF validation detail."""
    if isinstance(detail, str):
        return str(detail)
    parts = detail.values() if isinstance(detail, dict) else detail if isinstance(detail, list) else ()
    return next((found for part in parts if (found := _first_sentence(part))), None)


def _framework_response(exc: Exception, row: ErrorRow, context: dict[str, Any]) -> Response:
    """Let DRF set the headers (WWW-Authenticate, Retry-After) and the rollback; the body is ours."""
    response = drf_exception_handler(exc, context)
    if response is None:  # one of Django's own, which DRF does not know
        response = Response(status=row.http_status)
    message = row.sentence
    detail: dict[str, Any] = {}
    if isinstance(exc, exceptions.ValidationError):
        detail = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        message = _first_sentence(exc.detail) or message
    elif "Retry-After" in response:
        detail = {"retry_after_seconds": int(response["Retry-After"])}
    response.data = error_body(row.code, message, detail)
    return response


def refusal_row(exc: Refusal) -> ErrorRow:
    """The row of the refusal's class, or of its nearest base that has one."""
    for cls in type(exc).__mro__:
        if cls in REFUSALS:
            return ErrorRow(*REFUSALS[cls])
    raise LookupError(f"{type(exc).__name__} is missing from config.api_error_table.REFUSALS")


def refusal_body(exc: Refusal) -> dict[str, Any]:
    """Render one refusal; several found at once are listed under `detail.refusals`, the first one speaks."""
    row = refusal_row(exc)
    detail = {key: value for key, value in exc.detail.items() if key != "others"}
    body = error_body(row.code, row.sentence.format(**detail), detail)
    others = exc.detail.get("others")
    if others:
        body["detail"]["refusals"] = [
            {"code": refusal_row(other).code, "message": refusal_row(other).sentence.format(**other.detail)}
            for other in (exc, *others)
        ]
    return body


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER."""
    if isinstance(exc, Refusal):
        set_rollback()
        return Response(refusal_body(exc), status=refusal_row(exc).http_status)
    for cls in type(exc).__mro__:
        if cls in FRAMEWORK:
            return _framework_response(exc, FRAMEWORK[cls], context)
    if isinstance(exc, exceptions.APIException):
        return Response(error_body(exc.default_code, str(exc.detail)), status=exc.status_code)
    logger.exception("Unhandled error in the API")
    return Response(error_body("internal", "系统繁忙，请稍后再试。"), status=status.HTTP_500_INTERNAL_SERVER_ERROR)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler404, for addresses that no view answers."""
    return JsonResponse(error_body("not-found", "没有找到您要的内容。"), status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler500, for what fails outside a DRF view."""
    return JsonResponse(error_body("internal", "系统繁忙，请稍后再试。"), status=500)
