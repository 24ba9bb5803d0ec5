from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.encryption import EncryptedTextField, masked_document, masked_name, masked_phone


class DocumentType(models.TextChoices):
    """Kinds of identity document, WS 364 CV02.01.101."""

    RESIDENT_ID = "01", "居民身份证"
    HOUSEHOLD_REGISTER = "02", "居民户口簿"
    PASSPORT = "03", "护照"
    OFFICER_ID = "04", "军官证"
    DRIVING_LICENCE = "05", "驾驶证"
    HONG_KONG_MACAO_PERMIT = "06", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "07", "台湾居民来往内地通行证"
    OTHER = "99", "其他法定有效证件"


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"
    UNKNOWN = "unknown", "未知"


class Patient(models.Model):
    """A person who is seen (就诊人). The same person added by two accounts is one row, found by the document's index.

    A child without a document is registered under the guardian's; imported history may carry no document at all.
    """

    name = models.CharField("姓名", max_length=50)
    sex = models.CharField("性别", max_length=8, choices=Sex, default=Sex.UNKNOWN)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    document_type = models.CharField("证件类型", max_length=2, choices=DocumentType, blank=True, default="")
    document_number = EncryptedTextField("证件号码", blank=True, default="")
    document_index = models.CharField("证件索引", max_length=64, null=True, editable=False)  # noqa: DJ001
    phone = EncryptedTextField("联系电话", blank=True, default="")
    guardian = models.ForeignKey(
        "self", verbose_name="监护人", null=True, blank=True, on_delete=models.PROTECT, related_name="wards"
    )
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "就诊人"
        verbose_name_plural = "就诊人"
        constraints = [
            # The index tells the kind of document itself; a citizen's number is one person on whichever it stands.
            models.UniqueConstraint(fields=["document_index"], name="patient_document_once"),
            models.UniqueConstraint(
                fields=["guardian", "name", "birth_date"], condition=Q(guardian__isnull=False), name="patient_ward_once"
            ),
        ]

    def __str__(self) -> str:
        # Whatever prints a row without thinking (titles, choices, logs) prints no more than this.
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return masked_name(self.name)

    @property
    def masked_document_number(self) -> str:
        return masked_document(self.document_number)

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)


class Relationship(models.TextChoices):
    SELF = "self", "本人"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    SPOUSE = "spouse", "配偶"
    OTHER = "other", "其他"


class AccountPatient(models.Model):
    """That an account may book for a patient. Removing it keeps the row: past bookings explain themselves by it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="账户", on_delete=models.CASCADE, related_name="patient_links"
    )
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.PROTECT, related_name="account_links")
    # Each account's own: adding a person who is on record already neither shows nor changes how others reach them.
    phone = EncryptedTextField("联系电话", blank=True, default="")
    relationship = models.CharField("关系", max_length=8, choices=Relationship, default=Relationship.SELF)
    added_at = models.DateTimeField("添加时间")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)

    class Meta:
        verbose_name = "账户的就诊人"
        verbose_name_plural = "账户的就诊人"
        constraints = [
            models.UniqueConstraint(fields=["user", "patient"], condition=Q(removed_at__isnull=True), name="account_patient_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.patient_id}"

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)
