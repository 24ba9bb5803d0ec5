"""Reconcile a day's bill by hand."""

import json as json_format
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from booking.models import ReconciliationDifference
from booking.services.reconciliation.runs import DayNotOver, Reconciled, bill_day, reconcile_day
from hospitals.operator_command import BAD_INPUT, OperatorCommand, iso_day
from wechat import pay

FAILED = 1

DESCRIPTION = """\
Compare WeChat Pay's bill of one day with our orders and refunds, line by line, and store the differences for staff.

Payments and refunds that the bill shows and that we had not heard of are asked about and recorded first. It can be
run again at any time: differences that nobody has dealt with are found anew, the others are kept. A bill is there
from about 10:00 of the next day (Beijing time) and for three months.

Exit status: 0 compared (differences may have been found), 1 no bill yet or WeChat did not answer, 2 bad input."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=iso_day, metavar="DATE", help="the day of the bill (yesterday)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, day: date | None, json: bool, **options: Any) -> None:
        now = timezone.now()
        done = self._reconcile(day or bill_day(now) - timedelta(days=1), now)
        differences = list(done.run.differences.order_by("resolved_at", "kind", "number"))
        if json:
            self.stdout.write(json_format.dumps(_as_json(done, differences), ensure_ascii=False))
        else:
            self._print(done, differences)
        if done.unanswered:
            raise CommandError(f"WeChat did not answer about {', '.join(done.unanswered)}; run it again", returncode=FAILED)

    def _reconcile(self, day: date, now: datetime) -> Reconciled:
        try:
            return reconcile_day(day=day, now=now, on_progress=self.show_progress)
        except DayNotOver as refusal:
            raise CommandError(f"{day} is not over: its bill comes the day after", returncode=BAD_INPUT) from refusal
        except pay.BillNotReady as error:
            raise CommandError(f"WeChat has no bill of {day} yet ({error.code})", returncode=FAILED) from error
        except pay.PayError as error:
            raise CommandError(f"the bill of {day} could not be had: {error}", returncode=FAILED) from error
        finally:
            self.show_progress("")

    def _print(self, done: Reconciled, differences: list[ReconciliationDifference]) -> None:
        run = done.run
        self.stdout.write(
            f"{run.day}: {run.paid_lines:,} payments of {run.paid_fen:,} fen, {run.refund_lines:,} refunds of "
            f"{run.refunded_fen:,} fen; {len(done.settled):,} settled by this run; {len(differences):,} differences, "
            f"{sum(row.resolved_at is not None for row in differences):,} of them dealt with"
        )
        for row in differences:
            state = "dealt with" if row.resolved_at else "open"
            self.stdout.write(f"{row.kind} {row.number}: ours {row.ours_fen}, theirs {row.theirs_fen} fen ({state}) {row.detail}")


def _as_json(done: Reconciled, differences: list[ReconciliationDifference]) -> dict[str, Any]:
    run = done.run
    return {
        "day": run.day.isoformat(),
        "finished": run.finished_at is not None,
        "paid_lines": run.paid_lines,
        "paid_fen": run.paid_fen,
        "refund_lines": run.refund_lines,
        "refunded_fen": run.refunded_fen,
        "settled": list(done.settled),
        "unanswered": list(done.unanswered),
        "differences": [
            {
                "kind": row.kind,
                "number": row.number,
                "ours_fen": row.ours_fen,
                "theirs_fen": row.theirs_fen,
                "detail": row.detail,
                "is_resolved": row.resolved_at is not None,
            }
            for row in differences
        ],
    }
