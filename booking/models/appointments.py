import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Patient, User
from hospitals.models import BookingPolicy, ClinicSession, Department, Doctor, Hospital, Slot


class Channel(models.TextChoices):
    ADVANCE = "advance", "预约号"
    SAME_DAY = "same-day", "现场号"
    EXTRA = "extra", "加号"


class AppointmentStatus(models.TextChoices):
    """FHIR Appointment.status."""

    PENDING = "pending", "待支付"
    BOOKED = "booked", "已预约"
    ARRIVED = "arrived", "已到院"
    CHECKED_IN = "checked-in", "已签到"
    FULFILLED = "fulfilled", "已就诊"
    CANCELLED = "cancelled", "已取消"
    NOSHOW = "noshow", "未到诊"
    ENTERED_IN_ERROR = "entered-in-error", "录入错误"


# What may follow what. Anything else is refused by booking.services.transitions.move_to.
TRANSITIONS: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.PENDING: frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED}),
    AppointmentStatus.BOOKED: frozenset(
        {
            AppointmentStatus.ARRIVED,
            AppointmentStatus.CHECKED_IN,
            AppointmentStatus.FULFILLED,
            AppointmentStatus.CANCELLED,
            AppointmentStatus.NOSHOW,
            AppointmentStatus.ENTERED_IN_ERROR,
        }
    ),
    AppointmentStatus.ARRIVED: frozenset(
        {
            AppointmentStatus.CHECKED_IN,
            AppointmentStatus.FULFILLED,
            # As below.
            AppointmentStatus.CANCELLED,
            AppointmentStatus.ENTERED_IN_ERROR,
        }
    ),
    # Cancelled only by the hospital, whose session was suspended while its patients sat there.
    AppointmentStatus.CHECKED_IN: frozenset(
        {AppointmentStatus.FULFILLED, AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR}
    ),
    AppointmentStatus.FULFILLED: frozenset({AppointmentStatus.ENTERED_IN_ERROR}),
    # Only a hold that ran out and was paid after all, while a seat is left: booking.services.payments.
    AppointmentStatus.CANCELLED: frozenset({AppointmentStatus.BOOKED}),
    AppointmentStatus.NOSHOW: frozenset({AppointmentStatus.FULFILLED, AppointmentStatus.ENTERED_IN_ERROR}),
    AppointmentStatus.ENTERED_IN_ERROR: frozenset(),
}

# Statuses in which an appointment holds a seat of its session.
LIVE_STATUSES = (
    AppointmentStatus.PENDING,
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.CHECKED_IN,
)
# Statuses in which the seat of the session stays used up: what the session's counters count.
SEATED_STATUSES = (*LIVE_STATUSES, AppointmentStatus.FULFILLED, AppointmentStatus.NOSHOW)


class Outcome(models.TextChoices):
    """What an appointment came to, once closed (scoring-model.md). Void ones never count."""

    FULFILLED = "fulfilled", "履约"
    UNATTENDED = "unattended", "预约未到"
    CANCELLED = "cancelled", "取消预约"
    MISSED = "missed", "失约"
    VOID = "void", "作废"


class CancelledBy(models.TextChoices):
    PATIENT = "patient", "患者"
    HOSPITAL = "hospital", "医院"
    SYSTEM = "system", "系统"


