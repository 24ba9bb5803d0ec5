"""Appeals (申诉): a patient asks for an outcome or a pause to be looked at again, with proof; a named person decides."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Patient
from booking.models.appointments import Appointment
from booking.models.standing import Restriction
from hospitals.models import Hospital


class AppealState(models.TextChoices):
    PENDING = "pending", "待处理"
    UPHELD = "upheld", "予以豁免"
    PARTLY_UPHELD = "partly-upheld", "部分采纳"
    REJECTED = "rejected", "未予采纳"
    WITHDRAWN = "withdrawn", "已撤回"


class AppealCause(models.TextChoices):
    ILLNESS = "illness", "突发疾病"
    BEREAVEMENT = "bereavement", "亲属变故"
    TRAFFIC = "traffic", "交通或天气"
    HOSPITAL = "hospital", "医院原因"
    RECORD_ERROR = "record-error", "记录有误"
    OTHER = "other", "其他"


class Appeal(models.Model):
    """About one closed appointment (an exemption, 豁免) or about one pause of booking.

    An exemption that is upheld makes the appointment void, one that is upheld in part makes it unattended (scoring-model.md).
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="appeals")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="appeals")
    appointment = models.ForeignKey(
        Appointment, verbose_name="预约", null=True, blank=True, on_delete=models.PROTECT, related_name="appeals"
    )
    restriction = models.ForeignKey(
        Restriction, verbose_name="预约限制", null=True, blank=True, on_delete=models.CASCADE, related_name="appeals"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="申诉账户", on_delete=models.PROTECT, related_name="+")
    cause = models.CharField("事由", max_length=12, choices=AppealCause)
    statement = models.CharField("说明", max_length=500)
    created_at = models.DateTimeField("申诉时间")
    until = models.DateTimeField("申诉截止", help_text="按提出时适用的规则；撤回后在此之前可以重新申诉。")
    state = models.CharField("状态", max_length=14, choices=AppealState, default=AppealState.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="处理人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decision = models.CharField("处理意见", max_length=500, blank=True, default="", help_text="会显示给患者。")

    class Meta:
        verbose_name = "申诉"
        verbose_name_plural = "申诉"
        ordering = ["-id"]
        indexes = [models.Index(fields=["hospital", "state", "-created_at"], name="appeal_by_hospital")]
        constraints = [
            models.CheckConstraint(
                condition=Q(appointment__isnull=True, restriction__isnull=False)
                | Q(appointment__isnull=False, restriction__isnull=True),
                name="appeal_about_one_thing",
            ),
            models.UniqueConstraint(fields=["appointment"], condition=~Q(state="withdrawn"), name="appeal_once_per_appointment"),
            models.UniqueConstraint(fields=["restriction"], condition=~Q(state="withdrawn"), name="appeal_once_per_restriction"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "withdrawn"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="appeal_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.get_state_display()}"


class AppealProof(models.Model):
    """A picture handed in with an appeal: drawn anew on receipt (no hidden data), encrypted at rest, for its hospital only."""

    appeal = models.ForeignKey(Appeal, verbose_name="申诉", on_delete=models.CASCADE, related_name="proofs")
    content_type = models.CharField("类型", max_length=20)
    width = models.PositiveIntegerField("宽")
    height = models.PositiveIntegerField("高")
    sha256 = models.CharField("摘要", max_length=64)
    encrypted = models.BinaryField("内容（加密）")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "申诉证明"
        verbose_name_plural = "申诉证明"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["appeal", "sha256"], name="proof_once")]

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"
