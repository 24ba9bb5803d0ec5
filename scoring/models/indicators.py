from django.db import models

from hospitals.models import Department, Doctor, Hospital, Period, Weekday


class MonthlyIndicator(models.Model):
    """A month's closed appointments of a department, or of one of its doctors, counted by outcome.

    Rows without a doctor are the department's own total, those of sessions without a doctor included.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="indicators")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.CASCADE, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    month = models.DateField("月份", help_text="该月第一天。")
    total = models.PositiveIntegerField("总预约次数")
    fulfilled = models.PositiveIntegerField("履约数")
    unattended = models.PositiveIntegerField("预约未到数")
    cancelled = models.PositiveIntegerField("取消预约数")
    missed = models.PositiveIntegerField("失约数")
    void = models.PositiveIntegerField("作废数", default=0)
    counted_at = models.DateTimeField("统计时间")

    class Meta:
        verbose_name = "履约指标"
        verbose_name_plural = "履约指标"
        ordering = ["hospital", "-month", "department", "doctor"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "month", "department", "doctor"], name="indicator_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.doctor_id or ''} {self.month:%Y-%m}"


class Popularity(models.Model):
    """How wanted the sessions of one doctor (or department), weekday and period are, as the last night found it."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="popularities")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.CASCADE, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField("星期", choices=Weekday)
    period = models.CharField("午别", max_length=3, choices=Period)
    sessions = models.PositiveSmallIntegerField("统计班次")
    sold_out_sessions = models.PositiveSmallIntegerField("约满班次")
    fill_percent = models.DecimalField("约满率（%）", max_digits=5, decimal_places=2)
    sell_out_hours = models.FloatField("约满用时（小时，中位数）", null=True, blank=True)
    refused = models.PositiveIntegerField("约满被拒人次", default=0)
    is_hot = models.BooleanField("自动判定为热门")
    reason = models.CharField("判定依据", max_length=200)
    as_of = models.DateField("截至日期")

    class Meta:
        verbose_name = "号源热度"
        verbose_name_plural = "号源热度"
        ordering = ["hospital", "-is_hot", "-fill_percent", "department", "doctor", "weekday", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "department", "doctor", "weekday", "period"], name="popularity_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        who = self.doctor.name if self.doctor else self.department.name
        return f"{who} {self.get_weekday_display()}{self.get_period_display()}"
