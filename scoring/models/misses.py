from django.db import models

from hospitals.models import Hospital


class MissModel(models.Model):
    """A trained model of the chance that a booking is missed, with how it did on bookings later than those it learnt from.

    `parameters` is all that is needed to predict: plain numbers as JSON, nothing that has to be executed to be read.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="miss_models")
    trained_at = models.DateTimeField("训练时间")
    kind = models.CharField("模型", max_length=40)
    parameters = models.JSONField("参数")
    learnt_from = models.PositiveIntegerField("训练预约数")
    learnt_until = models.DateField("训练截止日期")
    tested_on = models.PositiveIntegerField("检验预约数")
    miss_rate = models.FloatField("检验期失约率")
    auc = models.FloatField("AUC", null=True, blank=True)
    brier = models.FloatField("Brier 评分")
    brier_baseline = models.FloatField("Brier 基线", help_text="对所有预约都给出训练期平均失约率时的评分。")
    calibration = models.JSONField("校准", default=list, help_text="按预计概率分组：预计、实际、人次。")
    is_in_use = models.BooleanField("使用中", default=True, help_text="不优于基线的模型不使用。")

    class Meta:
        verbose_name = "爽约概率模型"
        verbose_name_plural = "爽约概率模型"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.hospital} {self.trained_at:%Y-%m-%d}"
