"""Notifications: written with the payment or refund, delivered until the merchant takes them."""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

import requests

from wechat.emulator.world import World, rfc3339

# WeChat's waits between attempts, a day in all.
MINUTE, HOUR = 60, 3600
WAITS = (15, 15, 30, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, *(30 * MINUTE,) * 3, HOUR, *(3 * HOUR,) * 3, *(6 * HOUR,) * 2)
ANSWER_SECONDS = 5.0
# normal: until taken. doubled: taken once, it comes once more. lost: never sent.
MODES = {"normal": 1, "doubled": 2, "lost": 0}
SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


@dataclass(frozen=True)
class SignedNotice:
    """A notification as it goes over the wire."""

    url: str
    headers: dict[str, str]
    body: bytes


def write(
    world: World,
    *,
    event_type: str,
    subject: str,
    url: str,
    resource: dict[str, Any],
    mode: str,
    delay_seconds: float = 0.0,
) -> None:
    """Put a notification about order or refund `subject` into the outbox, in the caller's transaction."""
    check_mode(mode)
    kind = "refund" if event_type.startswith("REFUND.") else "transaction"
    now, copies, id_ = world.clock(), MODES[mode], secrets.token_hex(18)
    body = {
        "id": id_,
        "create_time": rfc3339(now),
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": SUMMARIES[event_type],
        "resource": world.signer.encrypted(resource, kind=kind),
    }
    next_at = now + delay_seconds if copies else None
    with world.store.transaction() as db:
        db.execute(
            "INSERT INTO notification (id, event_type, subject, url, body, made_at, copies, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (id_, event_type, subject, url, json.dumps(body, ensure_ascii=False), now, copies, next_at),
        )


def check_mode(mode: str) -> None:
    if mode not in MODES:
        raise ValueError(f"notify is one of {', '.join(MODES)}")


def signed(world: World, subject: str) -> list[SignedNotice]:
    """Every notification about an order or refund, oldest first, lost ones too, signed now as a retry would be."""
    with world.store.transaction() as db:
        rows = db.execute("SELECT * FROM notification WHERE subject = ? ORDER BY rowid", (subject,)).fetchall()
    return [_signed(world, row) for row in rows]


def deliver_due(world: World) -> int:
    """Try every notification that is due, once each; how many were tried. No lock is held while the merchant answers."""
    with world.store.transaction() as db:
        due = db.execute("SELECT * FROM notification WHERE next_at <= ? ORDER BY next_at, rowid", (world.clock(),)).fetchall()
    for row in due:
        _record(world, row, *_attempt(_signed(world, row)))
    return len(due)


def seconds_until_due(world: World) -> float | None:
    """How long nothing is due, None when nothing is waiting."""
    with world.store.transaction() as db:
        earliest = db.execute("SELECT min(next_at) FROM notification").fetchone()[0]
    return None if earliest is None else max(0.0, earliest - world.clock())


def send_again(world: World, id_: str) -> None:
    """Send a notification once more, whatever became of it. LookupError when there is none."""
    with world.store.transaction() as db:
        changed = db.execute("UPDATE notification SET copies = max(copies, 1), next_at = ? WHERE id = ?", (world.clock(), id_))
        if not changed.rowcount:
            raise LookupError("没有这条通知")


def _signed(world: World, row: sqlite3.Row) -> SignedNotice:
    body: bytes = row["body"].encode()
    headers = world.signer.headers(body) | {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}
    return SignedNotice(row["url"], headers, body)


def _attempt(notice: SignedNotice) -> tuple[bool, str]:
    with requests.Session() as session:
        session.trust_env = False  # the merchant is on this machine; no proxy of the environment
        try:
            answer = session.post(
                notice.url, data=notice.body, headers=notice.headers, timeout=ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return False, type(error).__name__
    return answer.status_code in {200, 204}, f"HTTP {answer.status_code}"


def _record(world: World, row: sqlite3.Row, taken: bool, answer: str) -> None:
    attempts, copies = row["attempts"] + 1, row["copies"] - taken
    next_at: float | None = world.clock()
    if not copies:
        next_at = None
    elif not taken:
        next_at = world.clock() + WAITS[attempts - 1] * world.notify_factor if attempts <= len(WAITS) else None
    with world.store.transaction() as db:
        db.execute(
            "UPDATE notification SET attempts = ?, copies = ?, next_at = ?, last_answer = ? WHERE id = ?",
            (attempts, copies, next_at, answer, row["id"]),
        )
