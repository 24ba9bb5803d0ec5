"""API v3 refunds, and the bank that lets them through or not."""

import re
import secrets
import sqlite3
from datetime import datetime
from typing import Any

from wechat.emulator import notices
from wechat.emulator.errors import PayRefusal, invalid_request, parameter_error
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.orders import pay_json, read_notify_url, settled_order
from wechat.emulator.world import BEIJING, World, rfc3339

NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
# What becomes of an accepted refund, and the event that tells of it. `stuck` stays PROCESSING.
OUTCOMES = {
    "success": "REFUND.SUCCESS",
    "abnormal": "REFUND.ABNORMAL",
    "closed": "REFUND.CLOSED",
    "stuck": None,
}
RECEIVED_BY = "支付用户的零钱"


def apply(world: World, request: Request) -> Answer:
    asked = _read_refund(pay_json(request))
    with world.store.transaction() as db:
        known = settled_refund(world, db, asked["out_refund_no"])
        if known is not None:
            if any(known[name] != asked[name] for name in ("out_trade_no", "amount")):
                raise invalid_request("订单金额或退款金额与之前请求不一致，请核实后再试")
            return json_answer(_told(db, known))
        outcome, notify = world.faults.take_refund_outcome()
        _check_refundable(world, db, asked, outcome)
        now = world.clock()
        row = {name: value for name, value in asked.items() if name != "total"} | {
            "refund_id": f"50{datetime.fromtimestamp(now, BEIJING):%Y%m%d}{secrets.randbelow(10**18):018d}",
            "status": "PROCESSING",
            "outcome": outcome,
            "notify": notify,
            "made_at": now,
            "settles_at": now + world.refund_seconds,
        }
        db.execute(
            f"INSERT INTO refund ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
            row,
        )
        db.execute("UPDATE payment_order SET state = 'REFUND' WHERE out_trade_no = ?", (asked["out_trade_no"],))
        return json_answer(_told(db, _find(db, asked["out_refund_no"])))


def query(world: World, request: Request, number: str) -> Answer:
    with world.store.transaction() as db:
        found = settled_refund(world, db, number)
        if found is None:
            raise PayRefusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return json_answer(_told(db, found))


def settle_due(world: World) -> None:
    """Let every refund whose time has come end as it is meant to, and write its notification."""
    with world.store.transaction() as db:
        due = db.execute(
            "SELECT * FROM refund WHERE status = 'PROCESSING' AND outcome <> 'stuck' AND settles_at <= ?",
            (world.clock(),),
        ).fetchall()
        for row in due:
            _settle(world, db, row)


def seconds_until_settling(world: World) -> float | None:
    with world.store.transaction() as db:
        earliest = db.execute("SELECT min(settles_at) FROM refund WHERE status = 'PROCESSING' AND outcome <> 'stuck'").fetchone()[
            0
        ]
    return None if earliest is None else max(0.0, earliest - world.clock())


def settle(world: World, number: str, outcome: str) -> None:
    """End a refund that is still PROCESSING, or that is ABNORMAL and paid out by hand in the console, now.

    LookupError when there is none.
    """
    check_outcome(outcome)
    with world.store.transaction() as db:
        changed = db.execute(
            "UPDATE refund SET outcome = ?, settles_at = ?, status = 'PROCESSING'"
            " WHERE out_refund_no = ? AND (status = 'PROCESSING' OR (status = 'ABNORMAL' AND ? = 'success'))",
            (outcome, world.clock(), number, outcome),
        )
        if not changed.rowcount:
            raise LookupError("没有处理中的这笔退款")
        settle_due(world)


def check_outcome(outcome: str) -> None:
    if outcome not in OUTCOMES and outcome != "not_enough":
        raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}, not_enough")


