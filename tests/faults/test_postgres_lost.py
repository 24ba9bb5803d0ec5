"""PostgreSQL takes a connection away in the middle of a transaction: nothing is half done, and the next request works."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection, connections
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, CancelledBy, PayNotification, Refund
from booking.services import appointments, cancellation, payments
from booking.services.cancellation import cancel_appointment
from booking.services.orders import place_order
from booking.services.transitions import SYSTEM
from tests.booking.notices import post
from tests.booking.snapshot import everything
from tests.factories.booking import api_client, make_account, make_appointment, make_clinic, slot_of
from wechat.emulator.testing import Emulator


def lose_connection() -> None:
    """Another connection ends this one, as an administrator, a failover or a crash of the server would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

    def terminate() -> None:
        try:
            with connection.cursor() as cursor:
                # Waits until it has ended.
                cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
                assert cursor.fetchone() == (True,)
        finally:
            connections.close_all()

    other = threading.Thread(target=terminate)
    other.start()
    other.join()


@pytest.fixture
def loses_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Take the connection away just before a function runs, the first time that it is called."""

    def arrange(module: Any, name: str) -> None:
        really = getattr(module, name)

        def lose_and_run(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(module, name, really)
            lose_connection()
            return really(*args, **kwargs)

        monkeypatch.setattr(module, name, lose_and_run)

    return arrange


def next_request() -> None:
    """What Django does between two requests; the test client leaves it out."""
    close_old_connections()


# After the seat was counted, before the order is written, before the event.
@pytest.mark.parametrize("place", ["take_seat", "create_order", "record_event"])
def test_while_booking(now: datetime, emulator: Emulator, loses_once: Callable[[Any, str], None], place: str) -> None:
    account = make_account()
    slot = slot_of(make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000))
    client, wanted = api_client(account.user), {"patient": account.patient.pk, "slot": slot.pk}
    headers = {"HTTP_IDEMPOTENCY_KEY": "key-of-the-request"}
    before = everything()
    loses_once(appointments, place)

    failed = client.post("/api/v1/appointments", wanted, format="json", **headers)

    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    next_request()
    assert everything() == before
    # The same request again: a failure of ours is not remembered as its answer.
    assert client.post("/api/v1/appointments", wanted, format="json", **headers).status_code == 201
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("place", ["record_event", "_use_payment", "confirm"])
def test_while_a_payment_is_recorded(
    now: datetime, emulator: Emulator, loses_once: Callable[[Any, str], None], place: str
) -> None:
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    number = appointment.payment_order.out_trade_no
    emulator.pay(number)
    before = everything()
    loses_once(payments, place)
    with pytest.raises(OperationalError):
        # Django's own handler answers 500 to this; the test client shows what it was.
        post(*emulator.notifications(number))
    next_request()
    assert everything() == before  # not even that the notification came
    # WeChat heard no 2xx and sends it again.
    assert post(*emulator.notifications(number)).status_code == 204
    appointment.refresh_from_db()
    assert (appointment.status, PayNotification.objects.count()) == (AppointmentStatus.BOOKED, 1)


@pytest.mark.parametrize("place", ["free_seat", "request_refund"])
def test_while_withdrawing(now: datetime, loses_once: Callable[[Any, str], None], place: str) -> None:
    appointment = make_appointment(now=now, fee_fen=5000)
    before = everything()
    loses_once(cancellation, place)
    asked: dict[str, Any] = {"appointment_id": appointment.pk, "by": CancelledBy.HOSPITAL, "actor": SYSTEM, "now": now}
    with pytest.raises(OperationalError):
        cancel_appointment(**asked)
    next_request()
    assert everything() == before
    assert cancel_appointment(**asked).refund_fen == 5000
    assert Refund.objects.count() == 1


def test_between_two_requests_nobody_notices(now: datetime) -> None:
    appointment = make_appointment(now=now)
    client = api_client(appointment.booked_by)
    assert client.get("/api/v1/appointments").json()["count"] == 1
    lose_connection()
    # Between requests Django marks it to be asked whether it lives before it is used again (CONN_HEALTH_CHECKS).
    next_request()
    assert client.get("/api/v1/appointments").status_code == 200


def test_wechat_is_told_to_come_back(now: datetime, emulator: Emulator, loses_once: Callable[[Any, str], None]) -> None:
    """Through Django's own handling of errors: the answer is a 500, which WeChat retries."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no)
    (notice,) = emulator.notifications(appointment.payment_order.out_trade_no)
    loses_once(payments, "record_event")
    client = Client(raise_request_exception=False, headers={k: v for k, v in notice.headers.items() if k != "Content-Type"})
    answer = client.post("/wechat/pay/notify", data=notice.body, content_type="application/json")
    assert answer.status_code == 500
    next_request()
    assert client.post("/wechat/pay/notify", data=notice.body, content_type="application/json").status_code == 204
