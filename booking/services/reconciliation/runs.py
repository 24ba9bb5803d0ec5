"""The morning's reconciliation: the bill of a day, line by line, against our orders and refunds.

The bill covers the merchant and so every hospital; its day is Beijing's, whatever zone a hospital keeps.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.errors import Refusal
from booking.models import (
    OrderState,
    PaymentOrder,
    ReconciliationDifference,
    ReconciliationRun,
    Refund,
    RefundState,
)
from booking.services.reconciliation.comparison import Difference, compare_payments, compare_refunds, same_difference
from booking.services.reconciliation.mending import Mended, find_unknown_refunds, settle_payments, settle_refunds
from wechat import pay
from wechat.pay.bills import BILL_ZONE

logger = logging.getLogger(__name__)

BILL_READY_AT = time(10)
# WeChat says the same of a day without trade and of a bill that is not made yet. By this time of the next day it was the former.
BILL_OVERDUE_AT = time(20)
NO_BILL = "NO_STATEMENT_EXIST"
# Days that a longer outage left without a bill are made good; older ones are reconciled by command.
DAYS_MADE_GOOD = 7


class DayNotOver(Refusal):
    """The day is still being traded: its bill comes tomorrow."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A run with what it found: numbers that a query set right, and numbers that WeChat did not answer about."""

    run: ReconciliationRun
    settled: tuple[str, ...]
    unanswered: tuple[str, ...]


def bill_day(now: datetime) -> date:
    """The merchant's day at that moment."""
    return now.astimezone(BILL_ZONE).date()


def reconcile_day(*, day: date, now: datetime, on_progress: Callable[[str], None] | None = None) -> Reconciled:
    """Compare the day's bill with our books and store the differences; safe to run again.

    Payments and refunds that the bill shows and we had not heard of are asked about and recorded first. Another run replaces the
    differences that nobody has dealt with and keeps the others. Where WeChat did not answer about a line, the run stays
    unfinished and the next hour's takes it up again.

    Raises DayNotOver, pay.BillNotReady, pay.PayUnavailable, pay.PayMisconfigured.
    """
    if day >= bill_day(now):
        raise DayNotOver(day=day.isoformat())
    tell = on_progress or (lambda step: None)
    tell(f"{day}: downloading the bill")
    bill = _bill(day, now)
    payments = [row for row in bill.rows if row.out_refund_no is None]
    refunds = [row for row in bill.rows if row.out_refund_no is not None]
    tell(f"{day}: {len(payments):,} payments, {len(refunds):,} refunds")
    mended = Mended()
    settle_payments(rows=payments, now=now, mended=mended)
    settle_refunds(rows=refunds, now=now, mended=mended)
    find_unknown_refunds(refunds=_refunds_not_on(refunds, day), now=now, mended=mended)
    found = [
        *compare_payments(rows=payments, orders=_orders(payments, day)),
        *compare_refunds(rows=refunds, refunds=_refunds(refunds), missing=mended.unknown_refunds),
    ]
    run = _store(bill, found, started_at=now, is_finished=not mended.unanswered)
    return Reconciled(run, tuple(mended.settled), tuple(mended.unanswered))


def reconcile_due_days(*, now: datetime) -> list[Reconciled]:
    """Reconcile each of the last days whose bill should be ready and has no finished run. One that fails keeps none waiting."""
    today = bill_day(now)
    days = [today - timedelta(days=back) for back in range(DAYS_MADE_GOOD, 0, -1)]
    finished = set(ReconciliationRun.objects.filter(day__in=days, finished_at__isnull=False).values_list("day", flat=True))
    done = []
    for day in days:
        if day in finished or now < _next_day_at(day, BILL_READY_AT):
            continue
        try:
            done.append(reconcile_day(day=day, now=now))
        except pay.BillNotReady as error:
            logger.info("The bill of %s is not ready: %s", day, error)
        except pay.PayError as error:
            logger.warning("The bill of %s could not be had, the next hour tries again: %s", day, error)
    return done


def _bill(day: date, now: datetime) -> pay.TradeBill:
    try:
        return pay.download_trade_bill(day=day)
    except pay.BillNotReady as error:
        if error.code == NO_BILL and now >= _next_day_at(day, BILL_OVERDUE_AT):
            return pay.TradeBill(day=day, rows=(), paid_fen=0, refund_fen=0)
        raise


def _next_day_at(day: date, clock: time) -> datetime:
    return datetime.combine(day + timedelta(days=1), clock, tzinfo=BILL_ZONE)


def _span(day: date) -> tuple[datetime, datetime]:
    """The day's first moment, and the next day's."""
    return datetime.combine(day, time(), tzinfo=BILL_ZONE), _next_day_at(day, time())


def _orders(rows: list[pay.BillRow], day: date) -> list[PaymentOrder]:
    """All orders that the bill names, and all that we hold to be paid on its day."""
    begins, ends = _span(day)
    named = Q(out_trade_no__in=[row.out_trade_no for row in rows])
    return list(
        PaymentOrder.objects.filter(named | Q(state=OrderState.PAID, paid_at__gte=begins, paid_at__lt=ends)).order_by("pk")
    )


def _refunds(rows: list[pay.BillRow]) -> list[Refund]:
    return list(
        Refund.objects.filter(out_refund_no__in=[row.out_refund_no for row in rows]).select_related("order").order_by("pk")
    )


def _refunds_not_on(rows: list[pay.BillRow], day: date) -> list[Refund]:
    """Refunds of the day that WeChat took, as we believe, and does not bill."""
    begins, ends = _span(day)
    taken = Refund.objects.filter(
        state__in=[RefundState.PROCESSING, RefundState.SUCCEEDED], requested_at__gte=begins, requested_at__lt=ends
    )
    return list(taken.exclude(out_refund_no__in=[row.out_refund_no for row in rows]).order_by("pk"))


@transaction.atomic
def _store(bill: pay.TradeBill, found: list[Difference], *, started_at: datetime, is_finished: bool) -> ReconciliationRun:
    run, _ = ReconciliationRun.objects.get_or_create(day=bill.day, defaults={"started_at": started_at})
    # Two runs over one day write one after the other.
    run = ReconciliationRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    run.started_at, run.finished_at = started_at, started_at if is_finished else None
    run.refund_lines = sum(row.out_refund_no is not None for row in bill.rows)
    run.paid_lines = len(bill.rows) - run.refund_lines
    run.paid_fen, run.refunded_fen = bill.paid_fen, bill.refund_fen
    run.save()
    _replace_unresolved(run, found)
    return run


def _replace_unresolved(run: ReconciliationRun, found: list[Difference]) -> None:
    """What is still there keeps its row, so that a page that shows it stays good; what was dealt with is left as it was."""
    known = {same_difference(row): row for row in run.differences.select_for_update(of=("self",), no_key=True)}
    seen = set()
    for difference in found:
        wanted = ReconciliationDifference(
            run=run,
            kind=difference.kind,
            number=difference.stored_number,
            ours_fen=difference.ours_fen,
            theirs_fen=difference.theirs_fen,
            detail=difference.stored_detail,
        )
        seen.add(same_difference(wanted))
        before = known.get(same_difference(wanted))
        if before is None:
            wanted.save(force_insert=True)
        elif before.resolved_at is None:
            wanted.pk = before.pk
            wanted.save(force_update=True)
    gone = [row.pk for key, row in known.items() if key not in seen and row.resolved_at is None]
    run.differences.filter(pk__in=gone).delete()
