from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Patient
from hospitals.models import Hospital


class CountsUpload(models.Model):
    """A file of counts that a hospital brought from elsewhere, kept whole or not at all.

    `counted_until` is the last day that the counts cover. Where `counts_towards_standing`, the counts of the patients that are
    found by their record number at the hospital are added to their own until that day has left the scoring window.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="counts_uploads")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64, editable=False)
    counted_until = models.DateField("统计截止日期", help_text="文件中的次数统计到哪一天。")
    counts_towards_standing = models.BooleanField(
        "计入履约等级",
        default=False,
        help_text="勾选后，能按就诊卡号找到的患者，这些次数计入其履约等级，直到超出评分窗口。",
    )
    rows = models.PositiveIntegerField("人数")
    flagged = models.PositiveIntegerField("次数不平人数", help_text="四项之和不等于总预约次数，按原样计算。")
    matched = models.PositiveIntegerField("匹配到就诊人", default=0)
    tiers = models.JSONField("各级人数", default=dict)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="上传人", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")
    # No longer added to anybody's own counts; the rows stay as the record of what was.
    withdrawn_at = models.DateTimeField("退出计入时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "次数导入"
        verbose_name_plural = "次数导入"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name}（{self.rows} 人）"


class PendingUpload(models.Model):
    """A file that was read without a fault and waits for the person who uploaded it to confirm what came of it.

    `content` is what was read of it, packed by `scoring.services.pending_uploads`: the file itself is not kept.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="上传人", on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    sheet = models.CharField("工作表", max_length=200, blank=True, default="")
    counted_until = models.DateField("统计截止日期")
    counts_towards_standing = models.BooleanField("计入履约等级", default=False)
    content = models.BinaryField()
    created_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "待确认的次数导入"
        verbose_name_plural = "待确认的次数导入"
        constraints = [models.UniqueConstraint(fields=["hospital", "uploaded_by"], name="pending_upload_once")]

    def __str__(self) -> str:
        return self.file_name


class UploadedCounts(models.Model):
    """One patient's counts of an upload, with what they come to. The hospital's own number names the patient."""

    upload = models.ForeignKey(CountsUpload, verbose_name="导入批次", on_delete=models.CASCADE, related_name="counts")
    line = models.PositiveIntegerField("行号")
    record_number = models.CharField("用户编号", max_length=200)
    # Repeated from the upload where the counts are added to a patient's own: the scoring looks here by hospital and patient.
    hospital = models.ForeignKey(
        Hospital, null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False, db_index=False
    )
    patient = models.ForeignKey(
        Patient, verbose_name="就诊人", null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    counted_until = models.DateField(null=True, blank=True, editable=False)
    total = models.PositiveBigIntegerField("总预约次数")
    fulfilled = models.PositiveBigIntegerField("履约数")
    unattended = models.PositiveBigIntegerField("预约未到数")
    cancelled = models.PositiveBigIntegerField("取消预约数")
    missed = models.PositiveBigIntegerField("失约数")
    score = models.DecimalField("综合评分", max_digits=5, decimal_places=2, null=True, blank=True)
    tier = models.CharField("等级", max_length=8)
    do_sum = models.BooleanField("次数相符")

    class Meta:
        verbose_name = "导入的次数"
        verbose_name_plural = "导入的次数"
        ordering = ["upload", "line"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "record_number"], name="uploaded_patient_once"),
            # A patient's counts are added once, from the newest upload that has them: an earlier row gives its hospital up.
            models.UniqueConstraint(
                fields=["hospital", "patient"], condition=Q(hospital__isnull=False), name="uploaded_counts_count_once"
            ),
            models.CheckConstraint(
                condition=Q(hospital__isnull=True) | Q(patient__isnull=False, counted_until__isnull=False, total__lte=100_000),
                name="uploaded_counts_have_a_patient",
            ),
        ]

    def __str__(self) -> str:
        return self.record_number
