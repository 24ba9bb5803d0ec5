"""Who sends this request: the bearer of an access token."""

from django.db.models import BigIntegerField
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from accounts.compiled import CompiledQuery
from accounts.models import User
from accounts.services.login import AccountDisabled
from accounts.services.tokens import ISSUED_AT_CLAIM, is_outlived

# Without the phone: decrypting it takes longer than reading the row, and few requests look at it.
_ACCOUNT = CompiledQuery(lambda user_id: User.objects.filter(pk=user_id).defer("phone"), user_id=int)


class PatientJWTAuthentication(JWTAuthentication):
    """A closed account is told so with 403; anything wrong with the token itself is 401, and the mini-program signs in again."""

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        user_id = int(validated_token.get(api_settings.USER_ID_CLAIM) or 0)
        # A number that no row can have is not asked for: the prepared statement would be an error.
        user = _ACCOUNT.first(user_id=user_id) if 0 < user_id <= BigIntegerField.MAX_BIGINT else None
        if user is None:
            raise InvalidToken("The token's account does not exist")
        if not user.is_active:
            raise AccountDisabled()
        if is_outlived(issued_at=float(validated_token.get(ISSUED_AT_CLAIM, 0)), user=user):
            raise InvalidToken("The token's family was ended")
        return user


class PatientJWTScheme(SimpleJWTScheme):
    """Tells the schema that this is a bearer token."""

    target_class = "accounts.api.authentication.PatientJWTAuthentication"


def signed_in_user(request: Request) -> User:
    """The account behind a request that has passed IsAuthenticated."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("the view lets anonymous requests through")
    return user
