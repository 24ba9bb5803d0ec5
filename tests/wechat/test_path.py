"""One patient's way through WeChat: signed in, an order placed, paid, notified, asked about, refunded, billed."""

from datetime import UTC, datetime, timedelta

from wechat import pay
from wechat.emulator.testing import Emulator
from wechat.miniprogram import code_to_session, phone_number


def test_from_login_to_refund(emulator: Emulator) -> None:
    now = datetime.now(UTC)
    # given a person who signs in and shares a phone number
    session = code_to_session(emulator.login_code("王小明"))
    phone = phone_number(emulator.phone_code("13912345678"))
    assert session.openid == emulator.openid("王小明")
    assert (phone.number, phone.country_code) == ("13912345678", "86")

    # when an order is placed and paid
    order = {"out_trade_no": "YZ20261121000001", "amount_fen": 5000, "description": "挂号费", "openid": session.openid}
    prepay_id = pay.place_order(**order, expires_at=now + timedelta(minutes=10))
    parameters = pay.request_payment_parameters(prepay_id=prepay_id, now=now)
    assert emulator.world.signer.is_payment_request(parameters)
    assert pay.query_order(out_trade_no="YZ20261121000001").trade_state == "NOTPAY"
    emulator.pay("YZ20261121000001")

    # then the notification and the query say the same
    (notice,) = emulator.notifications("YZ20261121000001")
    notification = pay.read_notification(headers=notice.headers, body=notice.body, now=now)
    assert isinstance(notification, pay.PaymentNotification)
    state = pay.query_order(out_trade_no="YZ20261121000001")
    assert state == notification.order
    assert (state.trade_state, state.amount_fen, state.openid) == ("SUCCESS", 5000, session.openid)

    # and a refund goes through, is notified, and shows in query and order
    asked = pay.refund(out_refund_no="RF1", out_trade_no="YZ20261121000001", refund_fen=5000, total_fen=5000, reason="医生停诊")
    assert (asked.status, asked.refund_fen, asked.success_time) == ("PROCESSING", 5000, None)
    settled = pay.query_refund(out_refund_no="RF1")
    (notice,) = emulator.notifications("RF1")
    refunded = pay.read_notification(headers=notice.headers, body=notice.body, now=now)
    assert isinstance(refunded, pay.RefundNotification)
    assert (refunded.event_type, refunded.refund) == ("REFUND.SUCCESS", settled)
    assert settled.status == "SUCCESS"
    assert pay.query_order(out_trade_no="YZ20261121000001").trade_state == "REFUND"