def new_appointment_code() -> str:
    """A public identifier that cannot be guessed or counted: 16 base-32 characters, 80 bits."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    # One draw for all sixteen: an import makes a hundred thousand. 256 is a multiple of 32, so each character is as likely.
    return "".join(alphabet[byte % 32] for byte in secrets.token_bytes(16))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def live(self) -> "AppointmentQuerySet":
        """Those that hold a seat and are still to come to an end."""
        return self.filter(status__in=LIVE_STATUSES)

    def booked_by_account(self, user: User) -> "AppointmentQuerySet":
        return self.filter(booked_by=user)


class Appointment(models.Model):
    code = models.CharField("约诊单号", max_length=16, unique=True, default=new_appointment_code, editable=False)
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.PROTECT, related_name="appointments")
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.PROTECT, related_name="appointments")
    slot = models.ForeignKey(
        Slot, verbose_name="时段", null=True, blank=True, on_delete=models.PROTECT, related_name="appointments"
    )
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.PROTECT, related_name="appointments")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="预约账户", null=True, blank=True, on_delete=models.PROTECT
    )
    policy = models.ForeignKey(
        BookingPolicy, verbose_name="适用规则", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Repeated from the session, so that counting by patient, day and department needs no join on the hottest path.
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.PROTECT, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    visit_date = models.DateField("就诊日期")

    channel = models.CharField("渠道", max_length=8, choices=Channel)
    number = models.PositiveIntegerField("序号", null=True, blank=True)
    status = models.CharField("状态", max_length=16, choices=AppointmentStatus)
    fee_fen = models.PositiveIntegerField("挂号费（分）")
    created_at = models.DateTimeField("预约时间")
    hold_expires_at = models.DateTimeField("保留到", null=True, blank=True)
    booked_at = models.DateTimeField("确认时间", null=True, blank=True)
    checked_in_at = models.DateTimeField("签到时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancelled_by = models.CharField("取消方", max_length=8, choices=CancelledBy, blank=True, default="")
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, default="")
    cancel_deadline = models.DateTimeField("取消截止", null=True, blank=True)

    outcome = models.CharField("结果", max_length=10, choices=Outcome, blank=True, default="")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    age_at_visit = models.PositiveSmallIntegerField("就诊时年龄", null=True, blank=True)
    rescheduled_from = models.OneToOneField(
        "self",
        verbose_name="改约自",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rescheduled_to",
        help_text="改约链的上一环；一条链只按最后一环计一次。",
    )
    move_count = models.PositiveSmallIntegerField("已改约次数", default=0, db_default=0)
    is_return_visit = models.BooleanField("回诊", default=False, db_default=False)
    # The patient's tier when the appointment was made: what hot sessions' shares are counted by. Empty for imported history.
    tier = models.CharField("预约时等级", max_length=8, blank=True, default="", db_default="")
    confirm_by = models.DateTimeField("电话确认截止", null=True, blank=True)
    confirmed_at = models.DateTimeField("电话确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="电话确认人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Estimated nightly; for reminders and capacity, never for access or prices.
    miss_probability = models.FloatField("预计爽约概率", null=True, blank=True, editable=False)
    import_key = models.CharField("导入来源编号", max_length=100, null=True, blank=True, editable=False)  # noqa: DJ001

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "预约"
        verbose_name_plural = "预约"
        ordering = ["-visit_date", "-id"]
        indexes = [
            models.Index(fields=["patient", "visit_date"], name="appointment_by_patient"),
            models.Index(fields=["session", "status"], name="appointment_by_session"),
            models.Index(fields=["booked_by", "-visit_date"], name="appointment_by_account"),
            models.Index(fields=["hold_expires_at"], condition=Q(status=AppointmentStatus.PENDING), name="appointment_holds"),
            models.Index(fields=["hospital", "visit_date"], condition=Q(outcome=""), name="appointment_to_close"),
            models.Index(
                fields=["confirm_by"],
                condition=Q(status=AppointmentStatus.BOOKED, confirm_by__isnull=False, confirmed_at__isnull=True),
                name="appointment_to_confirm",
            ),
            # The scoring reads a hospital's patients one after the other, these columns and nothing else; rows without an outcome
            # never count.
            models.Index(
                fields=["hospital", "patient", "visit_date"],
                include=["outcome"],
                condition=~Q(outcome=""),
                name="appointment_to_score",
            ),
            # Pauses after repeated misses look at the misses alone.
            models.Index(fields=["hospital", "patient", "visit_date"], condition=Q(outcome="missed"), name="appointment_missed"),
            # Who comes into the scoring window or falls out of it on a day; the indicators of a month.
            models.Index(fields=["hospital", "visit_date"], condition=~Q(outcome=""), name="appointment_closed_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "session"], condition=Q(status__in=LIVE_STATUSES), name="appointment_live_once"
            ),
            models.UniqueConstraint(
                fields=["hospital", "import_key"], condition=Q(import_key__isnull=False), name="appointment_import_once"
            ),
            models.UniqueConstraint(
                fields=["session", "number"], condition=Q(number__isnull=False), name="appointment_number_once"
            ),
            models.CheckConstraint(
                condition=~Q(status=AppointmentStatus.PENDING) | Q(hold_expires_at__isnull=False),
                name="appointment_pending_expires",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_by__isnull=False), name="appointment_confirmed_by_a_person"
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(closed_at__isnull=False), name="appointment_outcome_has_closing_time"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STATUSES


class ActorKind(models.TextChoices):
    PATIENT = "patient", "患者"
    STAFF = "staff", "员工"
    SYSTEM = "system", "系统"


class EventKind(models.TextChoices):
    CREATED = "created", "提交预约"
    BOOKED = "booked", "预约成功"
    HOLD_EXPIRED = "hold-expired", "超时未支付"
    CANCELLED = "cancelled", "取消"
    CHECKED_IN = "checked-in", "签到"
    FULFILLED = "fulfilled", "完成就诊"
    CLOSED = "closed", "结束"
    PAYMENT_RECEIVED = "payment-received", "收到支付"
    REFUND_REQUESTED = "refund-requested", "申请退款"
    REFUND_DONE = "refund-done", "退款完成"
    IMPORTED = "imported", "导入"
    CORRECTED = "corrected", "更正"
    MOVED = "moved", "改约"
    SUSPENDED = "suspended", "停诊通知"
    CHOSEN = "chosen", "停诊选择"
    OFFERED = "offered", "派出候补号"
    GRANTED = "granted", "医生加号"
    CONFIRMED = "confirmed", "电话确认"
    CONFIRMATION_LAPSED = "confirm-lapsed", "未能电话确认"
    APPEALED = "appealed", "申诉"
    APPEAL_WITHDRAWN = "appeal-withdrawn", "撤回申诉"
    APPEAL_DECIDED = "appeal-decided", "申诉处理"


class AppointmentEvent(models.Model):
    """Appended in the transaction that changes an appointment, never edited. The layers above read these rows."""

    appointment = models.ForeignKey(Appointment, verbose_name="预约", on_delete=models.CASCADE, related_name="events")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("事件", max_length=20, choices=EventKind)
    at = models.DateTimeField("时间")
    actor_kind = models.CharField("操作方", max_length=8, choices=ActorKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    from_status = models.CharField("原状态", max_length=16, choices=AppointmentStatus, blank=True, default="")
    to_status = models.CharField("新状态", max_length=16, choices=AppointmentStatus)
    detail = models.JSONField("详情", default=dict, blank=True)

    class Meta:
        verbose_name = "预约事件"
        verbose_name_plural = "预约事件"
        ordering = ["id"]
        indexes = [models.Index(fields=["hospital", "at"], name="event_by_hospital")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class IdempotencyRecord(models.Model):
    """The answer to one `Idempotency-Key`, replayed when the same request comes again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="账户", on_delete=models.CASCADE)
    key = models.CharField("幂等键", max_length=64)
    fingerprint = models.CharField("请求摘要", max_length=64)
    created_at = models.DateTimeField("时间")
    response_status = models.PositiveSmallIntegerField("响应状态", null=True)
    response_body = models.JSONField("响应内容", null=True)

    class Meta:
        verbose_name = "幂等记录"
        verbose_name_plural = "幂等记录"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class RefusedAttempt(models.Model):
    """That a patient wanted a seat of a session and found it full: evidence of the demand beyond the quota.

    One row a patient, session and channel, however often the button was pressed. Rows are only ever added, so that a rush of
    refusals does not queue up behind the session's lock.
    """

    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="refused_attempts")
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "约满被拒"
        verbose_name_plural = "约满被拒"
        constraints = [models.UniqueConstraint(fields=["session", "patient", "channel"], name="refused_attempt_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.get_channel_display()}"
