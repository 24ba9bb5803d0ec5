"""What the schema says of errors: one shape for all of them, on every operation."""

from typing import Any

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
METHODS = {"get", "post", "put", "patch", "delete"}


def add_error_shape(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A drf-spectacular postprocessing hook: every operation may answer with an Error."""
    result["components"]["schemas"]["Error"] = ERROR
    reference = {"$ref": "#/components/schemas/Error"}
    answer = {"description": "拒绝或出错", "content": {"application/json": {"schema": reference}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                operation["responses"]["default"] = answer
    return result
