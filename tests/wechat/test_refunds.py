"""Refunds: idempotent by number, never more than was paid, ended by notification or query."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wechat import pay
from wechat.emulator.testing import Emulator

NUMBER = "YZ20261121B"
REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def paid(emulator: Emulator) -> Emulator:
    """An order of 100 yuan, paid."""
    expires_at = datetime.now(UTC) + timedelta(minutes=10)
    pay.place_order(
        out_trade_no=NUMBER,
        amount_fen=10000,
        description="挂号费",
        openid=emulator.openid("王小明"),
        expires_at=expires_at,
    )
    emulator.pay(NUMBER)
    return emulator


def refund(number: str = "RF1", **changes: Any) -> pay.RefundState:
    given = {"out_trade_no": NUMBER, "refund_fen": 10000, "total_fen": 10000, "reason": "患者取消"}
    return pay.refund(out_refund_no=number, **(given | changes))


def count_refunds(emulator: Emulator) -> int:
    with emulator.world.store.transaction() as db:
        total: int = db.execute("SELECT count(*) FROM refund").fetchone()[0]
    return total


def test_accepted_is_not_yet_done(paid: Emulator) -> None:
    paid.world.refund_seconds = 3600
    asked = refund()
    assert (asked.status, asked.refund_fen, asked.total_fen, asked.success_time) == ("PROCESSING", 10000, 10000, None)
    assert pay.query_refund(out_refund_no="RF1") == asked
    assert paid.notifications("RF1") == []
    paid.advance(3601)
    done = pay.query_refund(out_refund_no="RF1")
    assert done.status == "SUCCESS"
    assert done.success_time is not None
    assert len(paid.notifications("RF1")) == 1


def test_asking_twice_with_one_number_refunds_once(paid: Emulator) -> None:
    first, second = refund(), refund()
    assert first.refund_id == second.refund_id
    assert count_refunds(paid) == 1
    pay.query_refund(out_refund_no="RF1")
    assert len(paid.notifications("RF1")) == 1


def test_a_lost_answer_is_cured_by_asking_again(paid: Emulator) -> None:
    paid.break_next(REFUNDS, "lost_answer")
    with pytest.raises(pay.PayUnavailable):
        refund()
    assert refund().refund_fen == 10000
    assert count_refunds(paid) == 1


def test_the_number_of_another_refund_is_refused(paid: Emulator) -> None:
    refund(refund_fen=4000)
    with pytest.raises(pay.PayError) as refused:
        refund(refund_fen=5000)
    assert refused.value.code == "INVALID_REQUEST"
    assert pay.query_refund(out_refund_no="RF1").refund_fen == 4000


def test_parts_may_not_exceed_what_was_paid(paid: Emulator) -> None:
    refund("RF1", refund_fen=6000)
    with pytest.raises(pay.PayError) as refused:
        refund("RF2", refund_fen=4001)
    assert refused.value.code == "INVALID_REQUEST"
    with pytest.raises(pay.RefundNotFound):
        pay.query_refund(out_refund_no="RF2")
    refund("RF3", refund_fen=4000)
    assert count_refunds(paid) == 2
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "REFUND"


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"total_fen": 9999}, pay.PayError, "INVALID_REQUEST"),
        ({"refund_fen": 0}, pay.PayMisconfigured, "PARAM_ERROR"),
        ({"refund_fen": 10001}, pay.PayError, "INVALID_REQUEST"),
        ({"out_trade_no": "UNKNOWN1"}, pay.RefundNotFound, "RESOURCE_NOT_EXISTS"),
    ],
)
def test_a_wrong_refund_moves_no_money(paid: Emulator, change: dict[str, Any], error: type, code: str) -> None:
    with pytest.raises(error) as refused:
        refund(**change)
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert count_refunds(paid) == 0
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "SUCCESS"


def test_an_unpaid_order_has_nothing_to_refund(emulator: Emulator) -> None:
    pay.place_order(
        out_trade_no=NUMBER,
        amount_fen=10000,
        description="挂号费",
        openid=emulator.openid("王小明"),
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
    )
    with pytest.raises(pay.PayError, match="订单未支付"):
        refund()
    assert count_refunds(emulator) == 0


def test_an_empty_account_refuses_and_a_retry_with_the_same_number_works(paid: Emulator) -> None:
    paid.next_refund("not_enough")
    with pytest.raises(pay.PayError) as refused:
        refund()
    assert refused.value.code == "NOT_ENOUGH"
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "SUCCESS"
    assert refund().status == "PROCESSING"


@pytest.mark.parametrize(
    ("outcome", "status", "trade_state"), [("abnormal", "ABNORMAL", "REFUND"), ("closed", "CLOSED", "SUCCESS")]
)
def test_a_refund_that_fails_says_so(paid: Emulator, outcome: str, status: str, trade_state: str) -> None:
    paid.next_refund(outcome)
    refund()
    failed = pay.query_refund(out_refund_no="RF1")
    assert (failed.status, failed.success_time) == (status, None)
    (notice,) = paid.notifications("RF1")
    told = pay.read_notification(headers=notice.headers, body=notice.body, now=datetime.now(UTC))
    assert isinstance(told, pay.RefundNotification)
    assert (told.event_type, told.refund) == (f"REFUND.{status}", failed)
    assert pay.query_order(out_trade_no=NUMBER).trade_state == trade_state


def test_a_closed_refund_frees_its_amount_for_another_number(paid: Emulator) -> None:
    paid.next_refund("closed")
    refund("RF1")
    assert refund("RF2").refund_fen == 10000
    assert pay.query_refund(out_refund_no="RF2").status == "SUCCESS"


def test_a_stuck_refund_waits_for_the_bank(paid: Emulator) -> None:
    paid.next_refund("stuck")
    refund()
    paid.advance(7 * 24 * 3600)
    assert pay.query_refund(out_refund_no="RF1").status == "PROCESSING"
    paid.settle_refund("RF1")
    assert pay.query_refund(out_refund_no="RF1").status == "SUCCESS"
    with pytest.raises(LookupError):
        paid.settle_refund("RF1", "abnormal")
    assert pay.query_refund(out_refund_no="RF1").status == "SUCCESS"


def test_unknown_refunds_are_not_found(paid: Emulator) -> None:
    with pytest.raises(pay.RefundNotFound):
        pay.query_refund(out_refund_no="UNKNOWN")


@pytest.mark.parametrize("number", ["", "x" * 65, "a b", "退款"])
def test_a_number_that_cannot_be_is_refused_before_wechat_sees_it(paid: Emulator, number: str) -> None:
    before = len(paid.world.calls)
    with pytest.raises(ValueError, match="refund number"):
        refund(number)
    assert len(paid.world.calls) == before


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "garbage"}, {"kind": "bad_signature"}])
def test_a_bad_day_at_wechat_is_unavailable(paid: Emulator, fault: dict[str, Any]) -> None:
    for _ in range(2):
        paid.break_next(REFUNDS, **fault)
    with pytest.raises(pay.PayUnavailable):
        refund()
    with pytest.raises(pay.PayUnavailable):
        pay.query_refund(out_refund_no="RF1")
