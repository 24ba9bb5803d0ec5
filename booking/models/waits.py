"""What the forecast of waits has learnt: how long consultations take, and how far the range has to reach."""

from django.db import models

from hospitals.models import Department, Doctor, Hospital


class ConsultationPace(models.Model):
    """How long the consultations of a doctor in a department took lately; of a department's own sessions (普通号) without one."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.CASCADE, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    consultations = models.PositiveIntegerField("就诊数")
    mean_minutes = models.FloatField("平均时长（分钟）")
    cv = models.FloatField("变异系数", help_text="标准差 ÷ 平均值。")
    computed_at = models.DateTimeField("统计时间")

    class Meta:
        verbose_name = "就诊时长"
        verbose_name_plural = "就诊时长"
        constraints = [
            models.UniqueConstraint(fields=["hospital", "department", "doctor"], name="pace_once", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(mean_minutes__gt=0, cv__gte=0), name="pace_possible"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor or self.department} {self.mean_minutes:.1f} 分钟"


class WaitCalibration(models.Model):
    """How many standard deviations below and above the mean a hospital's forecast has to reach, to hold four times of five."""

    hospital = models.OneToOneField(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="wait_calibration")
    low_deviations = models.FloatField("下限（标准差）")
    high_deviations = models.FloatField("上限（标准差）")
    entries = models.PositiveIntegerField("依据的候诊数")
    held = models.PositiveIntegerField("其中在预估范围内")
    computed_at = models.DateTimeField("统计时间")

    class Meta:
        verbose_name = "候诊预估"
        verbose_name_plural = "候诊预估"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(high_deviations__gt=models.F("low_deviations")), name="calibration_is_a_range"
            ),
            models.CheckConstraint(condition=models.Q(held__lte=models.F("entries")), name="calibration_held_within"),
        ]

    def __str__(self) -> str:
        return f"{self.hospital} 候诊预估"
