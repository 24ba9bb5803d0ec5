"""Redis is away: booking goes on, from signing in to paying and cancelling."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisGone
from rest_framework.test import APIClient

from accounts.services.tokens import issue_tokens
from booking.models import Appointment, AppointmentStatus, OrderState
from tests.booking.notices import post
from tests.factories.booking import Account, make_account, make_clinic, slot_of
from wechat.emulator.testing import Emulator


@pytest.fixture
def _redis_is_away(emulator: Emulator, settings: Any) -> Iterator[None]:
    """The cache points at a port where nobody listens, as after a crash. The emulator tidies up with it back again."""
    there = settings.CACHES
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{port}"}
    }
    with pytest.raises(RedisGone):
        caches["default"].get("anything")
    yield
    settings.CACHES = there


@pytest.fixture
def account(emulator: Emulator) -> Account:
    return make_account()


@pytest.mark.usefixtures("_redis_is_away")
def test_a_patient_signs_in_books_pays_and_withdraws(emulator: Emulator, account: Account, now: datetime) -> None:
    slot = slot_of(make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000))
    client = APIClient()
    # Both doors count their requests in the cache.
    assert client.post("/api/v1/auth/wechat-login", {"code": emulator.login_code("王小明")}, format="json").status_code == 200
    refresh = issue_tokens(user=account.user, now=now).refresh
    renewed = client.post("/api/v1/auth/refresh", {"refresh": refresh}, format="json")
    assert renewed.status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {renewed.json()['access']}")

    booked = client.post(
        "/api/v1/appointments", {"patient": account.patient.pk, "slot": slot.pk}, format="json", HTTP_IDEMPOTENCY_KEY="key-1234"
    )
    assert booked.status_code == 201
    assert booked.json()["payment"]["signType"] == "RSA"
    appointment = Appointment.objects.get()
    number = appointment.payment_order.out_trade_no
    emulator.pay(number)
    assert post(*emulator.notifications(number)).status_code == 204
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED

    assert client.get("/api/v1/appointments").json()["count"] == 1
    withdrawn = client.post(f"/api/v1/appointments/{appointment.code}/cancel", {}, format="json")
    assert (withdrawn.status_code, withdrawn.json()["refund_fen"]) == (200, 5000)
    appointment.payment_order.refresh_from_db()
    assert (appointment.payment_order.state, appointment.payment_order.refunded_fen) == (OrderState.PAID, 5000)
