"""Access and refresh tokens."""

import datetime as dt
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import User
from accounts.services.tokens import RefreshTokenRefused, issue_tokens, rotate_tokens
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import make_user

REFRESH, LOGOUT, ME = "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/me"

pytestmark = pytest.mark.django_db


def exchange(refresh: str) -> Any:
    return APIClient().post(REFRESH, {"refresh": refresh}, format="json")


def bearing(token: str) -> Any:
    return APIClient().get(ME, headers={"Authorization": f"Bearer {token}"})


def test_a_refresh_token_is_exchanged_once(user: User):
    first = issue_tokens(user=user, now=timezone.now())

    second = exchange(first.refresh)
    assert bearing(second.json()["access"]).status_code == 200
    again = exchange(first.refresh)

    assert second.status_code == 200
    assert second.json()["refresh"] != first.refresh
    assert second.json()["expires_in_seconds"] == 1800
    assert (again.status_code, again.json()["code"]) == (401, "refresh-refused")


def test_what_came_of_a_token_that_comes_twice_ends_as_well(user: User):
    """Stolen, it was exchanged by the thief or by its owner: nobody can tell, so neither goes on."""
    first = issue_tokens(user=user, now=timezone.now())
    second = exchange(first.refresh).json()
    third = exchange(second["refresh"]).json()
    assert bearing(third["access"]).status_code == 200

    assert exchange(first.refresh).status_code == 401

    for access in (first.access, second["access"], third["access"]):
        answer = bearing(access)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication-failed")
    assert exchange(third["refresh"]).status_code == 401
    assert (OutstandingToken.objects.count(), BlacklistedToken.objects.count()) == (3, 3)


def test_the_accounts_other_devices_refresh_once_and_go_on(user: User):
    stolen, other = (issue_tokens(user=user, now=timezone.now()) for _ in range(2))
    exchange(stolen.refresh)
    exchange(stolen.refresh)

    assert bearing(other.access).status_code == 401
    renewed = exchange(other.refresh)
    assert renewed.status_code == 200
    assert bearing(renewed.json()["access"]).status_code == 200
    # Whoever signs in anew is in, and strangers never noticed.
    assert bearing(issue_tokens(user=user, now=timezone.now()).access).status_code == 200


def test_anothers_account_is_not_touched_by_it(user: User):
    neighbour = issue_tokens(user=make_user(), now=timezone.now())
    stolen = issue_tokens(user=user, now=timezone.now())
    exchange(stolen.refresh)
    exchange(stolen.refresh)
    assert bearing(neighbour.access).status_code == 200
    assert exchange(neighbour.refresh).status_code == 200


def test_a_clock_that_lags_ends_the_family_all_the_same(user: User):
    """The second exchange is judged by a process whose clock is behind that of the first."""
    now = timezone.now()
    first = issue_tokens(user=user, now=now - dt.timedelta(minutes=1))
    second = rotate_tokens(refresh=first.refresh, now=now)
    with pytest.raises(RefreshTokenRefused):
        rotate_tokens(refresh=first.refresh, now=now - dt.timedelta(seconds=2))
    assert bearing(second.access).status_code == 401


def test_signing_out_ends_the_refresh_token(user: User, client: APIClient):
    pair = issue_tokens(user=user, now=timezone.now())
    assert client.post(LOGOUT, {"refresh": pair.refresh}, format="json").status_code == 204
    assert exchange(pair.refresh).status_code == 401
    assert client.post(LOGOUT, {"refresh": pair.refresh}, format="json").status_code == 401


def test_nobody_signs_another_out(client: APIClient):
    pair = issue_tokens(user=make_user(), now=timezone.now())
    answer = client.post(LOGOUT, {"refresh": pair.refresh}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh-refused")
    assert exchange(pair.refresh).status_code == 200


def test_an_old_refresh_token_is_refused(user: User):
    pair = issue_tokens(user=user, now=timezone.now() - dt.timedelta(days=30))
    assert exchange(pair.refresh).status_code == 401
    assert OutstandingToken.objects.count() == 1


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(user: User):
    pair = issue_tokens(user=user, now=timezone.now())
    assert exchange(pair.access).status_code == 401
    assert bearing(pair.refresh).status_code == 401


def test_a_refresh_token_that_was_never_handed_out_is_refused(user: User):
    """Even with the right signature: the table knows every one."""
    pair = issue_tokens(user=user, now=timezone.now())
    OutstandingToken.objects.all().delete()
    assert exchange(pair.refresh).status_code == 401


def forged(user: User, key: str, algorithm: str = "HS256", **claims: Any) -> str:
    soon = int((timezone.now() + dt.timedelta(minutes=5)).timestamp())
    return jwt.encode(
        {"token_type": "access", "exp": soon, "iat": 0, "jti": "1", "user_id": str(user.pk)} | claims, key, algorithm=algorithm
    )


def test_a_forged_expired_or_foreign_access_token_is_401_in_the_one_shape(user: User):
    key = settings.SECRET_KEY
    assert bearing(forged(user, key)).status_code == 200  # the control: the forger's hand is good
    tokens = {
        "another key": forged(user, "k" * 50),
        "no signature": forged(user, "", algorithm="none"),
        "expired": forged(user, key, exp=1),
        "nobody": forged(user, key, user_id="999999999"),
        "huge": forged(user, key, user_id=str(2**70)),
        "garbage": "a.b.c",
    }
    for name, token in tokens.items():
        answer = bearing(token)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication-failed"), name
        assert set(answer.json()) == {"code", "message", "detail"}


def test_without_a_token_one_is_asked_to_sign_in(anonymous: APIClient):
    answer = anonymous.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_closed_account_is_out_at_once(user: User):
    pair = issue_tokens(user=user, now=timezone.now())
    client = signed_in_client(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    for answer in (client.get(ME), exchange(pair.refresh)):
        assert (answer.status_code, answer.json()["code"]) == (403, "account-disabled")
    assert BlacklistedToken.objects.count() == 0


def test_the_table_of_tokens_opens_nothing(user: User):
    issue_tokens(user=user, now=timezone.now())
    assert OutstandingToken.objects.get().token == ""
