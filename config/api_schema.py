"""How the schema is told what DRF does not tell it by itself: the refusals of each operation, and which answers may be empty."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

ERROR = {
    "type": "object",
    "description": "The one shape of every error.",
    "properties": {
        "code": {"type": "string", "description": "Stable; what a program decides by.", "example": "session-full"},
        "message": {"type": "string", "description": "A Chinese sentence to show.", "example": "该班次已约满。"},
        "detail": {
            "type": "object",
            "additionalProperties": {},
            "description": "The facts of this case; for an invalid request the fields and what is wrong with each.",
        },
    },
    "required": ["code", "message", "detail"],
}
ANSWER = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
MEANINGS = {
    400: "请求有误",
    401: "尚未登录或登录已失效",
    403: "不允许",
    404: "没有找到",
    405: "不支持此操作",
    406: "不支持所请求的格式",
    409: "当前情况下不能进行",
    413: "提交的内容过大",
    415: "不支持所提交的格式",
    422: "请求重复编号已用于另一请求",
    429: "操作太频繁",
    503: "暂时繁忙，请稍后重试",
}


class TruthfulSchema(AutoSchema):
    """DRF's DEFAULT_SCHEMA_CLASS."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Add the refusals that the view and its parameters make possible, and that an empty `?name=` is as none at all."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status in sorted(self._refusal_statuses(operation)):
            operation["responses"].setdefault(str(status), {"description": MEANINGS[status], "content": ANSWER})
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and not parameter.get("required"):
                parameter["allowEmptyValue"] = True
        return operation

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A field that is only shown may be null where its source can be missing, and blank where its column can be blank.

        DRF drops what says so from fields that take no input.
        """
        if isinstance(field, serializers.Field) and field.read_only:
            if field.default is None:
                field.allow_null = True
            if isinstance(field, serializers.ChoiceField):
                field.allow_blank = field.allow_blank or _is_blank_column(field)
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _refusal_statuses(self, operation: dict[str, Any]) -> set[int]:
        parameters = operation.get("parameters", ())
        places, names = ({parameter[key] for parameter in parameters} for key in ("in", "name"))
        statuses = {405, 406}
        if places & {"query", "header"} or self.method == "GET":
            # A name behind the question mark that the operation does not know is refused (config.api_queries).
            statuses |= {400}
        if "requestBody" in operation:
            # An id in a body may be nobody's, or somebody else's.
            statuses |= {400, 404, 413, 415}
        if "path" in places or "page" in names:
            statuses |= {404}
        if self._is_guarded():
            # Of another's object, or of a query's, a signed-in caller hears 404; a closed account and a withdrawn consent 403.
            statuses |= {401, 403, 404, 409}
        elif self.view.get_authenticators():
            # Open to everyone, but a token that comes along is looked at.
            statuses |= {401, 403}
        if self.method != "GET":
            statuses |= {401, 403, 409, 503}
        if self.view.throttle_classes:
            statuses |= {429}
        if "Idempotency-Key" in names:
            statuses |= {422}
        return statuses

    def _is_guarded(self) -> bool:
        return any(isinstance(permission, IsAuthenticated) for permission in self.view.get_permissions())


def _is_blank_column(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    columns = {column.name: column for column in model._meta.concrete_fields} if model else {}
    return field.source in columns and columns[field.source].blank


def add_error_shape(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A drf-spectacular postprocessing hook: the shape that every operation refers to."""
    result["components"]["schemas"]["Error"] = ERROR
    return result
