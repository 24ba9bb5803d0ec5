"""JSON web tokens of a signed-in patient: a short access token, and a refresh token that is exchanged for a new pair once.

All that came from one sign-in is a family. A refresh token that comes a second time was stolen, or its thief was first: the
family ends, and the person signs in again.
"""

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.errors import Refusal
from accounts.locks import lock_account
from accounts.models import User
from accounts.services.login import AccountDisabled

logger = logging.getLogger(__name__)

ISSUED_AT_CLAIM = "iat"


class RefreshTokenRefused(Refusal):
    """Forged, expired, exchanged before, or signed out: the person must sign in again."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    expires_in_seconds: int  # of the access token


@transaction.atomic
def issue_tokens(*, user: User, now: dt.datetime) -> TokenPair:
    """A new pair for a signed-in account, and with it a new family."""
    return _issue(user=user, family=uuid.uuid4().hex, now=now)


def _issue(*, user: User, family: str, now: dt.datetime) -> TokenPair:
    """The refresh token is remembered by its id alone: a leaked table opens nothing. The id begins with that of its family."""
    refresh = RefreshToken()
    refresh.current_time = now
    refresh.set_exp(from_time=now)
    refresh.set_iat(at_time=now)
    refresh[api_settings.USER_ID_CLAIM] = str(user.pk)
    refresh[api_settings.JTI_CLAIM] = f"{family}.{uuid.uuid4().hex}"
    OutstandingToken.objects.create(
        user=user, jti=refresh[api_settings.JTI_CLAIM], token="", created_at=now, expires_at=now + refresh.lifetime
    )
    access = refresh.access_token
    # To the microsecond: whether a token is older than the end of its family is decided by it.
    access[ISSUED_AT_CLAIM] = now.timestamp()
    return TokenPair(
        access=str(access),
        refresh=str(refresh),
        expires_in_seconds=int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )


def rotate_tokens(*, refresh: str, now: dt.datetime) -> TokenPair:
    """Exchange a refresh token for a new pair; of two exchanges at once only one succeeds, and what it gave ends with the other.

    Raises RefreshTokenRefused, AccountDisabled.
    """
    token = _opened(refresh)
    pair = _rotate(token, now)
    if pair is None:
        # Outside the transaction that ended the family: a refusal must not undo it.
        raise RefreshTokenRefused()
    return pair


@transaction.atomic
def _rotate(token: RefreshToken, now: dt.datetime) -> TokenPair | None:
    """None where the token was exchanged before: its family has ended."""
    outstanding = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM], user__isnull=False).first()
    if outstanding is None or outstanding.user_id is None:
        raise RefreshTokenRefused()
    # One exchange of an account at a time, so that none slips past the end of its family.
    user = lock_account(outstanding.user_id)
    if not user.is_active:
        raise AccountDisabled()
    family, _, _ = outstanding.jti.partition(".")
    if not _retire(outstanding):
        _end_family(user, family, now)
        return None
    return _issue(user=user, family=family, now=now)


def _end_family(user: User, family: str, now: dt.datetime) -> None:
    """Nothing that came from this sign-in opens or refreshes anything any more. The account's other devices refresh once."""
    tokens = OutstandingToken.objects.filter(user=user, jti__startswith=family)
    live = list(tokens.filter(expires_at__gt=now, blacklistedtoken__isnull=True))
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in live], ignore_conflicts=True)
    # Our clock may be behind that of the process that gave out the last one.
    latest = max([now, *(token.created_at for token in live if token.created_at)])
    user.tokens_valid_from = max(latest, user.tokens_valid_from or latest)
    user.save(update_fields=["tokens_valid_from"])
    logger.warning("A refresh token of account %s came a second time: %s of its family ended", user.pk, len(live))


def is_outlived(*, issued_at: float, user: User) -> bool:
    """Whether an access token, by its `iat`, is from before the account's tokens were ended."""
    return user.tokens_valid_from is not None and issued_at <= user.tokens_valid_from.timestamp()


@transaction.atomic
def revoke_tokens(*, user: User, refresh: str) -> None:
    """Sign out: the refresh token of `user` ends here. Raises RefreshTokenRefused for another's or a dead one."""
    token = _opened(refresh)
    outstanding = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM]).first()
    is_theirs = token.get(api_settings.USER_ID_CLAIM) == str(user.pk)
    if outstanding is None or not is_theirs or not _retire(outstanding):
        raise RefreshTokenRefused()


class _GivenRefreshToken(RefreshToken):
    """A refresh token as it is handed in: signature, type and expiry are checked."""

    def check_blacklist(self) -> None:
        """Whether it was exchanged before is asked under the account's lock, and ends its family."""


def _opened(refresh: str) -> RefreshToken:
    try:
        return _GivenRefreshToken(refresh)  # type: ignore[arg-type]
    except TokenError as error:
        raise RefreshTokenRefused() from error


def _retire(outstanding: OutstandingToken) -> bool:
    """Blacklist the token; False when it was before. The unique row decides between two at once."""
    _, is_first = BlacklistedToken.objects.get_or_create(token=outstanding)
    return is_first
