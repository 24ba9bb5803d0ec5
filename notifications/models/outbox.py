from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from booking.models import Appeal, Appointment, StandingReview, WaitlistEntry
from hospitals.models import Hospital


class MessageKind(models.TextChoices):
    BOOKED = "booked", "预约成功"
    CANCELLED = "cancelled", "预约取消"
    REMINDER = "reminder", "就诊提醒"
    SUSPENDED = "suspended", "停诊通知"
    RESTORED = "restored", "恢复出诊"
    OFFERED = "offered", "候补到号"
    WAITLIST_ENDED = "waitlist-ended", "候补结束"
    GRANTED = "granted", "医生加号"
    TO_CONFIRM = "to-confirm", "待电话确认"
    CONFIRMATION_LAPSED = "confirm-lapsed", "未能电话确认"
    APPEAL_DECIDED = "appeal-decided", "申诉结果"
    REVIEW_ANSWERED = "review-answered", "等级复核答复"


class MessageState(models.TextChoices):
    PENDING = "pending", "待发送"
    SENT = "sent", "已发送"
    REFUSED = "refused", "用户未订阅"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再需要"


# What a message may be about.
SUBJECTS = ("appointment", "waitlist_entry", "appeal", "review")


def _about_one_thing() -> Q:
    """One of the subjects is there, the others are not."""
    return reduce(or_, (Q(**{f"{name}__isnull": name != subject for name in SUBJECTS}) for subject in SUBJECTS))


class OutboxMessage(models.Model):
    """A message we owe a patient: about an appointment, a place in a waitlist, an appeal, or the review of a tier.

    Written from what booking recorded, sent by the worker, kept as evidence; the patient reads it in the mini-program whether or
    not WeChat took it.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="接收账户", on_delete=models.CASCADE)
    appointment = models.ForeignKey(
        Appointment, verbose_name="预约", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    waitlist_entry = models.ForeignKey(
        WaitlistEntry, verbose_name="候补", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    appeal = models.ForeignKey(
        Appeal, verbose_name="申诉", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    review = models.ForeignKey(
        StandingReview, verbose_name="等级复核", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    kind = models.CharField("类型", max_length=16, choices=MessageKind)
    state = models.CharField("状态", max_length=8, choices=MessageState, default=MessageState.PENDING)
    reason_at = models.DateTimeField("缘由时间", help_text="引起消息的事件的时间。")
    due_at = models.DateTimeField("应发时间")
    deadline = models.DateTimeField("办理截止", null=True, blank=True, help_text="患者须在此前确认或支付；过后不再发送。")
    next_attempt_at = models.DateTimeField("下次尝试", null=True, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_error = models.CharField("最近错误", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=_about_one_thing(), name="message_about_one_thing"),
            # One message of a kind per event; of reminders one for each time.
            models.UniqueConstraint(
                fields=["appointment", "kind", "reason_at"], condition=~Q(kind="reminder"), name="message_once"
            ),
            models.UniqueConstraint(fields=["appointment", "due_at"], condition=Q(kind="reminder"), name="reminder_once"),
            models.UniqueConstraint(
                fields=["waitlist_entry", "kind"], condition=Q(waitlist_entry__isnull=False), name="waitlist_message_once"
            ),
            models.UniqueConstraint(fields=["appeal", "kind"], condition=Q(appeal__isnull=False), name="appeal_message_once"),
            models.UniqueConstraint(fields=["review", "kind"], condition=Q(review__isnull=False), name="review_message_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="message_due"),
            models.Index(fields=["user", "-due_at", "-id"], name="message_inbox"),
            # How many an account has not read is asked with each first screen.
            models.Index(fields=["user", "due_at"], condition=Q(read_at__isnull=True), name="message_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.due_at):%Y-%m-%d %H:%M}"
