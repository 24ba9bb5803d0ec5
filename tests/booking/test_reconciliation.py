"""The morning's bill against our books: what agrees, what is mended, what is listed for staff."""

from datetime import datetime, timedelta

import pytest

from booking.models import (
    AppointmentStatus,
    DifferenceKind,
    OrderState,
    PaymentOrder,
    ReconciliationDifference,
    ReconciliationRun,
    Refund,
    RefundState,
)
from booking.services.payments import record_payment
from booking.services.reconciliation.resolving import DifferenceResolved, ResolutionMissing, resolve_difference
from booking.services.reconciliation.runs import DayNotOver, Reconciled, reconcile_day, reconcile_due_days
from booking.services.refunds import submit_refund
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.trading import paid_at_wechat, refunded, set_clock, withdrawn
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, paid_state
from wechat import pay
from wechat.emulator.testing import Emulator

DAY = NOW.date()
MORNING = at("10:15", days=-1)
EVENING = at("20:00", days=-1)
LATE = at("23:59", days=-2)
QUERY, REFUND_QUERY = "/v3/pay/transactions/out-trade-no/", "/v3/refund/domestic/refunds/"


def reconcile(emulator: Emulator, now: datetime = MORNING, days: int = 0) -> Reconciled:
    set_clock(emulator, now)
    return reconcile_day(day=DAY + timedelta(days=days), now=now)


def differences(run: ReconciliationRun) -> list[tuple[str, str, int | None, int | None]]:
    return list(run.differences.order_by("pk").values_list("kind", "number", "ours_fen", "theirs_fen"))


def test_books_that_agree(emulator: Emulator) -> None:
    paid_at_wechat(emulator, NOW, fee_fen=1205)
    refund = refunded(emulator, paid_at_wechat(emulator, NOW), NOW)
    before = everything()
    done = reconcile(emulator)
    run = done.run
    assert (run.paid_lines, run.paid_fen, run.refund_lines, run.refunded_fen) == (2, 6205, 1, refund.amount_fen)
    assert (run.day, run.started_at, run.finished_at) == (DAY, MORNING, MORNING)
    assert (differences(run), done.settled, done.unanswered) == ([], (), ())
    assert everything() == before


class TestMended:
    def test_a_payment_we_never_heard_of_is_recorded(self, emulator: Emulator) -> None:
        appointment = paid_at_wechat(emulator, NOW, is_heard=False)
        done = reconcile(emulator)
        appointment.refresh_from_db()
        order = PaymentOrder.objects.get()
        assert (appointment.status, order.state, order.paid_fen) == (AppointmentStatus.BOOKED, OrderState.PAID, 5000)
        assert order.paid_at == NOW  # WeChat's own time, not the morning's
        assert (differences(done.run), done.settled) == ([], (order.out_trade_no,))

    @pytest.mark.parametrize("is_sent_again", [False, True])
    def test_a_refund_whose_answer_was_lost(self, emulator: Emulator, is_sent_again: bool) -> None:
        refund = withdrawn(paid_at_wechat(emulator, NOW), NOW)
        emulator.break_next("/v3/refund/domestic/refunds", "lost_answer")
        assert submit_refund(refund_id=refund.pk, now=NOW) == RefundState.REQUESTED
        if is_sent_again:
            emulator.break_next("/v3/refund/domestic/refunds", "status", status=500)
            submit_refund(refund_id=refund.pk, now=NOW)
        done = reconcile(emulator)
        refund.refresh_from_db()
        assert (refund.state, refund.next_attempt_at) == (RefundState.SUCCEEDED, None)
        assert (differences(done.run), done.settled) == ([], (refund.out_refund_no,))

    def test_a_refund_that_staff_sent_to_another_account(self, emulator: Emulator) -> None:
        """WeChat gave it up, staff had it done there, and the bill shows it."""
        refund = withdrawn(paid_at_wechat(emulator, NOW), NOW)
        emulator.next_refund("abnormal")
        submit_refund(refund_id=refund.pk, now=NOW)
        assert submit_refund(refund_id=refund.pk, now=NOW) == RefundState.FAILED
        assert differences(reconcile(emulator).run) == []
        with emulator.world.store.transaction() as db:
            db.execute("UPDATE refund SET status = 'SUCCESS'")
        done = reconcile(emulator)
        refund.refresh_from_db()
        assert (refund.state, done.settled, differences(done.run)) == (RefundState.SUCCEEDED, (refund.out_refund_no,), [])

    def test_where_wechat_does_not_answer_the_line_is_listed_and_the_run_comes_again(self, emulator: Emulator) -> None:
        appointment = paid_at_wechat(emulator, NOW, is_heard=False)
        number = appointment.payment_order.out_trade_no
        emulator.break_next(QUERY, "status", status=500)
        before = everything()
        done = reconcile(emulator)
        assert (done.unanswered, done.run.finished_at) == ((number,), None)
        assert differences(done.run) == [(DifferenceKind.STATE, number, 5000, 5000)]
        assert everything() == before

        (again,) = [done for done in reconcile_due_days(now=at("11:15", days=-1)) if done.run.day == DAY]
        assert (again.run.finished_at, again.settled, differences(again.run)) == (at("11:15", days=-1), (number,), [])


