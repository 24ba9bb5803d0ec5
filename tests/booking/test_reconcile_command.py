"""`manage.py reconcile`: what it prints and how it ends."""

import json
from datetime import datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from booking.models import PaymentOrder, ReconciliationRun
from booking.services.reconciliation.runs import bill_day
from tests.booking.trading import paid_at_wechat, set_clock
from wechat.emulator.testing import Emulator
from wechat.pay.bills import BILL_ZONE


@pytest.fixture
def yesterday(now: datetime) -> datetime:
    return now - timedelta(days=1)


@pytest.fixture
def number(emulator: Emulator, now: datetime, yesterday: datetime) -> str:
    """An order paid yesterday of which we never heard; its bill is there at any time of today."""
    order = paid_at_wechat(emulator, yesterday, is_heard=False).payment_order
    emulator.world.bill_at_once = True
    set_clock(emulator, now)
    return order.out_trade_no


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("reconcile", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_yesterday_by_default_as_one_object(number: str, emulator: Emulator, now: datetime) -> None:
    assert json.loads(run("--json")) == {
        "day": (bill_day(now) - timedelta(days=1)).isoformat(),
        "finished": True,
        "paid_lines": 1,
        "paid_fen": 5000,
        "refund_lines": 0,
        "refunded_fen": 0,
        "settled": [number],
        "unanswered": [],
        "differences": [],
    }


def test_differences_in_words_are_a_result_and_no_failure(number: str, now: datetime) -> None:
    PaymentOrder.objects.update(amount_fen=4000)
    day = bill_day(now) - timedelta(days=1)
    assert run("--day", day.isoformat()).splitlines() == [
        f"{day}: 1 payments of 5,000 fen, 0 refunds of 0 fen; 0 settled by this run; 1 differences, 0 of them dealt with",
        f"amount {number}: ours 4000, theirs 5000 fen (open) ",
    ]


def test_what_wechat_did_not_answer_about_is_named(number: str, emulator: Emulator) -> None:
    emulator.break_next("/v3/pay/transactions/out-trade-no/", "garbage")
    with pytest.raises(CommandError, match=f"WeChat did not answer about {number}") as ended:
        run()
    assert ended.value.returncode == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [(None, "has no bill of .* yet"), ({"kind": "status", "status": 500}, "could not be had: .*HTTP 500")],
)
def test_without_a_bill_it_fails_and_writes_nothing(
    emulator: Emulator, now: datetime, fault: dict | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(emulator, now)
    if fault:
        emulator.break_next("/v3/bill/tradebill", **fault)
    # Before 20:00 of the day after, no bill is a bill that is late.
    early = datetime.combine(bill_day(now), time(9), tzinfo=BILL_ZONE)
    monkeypatch.setattr("django.utils.timezone.now", lambda: early)
    with pytest.raises(CommandError, match=told) as ended:
        run()
    assert ended.value.returncode == 1
    assert not ReconciliationRun.objects.exists()


def test_a_day_that_is_not_over_is_bad_input(now: datetime) -> None:
    with pytest.raises(CommandError, match="is not over") as ended:
        run("--day", bill_day(now).isoformat())
    assert ended.value.returncode == 2


def test_what_is_no_date_is_bad_input() -> None:
    with pytest.raises(CommandError, match="'yesterday' is not a date"):
        run("--day", "yesterday")
