"""Reviews of a standing (等级复核): a patient asks that a person looks at the tier, and a named person answers in words."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Patient
from booking.models.standing import Tier
from hospitals.models import Hospital


class ReviewState(models.TextChoices):
    PENDING = "pending", "待复核"
    CONFIRMED = "confirmed", "等级无误"
    CORRECTED = "corrected", "记录已更正"
    WITHDRAWN = "withdrawn", "已撤回"


class StandingReview(models.Model):
    """That somebody asked for a patient's standing to be looked at, what it said then, and what came of it.

    No review changes a tier: where a record is wrong, staff correct the outcome, and the score follows from that.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="standing_reviews")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="standing_reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="申请账户", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("申请理由", max_length=500)
    asked_at = models.DateTimeField("申请时间")
    tier = models.CharField("申请时等级", max_length=8, choices=Tier)
    score = models.DecimalField("申请时评分", max_digits=5, decimal_places=2, null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=ReviewState, default=ReviewState.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="复核人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    answer = models.CharField("复核答复", max_length=500, blank=True, default="", help_text="会显示给患者。")

    class Meta:
        verbose_name = "等级复核"
        verbose_name_plural = "等级复核"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["hospital", "state", "-asked_at"], name="standing_review_by_hospital"),
            models.Index(fields=["patient", "hospital", "-id"], name="standing_review_by_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "patient"], condition=Q(state="pending"), name="standing_review_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "withdrawn"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")),
                name="standing_review_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.get_state_display()}"
