from django.db import models
from django.db.models import Q

from hospitals.models import Department, Hospital


class ForecastSeries(models.Model):
    """The daily bookings of a department, or of the hospital (no department), and the model that foretells them."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="forecasts")
    department = models.ForeignKey(
        Department, verbose_name="科室", null=True, blank=True, on_delete=models.CASCADE, related_name="forecasts"
    )
    computed_at = models.DateTimeField("计算时间")
    # The last day of the history; forecasts are for the days after it.
    history_until = models.DateField("历史截至")
    history_days = models.PositiveIntegerField("历史天数")
    model = models.CharField("模型", max_length=60)
    # Weighted absolute percentage errors of the rolling-origin backtest, as shares; None where the history was too short.
    error = models.FloatField("滚动误差 WAPE", null=True, blank=True)
    baseline_error = models.FloatField("基线误差 WAPE", null=True, blank=True)
    coverage = models.FloatField("区间命中率", null=True, blank=True, help_text="回测中实际值落在预测区间内的比例。")
    backtest = models.JSONField("回测", default=dict, blank=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "预约量预测"
        verbose_name_plural = "预约量预测"
        ordering = ["hospital", "department"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "department"], name="forecast_series_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.department or self.hospital} 预约量预测"


class DailyForecast(models.Model):
    """One day to come: mean and 90 % interval in bookings, beside the seasonal-naive baseline."""

    series = models.ForeignKey(ForecastSeries, verbose_name="序列", on_delete=models.CASCADE, related_name="days")
    date = models.DateField("日期")
    mean = models.FloatField("预测")
    lower = models.FloatField("下限")
    upper = models.FloatField("上限")
    baseline_mean = models.FloatField("基线")
    # A holiday, a make-up workday, or nothing.
    day_note = models.CharField("日历", max_length=20, blank=True, default="")

    class Meta:
        verbose_name = "每日预测"
        verbose_name_plural = "每日预测"
        ordering = ["series", "date"]
        constraints = [models.UniqueConstraint(fields=["series", "date"], name="daily_forecast_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.mean:.1f}"


class SuggestionDirection(models.TextChoices):
    MORE = "more", "增加班次"
    FEWER = "fewer", "减少班次"


class SessionSuggestion(models.Model):
    """A week in which a department's forecast demand and its laid-out seats differ by whole sessions."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.CASCADE, related_name="+")
    # Its Monday.
    week = models.DateField("周一")
    direction = models.CharField("建议", max_length=5, choices=SuggestionDirection)
    sessions = models.PositiveSmallIntegerField("班次数")
    demand = models.FloatField("预计需求")
    seats = models.PositiveIntegerField("现有号源")
    computed_at = models.DateTimeField("计算时间")
    dismissed_at = models.DateTimeField("不再提示", null=True, blank=True)

    class Meta:
        verbose_name = "排班建议"
        verbose_name_plural = "排班建议"
        ordering = ["week", "department"]
        constraints = [
            models.UniqueConstraint(fields=["department", "week"], name="session_suggestion_once"),
            models.CheckConstraint(condition=Q(sessions__gt=0), name="session_suggestion_of_some"),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.week} {self.get_direction_display()} {self.sessions}"