class TestListed:
    def test_a_payment_that_is_not_ours(self, emulator: Emulator) -> None:
        paid_at_wechat(emulator, NOW)
        openid, until = emulator.openid("王小明"), NOW + timedelta(hours=1)
        pay.place_order(out_trade_no="BYHAND0001", amount_fen=700, description="x", openid=openid, expires_at=until)
        emulator.pay("BYHAND0001")
        assert differences(reconcile(emulator).run) == [(DifferenceKind.MISSING_HERE, "BYHAND0001", None, 700)]

    def test_a_payment_that_wechat_does_not_bill(self, emulator: Emulator) -> None:
        paid_at_wechat(emulator, NOW)
        ours = make_appointment(now=NOW, fee_fen=900, is_paid=False)
        record_payment(state=paid_state(ours, now=NOW), now=NOW)
        found = differences(reconcile(emulator).run)
        assert found == [(DifferenceKind.MISSING_THERE, ours.payment_order.out_trade_no, 900, None)]

    @pytest.mark.parametrize("paid_at", [at("23:59:59", days=-3), at("00:00", days=-1)])
    def test_payments_of_other_days_are_not_missed(self, emulator: Emulator, paid_at: datetime) -> None:
        paid_at_wechat(emulator, NOW)
        other = make_appointment(now=NOW, fee_fen=900, is_paid=False)
        record_payment(state=paid_state(other, now=paid_at), now=paid_at)
        assert differences(reconcile(emulator).run) == []

    def test_another_amount_than_was_asked(self, emulator: Emulator) -> None:
        appointment = paid_at_wechat(emulator, NOW, is_heard=False)
        PaymentOrder.objects.update(amount_fen=4999)
        before = everything()
        found = differences(reconcile(emulator).run)
        assert found == [(DifferenceKind.AMOUNT, appointment.payment_order.out_trade_no, 4999, 5000)]
        assert everything() == before

    def test_another_transaction_than_we_were_told(self, emulator: Emulator) -> None:
        order = paid_at_wechat(emulator, NOW).payment_order
        PaymentOrder.objects.update(transaction_id="42another")
        run = reconcile(emulator).run
        assert differences(run) == [(DifferenceKind.STATE, order.out_trade_no, 5000, 5000)]
        assert run.differences.get().detail == f"微信支付单号不同：本方 42another，账单 {order.transaction_id}"

    def test_a_refund_made_by_hand_at_wechat(self, emulator: Emulator) -> None:
        order = paid_at_wechat(emulator, NOW).payment_order
        numbers = ["H" * 63 + "1", "H" * 63 + "2"]
        for number in numbers:
            pay.refund(out_refund_no=number, out_trade_no=order.out_trade_no, refund_fen=100, total_fen=5000, reason="x")
        rows = list(reconcile(emulator).run.differences.all())
        assert [(row.kind, row.ours_fen, row.theirs_fen) for row in rows] == [(DifferenceKind.MISSING_HERE, None, 100)] * 2
        # Longer than the column: shortened, told apart, and told in full.
        assert len({row.number for row in rows}) == 2
        assert sorted(row.detail.split("；")[0] for row in rows) == [f"完整单号 {number}" for number in numbers]

    def test_a_refund_that_wechat_does_not_know(self, emulator: Emulator) -> None:
        refund = withdrawn(paid_at_wechat(emulator, NOW), NOW)
        Refund.objects.update(state=RefundState.PROCESSING)
        found = differences(reconcile(emulator).run)
        assert found == [(DifferenceKind.MISSING_THERE, refund.out_refund_no, 5000, None)]

    def test_a_refund_taken_after_midnight_is_on_the_next_days_bill(self, emulator: Emulator) -> None:
        refund = withdrawn(paid_at_wechat(emulator, NOW), LATE)
        after_midnight = LATE + timedelta(minutes=2)
        set_clock(emulator, after_midnight)
        submit_refund(refund_id=refund.pk, now=after_midnight)
        first, second = reconcile(emulator), reconcile(emulator, at("10:15"), days=1)
        assert (first.run.refund_lines, second.run.refund_lines) == (0, 1)
        assert differences(first.run) == differences(second.run) == []

    def test_a_refund_not_sent_yet_is_not_missed(self, emulator: Emulator) -> None:
        withdrawn(paid_at_wechat(emulator, NOW), LATE)
        assert differences(reconcile(emulator).run) == []


