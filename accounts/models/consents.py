from django.conf import settings
from django.db import models

from accounts.models.patients import Patient


class ConsentKind(models.TextChoices):
    PRIVACY_POLICY = "privacy", "隐私政策"
    HEALTH_DATA = "health-data", "健康信息处理"
    MINOR_DATA = "minor-data", "未成年人信息处理"


class Consent(models.Model):
    """A consent as it was given: which text, which version, by whom and for whom. Never edited, only withdrawn."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="账户", on_delete=models.CASCADE, related_name="consents")
    patient = models.ForeignKey(
        Patient, verbose_name="就诊人", null=True, blank=True, on_delete=models.CASCADE, related_name="consents"
    )
    kind = models.CharField("类别", max_length=16, choices=ConsentKind)
    version = models.CharField("文本版本", max_length=32)
    given_at = models.DateTimeField("同意时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "同意记录"
        verbose_name_plural = "同意记录"
        indexes = [models.Index(fields=["user", "kind"], name="consent_by_user")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class SensitiveAccess(models.Model):
    """Each look at an unmasked document number or phone by staff: who, whose, which field, why."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="查看人", on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.PROTECT)
    field = models.CharField("字段", max_length=32)
    reason = models.CharField("事由", max_length=200)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "敏感信息查看记录"
        verbose_name_plural = "敏感信息查看记录"

    def __str__(self) -> str:
        return f"{self.user_id} {self.field} {self.at:%Y-%m-%d %H:%M}"
