"""Sign-in, tokens and the account's phone."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in_user
from accounts.api.serializers import (
    BindPhoneIn,
    MeOut,
    PhoneIn,
    RefreshIn,
    SentCodeOut,
    SignInOut,
    SmsCodeIn,
    TokensOut,
    WeChatCodeIn,
)
from accounts.api.throttles import LenientScopedRateThrottle
from accounts.services.login import SignIn, login_by_sms, login_by_wechat
from accounts.services.phones import bind_phone_by_sms, bind_phone_by_wechat
from accounts.services.sms_codes import send_sms_code
from accounts.services.tokens import issue_tokens, revoke_tokens, rotate_tokens


class DoorView(APIView):
    """A view for those who have not signed in. An old token is not looked at: it must not keep anyone from signing in anew."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [LenientScopedRateThrottle]
    throttle_scope = "login"

    @staticmethod
    def signed_in(answer: SignIn, now: Any) -> Response:
        return Response(SignInOut({**_as_dict(issue_tokens(user=answer.user, now=now)), "is_new": answer.is_new}).data)


def _as_dict(pair: Any) -> dict[str, Any]:
    return {"access": pair.access, "refresh": pair.refresh, "expires_in_seconds": pair.expires_in_seconds}


class WeChatLoginView(DoorView):
    @extend_schema(
        operation_id="wechat_login", request=WeChatCodeIn, responses=SignInOut, auth=[], summary="微信登录", tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        given = WeChatCodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        return self.signed_in(login_by_wechat(code=given.validated_data["code"], now=now), now)


class SmsCodeView(DoorView):
    throttle_scope = "sms"

    @extend_schema(
        operation_id="sms_code", request=PhoneIn, responses=SentCodeOut, auth=[], summary="获取短信验证码", tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        given = PhoneIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(SentCodeOut(send_sms_code(phone=given.validated_data["phone"], now=timezone.now())).data)


class SmsLoginView(DoorView):
    @extend_schema(
        operation_id="sms_login", request=SmsCodeIn, responses=SignInOut, auth=[], summary="短信验证码登录", tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        given = SmsCodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        return self.signed_in(login_by_sms(**given.validated_data, now=now), now)


class RefreshView(DoorView):
    @extend_schema(operation_id="refresh", request=RefreshIn, responses=TokensOut, auth=[], summary="换取新令牌", tags=["auth"])
    def post(self, request: Request) -> Response:
        given = RefreshIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(TokensOut(rotate_tokens(refresh=given.validated_data["refresh"], now=timezone.now())).data)


class LogoutView(APIView):
    @extend_schema(operation_id="logout", request=RefreshIn, responses={204: None}, summary="退出登录", tags=["auth"])
    def post(self, request: Request) -> Response:
        given = RefreshIn(data=request.data)
        given.is_valid(raise_exception=True)
        revoke_tokens(user=signed_in_user(request), refresh=given.validated_data["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class PhoneView(APIView):
    throttle_classes = [LenientScopedRateThrottle]
    throttle_scope = "login"

    @extend_schema(
        operation_id="bind_phone",
        request=BindPhoneIn,
        responses=MeOut,
        summary="绑定手机号（微信授权或短信验证码）",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        given = BindPhoneIn(data=request.data)
        given.is_valid(raise_exception=True)
        now, values = timezone.now(), given.validated_data
        if "wechat_code" in values:
            user = bind_phone_by_wechat(user=signed_in_user(request), code=values["wechat_code"], now=now)
        else:
            user = bind_phone_by_sms(user=signed_in_user(request), phone=values["phone"], code=values["code"], now=now)
        return Response(MeOut(user).data)
