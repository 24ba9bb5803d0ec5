"""Two runs over one day's bill, and a run that meets the member of staff who deals with its differences."""

from datetime import timedelta

import pytest

from booking.models import PaymentOrder, ReconciliationDifference, ReconciliationRun
from booking.services.reconciliation.resolving import DifferenceResolved, resolve_difference
from booking.services.reconciliation.runs import reconcile_day
from tests.booking.clock import NOW, at
from tests.booking.trading import paid_at_wechat, set_clock
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from wechat.emulator.testing import Emulator

DAY, MORNING = NOW.date(), at("10:15", days=-1)


@pytest.fixture(autouse=True)
def _bill(emulator: Emulator) -> None:
    """One payment that we never heard of, and one with another transaction than WeChat bills."""
    odd = paid_at_wechat(emulator, NOW)
    PaymentOrder.objects.filter(appointment=odd).update(transaction_id="42another")
    paid_at_wechat(emulator, NOW, is_heard=False)
    set_clock(emulator, MORNING)


def test_the_hourly_run_against_the_command() -> None:
    results = race(*[lambda: reconcile_day(day=DAY, now=MORNING) for _ in range(4)])
    assert kinds(results) == ["Reconciled"] * 4
    assert ReconciliationRun.objects.count() == 1
    assert ReconciliationDifference.objects.count() == 1
    assert set(PaymentOrder.objects.values_list("state", "paid_fen")) == {("paid", 5000)}


def test_a_difference_dealt_with_while_it_is_found_again() -> None:
    difference = reconcile_day(day=DAY, now=MORNING).run.differences.get()
    people = [make_staff() for _ in range(3)]
    results = race(
        *[lambda: reconcile_day(day=DAY, now=MORNING + timedelta(hours=1)) for _ in range(2)],
        *[
            lambda by=by: resolve_difference(difference_id=difference.pk, by=by, resolution="已核实", now=MORNING)
            for by in people
        ],
    )
    assert kinds(results) == sorted(
        ["Reconciled"] * 2 + ["ReconciliationDifference"] + [DifferenceResolved.__name__] * (len(people) - 1)
    )
    difference.refresh_from_db()
    assert (difference.resolution, difference.resolved_by in people) == ("已核实", True)
    assert ReconciliationDifference.objects.count() == 1
