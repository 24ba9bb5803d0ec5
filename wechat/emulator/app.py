"""The emulator as a WSGI application."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from wechat.emulator import bills, control, login, messages, orders, page, refunds
from wechat.emulator.errors import ApiRefusal, PayRefusal
from wechat.emulator.faults import answer_instead, spoil
from wechat.emulator.http import Answer, Request, Route, dispatch, json_answer, read_request
from wechat.emulator.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

API_ROUTES: tuple[Route, ...] = (*login.ROUTES, *messages.ROUTES)
PAY_ROUTES: tuple[Route, ...] = (*orders.ROUTES, *refunds.ROUTES, *bills.ROUTES)
PEOPLE_ROUTES: tuple[Route, ...] = (*page.ROUTES, *control.ROUTES)
# Bills are raw files: WeChat signs the answer that names them, not the file.
UNSIGNED = "/v3/billdownload/"


class Application:
    """`Application(world)` is the WSGI callable."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = read_request(environ)
        answer = self.answer(request)
        has_body = answer.status != HTTPStatus.NO_CONTENT
        headers = Headers([*answer.headers.items(), ("Content-Length", str(len(answer.body)))])
        if has_body:
            headers["Content-Type"] = answer.content_type
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers.items())
        return [answer.body] if has_body else []

    def answer(self, request: Request) -> Answer:
        """What WeChat would answer, or does answer on a bad day."""
        if request.path == "/" or request.path.startswith(control.PREFIX):
            answer = dispatch(PEOPLE_ROUTES, self.world, request) or json_answer({"message": "无此页面"}, status=404)
            # The mini-program's browser build plays the phone from another port.
            answer.headers["Access-Control-Allow-Origin"] = "*"
            return answer
        self.world.calls.append(request.path)
        fault = self.world.faults.take(request.path)
        if fault is None:
            return self._carried_out(request)
        return answer_instead(fault) or spoil(fault, self._carried_out(request))

    def _carried_out(self, request: Request) -> Answer:
        if request.path.startswith("/v3/"):
            return self._pay(request)
        try:
            answer = dispatch(API_ROUTES, self.world, request)
        except ApiRefusal as refusal:
            return refusal.answer()
        return answer or json_answer({"errcode": 404, "errmsg": "no such call"}, status=404)

    def _pay(self, request: Request) -> Answer:
        if not self.world.signer.is_from_merchant(request):
            return PayRefusal(401, "SIGN_ERROR", "错误的签名，验签失败").answer()
        try:
            answer = dispatch(PAY_ROUTES, self.world, request)
        except PayRefusal as refusal:
            answer = refusal.answer()
        answer = answer or PayRefusal(404, "NOT_FOUND", "接口不存在").answer()
        if not request.path.startswith(UNSIGNED):
            for name, value in self.world.signer.headers(answer.body).items():
                answer.headers[name] = value
        return answer
