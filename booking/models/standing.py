from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Patient
from hospitals.models import Hospital


class Tier(models.TextChoices):
    A = "A", "A 级"
    B = "B", "B 级"
    C = "C", "C 级"
    D = "D", "D 级"
    UNRATED = "unrated", "未评级"


class StandingTerms(models.Model):
    """What a standing says: the counts over the scoring window, the score they give, and the tier."""

    as_of = models.DateField("截至日期")
    total = models.PositiveIntegerField("总预约次数", default=0)
    fulfilled = models.PositiveIntegerField("履约数", default=0)
    unattended = models.PositiveIntegerField("预约未到数", default=0)
    cancelled = models.PositiveIntegerField("取消预约数", default=0)
    missed = models.PositiveIntegerField("失约数", default=0)
    score = models.DecimalField("综合评分", max_digits=5, decimal_places=2, null=True, blank=True)
    tier = models.CharField("等级", max_length=8, choices=Tier, default=Tier.UNRATED)

    class Meta:
        abstract = True


class Standing(StandingTerms):
    """What a patient's past bookings at a hospital came to: written by the scoring, read by booking.

    A patient without a row is unrated and unrestricted. One with fewer appointments than the hospital's minimum has a score
    and is unrated.
    """

    # A night writes a row a patient. Neither reference is checked row by row, which would take longer than all the rest: the
    # rows come from appointments, which keep their hospital and patient in being (ADR 19). The unique index serves both: of a
    # patient alone PostgreSQL asks it once a hospital, and a night that keeps one index less takes a sixth less.
    hospital = models.ForeignKey(
        Hospital,
        verbose_name="医院",
        on_delete=models.CASCADE,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    patient = models.ForeignKey(
        Patient,
        verbose_name="就诊人",
        on_delete=models.CASCADE,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    changed_at = models.DateTimeField("变更时间")

    class Meta:
        verbose_name = "履约等级"
        verbose_name_plural = "履约等级"
        constraints = [
            models.UniqueConstraint(fields=["hospital", "patient"], name="standing_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True, tier="unrated") | Q(score__gte=0, score__lte=100),
                name="standing_score_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.score or ''}".strip()


class PastStanding(StandingTerms):
    """A standing that was replaced: held from `held_from` until `held_until`. Appended in the statement that replaces it."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+", db_index=False)
    patient = models.ForeignKey(
        Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="past_standings", db_index=False
    )
    held_from = models.DateTimeField("起")
    held_until = models.DateTimeField("止")

    class Meta:
        verbose_name = "历史等级"
        verbose_name_plural = "历史等级"
        ordering = ["-held_until", "-id"]
        indexes = [models.Index(fields=["patient", "hospital", "held_until"], name="past_standing_by_patient")]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.held_from:%Y-%m-%d} – {self.held_until:%Y-%m-%d}"


class StandingDue(models.Model):
    """That a patient's outcomes at a hospital have changed since the standing was written.

    A trigger on the appointments adds the rows (migration 0002), so that no way of writing an outcome can forget it: services,
    the closing of a day, imports. The scoring removes them with the standing it writes. Rows are only ever added, and several of
    one patient do no harm: nobody waits for anybody.
    """

    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    # Of the appointment: which month's indicators are to be counted anew.
    visit_date = models.DateField()

    class Meta:
        verbose_name = "待重新评分"
        verbose_name_plural = "待重新评分"
        indexes = [models.Index(fields=["hospital", "patient"], name="standing_due_by_patient")]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.visit_date}"


class Restriction(models.Model):
    """A pause of booking after repeated misses. It lifts by itself; staff may lift it earlier."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="restrictions")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="restrictions")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    missed_count = models.PositiveSmallIntegerField("失约次数")
    # The night writes a pause days after the miss that it starts with: the time to appeal runs from here.
    created_at = models.DateTimeField("写入时间", db_default=Now())
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lifted_reason = models.CharField("解除原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "预约限制"
        verbose_name_plural = "预约限制"
        indexes = [models.Index(fields=["hospital", "patient", "ends_at"], name="restriction_by_patient")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"
