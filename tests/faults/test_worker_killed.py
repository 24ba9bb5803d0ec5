"""A process is killed between a commit and what should have followed it: nothing is lost, a sweep finds it and does it once.

The process is a real one on the test's own database and WeChat, and it ends by SIGKILL: no handler, no rollback of ours runs.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from booking.models import Appointment, AppointmentStatus, OrderState, PaymentOrder, Refund, RefundState
from booking.tasks import expire_holds, send_refunds
from tests.booking.trading import paid_at_wechat, withdrawn
from tests.factories.booking import make_appointment
from wechat.emulator.testing import Emulator

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120

PROGRAM = """
import json, os, signal, sys
import django
from django.conf import settings

told = json.loads(sys.argv[1])
settings.DATABASES["default"]["NAME"] = told["database"]
settings.WECHAT = told["wechat"]
django.setup()

from django.utils import timezone
from booking.models import Appointment, CancelledBy, PaymentOrder, Refund
from booking.services import orders, refunds
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import SYSTEM
from wechat import pay

now = timezone.now()
{work}
os.kill(os.getpid(), signal.SIGKILL)
"""


def die_after(work: str) -> None:
    """Run `work` in a process that is killed the moment it is done."""
    told = {"database": connection.settings_dict["NAME"], "wechat": django_settings.WECHAT}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(work=work), json.dumps(told)],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def paid_back(emulator: Emulator) -> list[tuple[str, int]]:
    with emulator.world.store.transaction() as db:
        return [tuple(row) for row in db.execute("SELECT out_refund_no, amount FROM refund").fetchall()]


@pytest.mark.parametrize("_how", ["before it was sent", "after WeChat took it"])
def test_a_refund_that_was_decided_is_paid_once(emulator: Emulator, now: datetime, _how: str) -> None:
    appointment = paid_at_wechat(emulator, now)
    emulator.world.clock = lambda: now.timestamp() + 60
    if _how == "before it was sent":
        die_after(
            "cancel_appointment(appointment_id=Appointment.objects.get().pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)"
        )
        assert paid_back(emulator) == []
    else:
        withdrawn(appointment, now)
        die_after("refunds._send(Refund.objects.select_related('order').get())")
        assert [amount for _, amount in paid_back(emulator)] == [5000]
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_fen) == (RefundState.REQUESTED, 5000)

    send_refunds.delay()  # the next run of the schedule
    Refund.objects.update(next_attempt_at=now)
    send_refunds.delay()

    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert paid_back(emulator) == [(refund.out_refund_no, 5000)]


@pytest.mark.parametrize("_how", ["unpaid", "paid"])
def test_a_booking_whose_order_was_placed_and_not_noted(emulator: Emulator, now: datetime, _how: str) -> None:
    """Killed between WeChat's answer and our note of it; whether or not somebody paid, the sweep finds out."""
    begun = now - timedelta(minutes=9, seconds=30)
    appointment = make_appointment(now=begun, fee_fen=5000, is_paid=False)
    order = appointment.payment_order
    PaymentOrder.objects.update(expires_at=now + timedelta(hours=1))
    die_after(
        "o = PaymentOrder.objects.get()\n"
        "pay.place_order(out_trade_no=o.out_trade_no, amount_fen=o.amount_fen, description='x', openid=o.openid, "
        "expires_at=o.expires_at)"
    )
    order.refresh_from_db()
    assert (order.state, order.prepay_id) == (OrderState.CREATED, "")
    if _how == "paid":
        emulator.pay(order.out_trade_no, notify="lost")
    Appointment.objects.update(hold_expires_at=now)

    expire_holds.delay()

    appointment.refresh_from_db()
    order.refresh_from_db()
    if _how == "paid":
        assert (appointment.status, order.state, order.paid_fen) == (AppointmentStatus.BOOKED, OrderState.PAID, 5000)
    else:
        assert (appointment.status, order.state) == (AppointmentStatus.CANCELLED, OrderState.CLOSED)
        with pytest.raises(ValueError, match="订单已关闭"):
            emulator.pay(order.out_trade_no)
