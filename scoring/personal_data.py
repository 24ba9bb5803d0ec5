"""What this app keeps about a person: counts that a hospital brought from elsewhere and that were found to be a patient's."""

from datetime import datetime

from accounts.personal_data import Column, Part, Person, part_of
from scoring.models import UploadedCounts

_COUNTS = (
    Column("hospital", "医院", "upload__hospital__name"),
    Column("patient", "就诊人编号", "patient_id"),
    Column("record_number", "医院的用户编号", "record_number"),
    Column("counted_until", "统计截止日期", "upload__counted_until"),
    Column("total", "总预约次数", "total"),
    Column("fulfilled", "履约数", "fulfilled"),
    Column("unattended", "预约未到数", "unattended"),
    Column("cancelled", "取消预约数", "cancelled"),
    Column("missed", "失约数", "missed"),
    Column("score", "综合评分", "score"),
    Column("tier", "等级", "tier"),
)


def uploaded_parts(person: Person) -> list[Part]:
    found = UploadedCounts.objects.filter(patient__in=person.patient_ids).order_by("pk")
    return [part_of("uploaded_counts", "医院导入的次数", found, _COUNTS)]


def forget_uploaded(person: Person, now: datetime) -> None:
    """The hospital's file stays as it was read; that a line of it is this patient goes."""
    UploadedCounts.objects.filter(patient__in=person.alone_ids).update(hospital=None, patient=None, counted_until=None)
