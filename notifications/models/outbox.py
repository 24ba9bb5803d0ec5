from django.conf import settings
from django.db import models

from booking.models import Appointment


class MessageKind(models.TextChoices):
    BOOKED = "booked", "预约成功"
    CANCELLED = "cancelled", "预约取消"
    REMINDER = "reminder", "就诊提醒"
    SUSPENDED = "suspended", "停诊通知"
    RESTORED = "restored", "恢复出诊"


class MessageState(models.TextChoices):
    PENDING = "pending", "待发送"
    SENT = "sent", "已发送"
    REFUSED = "refused", "用户未订阅"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再需要"


class OutboxMessage(models.Model):
    """A message we owe a patient. Written from booking events, sent by the worker, kept as evidence."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="接收账户", on_delete=models.CASCADE)
    appointment = models.ForeignKey(Appointment, verbose_name="预约", on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField("类型", max_length=10, choices=MessageKind)
    state = models.CharField("状态", max_length=8, choices=MessageState, default=MessageState.PENDING)
    reason_at = models.DateTimeField("缘由时间", help_text="引起消息的事件的时间。")
    due_at = models.DateTimeField("应发时间")
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_error = models.CharField("最近错误", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering = ["-id"]
        # One message of a kind per event: `reason_at` stays while `due_at` moves with each attempt.
        constraints = [models.UniqueConstraint(fields=["appointment", "kind", "reason_at"], name="message_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="message_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"
