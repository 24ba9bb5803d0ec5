from django.conf import settings
from django.db import models

from hospitals.models import ClinicSession, Hospital


class PlanStatus(models.TextChoices):
    PROPOSED = "proposed", "待审批"
    APPLIED = "applied", "已生效"
    REJECTED = "rejected", "已驳回"
    SUPERSEDED = "superseded", "已被取代"
    ROLLED_BACK = "rolled-back", "已回滚"


class PlanKind(models.TextChoices):
    NIGHT = "night", "夜间方案"
    MORNING = "morning", "开诊前重算"


class CapacityPlan(models.Model):
    """One computed quota for one session, with the numbers it was computed from and what is expected of it.

    A session has at most one plan that waits and one that is in force, at the same time: a plan that waits replaces nothing yet.
    """

    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="plans")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("类别", max_length=7, choices=PlanKind, default=PlanKind.NIGHT, db_default=PlanKind.NIGHT)
    created_at = models.DateTimeField("生成时间")
    status = models.CharField("状态", max_length=11, choices=PlanStatus, default=PlanStatus.PROPOSED)
    status_reason = models.CharField("说明", max_length=200, blank=True, default="")
    advance_quota = models.PositiveSmallIntegerField("预约号 N1")
    extra_quota = models.PositiveSmallIntegerField("加号 NA")
    # What the session had when the plan was made, or, once it is in force, what it had the moment before.
    previous_advance_quota = models.PositiveSmallIntegerField("原预约号")
    previous_extra_quota = models.PositiveSmallIntegerField("原加号")
    inputs = models.JSONField("输入", help_text="需求均值、相关系数、爽约率、样本数与 β。")
    result = models.JSONField("结果", help_text="预计就诊、超负荷、被拒人数与备选方案。")
    # Repeated from the result, so that lists sort and sum by them. Patients per session.
    expected_seen = models.FloatField("预计就诊", null=True, blank=True)
    expected_overload = models.FloatField("预计超负荷", null=True, blank=True)
    expected_turned_away = models.FloatField("预计未挂上", null=True, blank=True)
    applied_at = models.DateTimeField("生效时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="审批人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decision_reason = models.CharField("审批意见", max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "号源方案"
        verbose_name_plural = "号源方案"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=models.Q(status="proposed"), name="plan_waiting_once"),
            models.UniqueConstraint(fields=["session"], condition=models.Q(status="applied"), name="plan_in_force_once"),
            models.UniqueConstraint(fields=["session"], condition=models.Q(kind="morning"), name="plan_of_a_morning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session} N1={self.advance_quota} NA={self.extra_quota}"


class QuotaChangeKind(models.TextChoices):
    APPLIED = "applied", "自动生效"
    APPROVED = "approved", "批准"
    MORNING = "morning", "开诊前重算"
    ROLLED_BACK = "rolled-back", "回滚"
    PINNED = "pinned", "固定"
    UNPINNED = "unpinned", "取消固定"
    BY_HAND = "by-hand", "手工调整"


class QuotaChange(models.Model):
    """A session's quotas were changed or pinned: from what to what, by whom, why. Only ever added to."""

    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="quota_changes")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(
        CapacityPlan, verbose_name="方案", null=True, blank=True, on_delete=models.CASCADE, related_name="quota_changes"
    )
    kind = models.CharField("操作", max_length=11, choices=QuotaChangeKind)
    at = models.DateTimeField("时间")
    # None: the platform by itself.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="操作人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    advance_before = models.PositiveSmallIntegerField("原预约号")
    extra_before = models.PositiveSmallIntegerField("原加号")
    advance_after = models.PositiveSmallIntegerField("现预约号")
    extra_after = models.PositiveSmallIntegerField("现加号")

    class Meta:
        verbose_name = "号源变更"
        verbose_name_plural = "号源变更"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.get_kind_display()}"
