"""The other side's controls, under /_emulator/: what people do, and what goes wrong, asked for over HTTP.

Bodies are JSON objects, or the forms of the page (which then leads back to the page). Refusals are 400 or 404 with
`{"message": …}`.
"""

import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from wechat.emulator import login, messages, notices, orders, overview, people, refunds
from wechat.emulator.faults import Fault, Kind
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.keys import SUBSCRIBE_TEMPLATES, template_id
from wechat.emulator.world import World

FORM = "application/x-www-form-urlencoded"
PREFIX = "/_emulator/"
Told = dict[str, Any]


def control(action: Callable[..., Told | list[Told]]) -> Callable[..., Answer]:
    """Turn an action on the world into a handler: arguments in, its refusals explained, a form led back to the page."""

    def handler(world: World, request: Request, **parts: str) -> Answer:
        # curl labels whatever it posts as a form; JSON is told by its brace.
        is_form = request.content_type.startswith(FORM) and not request.body.lstrip().startswith(b"{")
        try:
            given = _scalars(request.form() if is_form else request.json())
            arguments = _bound(action, world, parts | given)
            told = action(*arguments.args, **arguments.kwargs)
        except LookupError as error:
            return json_answer({"message": str(error.args[0])}, status=404)
        except ValueError as error:
            return json_answer({"message": str(error)}, status=400)
        if is_form:
            answer = Answer(303)
            answer.headers["Location"] = "/"
            return answer
        return json_answer(told)

    return handler


def _scalars(given: Told) -> Told:
    for name, value in given.items():
        if isinstance(value, dict | list):
            raise ValueError(f"{name} is not a plain value")
    return given


def _bound(action: Callable[..., Any], world: World, given: Told) -> inspect.BoundArguments:
    try:
        return inspect.signature(action).bind(world, **given)
    except TypeError as error:
        raise ValueError(str(error)) from error


def make_login_code(world: World, *, name: str = "patient", unionid: str | None = None) -> Told:
    code = people.login_code(world, name, unionid=unionid)
    return {"code": code, "openid": people.openid_of(world.keys.appid, name)}


def make_phone_code(world: World, *, phone: str = "13800138000") -> Told:
    return {"code": people.phone_code(world, phone)}


def pay_order(world: World, *, number: str, notify: str = "normal", delay_seconds: float = 0.0) -> Told:
    orders.pay(world, number, notify=notify, delay_seconds=float(delay_seconds or 0))
    return {"paid": True}


def decline_order(world: World, *, number: str) -> Told:
    orders.decline(world, number)
    return {"paid": False}


def request_payment(world: World, *, decision: str = "pay", **parameters: str) -> Told:
    """wx.requestPayment as the phone runs it: the merchant's signature is checked before the sheet opens."""
    if decision not in {"pay", "cancel"}:
        raise ValueError("decision is pay or cancel")
    if not all(isinstance(value, str) for value in parameters.values()):
        raise ValueError("every parameter of wx.requestPayment is a string")
    if not world.signer.is_payment_request(parameters):
        raise ValueError("支付验证签名失败")
    number = orders.order_of_prepay(world, parameters["package"].removeprefix("prepay_id="))
    if decision == "cancel":
        orders.decline(world, number)
        return {"errMsg": "requestPayment:fail cancel"}
    orders.pay(world, number)
    return {"errMsg": "requestPayment:ok"}


def settle_refund(world: World, *, number: str, outcome: str = "success") -> Told:
    refunds.settle(world, number, outcome)
    return {"outcome": outcome}


def set_refund_outcome(world: World, *, outcome: str, notify: str = "normal") -> Told:
    refunds.check_outcome(outcome)
    notices.check_mode(notify)
    world.faults.add_refund_outcome(outcome, notify=notify)
    return {"outcome": outcome, "notify": notify}


def message_templates(world: World) -> Told:
    """The id of each template → the title that wx.requestSubscribeMessage shows."""
    return {template_id(name): title for name, title in SUBSCRIBE_TEMPLATES.items()}


def answer_subscription(world: World, *, openid: str, template: str, accept: bool = True, long_term: bool = False) -> Told:
    """`template` is an id or the message's name."""
    id_ = template if template in messages.TEMPLATES else template_id(template)
    messages.answer_subscription(world, openid, id_, accept=bool(accept), long_term=bool(long_term))
    return messages.ledger(world, openid, id_)


def send_notification(world: World, *, id: str) -> Told:
    notices.send_again(world, id)
    return {"id": id}


def add_fault(
    world: World,
    *,
    path: str,
    kind: Kind,
    times: int = 1,
    seconds: float = 0.0,
    status: int = 500,
    errcode: int = -1,
) -> Told:
    fault = Fault(path=path, kind=kind, times=times, seconds=seconds, status=status, errcode=errcode)
    world.faults.add(fault)
    return asdict(fault)


def clear_faults(world: World) -> Told:
    world.faults.clear()
    return {}


def revoke_tokens(world: World) -> Told:
    login.revoke_tokens(world)
    return {}


def preflight(world: World, request: Request) -> Answer:
    """The mini-program's browser build asks before it posts JSON from another port."""
    answer = Answer(204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return answer


ROUTES = (
    Route("OPTIONS", r"/_emulator/.*", preflight),
    Route("POST", r"/_emulator/login-codes", control(make_login_code)),
    Route("POST", r"/_emulator/phone-codes", control(make_phone_code)),
    Route("GET", r"/_emulator/orders", control(overview.orders)),
    Route("POST", r"/_emulator/orders/(?P<number>[^/]+)/pay", control(pay_order)),
    Route("POST", r"/_emulator/orders/(?P<number>[^/]+)/decline", control(decline_order)),
    Route("POST", r"/_emulator/request-payment", control(request_payment)),
    Route("GET", r"/_emulator/refunds", control(overview.refunds)),
    Route("POST", r"/_emulator/refunds/(?P<number>[^/]+)/settle", control(settle_refund)),
    Route("POST", r"/_emulator/refund-outcomes", control(set_refund_outcome)),
    Route("GET", r"/_emulator/templates", control(message_templates)),
    Route("POST", r"/_emulator/subscriptions", control(answer_subscription)),
    Route("GET", r"/_emulator/messages", control(overview.messages)),
    Route("GET", r"/_emulator/notifications", control(overview.notifications)),
    Route("POST", r"/_emulator/notifications/(?P<id>[^/]+)/send", control(send_notification)),
    Route("POST", r"/_emulator/faults", control(add_fault)),
    Route("DELETE", r"/_emulator/faults", control(clear_faults)),
    Route("POST", r"/_emulator/tokens/revoke", control(revoke_tokens)),
)
