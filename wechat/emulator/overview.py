"""What happened so far, newest first, for the page and for people who ask over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

from wechat.emulator import refunds as refund_rules
from wechat.emulator.messages import TEMPLATES
from wechat.emulator.orders import DESCRIPTIONS
from wechat.emulator.world import BEIJING, World

SHOWN = 100
REFUND_WORDS = {"PROCESSING": "处理中", "SUCCESS": "退款成功", "CLOSED": "退款关闭", "ABNORMAL": "退款异常"}

Row = dict[str, Any]


def orders(world: World) -> list[Row]:
    rows = _newest(world, "SELECT * FROM payment_order ORDER BY made_at DESC, rowid DESC")
    names = {row["openid"]: row["name"] for row in _newest(world, "SELECT * FROM person", limit=-1)}
    now = world.clock()
    for row in rows:
        is_over = row["expires_at"] is not None and row["expires_at"] <= now
        if row["state"] == "NOTPAY" and is_over:
            row["state"] = "CLOSED"
        row |= {
            "word": "未支付（已放弃）" if row["state"] == "NOTPAY" and row["declined_at"] else DESCRIPTIONS[row["state"]],
            "yuan": _yuan(row["total"]),
            "payer": names.get(row["openid"], row["openid"]),
            "made": _clock(row["made_at"]),
            "expires": _clock(row["expires_at"]),
        }
    return rows


def refunds(world: World) -> list[Row]:
    refund_rules.settle_due(world)
    rows = _newest(world, "SELECT * FROM refund ORDER BY made_at DESC, rowid DESC")
    for row in rows:
        row |= {"word": REFUND_WORDS[row["status"]], "yuan": _yuan(row["amount"]), "made": _clock(row["made_at"])}
    return rows


def messages(world: World) -> list[Row]:
    rows = _newest(world, "SELECT * FROM message ORDER BY id DESC")
    for row in rows:
        row |= {"data": json.loads(row["data"]), "template": TEMPLATES[row["template_id"]], "sent": _clock(row["sent_at"])}
    return rows


def notifications(world: World) -> list[Row]:
    rows = _newest(world, "SELECT * FROM notification ORDER BY made_at DESC, rowid DESC")
    for row in rows:
        del row["body"]
        row["word"] = _notification_word(row)
        row["made"] = _clock(row["made_at"])
    return rows


def _notification_word(row: Row) -> str:
    if row["next_at"] is not None:
        return "待重试" if row["attempts"] else "待发送"
    if not row["attempts"]:
        return "未发送（丢失）"
    return "已送达" if row["copies"] == 0 else "已放弃"


def _newest(world: World, query: str, *, limit: int = SHOWN) -> list[Row]:
    with world.store.transaction() as db:
        return [dict(row) for row in db.execute(f"{query} LIMIT ?", (limit,)).fetchall()]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).strftime("%m-%d %H:%M:%S")
