"""/sns/jscode2session, the stable token, and the phone number."""

import base64
import secrets
import sqlite3
from datetime import UTC, datetime

from wechat.emulator.errors import ApiRefusal
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.people import CODE_SECONDS
from wechat.emulator.world import BEIJING, World

TOKEN_SECONDS = 7200
# In its last five minutes a token is replaced; the old one stays good to its end.
RENEW_SECONDS = 300
FORCED_PER_DAY = 20
LOGINS_PER_MINUTE = 100


def jscode2session(world: World, request: Request) -> Answer:
    query = request.query
    _check_account(world, query.get("appid"), query.get("secret"))
    if query.get("grant_type") != "authorization_code":
        raise ApiRefusal(40002, "invalid grant_type")
    with world.store.transaction() as db:
        openid = _spend_code(world, db, "login", query.get("js_code", ""))
        person = db.execute("SELECT * FROM person WHERE openid = ?", (openid,)).fetchone()
    told = {"session_key": base64.b64encode(secrets.token_bytes(16)).decode(), "openid": openid}
    if person["unionid"]:
        told["unionid"] = person["unionid"]
    return json_answer(told, content_type="text/plain")


def stable_token(world: World, request: Request) -> Answer:
    body = _json(request)
    _check_account(world, body.get("appid"), body.get("secret"))
    if body.get("grant_type") != "client_credential":
        raise ApiRefusal(40002, "invalid grant_type")
    with world.store.transaction() as db:
        now, newest = world.clock(), None
        if body.get("force_refresh") is True:
            _check_forced(world, db)
            db.execute("UPDATE token SET revoked = 1")
        else:
            newest = db.execute(
                "SELECT * FROM token WHERE NOT revoked AND expires_at > ? ORDER BY issued_at DESC",
                (now + RENEW_SECONDS,),
            ).fetchone()
        if newest is None:
            value = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(48)}"
            forced = body.get("force_refresh") is True
            db.execute("INSERT INTO token VALUES (?, ?, ?, ?, 0)", (value, now, now + TOKEN_SECONDS, forced))
            return json_answer({"access_token": value, "expires_in": TOKEN_SECONDS})
    return json_answer({"access_token": newest["value"], "expires_in": int(newest["expires_at"] - now)})


def user_phone_number(world: World, request: Request) -> Answer:
    check_token(world, request)
    body = _json(request)
    with world.store.transaction() as db:
        phone = _spend_code(world, db, "phone", body.get("code"))
    return json_answer(
        {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": phone,
                "purePhoneNumber": phone,
                "countryCode": "86",
                "watermark": {"timestamp": int(world.clock()), "appid": world.keys.appid},
            },
        }
    )


def check_token(world: World, request: Request) -> None:
    """ApiRefusal 41001, 40014, 40001 or 42001 unless the request carries a token that is good now."""
    value = request.query.get("access_token", "")
    if not value:
        raise ApiRefusal(41001, "access_token missing")
    with world.store.transaction() as db:
        token = db.execute("SELECT * FROM token WHERE value = ?", (value,)).fetchone()
    if token is None:
        raise ApiRefusal(40014, "invalid access_token")
    if token["revoked"]:
        raise ApiRefusal(40001, "invalid credential, access_token is invalid or not latest")
    if token["expires_at"] <= world.clock():
        raise ApiRefusal(42001, "access_token expired")


def revoke_tokens(world: World) -> None:
    """As when somebody resets the token elsewhere: every token handed out so far is refused with 40001."""
    with world.store.transaction() as db:
        db.execute("UPDATE token SET revoked = 1")


def _json(request: Request) -> dict[str, object]:
    try:
        return request.json()
    except ValueError as error:
        raise ApiRefusal(47001, "data format error") from error


def _check_account(world: World, appid: object, secret: object) -> None:
    if appid != world.keys.appid:
        raise ApiRefusal(40013, "invalid appid")
    if secret != world.keys.secret:
        raise ApiRefusal(40125, "invalid appsecret")


def _check_forced(world: World, db: sqlite3.Connection) -> None:
    today = datetime.fromtimestamp(world.clock(), UTC).astimezone(BEIJING).replace(hour=0, minute=0, second=0)
    spent = db.execute("SELECT count(*) FROM token WHERE forced AND issued_at >= ?", (int(today.timestamp()),)).fetchone()
    if spent[0] >= FORCED_PER_DAY:
        raise ApiRefusal(45009, "reach max api daily quota limit")


def _spend_code(world: World, db: sqlite3.Connection, kind: str, code: object) -> str:
    now = world.clock()
    if not isinstance(code, str):
        raise ApiRefusal(40029, "invalid code")
    found = db.execute("SELECT * FROM code WHERE code = ? AND kind = ?", (code, kind)).fetchone()
    if found is not None and found["used_at"] is not None:
        raise ApiRefusal(40163, "code been used")
    if found is None or now - found["made_at"] > CODE_SECONDS:
        raise ApiRefusal(40029, "invalid code")
    recent = db.execute(
        "SELECT count(*) FROM code WHERE kind = ? AND subject = ? AND used_at > ?", (kind, found["subject"], now - 60)
    ).fetchone()
    if recent[0] >= LOGINS_PER_MINUTE:
        raise ApiRefusal(45011, "api minute-quota reach limit, must slower, retry next minute")
    db.execute("UPDATE code SET used_at = ? WHERE code = ?", (now, code))
    subject: str = found["subject"]
    return subject


ROUTES = (
    Route("GET", r"/sns/jscode2session", jscode2session),
    Route("POST", r"/cgi-bin/stable_token", stable_token),
    Route("POST", r"/wxa/business/getuserphonenumber", user_phone_number),
)
