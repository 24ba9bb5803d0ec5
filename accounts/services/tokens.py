"""JSON web tokens of a signed-in patient: a short access token, and a refresh token that is exchanged for a new pair once."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.errors import Refusal
from accounts.models import User
from accounts.services.login import AccountDisabled


class RefreshTokenRefused(Refusal):
    """Forged, expired, exchanged before, or signed out: the person must sign in again."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    expires_in_seconds: int  # of the access token


@transaction.atomic
def issue_tokens(*, user: User, now: dt.datetime) -> TokenPair:
    """A new pair for a signed-in account. The refresh token is remembered by its id alone: a leaked table opens nothing."""
    refresh = RefreshToken()
    refresh.current_time = now
    refresh.set_exp(from_time=now)
    refresh.set_iat(at_time=now)
    refresh[api_settings.USER_ID_CLAIM] = str(user.pk)
    OutstandingToken.objects.create(
        user=user, jti=refresh[api_settings.JTI_CLAIM], token="", created_at=now, expires_at=now + refresh.lifetime
    )
    return TokenPair(
        access=str(refresh.access_token),
        refresh=str(refresh),
        expires_in_seconds=int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )


@transaction.atomic
def rotate_tokens(*, refresh: str, now: dt.datetime) -> TokenPair:
    """Exchange a refresh token for a new pair; of two exchanges at once only one succeeds.

    Raises RefreshTokenRefused, AccountDisabled.
    """
    token = _opened(refresh)
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM)).first()
    if user is None or not _retire(token):
        raise RefreshTokenRefused()
    if not user.is_active:
        raise AccountDisabled()
    return issue_tokens(user=user, now=now)


@transaction.atomic
def revoke_tokens(*, user: User, refresh: str) -> None:
    """Sign out: the refresh token of `user` ends here. Raises RefreshTokenRefused for another's or a dead one."""
    token = _opened(refresh)
    if token.get(api_settings.USER_ID_CLAIM) != str(user.pk) or not _retire(token):
        raise RefreshTokenRefused()


def _opened(refresh: str) -> RefreshToken:
    try:
        return RefreshToken(refresh)  # type: ignore[arg-type]
    except TokenError as error:
        raise RefreshTokenRefused() from error


def _retire(token: RefreshToken) -> bool:
    """Blacklist the token; False when it was before. The unique row decides between two at once."""
    outstanding = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM]).first()
    if outstanding is None:
        return False
    _, is_first = BlacklistedToken.objects.get_or_create(token=outstanding)
    return is_first
