"""Subscription messages: one accepted subscription, one message."""

import json
from typing import Any

import pytest

from wechat.emulator import messages as ledger_of
from wechat.emulator.keys import template_id
from wechat.emulator.testing import Emulator
from wechat.miniprogram import WeChatBusy, WeChatMisconfigured, WeChatRefused, send_subscribe_message

TEMPLATE = template_id("booked")
DATA = {"thing1": "心血管内科", "time2": "2026年11月25日 09:00", "name3": "王小明"}
SEND = "/cgi-bin/message/subscribe/send"


def send(emulator: Emulator, **changes: Any) -> None:
    given = {"openid": emulator.openid("王小明"), "template_id": TEMPLATE, "data": DATA, "page": "pages/detail/detail?id=1"}
    send_subscribe_message(**(given | changes))


def ledger(emulator: Emulator) -> dict[str, Any]:
    return ledger_of.ledger(emulator.world, emulator.openid("王小明"), TEMPLATE)


def test_one_acceptance_allows_one_message(emulator: Emulator) -> None:
    emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE)
    send(emulator)
    with pytest.raises(WeChatRefused) as refused:
        send(emulator)
    assert refused.value.code == 43101
    (sent,) = emulator.messages()
    assert (sent["openid"], sent["page"], json.loads(sent["data"])) == (
        emulator.openid("王小明"),
        "pages/detail/detail?id=1",
        DATA,
    )
    assert ledger(emulator) == {"left": 0, "events": ["accepted", "spent"]}


def test_acceptances_add_up_and_belong_to_person_and_template(emulator: Emulator) -> None:
    for _ in range(2):
        emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE)
    for change in ({"openid": emulator.openid("旁人")}, {"template_id": template_id("called")}):
        with pytest.raises(WeChatRefused):
            send(emulator, **change)
    send(emulator)
    send(emulator)
    assert len(emulator.messages(emulator.openid("王小明"))) == 2
    assert emulator.messages(emulator.openid("旁人")) == []


def test_a_refusal_allows_nothing(emulator: Emulator) -> None:
    emulator.refuse_subscription(emulator.openid("王小明"), TEMPLATE)
    with pytest.raises(WeChatRefused):
        send(emulator)
    assert emulator.messages() == []
    assert ledger(emulator) == {"left": 0, "events": ["refused"]}


def test_a_long_term_subscription_lasts_until_it_is_refused(emulator: Emulator) -> None:
    emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE, long_term=True)
    for _ in range(3):
        send(emulator)
    emulator.refuse_subscription(emulator.openid("王小明"), TEMPLATE)
    with pytest.raises(WeChatRefused):
        send(emulator)
    assert len(emulator.messages()) == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"openid": "nobody"}, 40003),
        ({"template_id": "unknown"}, 40037),
        ({"page": "/pages/index"}, 41030),
        ({"data": {}}, 47003),
        ({"data": {"thing1": "一二三四五六七八九十一二三四五六七八九十一"}}, 47003),
        ({"data": {"thing1": ""}}, 47003),
        ({"data": {"phrase1": "english"}}, 47003),
        ({"data": {"nonsense1": "x"}}, 47003),
    ],
)
def test_a_mistake_of_ours_spends_nothing(emulator: Emulator, change: dict[str, Any], code: int) -> None:
    emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE)
    with pytest.raises(WeChatMisconfigured) as refused:
        send(emulator, **change)
    assert refused.value.code == code
    assert emulator.messages() == []
    assert ledger(emulator)["left"] == 1


def test_a_refused_token_sends_one_message_all_the_same(emulator: Emulator) -> None:
    emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE)
    emulator.break_next(SEND, "errcode", errcode=40001)
    send(emulator)
    assert (len(emulator.messages()), emulator.calls(SEND)) == (1, 2)


def test_a_lost_answer_is_not_repeated_by_the_gateway(emulator: Emulator) -> None:
    for _ in range(2):
        emulator.accept_subscription(emulator.openid("王小明"), TEMPLATE)
    emulator.break_next(SEND, "lost_answer")
    with pytest.raises(WeChatBusy):
        send(emulator)
    assert (len(emulator.messages()), emulator.calls(SEND)) == (1, 1)
