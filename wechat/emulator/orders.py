"""API v3 orders: placed, queried, closed; and the payer who pays or does not."""

import re
import secrets
import sqlite3
from datetime import UTC, datetime
from typing import Any

from wechat.emulator import notices
from wechat.emulator.errors import PayRefusal, invalid_request, parameter_error
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.people import OPENID
from wechat.emulator.world import BEIJING, World, rfc3339

NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
PREPAY_SECONDS = 7200
DESCRIPTIONS = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}


def place(world: World, request: Request) -> Answer:
    order = _read_order(world, pay_json(request))
    with world.store.transaction() as db:
        known = settled_order(world, db, order["out_trade_no"])
        if known is None:
            names = ", ".join(order)
            marks = ", ".join(f":{name}" for name in order)
            db.execute(f"INSERT INTO payment_order ({names}) VALUES ({marks})", order)
        else:
            _check_repeat(known, order)
        prepay_id = f"wx{datetime.fromtimestamp(world.clock(), BEIJING):%d%H%M%S}{secrets.token_hex(13)}"
        db.execute("INSERT INTO prepay VALUES (?, ?, ?)", (prepay_id, order["out_trade_no"], world.clock()))
    return json_answer({"prepay_id": prepay_id})


def query(world: World, request: Request, number: str) -> Answer:
    _check_mchid(world, request.query.get("mchid"))
    with world.store.transaction() as db:
        order = _existing(settled_order(world, db, number))
    return json_answer(transaction(world, order))


def query_by_id(world: World, request: Request, transaction_id: str) -> Answer:
    _check_mchid(world, request.query.get("mchid"))
    with world.store.transaction() as db:
        found = db.execute("SELECT * FROM payment_order WHERE transaction_id = ?", (transaction_id,)).fetchone()
    return json_answer(transaction(world, _existing(found)))


def close(world: World, request: Request, number: str) -> Answer:
    _check_mchid(world, pay_json(request).get("mchid"))
    with world.store.transaction() as db:
        order = _existing(settled_order(world, db, number))
        if order["state"] in {"SUCCESS", "REFUND"}:
            raise PayRefusal(400, "ORDERPAID", "该订单已支付")
        db.execute("UPDATE payment_order SET state = 'CLOSED' WHERE out_trade_no = ?", (number,))
    return Answer(204)


def pay(world: World, number: str, *, notify: str = "normal", delay_seconds: float = 0.0) -> None:
    """The payer pays. LookupError for an unknown order, ValueError with the reason when it cannot be paid any more."""
    with world.store.transaction() as db:
        order = settled_order(world, db, number)
        if order is None:
            raise LookupError("订单不存在")
        if order["state"] != "NOTPAY":
            raise ValueError(DESCRIPTIONS[order["state"]])
        now = world.clock()
        transaction_id = f"42{datetime.fromtimestamp(now, BEIJING):%Y%m%d}{secrets.randbelow(10**18):018d}"
        db.execute(
            "UPDATE payment_order SET state = 'SUCCESS', paid_at = ?, transaction_id = ? WHERE out_trade_no = ?",
            (now, transaction_id, number),
        )
        paid = _existing(settled_order(world, db, number))
        notices.write(
            world,
            event_type="TRANSACTION.SUCCESS",
            subject=number,
            url=paid["notify_url"],
            resource=transaction(world, paid),
            mode=notify,
            delay_seconds=delay_seconds,
        )


def decline(world: World, number: str) -> None:
    """The payer closes the sheet: the order stays as it is, and may still be paid until it closes."""
    with world.store.transaction() as db:
        changed = db.execute(
            "UPDATE payment_order SET declined_at = ? WHERE out_trade_no = ? AND state = 'NOTPAY'",
            (world.clock(), number),
        )
        if not changed.rowcount:
            raise LookupError("没有待支付的这笔订单")


def order_of_prepay(world: World, prepay_id: str) -> str:
    """The order number that a prepay_id stands for; ValueError when it is unknown or over 2 hours old."""
    with world.store.transaction() as db:
        found = db.execute("SELECT * FROM prepay WHERE prepay_id = ?", (prepay_id,)).fetchone()
    if found is None or world.clock() - found["made_at"] > PREPAY_SECONDS:
        raise ValueError("支付场景非法：预支付会话不存在或已过期")
    number: str = found["out_trade_no"]
    return number


