"""What can go wrong with api.weixin.qq.com, by what the caller should do about it."""


class WeChatError(Exception):
    """A call to api.weixin.qq.com failed. `code` is WeChat's errcode, None when there was no readable answer."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message if code is None else f"{message} ({code})")
        self.code = code


class WeChatCodeInvalid(WeChatError):
    """The code from wx.login or getPhoneNumber is unknown or too old: let the mini-program ask for a new one."""


class WeChatCodeUsed(WeChatCodeInvalid):
    """The code was exchanged before; each works once."""


class WeChatBusy(WeChatError):
    """WeChat is busy, slow, rate-limiting us or unreadable: the same call may work later."""


class WeChatRefused(WeChatError):
    """The person has not accepted this subscription, or every accepted message has been sent."""


class WeChatMisconfigured(WeChatError):
    """Our own mistake: credentials, template, recipient or data. Trying again will not help; staff must look."""


BY_CODE: dict[int, type[WeChatError]] = {
    -1: WeChatBusy,  # system busy
    45009: WeChatBusy,  # the day's limit of this call
    45011: WeChatBusy,  # too many calls a minute
    40029: WeChatCodeInvalid,
    40163: WeChatCodeUsed,
    43101: WeChatRefused,
    40001: WeChatMisconfigured,  # the token, still refused after a fresh one
    40014: WeChatMisconfigured,
    42001: WeChatMisconfigured,
    40003: WeChatMisconfigured,  # no such openid under this appid
    40013: WeChatMisconfigured,  # appid
    40037: WeChatMisconfigured,  # template id
    40125: WeChatMisconfigured,  # secret
    41030: WeChatMisconfigured,  # page
    47003: WeChatMisconfigured,  # a field of the message breaks its rule
}


def error_for(code: int, message: str) -> WeChatError:
    """The class for WeChat's errcode; an unlisted code is the bare WeChatError."""
    return BY_CODE.get(code, WeChatError)(message, code=code)
