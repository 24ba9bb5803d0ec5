"""Who is using the mini-program."""

from dataclasses import dataclass

from wechat.miniprogram.client import miniprogram_client
from wechat.miniprogram.errors import WeChatBusy


@dataclass(frozen=True)
class MiniProgramSession:
    """A person as WeChat knows them: `openid` under our appid, `unionid` across our accounts when they are bound.

    The session key that comes with them is dropped: nothing here decrypts client data with it.
    """

    openid: str
    unionid: str | None = None


def code_to_session(code: str) -> MiniProgramSession:
    """Exchange the code of `wx.login` (once, within 5 minutes).

    Raises WeChatCodeInvalid or WeChatCodeUsed for the code, WeChatBusy when it may work later, WeChatMisconfigured for
    our own credentials.
    """
    client = miniprogram_client()
    answer = client.call(lambda: client.wxa.code_to_session(code))
    openid = answer.get("openid")
    if not isinstance(openid, str) or not openid:
        raise WeChatBusy("the answer carries no openid")
    return MiniProgramSession(openid=openid, unionid=answer.get("unionid") or None)