def settled_refund(world: World, db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    settle_due(world)
    row: sqlite3.Row | None = db.execute("SELECT * FROM refund WHERE out_refund_no = ?", (number,)).fetchone()
    return row


def _find(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute("SELECT * FROM refund WHERE out_refund_no = ?", (number,)).fetchone()
    return row


def _settle(world: World, db: sqlite3.Connection, row: sqlite3.Row) -> None:
    status, event_type = row["outcome"].upper(), OUTCOMES[row["outcome"]]
    db.execute(
        "UPDATE refund SET status = ?, settled_at = ? WHERE out_refund_no = ?",
        (status, world.clock(), row["out_refund_no"]),
    )
    if status == "CLOSED":
        _reopen(db, row["out_trade_no"])
    if row["notify_url"] and event_type:
        told = _told(db, _find(db, row["out_refund_no"]))
        resource = {name: told[name] for name in told if name not in {"status", "channel", "funds_account"}}
        resource |= {"mchid": world.keys.mchid, "refund_status": status}
        notices.write(
            world,
            event_type=event_type,
            subject=row["out_refund_no"],
            url=row["notify_url"],
            resource=resource,
            mode=row["notify"],
        )


def _reopen(db: sqlite3.Connection, number: str) -> None:
    """An order all of whose refunds were closed counts as paid again."""
    db.execute(
        "UPDATE payment_order SET state = 'SUCCESS' WHERE out_trade_no = ? AND NOT EXISTS"
        " (SELECT 1 FROM refund WHERE refund.out_trade_no = payment_order.out_trade_no AND status <> 'CLOSED')",
        (number,),
    )


def _told(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    order = db.execute("SELECT * FROM payment_order WHERE out_trade_no = ?", (row["out_trade_no"],)).fetchone()
    told: dict[str, Any] = {
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": row["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": RECEIVED_BY,
        "create_time": rfc3339(row["made_at"]),
        "status": row["status"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order["total"],
            "refund": row["amount"],
            "payer_total": order["total"],
            "payer_refund": row["amount"],
            "currency": "CNY",
        },
    }
    if row["status"] == "SUCCESS":
        told["success_time"] = rfc3339(row["settled_at"])
    return told


def _read_refund(body: dict[str, Any]) -> dict[str, Any]:
    number, reason, amount = body.get("out_refund_no"), body.get("reason"), body.get("amount")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise parameter_error("商户退款单号out_refund_no须为1至64位的字母、数字或_-|*@")
    if not isinstance(body.get("out_trade_no"), str):
        raise parameter_error("transaction_id与out_trade_no须二选一")
    if reason is not None and not (isinstance(reason, str) and 1 <= len(reason) <= 80):
        raise parameter_error("退款原因reason须为1至80个字符")
    if not isinstance(amount, dict) or amount.get("currency") != "CNY":
        raise parameter_error("退款币种amount.currency仅支持CNY")
    for name in ("refund", "total"):
        if type(amount.get(name)) is not int or amount[name] < 1:
            raise parameter_error(f"amount.{name}须为正整数，单位为分")
    return {
        "out_refund_no": number,
        "out_trade_no": body["out_trade_no"],
        "amount": amount["refund"],
        "total": amount["total"],
        "reason": reason,
        "notify_url": read_notify_url(body["notify_url"]) if body.get("notify_url") else None,
    }


def _check_refundable(world: World, db: sqlite3.Connection, asked: dict[str, Any], outcome: str) -> None:
    order = settled_order(world, db, asked["out_trade_no"])
    if order is None:
        raise PayRefusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    if order["state"] not in {"SUCCESS", "REFUND"}:
        raise invalid_request("订单未支付，不能退款")
    if asked["total"] != order["total"]:
        raise invalid_request("订单金额或退款金额与之前请求不一致，请核实后再试")
    gone = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM refund WHERE out_trade_no = ? AND status <> 'CLOSED'",
        (asked["out_trade_no"],),
    ).fetchone()[0]
    if gone + asked["amount"] > order["total"]:
        raise invalid_request("累计退款金额大于支付金额")
    if outcome == "not_enough":
        raise PayRefusal(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")


ROUTES = (
    Route("POST", r"/v3/refund/domestic/refunds", apply),
    Route("GET", r"/v3/refund/domestic/refunds/(?P<number>[^/]+)", query),
)
