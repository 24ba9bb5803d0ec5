"""Which lines of a bill and of our own books disagree. Reads nothing and changes nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from booking.models import DifferenceKind, OrderState, PaymentOrder, ReconciliationDifference, Refund, RefundState
from wechat import pay

LONGEST_NUMBER = 32
LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement: what we say of an order or refund and what WeChat's bill says, in fen."""

    kind: DifferenceKind
    number: str
    ours_fen: int | None
    theirs_fen: int | None
    detail: str = ""

    @property
    def stored_number(self) -> str:
        """As long as the table takes: a number that is not ours may have 64 characters. Two different ones stay different."""
        if len(self.number) <= LONGEST_NUMBER:
            return self.number
        mark = hashlib.sha256(self.number.encode()).hexdigest()[:8]
        return f"{self.number[: LONGEST_NUMBER - 9]}~{mark}"

    @property
    def stored_detail(self) -> str:
        told = self.detail if self.number == self.stored_number else f"完整单号 {self.number}；{self.detail}"
        return told[:LONGEST_DETAIL]


def compare_payments(*, rows: Iterable[pay.BillRow], orders: Collection[PaymentOrder]) -> list[Difference]:
    """Compare the bill's payments with our orders.

    `orders` are all that the bill names, and all that we hold to be paid on its day.
    """
    ours = {order.out_trade_no: order for order in orders}
    theirs = _by_number(rows, lambda row: row.out_trade_no)
    found = [_payment(number, lines, ours.get(number)) for number, lines in theirs.items()]
    missing = [
        Difference(DifferenceKind.MISSING_THERE, number, order.paid_fen, None, f"微信支付单号 {order.transaction_id or '无'}")
        for number, order in ours.items()
        if number not in theirs
    ]
    return [difference for difference in found if difference] + missing


def compare_refunds(*, rows: Iterable[pay.BillRow], refunds: Collection[Refund], missing: Collection[Refund]) -> list[Difference]:
    """Compare the bill's refunds with ours.

    `refunds` are all that the bill names, `missing` those of its day that it should name and WeChat does not know.
    """
    ours = {refund.out_refund_no: refund for refund in refunds}
    theirs = _by_number(rows, lambda row: row.out_refund_no or "")
    found = [_refund(number, lines, ours.get(number)) for number, lines in theirs.items()]
    not_there = [
        Difference(
            DifferenceKind.MISSING_THERE, refund.out_refund_no, refund.amount_fen, None, f"本方为“{refund.get_state_display()}”"
        )
        for refund in missing
    ]
    return [difference for difference in found if difference] + not_there


def same_difference(row: ReconciliationDifference) -> tuple[str, str]:
    """What makes a difference the same one in two runs over one day."""
    return row.kind, row.number


def _by_number(rows: Iterable[pay.BillRow], number: Callable[[pay.BillRow], str]) -> dict[str, list[pay.BillRow]]:
    grouped: dict[str, list[pay.BillRow]] = defaultdict(list)
    for row in rows:
        grouped[number(row)].append(row)
    return grouped


def _payment(number: str, lines: Sequence[pay.BillRow], order: PaymentOrder | None) -> Difference | None:
    theirs_fen, transaction_id = sum(line.paid_fen for line in lines), lines[0].transaction_id
    if order is None:
        return Difference(DifferenceKind.MISSING_HERE, number, None, theirs_fen, f"微信支付单号 {transaction_id}")
    if theirs_fen != order.amount_fen:
        return Difference(DifferenceKind.AMOUNT, number, order.amount_fen, theirs_fen, _repeated(lines))
    told = ""
    if order.state != OrderState.PAID:
        told = f"微信已收款，本方为“{order.get_state_display()}”"
    elif order.transaction_id != transaction_id:
        told = f"微信支付单号不同：本方 {order.transaction_id or '无'}，账单 {transaction_id}"
    return Difference(DifferenceKind.STATE, number, order.amount_fen, theirs_fen, told) if told else None


def _refund(number: str, lines: Sequence[pay.BillRow], refund: Refund | None) -> Difference | None:
    theirs_fen, line = sum(line.refund_fen for line in lines), lines[-1]
    if refund is None:
        return Difference(DifferenceKind.MISSING_HERE, number, None, theirs_fen, f"退款对应订单 {line.out_trade_no}")
    if theirs_fen != refund.amount_fen:
        return Difference(DifferenceKind.AMOUNT, number, refund.amount_fen, theirs_fen, _repeated(lines))
    told = ""
    if line.out_trade_no != refund.order.out_trade_no:
        told = f"退款对应订单不同：本方 {refund.order.out_trade_no}，账单 {line.out_trade_no}"
    elif not refund_agrees(refund, line):
        told = f"账单为 {line.refund_status or '无状态'}，本方为“{refund.get_state_display()}”"
    return Difference(DifferenceKind.STATE, number, refund.amount_fen, theirs_fen, told) if told else None


def refund_agrees(refund: Refund, line: pay.BillRow) -> bool:
    """Whether our refund can have come from where the bill saw it: we may have heard more since."""
    match line.refund_status:
        case "SUCCESS":
            return refund.state == RefundState.SUCCEEDED
        case "PROCESSING":
            return refund.state != RefundState.REQUESTED
        case _:
            # What failed on its day may have been sent to another account since, or again under another number.
            return refund.state in (RefundState.FAILED, RefundState.REPLACED) or (
                refund.state == RefundState.SUCCEEDED and refund.settled_at is not None and refund.settled_at > line.traded_at
            )


def _repeated(lines: Sequence[pay.BillRow]) -> str:
    return f"账单中出现 {len(lines)} 次" if len(lines) > 1 else ""
