"""The daily bill: downloaded, checked against its hash and its own totals, read to fen."""

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from wechat import pay
from wechat.emulator import bills
from wechat.emulator.testing import Emulator
from wechat.emulator.world import BEIJING
from wechat.pay.bills import read_trade_bill
from wechat.pay.client import pay_client

DAY = datetime.now(BEIJING).date()
NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=BEIJING)
HEADER, TOTALS_HEADER = bills.HEADER, bills.TOTALS_HEADER


@pytest.fixture(autouse=True)
def at_noon(emulator: Emulator) -> None:
    """Trade at noon, so that no midnight falls into a test."""
    emulator.advance(NOON.timestamp() - emulator.world.clock())


def next_day_at(emulator: Emulator, hour: int, minute: int = 0) -> None:
    then = datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=BEIJING) + timedelta(days=1)
    emulator.advance(then.timestamp() - emulator.world.clock())


def trade(emulator: Emulator, number: str, amount_fen: int, refund_fen: int = 0) -> None:
    pay.place_order(
        out_trade_no=number,
        amount_fen=amount_fen,
        description="挂号费,专家",
        openid=emulator.openid("王小明"),
        expires_at=NOON + timedelta(days=3),
    )
    emulator.pay(number)
    if refund_fen:
        pay.refund(
            out_refund_no=f"RF{number}",
            out_trade_no=number,
            refund_fen=refund_fen,
            total_fen=amount_fen,
            reason="患者取消",
        )


def test_every_payment_and_refund_of_the_day(emulator: Emulator) -> None:
    trade(emulator, "YZ000001", 5000)
    trade(emulator, "YZ000002", 1205, refund_fen=1)
    pay.place_order(
        out_trade_no="YZ000003",
        amount_fen=9,
        description="未付",
        openid=emulator.openid("王小明"),
        expires_at=NOON + timedelta(hours=1),
    )
    next_day_at(emulator, 10, 1)
    bill = pay.download_trade_bill(day=DAY)
    assert (bill.day, bill.paid_fen, bill.refund_fen, len(bill.rows)) == (DAY, 6205, 1, 3)
    by_number = {(row.out_trade_no, row.out_refund_no): row for row in bill.rows}
    payment, refund = by_number["YZ000002", None], by_number["YZ000002", "RFYZ000002"]
    state = pay.query_order(out_trade_no="YZ000002")
    assert (payment.paid_fen, payment.refund_fen, payment.trade_state) == (1205, 0, "SUCCESS")
    assert (payment.transaction_id, payment.openid) == (state.transaction_id, state.openid)
    assert payment.traded_at == state.success_time
    assert (refund.paid_fen, refund.refund_fen, refund.trade_state) == (0, 1, "REFUND")
    assert (refund.refund_id, refund.refund_status) == (pay.query_refund(out_refund_no="RFYZ000002").refund_id, "SUCCESS")
    assert payment.fee_fen == Decimal(0)


def test_the_bill_is_ready_at_ten_the_next_day(emulator: Emulator) -> None:
    trade(emulator, "YZ000001", 5000)
    next_day_at(emulator, 9, 59)
    with pytest.raises(pay.BillNotReady) as refused:
        pay.download_trade_bill(day=DAY)
    assert refused.value.code == "NO_STATEMENT_EXIST"
    emulator.advance(61)
    assert pay.download_trade_bill(day=DAY).paid_fen == 5000


def test_a_demo_need_not_wait(emulator: Emulator) -> None:
    trade(emulator, "YZ000001", 5000)
    emulator.world.bill_at_once = True
    assert pay.download_trade_bill(day=DAY).paid_fen == 5000


def test_a_day_without_trade_has_no_bill(emulator: Emulator) -> None:
    with pytest.raises(pay.BillNotReady):
        pay.download_trade_bill(day=DAY - timedelta(days=2))


def test_a_bill_older_than_three_months_is_gone(emulator: Emulator) -> None:
    with pytest.raises(pay.PayMisconfigured) as refused:
        pay.download_trade_bill(day=DAY - timedelta(days=100))
    assert refused.value.code == "PARAM_ERROR"


def test_a_bill_that_does_not_match_its_hash_is_refused(emulator: Emulator) -> None:
    trade(emulator, "YZ000001", 5000)
    next_day_at(emulator, 11)
    assert pay.download_trade_bill(day=DAY).paid_fen == 5000
    # when the file changes between the answer that carries its hash and the download
    with emulator.world.store.transaction() as db:
        db.execute(
            "CREATE TRIGGER tampered AFTER INSERT ON bill_file BEGIN UPDATE bill_file SET content ="
            " CAST(replace(CAST(content AS TEXT), '50.00', '05.00') AS BLOB); END"
        )
    with pytest.raises(pay.PayUnavailable, match="hash"):
        pay.download_trade_bill(day=DAY)


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 500}, {"kind": "garbage"}, {"kind": "lost_answer"}, {"kind": "status", "status": 404}]
)
@pytest.mark.parametrize("path", ["/v3/bill/tradebill", "/v3/billdownload/file"])
def test_a_bad_day_at_wechat_is_unavailable(emulator: Emulator, fault: dict[str, Any], path: str) -> None:
    trade(emulator, "YZ000001", 5000)
    next_day_at(emulator, 11)
    emulator.break_next(path, **fault)
    with pytest.raises(pay.PayUnavailable):
        pay.download_trade_bill(day=DAY)


