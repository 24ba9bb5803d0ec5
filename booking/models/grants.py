"""Numbers that a doctor adds for a named patient (加号)."""

from django.conf import settings
from django.db import models

from booking.models.appointments import Appointment
from hospitals.models import ClinicSession, Hospital


class ExtraGrant(models.Model):
    """Who added a number for whom and why. The appointment it made holds the seat until the patient accepts in time."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.PROTECT, related_name="grants")
    appointment = models.OneToOneField(Appointment, verbose_name="预约", on_delete=models.PROTECT, related_name="grant")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="操作人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    reason = models.CharField("加号原因", max_length=200)
    accept_until = models.DateTimeField("确认截止", null=True, blank=True, help_text="没有账户的患者无需确认，加号随即生效。")

    class Meta:
        verbose_name = "医生加号"
        verbose_name_plural = "医生加号"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.reason}"