class TestAgain:
    def test_what_is_gone_goes_what_is_there_keeps_its_row(self, emulator: Emulator) -> None:
        gone, kept = (paid_at_wechat(emulator, NOW).payment_order for _ in range(2))
        true_id = gone.transaction_id
        PaymentOrder.objects.update(transaction_id="42another")
        first = reconcile(emulator).run
        before = {row.number: row.pk for row in first.differences.all()}
        assert set(before) == {gone.out_trade_no, kept.out_trade_no}
        PaymentOrder.objects.filter(pk=gone.pk).update(transaction_id=true_id)
        second = reconcile(emulator, EVENING).run
        assert (second.pk, second.started_at, second.finished_at) == (first.pk, EVENING, EVENING)
        assert {row.number: row.pk for row in second.differences.all()} == {kept.out_trade_no: before[kept.out_trade_no]}

    @pytest.mark.parametrize("is_mended", [False, True])
    def test_what_staff_dealt_with_stays_as_it_was(self, emulator: Emulator, is_mended: bool) -> None:
        order = paid_at_wechat(emulator, NOW).payment_order
        true_id = order.transaction_id
        PaymentOrder.objects.update(transaction_id="42another")
        difference = reconcile(emulator).run.differences.get()
        resolve_difference(difference_id=difference.pk, by=make_staff(), resolution="已核实", now=MORNING)
        kept = ReconciliationDifference.objects.values().get()
        if is_mended:
            PaymentOrder.objects.update(transaction_id=true_id)
        reconcile(emulator, EVENING)
        assert ReconciliationDifference.objects.values().get() == kept


