"""The daily trade bill: every payment and refund of one day, for reconciliation."""

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from wechat.configuration import current_settings
from wechat.pay.client import call, pay_client, send
from wechat.pay.errors import PayError, PayUnavailable

# WeChat writes its bills in Beijing time without an offset.
BILL_ZONE = ZoneInfo("Asia/Shanghai")
NOT_READY = frozenset({"NO_STATEMENT_EXIST", "STATEMENT_CREATING"})


class BillNotReady(PayError):
    """There is no bill for that day: nothing was traded, or it is before 10:00 of the day after."""


@dataclass(frozen=True)
class BillRow:
    """One line of the bill: a payment (`out_refund_no` None) or a refund. The fee may have fractions of a fen."""

    traded_at: datetime
    out_trade_no: str
    transaction_id: str
    openid: str
    trade_state: str
    paid_fen: int
    out_refund_no: str | None
    refund_id: str | None
    refund_fen: int
    refund_status: str | None
    fee_fen: Decimal


@dataclass(frozen=True)
class TradeBill:
    """The rows, and the totals that WeChat printed below them (checked against the rows)."""

    day: date
    rows: tuple[BillRow, ...]
    paid_fen: int
    refund_fen: int


def download_trade_bill(*, day: date) -> TradeBill:
    """Fetch, verify and read the bill of `day`. Raises BillNotReady, PayMisconfigured, PayUnavailable."""
    try:
        answer = call(lambda: pay_client().trade_bill(day.isoformat(), tar_type="GZIP"))
    except PayError as error:
        if error.code in NOT_READY:
            raise BillNotReady(str(error), code=error.code) from error
        raise
    packed = _download(str(answer.get("download_url")))
    try:
        plain = gzip.decompress(packed)
        # The library verifies no signature here, so the signed answer's hash of the plain bytes is what we trust.
        if answer.get("hash_type") != "SHA1" or hashlib.sha1(plain).hexdigest() != answer.get("hash_value"):
            raise PayUnavailable("the bill does not match its hash", code="UNTRUSTED")
        return read_trade_bill(plain.decode("utf-8-sig"), day=day)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise PayUnavailable(f"the bill is unreadable: {error}") from error


def _download(url: str) -> bytes:
    # The request is signed as us: it goes to WeChat's own host or nowhere.
    if not url.startswith(current_settings().pay_base_url + "/"):
        raise PayUnavailable("the bill lies on another host", code="UNTRUSTED")
    _, content = send(lambda: pay_client().download_bill(url))
    return content.encode() if isinstance(content, str) else content


def read_trade_bill(content: str, *, day: date) -> TradeBill:
    """Read a bill's text: a header, rows whose fields are led by a backtick, a second header, the totals.

    Columns are found by name, as WeChat adds some over the years. ValueError when it cannot be understood or when the
    totals do not agree with the rows.
    """
    lines = content.splitlines()
    if len(lines) < 3:
        raise ValueError("it has no header or no totals")
    header, *written, total_header, totals = lines
    names = header.split(",")
    rows = tuple(_row(dict(zip(names, _values(line, len(names)), strict=True))) for line in written)
    total_names = total_header.split(",")
    total = dict(zip(total_names, _values(totals, len(total_names)), strict=True))
    bill = TradeBill(
        day=day,
        rows=rows,
        paid_fen=sum(row.paid_fen for row in rows),
        refund_fen=sum(row.refund_fen for row in rows),
    )
    printed = (int(_field(total, "总交易单数")), _fen(total, "订单总金额"), _fen(total, "申请退款总金额"))
    if printed != (len(rows), bill.paid_fen, bill.refund_fen):
        raise ValueError("the totals do not agree with the rows")
    return bill


def _values(line: str, expected: int) -> list[str]:
    """Fields are split at comma and backtick together: a description may hold a comma."""
    if not line.startswith("`"):
        raise ValueError("a line is not led by a backtick")
    values = re.split(r",`", line[1:])
    if len(values) != expected:
        raise ValueError(f"a line has {len(values)} fields instead of {expected}")
    return values


def _row(fields: dict[str, str]) -> BillRow:
    refund_number = _field(fields, "商户退款单号")
    is_refund = refund_number not in {"", "0"}
    written = datetime.strptime(_field(fields, "交易时间"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BILL_ZONE)
    return BillRow(
        traded_at=written.astimezone(UTC),
        out_trade_no=_field(fields, "商户订单号"),
        transaction_id=_field(fields, "微信订单号"),
        openid=_field(fields, "用户标识"),
        trade_state=_field(fields, "交易状态"),
        paid_fen=_fen(fields, "订单金额"),
        out_refund_no=refund_number if is_refund else None,
        refund_id=_field(fields, "微信退款单号") if is_refund else None,
        refund_fen=_fen(fields, "申请退款金额"),
        refund_status=_field(fields, "退款状态") or None,
        fee_fen=_yuan(fields, "手续费") * 100,
    )


def _field(fields: dict[str, str], name: str) -> str:
    if name not in fields:
        raise ValueError(f"it has no column {name}")
    return fields[name]


def _yuan(fields: dict[str, str], name: str) -> Decimal:
    try:
        value = Decimal(_field(fields, name))
    except InvalidOperation as error:
        raise ValueError(f"{name} is not an amount") from error
    if not value.is_finite():
        raise ValueError(f"{name} is not an amount")
    return value


def _fen(fields: dict[str, str], name: str) -> int:
    value = _yuan(fields, name) * 100
    if value != value.to_integral_value():
        raise ValueError(f"{name} is not in whole fen")
    return int(value)
