"""Sign-in of patients: by WeChat, or by a code sent to their phone. The first sign-in makes the account."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.errors import Refusal
from accounts.models import User, WeChatIdentity
from accounts.phones import phone_index
from accounts.services.sms_codes import spend_sms_code
from accounts.services.wechat_answers import wechat_errors_refused
from wechat.configuration import current_settings
from wechat.miniprogram import MiniProgramSession, code_to_session


class AccountDisabled(Refusal):
    """Staff have closed this account."""


@dataclass(frozen=True, slots=True)
class SignIn:
    user: User
    is_new: bool


def login_by_wechat(*, code: str, now: dt.datetime) -> SignIn:
    """Exchange the code of `wx.login` and sign in the account of that openid.

    Raises WeChatCodeRefused, WeChatUnavailable, AccountDisabled.
    """
    with wechat_errors_refused():
        session = code_to_session(code)
    return sign_in_identity(appid=current_settings().appid, session=session, now=now)


def login_by_sms(*, phone: str, code: str, now: dt.datetime) -> SignIn:
    """Spend the code sent to `phone` and sign in the account of that phone.

    Raises PhoneInvalid, SmsCodeExpired, SmsCodeExhausted, SmsCodeWrong, AccountDisabled.
    """
    number = spend_sms_code(phone=phone, code=code, now=now)
    return sign_in_phone(number=number, now=now)


@transaction.atomic
def sign_in_identity(*, appid: str, session: MiniProgramSession, now: dt.datetime) -> SignIn:
    """Sign in whoever WeChat knows under (appid, openid). Two at once make one account. Raises AccountDisabled."""
    identity = _identity(appid, session.openid)
    if identity is not None:
        if session.unionid and identity.unionid != session.unionid:
            identity.unionid = session.unionid
            identity.save(update_fields=["unionid"])
        return _signed_in(identity.user, is_new=False, now=now)
    try:
        with transaction.atomic():
            user = User.objects.create_patient_account(date_joined=now)
            WeChatIdentity.objects.create(
                user=user, appid=appid, openid=session.openid, unionid=session.unionid or "", created_at=now
            )
    except IntegrityError:
        # The same person's other request was first; it has committed, or the constraint would still be waiting.
        identity = _identity(appid, session.openid)
        if identity is None:
            raise
        return _signed_in(identity.user, is_new=False, now=now)
    return _signed_in(user, is_new=True, now=now)


@transaction.atomic
def sign_in_phone(*, number: str, now: dt.datetime) -> SignIn:
    """Sign in the account of a proven phone number. Two at once make one account. Raises AccountDisabled."""
    index = phone_index(number)
    user = User.objects.filter(phone_index=index).first()
    if user is not None:
        return _signed_in(user, is_new=False, now=now)
    try:
        with transaction.atomic():
            user = User.objects.create_patient_account(phone=number, phone_index=index, phone_verified_at=now, date_joined=now)
    except IntegrityError:
        return _signed_in(User.objects.get(phone_index=index), is_new=False, now=now)
    return _signed_in(user, is_new=True, now=now)


def _identity(appid: str, openid: str) -> WeChatIdentity | None:
    return WeChatIdentity.objects.select_related("user").filter(appid=appid, openid=openid).first()


def _signed_in(user: User, *, is_new: bool, now: dt.datetime) -> SignIn:
    if not user.is_active:
        raise AccountDisabled()
    user.last_login = now
    user.save(update_fields=["last_login"])
    return SignIn(user=user, is_new=is_new)
