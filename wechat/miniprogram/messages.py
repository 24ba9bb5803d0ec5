"""Subscription messages: each accepted subscription allows one."""

from collections.abc import Mapping

from wechat.miniprogram.client import miniprogram_client


def send_subscribe_message(
    *, openid: str, template_id: str, data: Mapping[str, str], page: str | None = None
) -> None:
    """Send one message. `data` is the template's field name → text; `page` opens when the message is tapped.

    Raises WeChatRefused when the person has no accepted subscription left, WeChatMisconfigured for a wrong recipient,
    template or field, WeChatBusy when it may work later.
    """
    client = miniprogram_client()
    fields = {name: {"value": text} for name, text in data.items()}
    client.call(lambda: client.wxa.send_subscribe_message(openid, template_id, fields, page=page))
