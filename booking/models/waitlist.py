"""Seats that came back, and the patients who wait for one (候补)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Patient
from booking.models.appointments import Appointment
from hospitals.models import ClinicSession, Hospital, Slot


class ReturnEnd(models.TextChoices):
    OFFERED = "offered", "派给候补"
    RELEASED = "released", "返回号池"
    RECLAIMED = "reclaimed", "原患者补付取回"


class SeatReturn(models.Model):
    """A seat that was given up and is not on sale yet: it goes to the waitlist first, else to everyone at `returns_at`.

    Open ones (`ended_at` is null) are what the `withheld` counters of the session and the window count.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="returns")
    slot = models.ForeignKey(Slot, verbose_name="时段", on_delete=models.CASCADE, related_name="returns")
    appointment = models.ForeignKey(
        Appointment, verbose_name="退号预约", null=True, on_delete=models.SET_NULL, related_name="returns"
    )
    freed_at = models.DateTimeField("退号时间")
    returns_at = models.DateTimeField("返回号池时间", help_text="没有候补患者时，在此刻返回号池。")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    end = models.CharField("去向", max_length=10, choices=ReturnEnd, blank=True, default="")

    class Meta:
        verbose_name = "退号"
        verbose_name_plural = "退号"
        ordering = ["-id"]
        indexes = [models.Index(fields=["session", "returns_at"], condition=Q(ended_at__isnull=True), name="return_open")]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__isnull=True, end="") | ~Q(end=""), name="return_end_has_time"),
        ]

    def __str__(self) -> str:
        return f"退号 {self.pk}（{self.get_end_display() or '待返池'}）"


class WaitlistRule(models.TextChoices):
    """By what order places are given. Stored with each entry, so that what was promised at joining can be shown later."""

    FIRST_COME = "first-come", "先到先得"


class WaitlistEnd(models.TextChoices):
    OFFERED = "offered", "已派号"
    LEFT = "left", "患者退出"
    CLEARED = "cleared", "到时清空"
    CANCELLED = "cancelled", "停诊或关闭"


class WaitlistEntry(models.Model):
    """A patient's place in the waitlist of a full session. Waiting while `ended_at` is null.

    An offer is a pending appointment that holds the seat until its deadline: paid (or, where it is free, confirmed) in time it is
    booked, else the seat goes on to the next. What came of the offer is the appointment's to tell.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="waitlist")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="waitlist_entries")
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="候补账户", on_delete=models.CASCADE, related_name="+")
    rule = models.CharField("排序规则", max_length=12, choices=WaitlistRule, default=WaitlistRule.FIRST_COME)
    joined_at = models.DateTimeField("候补时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    end = models.CharField("结束方式", max_length=10, choices=WaitlistEnd, blank=True, default="")
    appointment = models.OneToOneField(
        Appointment, verbose_name="派出的号", null=True, blank=True, on_delete=models.PROTECT, related_name="waitlist_entry"
    )

    class Meta:
        verbose_name = "候补"
        verbose_name_plural = "候补"
        ordering = ["id"]
        indexes = [
            # The order of the queue is that of the ids.
            models.Index(fields=["session", "id"], condition=Q(ended_at__isnull=True), name="waitlist_waiting"),
            models.Index(fields=["patient", "-id"], name="waitlist_by_patient"),
            # Messages are collected from those that ended without a seat.
            models.Index(fields=["hospital", "ended_at"], condition=Q(end__in=["cleared", "cancelled"]), name="waitlist_in_vain"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "patient"], condition=Q(ended_at__isnull=True), name="waitlist_place_once"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True, end="") | ~Q(end=""), name="waitlist_end_has_time"),
            models.CheckConstraint(
                condition=Q(appointment__isnull=True) | Q(end="offered"), name="waitlist_appointment_was_offered"
            ),
        ]

    def __str__(self) -> str:
        return f"候补 {self.pk}（{self.get_end_display() or '候补中'}）"


class WaitlistSkip(models.Model):
    """That a free seat was not offered to the patient whose turn it was, and why: in words that the patient is shown."""

    entry = models.ForeignKey(WaitlistEntry, verbose_name="候补", on_delete=models.CASCADE, related_name="skips")
    at = models.DateTimeField("时间")
    code = models.CharField("原因代码", max_length=40)
    reason = models.CharField("原因", max_length=200)

    class Meta:
        verbose_name = "候补跳过"
        verbose_name_plural = "候补跳过"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["entry", "code"], name="waitlist_skip_once_per_reason")]

    def __str__(self) -> str:
        return self.reason
