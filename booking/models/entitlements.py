from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Patient
from booking.models.appointments import Appointment, new_appointment_code
from booking.models.standing import Tier
from hospitals.models import Hospital


class EntitlementKind(models.TextChoices):
    FREE_MOVE = "free-move", "免费改约"
    COUPON = "coupon", "优惠券"
    EXAMINATION = "examination", "免费检查"
    NAMED_CONTACT = "named-contact", "专属客服"
    QUEUE_FREE = "queue-free", "免排队登记"


class Entitlement(models.Model):
    """A perk of a tier that a patient holds (权益): granted for a period or by a visit, used once, or expired unused.

    One row is one use. `serial` counts those of the same kind and period from 1, so that granting again adds nothing. Perks that
    are had rather than used (named contact, no queue) hold from `starts_at` to `ends_at` and have no use.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="entitlements")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="entitlements")
    kind = models.CharField("权益", max_length=16, choices=EntitlementKind)
    tier = models.CharField("授予时等级", max_length=8, choices=Tier)
    code = models.CharField("核销码", max_length=16, unique=True, default=new_appointment_code, editable=False)
    serial = models.PositiveSmallIntegerField("序号", default=1)
    starts_at = models.DateTimeField("生效时间")
    ends_at = models.DateTimeField("失效时间")
    # What it is: the percent off and the name of the item, as the policy said when it was granted.
    terms = models.JSONField("内容", default=dict, blank=True)
    earned_by = models.ForeignKey(
        Appointment,
        verbose_name="因哪次就诊",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="earned_entitlements",
    )
    granted_at = models.DateTimeField("授予时间", db_default=Now())
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    used_for = models.ForeignKey(
        Appointment,
        verbose_name="用于哪次预约",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="used_entitlements",
    )
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="核销人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField("收回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("收回原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "权益"
        verbose_name_plural = "权益"
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["patient", "hospital", "ends_at"], name="entitlement_by_patient")]
        constraints = [
            models.UniqueConstraint(
                # Of each tier: a month and the quarter that it begins start at the same moment.
                fields=["hospital", "patient", "kind", "tier", "starts_at", "serial"],
                condition=Q(earned_by__isnull=True),
                name="entitlement_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["earned_by", "kind"], condition=Q(earned_by__isnull=False), name="entitlement_once_a_visit"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="entitlement_ends_after_start"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True), name="entitlement_used_or_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"
