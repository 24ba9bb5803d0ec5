"""A body that is too large is 413 in the one shape at whatever size, and nothing is done with it."""

import json

import pytest
from rest_framework.test import APIClient

from accounts.models import SmsCode
from booking.models import Appointment
from config.api_parsers import LARGEST_BODY_BYTES
from tests.factories.booking import api_client, make_account

pytestmark = pytest.mark.django_db
# Just over ours, between ours and Django's own of 2.5 MB, and over that.
SIZES = [LARGEST_BODY_BYTES + 1, 1_000_000, 2_600_000, 8_000_000]


def body(size: int, **fields: object) -> bytes:
    """A valid request of exactly `size` bytes."""
    bare = json.dumps(fields | {"padding": ""}).encode()
    return json.dumps(fields | {"padding": "x" * (size - len(bare))}).encode()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["auth/sms-code", "auth/sms-login", "appointments", "patients", "consents"])
def test_it_is_413_and_nothing_changes(path: str, size: int) -> None:
    client = APIClient() if path.startswith("auth") else api_client(make_account().user)
    sent = body(size, phone="13800138000")
    assert len(sent) == size
    answer = client.post(f"/api/v1/{path}", sent, content_type="application/json")
    assert (answer.status_code, answer.json()) == (413, {"code": "too-large", "message": "提交的内容过大。", "detail": {}})
    assert not SmsCode.objects.exists()
    assert not Appointment.objects.exists()


def test_the_largest_that_is_read() -> None:
    """It is judged by what it says: a code was asked for."""
    answer = APIClient().post(
        "/api/v1/auth/sms-login", body(LARGEST_BODY_BYTES, phone="13800138000", code="123456"), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "sms-code-expired")
