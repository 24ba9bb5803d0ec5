"""Orders at WeChat Pay, through the real client, over HTTP with real signatures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wechat import pay
from wechat.emulator import control
from wechat.emulator.testing import Emulator
from wechat.pay.client import pay_client

NUMBER = "YZ20261121A"
PLACE = "/v3/pay/transactions/jsapi"
QUERY = f"/v3/pay/transactions/out-trade-no/{NUMBER}"


def place(emulator: Emulator, **changes: Any) -> str:
    """Place an order that closes ten minutes after the test began; placed again, it is the same order."""
    given = {
        "out_trade_no": NUMBER,
        "amount_fen": 2500,
        "description": "专家门诊挂号费",
        "openid": emulator.openid("王小明"),
        "expires_at": began(emulator) + timedelta(minutes=10),
    }
    return pay.place_order(**(given | changes))


def began(emulator: Emulator) -> datetime:
    return datetime.fromtimestamp(emulator.began_at, UTC)


def count_orders(emulator: Emulator) -> int:
    with emulator.world.store.transaction() as db:
        total: int = db.execute("SELECT count(*) FROM payment_order").fetchone()[0]
    return total


def test_an_unpaid_order_can_be_placed_again(emulator: Emulator) -> None:
    first, second = place(emulator), place(emulator)
    assert first != second
    assert count_orders(emulator) == 1
    assert pay.query_order(out_trade_no=NUMBER) == pay.OrderState(out_trade_no=NUMBER, trade_state="NOTPAY")


@pytest.mark.parametrize("change", [{"amount_fen": 2501}, {"description": "普通门诊"}, {"openid": "o" + "x" * 27}])
def test_the_number_of_another_order_is_refused(emulator: Emulator, change: dict[str, Any]) -> None:
    place(emulator)
    with pytest.raises(pay.PayError) as refused:
        place(emulator, **change)
    assert refused.value.code == "INVALID_REQUEST"
    emulator.pay(NUMBER)
    assert pay.query_order(out_trade_no=NUMBER).amount_fen == 2500


def test_a_paid_order_says_who_paid_what_and_when(emulator: Emulator) -> None:
    place(emulator)
    emulator.pay(NUMBER, notify="lost")
    state = pay.query_order(out_trade_no=NUMBER)
    assert (state.trade_state, state.is_paid, state.amount_fen) == ("SUCCESS", True, 2500)
    assert state.openid == emulator.openid("王小明")
    assert state.transaction_id is not None
    assert len(state.transaction_id) == 28
    assert state.success_time is not None
    assert abs(state.success_time - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_paid_order_is_neither_placed_nor_closed_nor_paid_again(emulator: Emulator) -> None:
    place(emulator)
    emulator.pay(NUMBER)
    before = pay.query_order(out_trade_no=NUMBER)
    with pytest.raises(pay.OrderPaid):
        place(emulator)
    with pytest.raises(pay.OrderPaid):
        pay.close_order(out_trade_no=NUMBER)
    with pytest.raises(ValueError, match="支付成功"):
        emulator.pay(NUMBER)
    assert pay.query_order(out_trade_no=NUMBER) == before


def test_a_closed_order_stays_closed(emulator: Emulator) -> None:
    place(emulator)
    pay.close_order(out_trade_no=NUMBER)
    pay.close_order(out_trade_no=NUMBER)
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "CLOSED"
    with pytest.raises(pay.OrderClosed):
        place(emulator)
    with pytest.raises(ValueError, match="订单已关闭"):
        emulator.pay(NUMBER)
    assert emulator.notifications(NUMBER) == []


def test_an_order_closes_by_itself_when_its_time_is_over(emulator: Emulator) -> None:
    place(emulator)
    emulator.advance(9 * 60)
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "NOTPAY"
    emulator.advance(2 * 60)
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "CLOSED"
    with pytest.raises(ValueError, match="订单已关闭"):
        emulator.pay(NUMBER)


def test_unknown_orders_are_not_found(emulator: Emulator) -> None:
    for request in (pay.query_order, pay.close_order):
        with pytest.raises(pay.OrderNotFound) as refused:
            request(out_trade_no="UNKNOWN1")
        assert refused.value.code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("number", ["short", "x" * 33, "has space", "slash/slash", "a|b*cdef", "号码号码号码", ""])
def test_a_number_that_cannot_be_is_refused_before_wechat_sees_it(emulator: Emulator, number: str) -> None:
    with pytest.raises(ValueError, match="order number"):
        place(emulator, out_trade_no=number)
    for request in (pay.query_order, pay.close_order):
        with pytest.raises(ValueError, match="order number"):
            request(out_trade_no=number)
    assert len(emulator.world.calls) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 1.5},
        {"openid": "nobody"},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_wrong_parameter_is_our_mistake(emulator: Emulator, change: dict[str, Any]) -> None:
    with pytest.raises(pay.PayMisconfigured) as refused:
        place(emulator, **change)
    assert refused.value.code == "PARAM_ERROR"
    assert count_orders(emulator) == 0


@pytest.mark.parametrize("number", ["short", "x" * 33, "号码号码号码", 123456])
def test_the_emulator_checks_the_number_too(emulator: Emulator, number: Any) -> None:
    status, _ = pay_client().pay(
        description="x", out_trade_no=number, amount={"total": 1}, payer={"openid": emulator.openid("王小明")}
    )
    assert status == 400
    assert count_orders(emulator) == 0


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("cert_serial", "00", "SIGN_ERROR"), ("mchid", "1900000002", "SIGN_ERROR"), ("appid", "wxother", "APPID_MCHID_NOT_MATCH")],
)
def test_another_account_is_our_mistake(emulator: Emulator, settings: Any, name: str, value: str, code: str) -> None:
    settings.WECHAT = settings.WECHAT | {name: value}
    with pytest.raises(pay.PayMisconfigured) as refused:
        place(emulator)
    assert refused.value.code == code
    assert count_orders(emulator) == 0


def test_a_request_signed_with_another_key_is_refused(emulator: Emulator, settings: Any) -> None:
    settings.WECHAT = settings.WECHAT | {"private_key_pem": emulator.keys.platform_private_key_pem}
    with pytest.raises(pay.PayMisconfigured) as refused:
        place(emulator)
    assert refused.value.code == "SIGN_ERROR"


def test_a_request_signed_long_ago_is_refused(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    place(emulator)
    monkeypatch.setattr("wechat.emulator.signing.FRESH_SECONDS", -1)
    with pytest.raises(pay.PayMisconfigured):
        pay.query_order(out_trade_no=NUMBER)


def test_the_gateway_of_the_library_is_ours(emulator: Emulator, settings: Any) -> None:
    # The one private attribute that is set: an update of the library that renames it must fail here, not call WeChat.
    assert pay_client()._core._gate_way == emulator.base_url
    assert pay_client()._core._public_key_id == emulator.keys.platform_public_key_id
    settings.WECHAT = {name: value for name, value in settings.WECHAT.items() if name != "pay_base_url"}
    assert pay_client()._core._gate_way == "https://api.mch.weixin.qq.com"


def test_constructing_a_client_calls_nobody(emulator: Emulator) -> None:
    pay_client()
    assert len(emulator.world.calls) == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429},
        {"kind": "garbage"},
        {"kind": "bad_signature"},
        {"kind": "lost_answer"},
        {"kind": "slow", "seconds": 1.0},
    ],
)
def test_a_bad_day_at_wechat_is_unavailable(emulator: Emulator, settings: Any, fault: dict[str, Any]) -> None:
    settings.WECHAT = settings.WECHAT | {"timeout_seconds": 0.3}
    place(emulator)
    for path, request in [
        (PLACE, lambda: place(emulator)),
        (QUERY, lambda: pay.query_order(out_trade_no=NUMBER)),
        (f"{QUERY}/close", lambda: pay.close_order(out_trade_no=NUMBER)),
    ]:
        emulator.break_next(path, **fault)
        with pytest.raises(pay.PayUnavailable):
            request()


def test_nobody_answers(emulator: Emulator, settings: Any) -> None:
    settings.WECHAT = settings.WECHAT | {"pay_base_url": "http://127.0.0.1:9"}
    with pytest.raises(pay.PayUnavailable) as refused:
        pay.query_order(out_trade_no=NUMBER)
    assert refused.value.code == "NO_ANSWER"


def test_an_answer_signed_by_another_platform_is_not_believed(emulator: Emulator, settings: Any) -> None:
    place(emulator)
    settings.WECHAT = settings.WECHAT | {"platform_public_key_id": "PUB_KEY_ID_ANOTHER"}
    with pytest.raises(pay.PayUnavailable) as refused:
        pay.query_order(out_trade_no=NUMBER)
    assert refused.value.code == "UNTRUSTED"
    # and no certificate was asked for
    assert "/v3/certificates" not in emulator.world.calls


def test_the_phone_pays_with_signed_parameters_only(emulator: Emulator) -> None:
    prepay_id = place(emulator)
    parameters = pay.request_payment_parameters(prepay_id=prepay_id, now=datetime.now(UTC))
    assert (set(parameters), parameters["signType"]) == (
        {"timeStamp", "nonceStr", "package", "signType", "paySign"},
        "RSA",
    )
    tampered = parameters | {"package": "prepay_id=wx-another"}
    with pytest.raises(ValueError, match="签名"):
        control.request_payment(emulator.world, **tampered)
    cancelled = control.request_payment(emulator.world, decision="cancel", **parameters)
    assert cancelled == {"errMsg": "requestPayment:fail cancel"}
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "NOTPAY"
    assert control.request_payment(emulator.world, **parameters) == {"errMsg": "requestPayment:ok"}
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "SUCCESS"


def test_a_prepay_session_ends_after_two_hours(emulator: Emulator) -> None:
    prepay_id = place(emulator, expires_at=began(emulator) + timedelta(hours=5))
    parameters = pay.request_payment_parameters(prepay_id=prepay_id, now=datetime.now(UTC))
    emulator.advance(7201)
    with pytest.raises(ValueError, match="预支付"):
        control.request_payment(emulator.world, **parameters)
    place_again = place(emulator, expires_at=began(emulator) + timedelta(hours=5))
    control.request_payment(emulator.world, **pay.request_payment_parameters(prepay_id=place_again, now=datetime.now(UTC)))
    assert pay.query_order(out_trade_no=NUMBER).is_paid
