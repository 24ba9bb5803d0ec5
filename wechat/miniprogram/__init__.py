"""Sign-in, phone numbers and subscription messages of the mini-program."""

from wechat.miniprogram.errors import (
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatCodeUsed,
    WeChatError,
    WeChatMisconfigured,
    WeChatRefused,
)
from wechat.miniprogram.login import MiniProgramSession, code_to_session
from wechat.miniprogram.messages import send_subscribe_message
from wechat.miniprogram.phone import PhoneNumber, phone_number

__all__ = [
    "MiniProgramSession",
    "PhoneNumber",
    "WeChatBusy",
    "WeChatCodeInvalid",
    "WeChatCodeUsed",
    "WeChatError",
    "WeChatMisconfigured",
    "WeChatRefused",
    "code_to_session",
    "phone_number",
    "send_subscribe_message",
]
