from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from hospitals.models.organisation import Department, Doctor, Hospital, RegistrationType


class Weekday(models.IntegerChoices):
    """ISO numbering, Monday is 1."""

    MONDAY = 1, "周一"
    TUESDAY = 2, "周二"
    WEDNESDAY = 3, "周三"
    THURSDAY = 4, "周四"
    FRIDAY = 5, "周五"
    SATURDAY = 6, "周六"
    SUNDAY = 7, "周日"


class Period(models.TextChoices):
    MORNING = "am", "上午"
    AFTERNOON = "pm", "下午"
    EVENING = "eve", "晚间"
    WHOLE_DAY = "day", "全天"


class HotPin(models.TextChoices):
    """What staff say about a template's sessions, over what the night finds."""

    AUTOMATIC = "auto", "自动判定"
    HOT = "hot", "始终热门"
    ORDINARY = "ordinary", "始终普通"


class WeeklyTemplate(models.Model):
    """What is offered each week: a doctor's session, or a department's (普通号) where no doctor is named."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="templates")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.PROTECT, related_name="templates")
    doctor = models.ForeignKey(
        Doctor,
        verbose_name="医生",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="templates",
        help_text="留空为科室普通号。",
    )
    registration_type = models.ForeignKey(RegistrationType, verbose_name="号别", on_delete=models.PROTECT)
    weekday = models.PositiveSmallIntegerField("星期", choices=Weekday)
    period = models.CharField("午别", max_length=3, choices=Period)
    starts_at = models.TimeField("开诊时刻")
    ends_at = models.TimeField("停诊时刻")
    rated_capacity = models.PositiveSmallIntegerField(
        "额定号源", validators=[MinValueValidator(1), MaxValueValidator(500)], help_text="一个班次的额定接诊人数 N。"
    )
    advance_quota = models.PositiveSmallIntegerField(
        "预约号", null=True, blank=True, help_text="提前放出的号源 N1，留空则等于额定号源；号源配置会按历史重新计算。"
    )
    extra_quota = models.PositiveSmallIntegerField("加号上限", default=0, help_text="就诊日额定号源用完后可逐个开放的加号 NA。")
    room = models.CharField("诊室", max_length=50, blank=True, default="")
    hot_pin = models.CharField(
        "热门判定",
        max_length=8,
        choices=HotPin,
        default=HotPin.AUTOMATIC,
        db_default=HotPin.AUTOMATIC,
        help_text="自动判定按每晚统计的约满率和约满用时；固定后不再自动调整。",
    )
    # What the night found last: new sessions are hot where it is, unless staff have pinned the template.
    is_popular = models.BooleanField("自动判定为热门", default=False, db_default=False, editable=False)
    valid_from = models.DateField("起用日期", null=True, blank=True)
    valid_until = models.DateField("停用日期", null=True, blank=True)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "每周模板"
        verbose_name_plural = "每周模板"
        ordering = ["hospital", "department", "doctor", "weekday", "starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="template_ends_after_start"),
            models.CheckConstraint(
                condition=Q(advance_quota__isnull=True) | Q(advance_quota__lte=F("rated_capacity")),
                name="template_advance_within_rated",
            ),
            models.CheckConstraint(condition=Q(rated_capacity__gte=1), name="template_rated_positive"),
            models.UniqueConstraint(
                fields=["department", "doctor", "weekday", "starts_at", "valid_from"],
                name="template_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        who = self.doctor.name if self.doctor else self.department.name
        return f"{who} {self.get_weekday_display()}{self.get_period_display()}"

    def clean(self) -> None:
        errors: dict[str, str] = {}
        for name in ("department", "doctor", "registration_type"):
            part = getattr(self, name, None) if getattr(self, f"{name}_id") else None
            if part is not None and self.hospital_id and part.hospital_id != self.hospital_id:
                errors[name] = "不属于该医院。"
            elif part is not None and self.is_active and not part.is_active:
                # No session would ever be made from it, without a word.
                errors[name] = "已停用，按此模板不会排班。请先启用，或停用本模板。"
        if errors:
            raise ValidationError(errors)


class SessionStatus(models.TextChoices):
    ACTIVE = "active", "正常"
    SUSPENDED = "suspended", "停诊"
    CLOSED = "closed", "已结束"


class ClinicSession(models.Model):
    """One doctor's (or department's) half day: the row that booking locks and whose counters say what is left.

    `N` is `rated_capacity`, `N1` is `advance_quota`, `NA` is `extra_quota`. The three `*_taken` counters are the number of live
    appointments per channel; check constraints are the last witness that none is ever exceeded.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="sessions")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.PROTECT, related_name="sessions")
    doctor = models.ForeignKey(
        Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    registration_type = models.ForeignKey(RegistrationType, verbose_name="号别", on_delete=models.PROTECT)
    template = models.ForeignKey(
        WeeklyTemplate,
        verbose_name="来自模板",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sessions",
    )
    visit_date = models.DateField("就诊日期", help_text="医院所在时区的日期。")
    period = models.CharField("午别", max_length=3, choices=Period)
    starts_at = models.DateTimeField("开诊时间")
    ends_at = models.DateTimeField("停诊时间")
    releases_at = models.DateTimeField("放号时间")
    room = models.CharField("诊室", max_length=50, blank=True, default="")
    fee_fen = models.PositiveIntegerField("挂号费（分）")
    status = models.CharField("状态", max_length=10, choices=SessionStatus, default=SessionStatus.ACTIVE)
    is_hot = models.BooleanField("热门", default=False)
    is_hot_pinned = models.BooleanField(
        "热门固定", default=False, db_default=False, help_text="工作人员修改“热门”后自动勾选，每晚的统计不再改动本班次。"
    )

    rated_capacity = models.PositiveSmallIntegerField("额定号源")
    advance_quota = models.PositiveSmallIntegerField("预约号")
    extra_quota = models.PositiveSmallIntegerField("加号上限", default=0)
    is_quota_pinned = models.BooleanField("号源固定", default=False, help_text="勾选后，号源配置不再自动调整本班次。")
    advance_taken = models.PositiveSmallIntegerField("已约预约号", default=0)
    same_day_taken = models.PositiveSmallIntegerField("已挂现场号", default=0)
    extra_taken = models.PositiveSmallIntegerField("已用加号", default=0)
    withheld = models.PositiveSmallIntegerField(
        "待返池", default=0, db_default=0, help_text="退回后尚未重新放出的号源：先给候补患者，其余随机延时返回。"
    )
    next_number = models.PositiveIntegerField("下一个序号", default=1, editable=False)

    class Meta:
        verbose_name = "门诊班次"
        verbose_name_plural = "门诊班次"
        ordering = ["visit_date", "starts_at", "id"]
        indexes = [
            models.Index(fields=["department", "visit_date"], name="session_by_department"),
            models.Index(fields=["doctor", "visit_date"], name="session_by_doctor"),
            models.Index(fields=["hospital", "visit_date", "status"], name="session_by_hospital"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "doctor", "visit_date", "starts_at"], name="session_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(condition=Q(advance_quota__lte=F("rated_capacity")), name="session_advance_within_rated"),
            models.CheckConstraint(condition=Q(advance_taken__lte=F("advance_quota")), name="session_advance_not_oversold"),
            models.CheckConstraint(
                condition=Q(rated_capacity__gte=F("advance_taken") + F("same_day_taken") + F("withheld")),
                name="session_rated_not_oversold",
            ),
            models.CheckConstraint(condition=Q(extra_taken__lte=F("extra_quota")), name="session_extra_not_oversold"),
        ]

    def __str__(self) -> str:
        who = self.doctor.name if self.doctor else self.department.name
        return f"{who} {self.visit_date} {self.get_period_display()}"

    def local_date(self, now: datetime) -> date:
        """Today, where the hospital is."""
        return now.astimezone(self.hospital.zone).date()

    @property
    def rated_left(self) -> int:
        return self.rated_capacity - self.advance_taken - self.same_day_taken - self.withheld

    @property
    def advance_left(self) -> int:
        return min(self.advance_quota - self.advance_taken - self.withheld, self.rated_left)

    @property
    def extra_left(self) -> int:
        return self.extra_quota - self.extra_taken


class Slot(models.Model):
    """A window of a session (分时段号源). 加号 are counted apart: they come after the numbered patients of their window."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE)
    session = models.ForeignKey(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    capacity = models.PositiveSmallIntegerField("号源")
    taken = models.PositiveSmallIntegerField("已约", default=0)
    withheld = models.PositiveSmallIntegerField("待返池", default=0, db_default=0)
    extra_taken = models.PositiveSmallIntegerField("已用加号", default=0)

    class Meta:
        verbose_name = "分时段号源"
        verbose_name_plural = "分时段号源"
        ordering = ["session", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["session", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(capacity__gte=F("taken") + F("withheld")), name="slot_not_oversold"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"

    @property
    def left(self) -> int:
        """Seats that somebody could take now, as far as the window is concerned."""
        return self.capacity - self.taken - self.withheld