class TestWhen:
    def test_a_day_that_is_not_over_has_no_bill(self, emulator: Emulator) -> None:
        for day in (DAY, DAY + timedelta(days=1)):
            with pytest.raises(DayNotOver):
                reconcile_day(day=day, now=LATE)
        assert emulator.calls("/v3/bill/tradebill") == 0

    def test_until_it_is_ready_nothing_is_written(self, emulator: Emulator) -> None:
        paid_at_wechat(emulator, NOW)
        with pytest.raises(pay.BillNotReady):
            reconcile(emulator, at("09:59", days=-1))
        assert not ReconciliationRun.objects.exists()

    def test_no_bill_is_believed_in_the_evening_only(self, emulator: Emulator) -> None:
        """WeChat says the same of a bill that is late and of a day without trade."""
        ours = make_appointment(now=NOW, fee_fen=900)
        with pytest.raises(pay.BillNotReady):
            reconcile(emulator, EVENING - timedelta(seconds=1))
        run = reconcile(emulator, EVENING).run
        assert (run.paid_lines, run.refund_lines, run.finished_at) == (0, 0, EVENING)
        assert differences(run) == [(DifferenceKind.MISSING_THERE, ours.payment_order.out_trade_no, 900, None)]

    def test_the_days_of_an_outage_are_made_good_once(self, emulator: Emulator) -> None:
        for days in (-9, -4, -2):
            paid_at_wechat(emulator, at("10:00", days=days))
        set_clock(emulator, MORNING)
        done = reconcile_due_days(now=MORNING)
        week = [VISIT - timedelta(days=back) for back in range(8, 1, -1)]
        assert [(one.run.day, one.run.paid_lines) for one in done] == [
            (day, int(day in {DAY, VISIT - timedelta(days=4)})) for day in week
        ]
        before = emulator.calls("/v3/bill/tradebill")
        assert reconcile_due_days(now=MORNING) == []
        assert emulator.calls("/v3/bill/tradebill") == before

    def test_a_bill_that_cannot_be_had_keeps_no_other_day_waiting(self, emulator: Emulator) -> None:
        paid_at_wechat(emulator, at("10:00", days=-3))
        paid_at_wechat(emulator, NOW)
        set_clock(emulator, MORNING)
        ReconciliationRun.objects.bulk_create(
            ReconciliationRun(day=VISIT - timedelta(days=back), started_at=NOW, finished_at=NOW) for back in range(8, 3, -1)
        )
        emulator.break_next("/v3/bill/tradebill", "status", status=500)
        assert [one.run.day for one in reconcile_due_days(now=MORNING)] == [DAY]
        assert [one.run.day for one in reconcile_due_days(now=at("11:15", days=-1))] == [DAY - timedelta(days=1)]

    def test_before_ten_yesterdays_is_not_asked_for(self, emulator: Emulator) -> None:
        early = at("09:59", days=-1)
        set_clock(emulator, early)
        assert DAY not in [one.run.day for one in reconcile_due_days(now=early)]
        assert emulator.calls("/v3/bill/tradebill") == 6


class TestResolving:
    @pytest.fixture
    def difference(self) -> ReconciliationDifference:
        run = ReconciliationRun.objects.create(day=DAY, started_at=MORNING)
        return ReconciliationDifference.objects.create(run=run, kind=DifferenceKind.MISSING_HERE, number="BYHAND0001")

    def test_by_whom_when_and_how(self, difference: ReconciliationDifference) -> None:
        by = make_staff()
        resolve_difference(difference_id=difference.pk, by=by, resolution=" 测试订单 ", now=EVENING)
        difference.refresh_from_db()
        assert (difference.resolved_by, difference.resolved_at, difference.resolution) == (by, EVENING, "测试订单")

    def test_once(self, difference: ReconciliationDifference) -> None:
        resolve_difference(difference_id=difference.pk, by=make_staff(), resolution="一", now=MORNING)
        before = ReconciliationDifference.objects.values().get()
        with pytest.raises(DifferenceResolved):
            resolve_difference(difference_id=difference.pk, by=make_staff(), resolution="二", now=EVENING)
        assert ReconciliationDifference.objects.values().get() == before

    def test_not_without_a_word(self, difference: ReconciliationDifference) -> None:
        before = ReconciliationDifference.objects.values().get()
        with pytest.raises(ResolutionMissing):
            resolve_difference(difference_id=difference.pk, by=make_staff(), resolution="  ", now=MORNING)
        assert ReconciliationDifference.objects.values().get() == before
