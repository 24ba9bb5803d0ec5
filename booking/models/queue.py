"""The waiting room: who is there, in what order they are called, and every move by hand."""

from django.conf import settings
from django.db import models

from booking.models.appointments import Appointment
from hospitals.models import ClinicSession, Hospital


class QueueState(models.TextChoices):
    WAITING = "waiting", "候诊"
    CALLED = "called", "已叫号"
    SET_ASIDE = "set-aside", "过号"
    FINISHED = "finished", "已就诊"
    LEFT = "left", "已离开"


class QueuePriority(models.IntegerChoices):
    """Smaller is called earlier (domain-rules.md, "On the day")."""

    EMERGENCY = 0, "急诊"
    STATUTORY = 1, "优先"
    ORDINARY = 2, "普通"


class QueueEntry(models.Model):
    """A checked-in patient's place in the queue of a session."""

    appointment = models.OneToOneField(Appointment, verbose_name="预约", on_delete=models.CASCADE, related_name="queue_entry")
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="queue")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    state = models.CharField("状态", max_length=10, choices=QueueState, default=QueueState.WAITING)
    priority = models.PositiveSmallIntegerField("优先级", choices=QueuePriority, default=QueuePriority.ORDINARY)
    is_return_visit = models.BooleanField("回诊", default=False)
    is_extra = models.BooleanField("加号", default=False)
    # The window's start less the tier's head start: what the order of calling compares first within a priority.
    due_at = models.DateTimeField("应叫时间")
    arrived_at = models.DateTimeField("签到时间")
    places_back = models.PositiveSmallIntegerField("后退位数", default=0)
    to_the_end = models.BooleanField("排到最后", default=False)
    called_at = models.DateTimeField("叫号时间", null=True, blank=True)
    # What waiting came to: the first call, which later ones leave as it is.
    first_called_at = models.DateTimeField("首次叫号时间", null=True, blank=True)
    call_count = models.PositiveSmallIntegerField("叫号次数", default=0)
    missed_calls = models.PositiveSmallIntegerField("过号次数", default=0)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    # The forecast at check-in, kept to be held against what came: minutes until the call, and the mean and standard deviation
    # that the range was made from. Empty where nothing was told.
    told_at = models.DateTimeField("预估时间", null=True, blank=True)
    told_ahead = models.PositiveSmallIntegerField("预估时前面人数", null=True, blank=True)
    told_low_minutes = models.PositiveIntegerField("预估最短（分钟）", null=True, blank=True)
    told_high_minutes = models.PositiveIntegerField("预估最长（分钟）", null=True, blank=True)
    told_mean_minutes = models.FloatField("预估均值（分钟）", null=True, blank=True)
    told_deviation_minutes = models.FloatField("预估标准差（分钟）", null=True, blank=True)

    class Meta:
        verbose_name = "候诊"
        verbose_name_plural = "候诊"
        indexes = [
            models.Index(fields=["session", "state"], name="queue_by_session"),
            models.Index(fields=["hospital", "told_at"], name="queue_told", condition=models.Q(told_at__isnull=False)),
            # Measuring consultations looks at the last months of one hospital.
            models.Index(fields=["hospital", "finished_at"], name="queue_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.get_state_display()}"


class QueueMoveKind(models.TextChoices):
    JOINED = "joined", "进入候诊"
    CALLED = "called", "叫号"
    RECALLED = "recalled", "重叫"
    PASSED = "passed", "过号"
    SET_ASIDE = "set-aside", "搁置"
    RESTORED = "restored", "恢复"
    PRIORITISED = "prioritised", "调整优先级"
    FINISHED = "finished", "完成"
    LEFT = "left", "离开"


class QueueMove(models.Model):
    """What happened to a place in the queue: who, what, when, why. Only ever added to."""

    entry = models.ForeignKey(QueueEntry, verbose_name="候诊", on_delete=models.CASCADE, related_name="moves")
    kind = models.CharField("操作", max_length=12, choices=QueueMoveKind)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="操作人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "候诊操作"
        verbose_name_plural = "候诊操作"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%H:%M}"
