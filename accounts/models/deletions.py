from django.conf import settings
from django.db import models


class AccountDeletion(models.Model):
    """That an account was deleted at its person's request, and how much went with it. Nothing here says whose it was.

    The account's row stays without an identity, because bookings that are kept point to it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="账户", on_delete=models.PROTECT, related_name="deletion", editable=False
    )
    at = models.DateTimeField("注销时间")
    patients_deidentified = models.PositiveSmallIntegerField("去标识化的就诊人")
    patients_kept = models.PositiveSmallIntegerField("其他账户仍在使用的就诊人")

    class Meta:
        verbose_name = "账户注销记录"
        verbose_name_plural = "账户注销记录"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
