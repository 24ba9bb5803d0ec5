from django.db import models
from django.db.models import Q

from hospitals.models import BookingPolicy, Hospital
from scoring.models.policy import ScoringPolicy


class RunScope(models.TextChoices):
    FULL = "full", "全部患者"
    CHANGES = "changes", "有变化的患者"


class RunState(models.TextChoices):
    RUNNING = "running", "进行中"
    FINISHED = "finished", "完成"
    ABANDONED = "abandoned", "已放弃"


class ScoringRun(models.Model):
    """One run over one hospital: what went in, what changed, how far it is, how long it took.

    A run over all patients goes on in batches (ScoringBatch), one over changes takes up the notes of what is due (StandingDue).
    Either is gone on with where it was killed, by whoever comes first. One overtaken by another day or policy is abandoned.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="scoring_runs")
    scope = models.CharField("范围", max_length=8, choices=RunScope, default=RunScope.FULL)
    state = models.CharField("状态", max_length=10, choices=RunState, default=RunState.RUNNING)
    # None: the defaults, where the hospital has no policy of its own.
    policy = models.ForeignKey(
        ScoringPolicy, verbose_name="评分规则", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Whose limits of misses the pauses were judged by.
    booking_policy = models.ForeignKey(
        BookingPolicy, verbose_name="预约规则", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    as_of = models.DateField("截至日期")
    started_at = models.DateTimeField("开始时间")
    advanced_at = models.DateTimeField("最近进展", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    seconds = models.FloatField("用时（秒）", null=True, blank=True)
    # Batches of patients, or patients who are due.
    steps_expected = models.PositiveIntegerField("总步数", default=0)
    steps_done = models.PositiveIntegerField("已完成步数", default=0)
    appointments = models.PositiveIntegerField("计入预约数", default=0)
    patients = models.PositiveIntegerField("评分人数", default=0)
    changed = models.PositiveIntegerField("变更人数", default=0)
    moved_up = models.PositiveIntegerField("升级人数", default=0)
    moved_down = models.PositiveIntegerField("降级人数", default=0)
    paused = models.PositiveIntegerField("新增暂停", default=0)
    tiers = models.JSONField("各级人数", default=dict)

    class Meta:
        verbose_name = "评分批次"
        verbose_name_plural = "评分批次"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["hospital"], condition=Q(state="running"), name="scoring_one_run_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.hospital} {self.as_of}"


class ScoringBatch(models.Model):
    """Patients of a run over all by their keys: above `after`, up to and with `up_to`. Written and marked in one transaction."""

    run = models.ForeignKey(ScoringRun, verbose_name="批次", on_delete=models.CASCADE, related_name="batches")
    after = models.BigIntegerField()
    up_to = models.BigIntegerField()
    is_done = models.BooleanField(default=False)
    changed = models.PositiveIntegerField(default=0)
    moved_up = models.PositiveIntegerField(default=0)
    moved_down = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "评分分批"
        verbose_name_plural = "评分分批"
        constraints = [models.UniqueConstraint(fields=["run", "after"], name="scoring_batch_once")]

    def __str__(self) -> str:
        return f"{self.after}–{self.up_to}"


class MonthDue(models.Model):
    """A month whose indicators are to be counted anew, because an outcome of it has changed."""

    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()

    class Meta:
        verbose_name = "待重新统计的月份"
        verbose_name_plural = "待重新统计的月份"
        constraints = [models.UniqueConstraint(fields=["hospital", "month"], name="month_due_once")]

    def __str__(self) -> str:
        return f"{self.hospital_id} {self.month:%Y-%m}"
