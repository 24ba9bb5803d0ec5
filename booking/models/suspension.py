"""A session that will not be held (停诊), and what each of its patients chooses."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from booking.models.appointments import Appointment
from hospitals.models import ClinicSession, Hospital


class Suspension(models.Model):
    session = models.OneToOneField(ClinicSession, verbose_name="门诊班次", on_delete=models.PROTECT, related_name="suspension")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("原因", max_length=200, help_text="会显示给患者。")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="操作人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    substitute_session = models.ForeignKey(
        ClinicSession, verbose_name="替诊班次", null=True, blank=True, on_delete=models.PROTECT, related_name="substitutes_for"
    )
    choose_until = models.DateTimeField("选择截止")

    class Meta:
        verbose_name = "停诊"
        verbose_name_plural = "停诊"

    def __str__(self) -> str:
        return f"{self.session} 停诊"


class Choice(models.TextChoices):
    SUBSTITUTE = "substitute", "接受替诊"
    ANOTHER_DATE = "another-date", "改到其他时间"
    REFUND = "refund", "退款"


class SuspensionChoice(models.Model):
    """What becomes of one booking of a suspended session. `chosen_at` without a user: the default was applied."""

    suspension = models.ForeignKey(Suspension, verbose_name="停诊", on_delete=models.CASCADE, related_name="choices")
    appointment = models.OneToOneField(
        Appointment, verbose_name="预约", on_delete=models.CASCADE, related_name="suspension_choice"
    )
    choice = models.CharField("选择", max_length=12, choices=Choice, blank=True, default="")
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="选择人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField("选择时间", null=True, blank=True)
    moved_to = models.OneToOneField(
        Appointment, verbose_name="改到", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "停诊选择"
        verbose_name_plural = "停诊选择"
        constraints = [
            models.CheckConstraint(condition=Q(choice="") | Q(chosen_at__isnull=False), name="suspension_choice_has_time")
        ]

    def __str__(self) -> str:
        return self.get_choice_display() or "待选择"