def test_a_bill_on_another_host_is_not_fetched(emulator: Emulator, settings: Any) -> None:
    trade(emulator, "YZ000001", 5000)
    next_day_at(emulator, 11)
    # The emulator names its file by the host it was asked under, so another name for it shows the rule.
    settings.WECHAT = settings.WECHAT | {"pay_base_url": emulator.base_url + "/"}
    assert pay.download_trade_bill(day=DAY).paid_fen == 5000
    with pytest.raises(pay.PayUnavailable, match="host"):
        pay.bills._download("https://elsewhere.example/v3/billdownload/file?token=x")
    assert emulator.calls("/v3/billdownload/file") == 1


ROW = (
    "`2026-11-20 08:35:41,`wx1,`1900000001,`0,`,`4200001,`YZ000001,`oX,`JSAPI,`SUCCESS,`PSBC_DEBIT,`CNY,`6.00,`0.00,`0,"
    "`0,`0.00,`0.00,`,`,`内科,复诊,`x,`0.04000,`0.60%,`6.00,`0.00,`"
)
TOTALS = "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"


REASONS = "header|totals|column|amount|whole fen|backtick|fields instead|does not match format|month"


class TestReading:
    def read(self, *lines: str) -> pay.TradeBill:
        return read_trade_bill("\r\n".join(lines) + "\r\n", day=DAY)

    def test_a_row_as_wechat_writes_it(self) -> None:
        bill = self.read(HEADER, ROW, TOTALS_HEADER, TOTALS)
        (row,) = bill.rows
        assert (row.out_trade_no, row.paid_fen, row.out_refund_no, row.fee_fen) == ("YZ000001", 600, None, Decimal("4"))
        assert row.traded_at == datetime(2026, 11, 20, 0, 35, 41, tzinfo=UTC)

    def test_columns_are_found_by_name(self) -> None:
        bill = self.read(f"新列,{HEADER}", f"`x,{ROW}", TOTALS_HEADER, TOTALS)
        assert bill.rows[0].out_trade_no == "YZ000001"

    @pytest.mark.parametrize(
        "lines",
        [
            (),
            (HEADER,),
            (HEADER, TOTALS_HEADER),
            (HEADER, ROW, TOTALS_HEADER, "`2,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"),
            (HEADER, ROW, TOTALS_HEADER, "`1,`6.00,`0.00,`0.00,`0.04000,`6.01,`0.00"),
            (HEADER, ROW, TOTALS_HEADER, "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.01"),
            (HEADER, ROW.replace("`6.00", "`6.001"), TOTALS_HEADER, TOTALS),
            (HEADER, ROW.replace("`6.00", "`NaN"), TOTALS_HEADER, TOTALS),
            (HEADER, ROW.replace("`6.00", "`six"), TOTALS_HEADER, TOTALS),
            (HEADER, ROW.replace("2026-11-20", "2026-13-20"), TOTALS_HEADER, TOTALS),
            (HEADER, ROW[1:], TOTALS_HEADER, TOTALS),
            (HEADER, ROW + ",`", TOTALS_HEADER, TOTALS),
            (HEADER.replace("商户订单号", "单号"), ROW, TOTALS_HEADER, TOTALS),
        ],
    )
    def test_what_cannot_be_right_is_refused(self, lines: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match=REASONS):
            self.read(*lines)


@pytest.mark.parametrize("tar_type", ["GZIP", None])
def test_the_hash_covers_the_plain_bytes(emulator: Emulator, tar_type: str | None) -> None:
    trade(emulator, "YZ000001", 5000)
    next_day_at(emulator, 11)
    path = f"/v3/bill/tradebill?bill_date={DAY}" + (f"&tar_type={tar_type}" if tar_type else "")
    _, answer = pay_client()._core.request(path)
    told = json.loads(answer)
    _, content = pay_client().download_bill(told["download_url"])
    plain = gzip.decompress(content) if tar_type else content
    assert (told["hash_type"], told["hash_value"]) == ("SHA1", hashlib.sha1(plain).hexdigest())
    assert plain.startswith("\ufeff交易时间,".encode())
    assert "`挂号费,专家,`".encode() in plain
