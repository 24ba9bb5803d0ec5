"""The trade bill: what WeChat puts on the table each morning at ten."""

import gzip
import hashlib
import secrets
import sqlite3
from datetime import UTC, date, datetime, time, timedelta

from wechat.emulator.errors import PayRefusal, parameter_error
from wechat.emulator.http import Answer, Request, Route, json_answer
from wechat.emulator.refunds import settle_due
from wechat.emulator.world import BEIJING, World

READY_AT = time(10)
KEPT_DAYS = 92  # three months
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS_HEADER = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
BYTE_ORDER_MARK = "\ufeff"


def trade_bill(world: World, request: Request) -> Answer:
    day, is_gzip = _read_request(world, request)
    lines = _lines(world, day, request.query.get("bill_type", "ALL"))
    if lines is None:
        raise PayRefusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    plain = (BYTE_ORDER_MARK + "".join(f"{line}\r\n" for line in lines)).encode()
    token = secrets.token_urlsafe(32)
    with world.store.transaction() as db:
        db.execute("INSERT INTO bill_file VALUES (?, ?, ?)", (token, plain, is_gzip))
    return json_answer(
        {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(plain).hexdigest(),
            "download_url": f"{request.origin}/v3/billdownload/file?token={token}",
        }
    )


def download(world: World, request: Request) -> Answer:
    with world.store.transaction() as db:
        found = db.execute("SELECT * FROM bill_file WHERE token = ?", (request.query.get("token"),)).fetchone()
    if found is None:
        raise PayRefusal(404, "NOT_FOUND", "下载链接无效")
    content = gzip.compress(found["content"]) if found["is_gzip"] else found["content"]
    return Answer(200, content, "application/octet-stream")


def _read_request(world: World, request: Request) -> tuple[date, bool]:
    try:
        day = date.fromisoformat(request.query.get("bill_date", ""))
    except ValueError as error:
        raise parameter_error("账单日期bill_date格式为yyyy-MM-DD") from error
    if request.query.get("bill_type", "ALL") not in {"ALL", "SUCCESS", "REFUND"}:
        raise parameter_error("账单类型bill_type为ALL、SUCCESS或REFUND")
    if request.query.get("tar_type", "GZIP") != "GZIP":
        raise parameter_error("压缩类型tar_type仅支持GZIP")
    now = datetime.fromtimestamp(world.clock(), UTC)
    ready = datetime.combine(day + timedelta(days=1), READY_AT, BEIJING)
    if now.astimezone(BEIJING).date() - day > timedelta(days=KEPT_DAYS):
        raise parameter_error("仅支持三个月内的账单下载申请")
    if now < ready and not world.bill_at_once:
        raise PayRefusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    return day, request.query.get("tar_type") == "GZIP"


def _lines(world: World, day: date, bill_type: str) -> list[str] | None:
    """The bill's lines, payments and refunds by time; None when nothing was traded."""
    start = datetime.combine(day, time(), BEIJING).timestamp()
    end = datetime.combine(day + timedelta(days=1), time(), BEIJING).timestamp()
    with world.store.transaction() as db:
        settle_due(world)
        paid = db.execute("SELECT * FROM payment_order WHERE paid_at >= ? AND paid_at < ?", (start, end)).fetchall()
        refunded = db.execute(
            "SELECT payment_order.*, refund.* FROM refund JOIN payment_order USING (out_trade_no)"
            " WHERE refund.made_at >= ? AND refund.made_at < ? AND refund.status <> 'CLOSED'",
            (start, end),
        ).fetchall()
    paid, refunded = ([] if bill_type == "REFUND" else paid), ([] if bill_type == "SUCCESS" else refunded)
    if not paid and not refunded:
        return None
    dated = [(row["paid_at"], _payment(world, row)) for row in paid]
    dated += [(row["made_at"], _refund(world, row)) for row in refunded]
    total, back = _yuan(sum(row["total"] for row in paid)), _yuan(sum(row["amount"] for row in refunded))
    totals = (str(len(dated)), total, back, "0.00", "0.00000", total, back)
    rows = [line for _, line in sorted(dated)]
    return [HEADER, *rows, TOTALS_HEADER, _line(totals)]


def _payment(world: World, row: sqlite3.Row) -> str:
    total = _yuan(row["total"])
    fields = (*_common(world, row, row["paid_at"], "SUCCESS"), total, "0.00", "0", "0", "0.00", "0.00", "", "")
    return _line((*fields, *_goods(row), total, "0.00", ""))


def _refund(world: World, row: sqlite3.Row) -> str:
    amount = _yuan(row["amount"])
    refund = (row["refund_id"], row["out_refund_no"], amount, "0.00", "ORIGINAL", row["status"])
    fields = (*_common(world, row, row["made_at"], "REFUND"), "0.00", "0.00", *refund)
    return _line((*fields, *_goods(row), "0.00", amount, ""))


def _common(world: World, row: sqlite3.Row, at: float, state: str) -> tuple[str, ...]:
    written = datetime.fromtimestamp(at, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    ours = (world.keys.appid, world.keys.mchid, "0", "")
    return (written, *ours, row["transaction_id"], row["out_trade_no"], row["openid"], "JSAPI", state, "OTHERS", "CNY")


def _goods(row: sqlite3.Row) -> tuple[str, ...]:
    """Description, attached data, fee and rate; play money costs nothing."""
    return row["description"], row["attach"] or "", "0.00000", "0.00%"


def _line(fields: tuple[str, ...]) -> str:
    return ",".join(f"`{field}" for field in fields)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


ROUTES = (
    Route("GET", r"/v3/bill/tradebill", trade_bill),
    Route("GET", r"/v3/billdownload/file", download),
)
