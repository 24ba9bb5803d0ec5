"""The people who use the mini-program, and the codes their phones hand out."""

import base64
import hashlib
import re
import secrets

from wechat.emulator.world import World

CODE_SECONDS = 300
OPENID = re.compile(r"o[0-9A-Za-z_\-]{27}")


def openid_of(appid: str, name: str) -> str:
    """The openid of a named person: always the same one, 28 characters led by "o", as WeChat's are."""
    digest = hashlib.sha256(f"{appid}/{name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def login_code(world: World, name: str, *, unionid: str | None = None) -> str:
    """What wx.login would give the named person; `unionid` when the account is bound to an open platform."""
    openid = openid_of(world.keys.appid, name)
    with world.store.transaction() as db:
        db.execute(
            "INSERT INTO person VALUES (?, ?, ?) ON CONFLICT (openid) DO UPDATE SET unionid = excluded.unionid",
            (openid, name, unionid),
        )
    return _new_code(world, "login", openid)


def phone_code(world: World, phone: str) -> str:
    """What a getPhoneNumber button would give a person whose number is `phone`."""
    return _new_code(world, "phone", phone)


def _new_code(world: World, kind: str, subject: str) -> str:
    code = secrets.token_urlsafe(24)  # 32 characters, as WeChat's
    with world.store.transaction() as db:
        db.execute("INSERT INTO code VALUES (?, ?, ?, ?, NULL)", (code, kind, subject, world.clock()))
    return code
