"""The phone number a person agreed to share."""

from dataclasses import dataclass
from typing import Any

from wechat.miniprogram.client import miniprogram_client
from wechat.miniprogram.errors import WeChatBusy


@dataclass(frozen=True)
class PhoneNumber:
    """`number` without the country's prefix, `country_code` without a plus sign ("86")."""

    number: str
    country_code: str


def phone_number(code: str) -> PhoneNumber:
    """Exchange the code of a `getPhoneNumber` button (once, within 5 minutes). Errors as `code_to_session`."""
    client = miniprogram_client()
    answer = client.call(lambda: client.wxa.get_phone_number(code))
    info: Any = answer.get("phone_info")
    if not isinstance(info, dict) or not isinstance(info.get("purePhoneNumber"), str):
        raise WeChatBusy("the answer carries no phone number")
    return PhoneNumber(number=info["purePhoneNumber"], country_code=str(info.get("countryCode", "")))