def settled_order(world: World, db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    """The order as it is now: past its time_expire an unpaid order closes by itself."""
    db.execute(
        "UPDATE payment_order SET state = 'CLOSED' WHERE out_trade_no = ? AND state = 'NOTPAY' AND expires_at <= ?",
        (number, world.clock()),
    )
    row: sqlite3.Row | None = db.execute("SELECT * FROM payment_order WHERE out_trade_no = ?", (number,)).fetchone()
    return row


def transaction(world: World, order: sqlite3.Row) -> dict[str, Any]:
    """An order as WeChat writes it, in an answer and in a notification."""
    told: dict[str, Any] = {
        "appid": world.keys.appid,
        "mchid": world.keys.mchid,
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": DESCRIPTIONS[order["state"]],
        "attach": order["attach"] or "",
        "payer": {"openid": order["openid"]},
    }
    total = {"total": order["total"], "currency": "CNY"}
    if order["paid_at"] is None:
        return told | {"amount": total}
    return told | {
        "transaction_id": order["transaction_id"],
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": rfc3339(order["paid_at"]),
        "amount": total | {"payer_total": order["total"], "payer_currency": "CNY"},
    }


def pay_json(request: Request) -> dict[str, Any]:
    try:
        return request.json()
    except ValueError as error:
        raise parameter_error("请求体不是合法的JSON") from error


def _read_order(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new order; PARAM_ERROR names the field that breaks its rule."""
    _check_account(world, body)
    number, description = body.get("out_trade_no"), body.get("description")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise parameter_error("商户订单号out_trade_no须为6至32位的字母、数字或_-|*")
    if not isinstance(description, str) or not 1 <= len(description) <= 127:
        raise parameter_error("商品描述description须为1至127个字符")
    attach = body.get("attach")
    if attach is not None and not (isinstance(attach, str) and len(attach) <= 128):
        raise parameter_error("附加数据attach最长128个字符")
    expires_at = _read_expiry(world, body.get("time_expire"))
    return {
        "out_trade_no": number,
        "openid": _read_openid(body.get("payer")),
        "total": _read_total(body.get("amount")),
        "description": description,
        "attach": attach,
        "time_expire": body.get("time_expire"),
        "expires_at": expires_at,
        "notify_url": read_notify_url(body.get("notify_url")),
        "state": "NOTPAY",
        "made_at": world.clock(),
    }


def _check_account(world: World, body: dict[str, Any]) -> None:
    _check_mchid(world, body.get("mchid"))
    if body.get("appid") != world.keys.appid:
        raise PayRefusal(400, "APPID_MCHID_NOT_MATCH", "商户号与AppID不匹配")


def _check_mchid(world: World, mchid: object) -> None:
    if mchid != world.keys.mchid:
        raise parameter_error("商户号mchid与签名的商户号不一致")


def _read_openid(payer: object) -> str:
    openid = payer.get("openid") if isinstance(payer, dict) else None
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise parameter_error("无效的openid：payer.openid须属于该AppID")
    return openid


def _read_total(amount: object) -> int:
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(amount, dict) or type(total) is not int or not 1 <= total <= 10**10:
        raise parameter_error("订单总金额amount.total须为正整数，单位为分")
    if amount.get("currency", "CNY") != "CNY":
        raise parameter_error("货币类型amount.currency仅支持CNY")
    return int(total)


def _read_expiry(world: World, written: object) -> float | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError as error:
        raise parameter_error("交易结束时间time_expire须遵循RFC 3339") from error
    if moment.tzinfo is None:
        raise parameter_error("交易结束时间time_expire须带时区")
    seconds = moment.astimezone(UTC).timestamp()
    if seconds <= world.clock():
        raise parameter_error("交易结束时间time_expire须晚于当前时间")
    return seconds


def read_notify_url(url: object) -> str:
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s?#]{1,240}", url):
        raise parameter_error("通知地址notify_url须为不带参数的完整URL")
    return url


def _check_repeat(known: sqlite3.Row, order: dict[str, Any]) -> None:
    if known["state"] in {"SUCCESS", "REFUND"}:
        raise PayRefusal(400, "ORDERPAID", "该订单已支付")
    if known["state"] == "CLOSED":
        raise PayRefusal(400, "ORDER_CLOSED", "该订单已关闭")
    if any(known[name] != order[name] for name in ("openid", "total", "description", "attach", "expires_at")):
        raise invalid_request("201 商户订单号重复")


def _existing(order: sqlite3.Row | None) -> sqlite3.Row:
    if order is None:
        raise PayRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


ROUTES = (
    Route("POST", r"/v3/pay/transactions/jsapi", place),
    Route("GET", r"/v3/pay/transactions/out-trade-no/(?P<number>[^/]+)", query),
    Route("GET", r"/v3/pay/transactions/id/(?P<transaction_id>[^/]+)", query_by_id),
    Route("POST", r"/v3/pay/transactions/out-trade-no/(?P<number>[^/]+)/close", close),
)
