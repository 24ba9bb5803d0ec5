from django.db import models

from capacity.models.plans import CapacityPlan
from hospitals.models import ClinicSession, Department, Doctor, Hospital


class SessionComparison(models.Model):
    """A session that is over: what its quotas were expected to lead to, and what came. Counts in patients.

    Expected numbers are the model's for the quotas that were in force at the end, with the inputs of the plan that was in force
    or came last; None where there was none. `*_deviation` is the standard deviation that the model itself gives the count, by
    which a difference is judged; `*_error` the standard error of the expected number, for its inputs are estimates.
    """

    session = models.OneToOneField(ClinicSession, verbose_name="门诊班次", on_delete=models.CASCADE, related_name="comparison")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.CASCADE, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name="医生", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(
        CapacityPlan, verbose_name="方案", null=True, blank=True, on_delete=models.SET_NULL, related_name="comparisons"
    )
    visit_date = models.DateField("就诊日期")
    compared_at = models.DateTimeField("比较时间")
    rated = models.PositiveSmallIntegerField("额定号源")
    advance_quota = models.PositiveSmallIntegerField("预约号")
    extra_quota = models.PositiveSmallIntegerField("加号")
    expected_seen = models.FloatField("预计就诊", null=True, blank=True)
    seen_deviation = models.FloatField("就诊标准差", null=True, blank=True)
    seen_error = models.FloatField("就诊标准误", null=True, blank=True)
    expected_overload = models.FloatField("预计超负荷", null=True, blank=True)
    expected_turned_away = models.FloatField("预计未挂上", null=True, blank=True)
    expected_missed = models.FloatField("预计未到", null=True, blank=True)
    missed_deviation = models.FloatField("未到标准差", null=True, blank=True)
    missed_error = models.FloatField("未到标准误", null=True, blank=True)
    seen = models.PositiveSmallIntegerField("实际就诊")
    overload = models.PositiveSmallIntegerField("实际超负荷")
    turned_away = models.PositiveIntegerField("实际未挂上")
    missed = models.PositiveSmallIntegerField("实际未到")

    class Meta:
        verbose_name = "方案回顾"
        verbose_name_plural = "方案回顾"
        ordering = ["-visit_date", "-id"]
        indexes = [models.Index(fields=["hospital", "visit_date"], name="comparison_by_hospital")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.visit_date}"
