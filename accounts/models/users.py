import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models

from accounts.encryption import EncryptedTextField, masked_phone


class UserManager(DjangoUserManager["User"]):
    def create_patient_account(self, **fields: Any) -> "User":
        """Create an account that signs in by WeChat or phone only: no password, no way into the admin."""
        user = self.model(username=f"patient-{secrets.token_hex(12)}", **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """Staff sign in by username; patients by their WeChat identity or their phone."""

    phone = EncryptedTextField("手机号", blank=True, default="")
    phone_index = models.CharField("手机号索引", max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    phone_verified_at = models.DateTimeField("手机号验证时间", null=True, blank=True)
    # Access tokens from before open nothing: set when a refresh token came twice (accounts.services.tokens).
    tokens_valid_from = models.DateTimeField("令牌起效时间", null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "账户"
        verbose_name_plural = "账户"

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)


class WeChatIdentity(models.Model):
    """The openid under which one mini-program knows a person."""

    user = models.OneToOneField(User, verbose_name="账户", on_delete=models.CASCADE, related_name="wechat_identity")
    appid = models.CharField("AppID", max_length=32)
    openid = models.CharField("OpenID", max_length=64)
    unionid = models.CharField("UnionID", max_length=64, blank=True, default="")
    created_at = models.DateTimeField("绑定时间")

    class Meta:
        verbose_name = "微信身份"
        verbose_name_plural = "微信身份"
        constraints = [models.UniqueConstraint(fields=["appid", "openid"], name="wechat_identity_once")]

    def __str__(self) -> str:
        return self.openid


class SmsCode(models.Model):
    """A one-time code sent to a phone. Only its hash is kept."""

    phone_index = models.CharField("手机号索引", max_length=64)
    code_hash = models.CharField("验证码摘要", max_length=64)
    created_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)

    class Meta:
        verbose_name = "短信验证码"
        verbose_name_plural = "短信验证码"
        indexes = [models.Index(fields=["phone_index", "-created_at"], name="sms_code_latest")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
