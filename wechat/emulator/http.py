"""The little HTTP that the emulator needs on top of WSGI: a request, an answer, a table of routes."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote
from wsgiref.headers import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from wechat.emulator.world import World

# Nothing that WeChat takes here is larger.
MAX_BODY_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """One request. `target` is the path with its query exactly as sent, which signatures cover."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    body: bytes
    authorization: str
    content_type: str
    origin: str

    def json(self) -> dict[str, Any]:
        """The body as an object; ValueError when it is anything else."""
        try:
            value = json.loads(self.body or b"{}")
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(value, dict):
            raise ValueError("not an object")
        return value

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Headers = field(default_factory=Headers)


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """`pattern` names the parts of the path that `handler(world, request, **parts)` receives."""

    method: str
    pattern: str
    handler: Handler

    def match(self, request: Request) -> dict[str, str] | None:
        found = re.fullmatch(self.pattern, request.path) if request.method == self.method else None
        return found.groupdict() if found else None


def dispatch(routes: Iterable[Route], world: "World", request: Request) -> Answer | None:
    for route in routes:
        parts = route.match(request)
        if parts is not None:
            return route.handler(world, request, **parts)
    return None


def json_answer(value: object, *, status: int = 200, content_type: str = "application/json; charset=utf-8") -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), content_type)


def read_request(environ: "WSGIEnvironment") -> Request:
    path, query = environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
    path = path.encode("latin-1").decode("utf-8", "replace")
    target = environ.get("REQUEST_URI") or quote(path) + (f"?{query}" if query else "")
    length = environ.get("CONTENT_LENGTH") or "0"
    size = min(int(length), MAX_BODY_BYTES) if length.isdigit() else 0
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        target=target,
        query={name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()},
        body=environ["wsgi.input"].read(size) if size else b"",
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        content_type=environ.get("CONTENT_TYPE", ""),
        origin=f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '127.0.0.1')}",
    )
