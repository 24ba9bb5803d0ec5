"""Subscription messages, with a ledger of what people accepted and what was spent."""

import json
import re
from typing import Any

from wechat.emulator.errors import ApiRefusal
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.keys import SUBSCRIBE_TEMPLATES, template_id
from wechat.emulator.login import check_token
from wechat.emulator.people import OPENID
from wechat.emulator.world import World

TEMPLATES = {template_id(name): name for name in SUBSCRIBE_TEMPLATES}
PAGE = re.compile(r"[\w\-]+(/[\w\-]+)*(\?[^\s#]*)?")
# Field kinds of WeChat's templates and what their text may be; a field is named kind + number, such as thing1.
FIELD_RULES = {
    "thing": r".{1,20}",
    "short_thing": r".{1,5}",
    "number": r"[+-]?\d{1,32}(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": r"(\d{4}年\d{1,2}月\d{1,2}日 ?)?\d{1,2}:\d{2}(:\d{2})?(~.{1,32})?",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2}(:\d{2})?)?(~.{1,32})?",
    "amount": r"[¥￥$]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d+\-()]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[一-鿿·]{1,10}|[A-Za-z .·\-]{1,20}",
    "phrase": r"[一-鿿]{1,5}",
    "enum": r".{1,20}",
}


def send(world: World, request: Request) -> Answer:
    check_token(world, request)
    try:
        body = request.json()
    except ValueError as error:
        raise ApiRefusal(47001, "data format error") from error
    openid, template, page = body.get("touser"), body.get("template_id"), body.get("page")
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise ApiRefusal(40003, "invalid openid")
    if template not in TEMPLATES:
        raise ApiRefusal(40037, "invalid template_id")
    if page is not None and not (isinstance(page, str) and PAGE.fullmatch(page)):
        raise ApiRefusal(41030, "invalid page")
    data = _read_data(body.get("data"))
    with world.store.transaction() as db:
        _spend(world, openid, template)
        sent = db.execute(
            "INSERT INTO message (sent_at, openid, template_id, page, data) VALUES (?, ?, ?, ?, ?)",
            (world.clock(), openid, template, page, json.dumps(data, ensure_ascii=False)),
        )
    return json_answer({"errcode": 0, "errmsg": "ok", "msgid": sent.lastrowid})


def answer_subscription(world: World, openid: str, template: str, *, accept: bool, long_term: bool = False) -> None:
    """What a person taps when asked by wx.requestSubscribeMessage. ValueError for a template that does not exist.

    Accepting adds one message, or any number of them when the template is a long-term one (medical services may have
    these). Refusing adds nothing and takes away a long-term acceptance.
    """
    if template not in TEMPLATES:
        raise ValueError("没有这个模板")
    with world.store.transaction() as db:
        db.execute("INSERT OR IGNORE INTO subscription (openid, template_id) VALUES (?, ?)", (openid, template))
        db.execute(
            "UPDATE subscription SET left_over = left_over + ?, is_long_term = CASE WHEN ? THEN ? ELSE 0 END"
            " WHERE openid = ? AND template_id = ?",
            (1 if accept and not long_term else 0, accept, long_term, openid, template),
        )
        what = "refused" if not accept else "accepted long-term" if long_term else "accepted"
        _enter(world, openid, template, what)


def ledger(world: World, openid: str, template: str) -> dict[str, Any]:
    """What was accepted, refused and spent, oldest first, and how many messages are left (None: any number)."""
    key = (openid, template)
    with world.store.transaction() as db:
        row = db.execute("SELECT * FROM subscription WHERE openid = ? AND template_id = ?", key).fetchone()
        events = db.execute(
            "SELECT what FROM subscription_event WHERE openid = ? AND template_id = ? ORDER BY id", key
        ).fetchall()
    left = 0 if row is None else None if row["is_long_term"] else row["left_over"]
    return {"left": left, "events": [event["what"] for event in events]}


def _spend(world: World, openid: str, template: str) -> None:
    with world.store.transaction() as db:
        spent = db.execute(
            "UPDATE subscription SET left_over = CASE WHEN is_long_term THEN left_over ELSE left_over - 1 END"
            " WHERE openid = ? AND template_id = ? AND (is_long_term OR left_over > 0)",
            (openid, template),
        )
        if not spent.rowcount:
            raise ApiRefusal(43101, "user refuse to accept the msg")
        _enter(world, openid, template, "spent")


def _enter(world: World, openid: str, template: str, what: str) -> None:
    with world.store.transaction() as db:
        db.execute(
            "INSERT INTO subscription_event (at, openid, template_id, what) VALUES (?, ?, ?, ?)",
            (world.clock(), openid, template, what),
        )


def _read_data(data: object) -> dict[str, str]:
    if not isinstance(data, dict) or not data:
        raise ApiRefusal(47003, "argument invalid! data is empty")
    texts = {}
    for name, field in data.items():
        value = field.get("value") if isinstance(field, dict) else None
        rule = FIELD_RULES.get(re.sub(r"\d+$", "", name))
        if rule is None or not isinstance(value, str) or not re.fullmatch(rule, value):
            raise ApiRefusal(47003, f"argument invalid! data.{name}.value invalid")
        texts[name] = value
    return texts


ROUTES = (Route("POST", r"/cgi-bin/message/subscribe/send", send),)
