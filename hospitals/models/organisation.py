from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Patient, Sex


def validate_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"没有名为“{name}”的时区。") from error


class HospitalLevel(models.TextChoices):
    TERTIARY_A = "3A", "三级甲等"
    TERTIARY_B = "3B", "三级乙等"
    TERTIARY = "3", "三级"
    SECONDARY_A = "2A", "二级甲等"
    SECONDARY_B = "2B", "二级乙等"
    SECONDARY = "2", "二级"
    PRIMARY = "1", "一级"
    UNGRADED = "0", "未定级"


class Hospital(models.Model):
    code = models.SlugField("代码", max_length=32, unique=True, help_text="英文短代码，用于命令行与接口，建成后不再更改。")
    name = models.CharField("名称", max_length=100)
    level = models.CharField("等级", max_length=2, choices=HospitalLevel, default=HospitalLevel.UNGRADED)
    address = models.CharField("地址", max_length=200, blank=True, default="")
    phone = models.CharField("电话", max_length=32, blank=True, default="")
    introduction = models.TextField("简介", blank=True, default="")
    longitude = models.FloatField(
        "经度",
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text="GCJ-02 坐标（微信与腾讯地图所用）。",
    )
    latitude = models.FloatField(
        "纬度",
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="GCJ-02 坐标（微信与腾讯地图所用）。",
    )
    time_zone = models.CharField("时区", max_length=40, default="Asia/Shanghai", validators=[validate_zone])
    is_active = models.BooleanField("对外开放", default=True)

    class Meta:
        verbose_name = "医院"
        verbose_name_plural = "医院"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class StaffRole(models.TextChoices):
    ADMINISTRATOR = "administrator", "医院管理员"
    CLINIC_OFFICE = "clinic-office", "门诊办公室"
    DESK = "desk", "导诊台"


class StaffMembership(models.Model):
    """That a user works for a hospital, and as what. Staff see the hospitals they are members of, no other."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="账户", on_delete=models.CASCADE, related_name="memberships")
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField("角色", max_length=16, choices=StaffRole)

    class Meta:
        verbose_name = "医院员工"
        verbose_name_plural = "医院员工"
        constraints = [models.UniqueConstraint(fields=["user", "hospital"], name="staff_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class HospitalPatient(models.Model):
    """The number under which a hospital knows a patient (病案号 / 就诊卡号; FHIR Patient.identifier)."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE)
    patient = models.ForeignKey(Patient, verbose_name="就诊人", on_delete=models.CASCADE, related_name="hospital_records")
    record_number = models.CharField("就诊卡号", max_length=64)

    class Meta:
        verbose_name = "院内就诊卡"
        verbose_name_plural = "院内就诊卡"
        constraints = [models.UniqueConstraint(fields=["hospital", "record_number"], name="hospital_record_number_once")]

    def __str__(self) -> str:
        return self.record_number


class ClinicalSubject(models.Model):
    """The ministry's list of clinical subjects (诊疗科目名录); two levels, shipped with the product."""

    code = models.CharField("代码", max_length=8, primary_key=True)
    name = models.CharField("名称", max_length=50)
    parent = models.ForeignKey("self", verbose_name="上级科目", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "诊疗科目"
        verbose_name_plural = "诊疗科目"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Department(models.Model):
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="departments")
    subject = models.ForeignKey(ClinicalSubject, verbose_name="诊疗科目", null=True, blank=True, on_delete=models.PROTECT)
    code = models.CharField("院内代码", max_length=64)
    name = models.CharField("名称", max_length=100)
    location = models.CharField("位置", max_length=100, blank=True, default="", help_text="例如：门诊楼 3 层 B 区。")
    introduction = models.TextField("简介", blank=True, default="")
    minimum_age = models.PositiveSmallIntegerField("最小年龄（含）", null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(
        "最大年龄（含）", null=True, blank=True, help_text="例如儿科填 13：未满 14 周岁。"
    )
    sex_limit = models.CharField(
        "性别限制", max_length=8, choices=[(Sex.MALE, "限男性"), (Sex.FEMALE, "限女性")], blank=True, default=""
    )
    is_active = models.BooleanField("对外开放", default=True)

    class Meta:
        verbose_name = "科室"
        verbose_name_plural = "科室"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["hospital", "code"], name="department_code_once")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        low, high = self.minimum_age, self.maximum_age
        if low is not None and high is not None and low > high:
            raise ValidationError({"maximum_age": "最大年龄不能小于最小年龄。"})


class DoctorTitle(models.TextChoices):
    CHIEF = "chief", "主任医师"
    ASSOCIATE_CHIEF = "associate-chief", "副主任医师"
    ATTENDING = "attending", "主治医师"
    RESIDENT = "resident", "住院医师"


class Doctor(models.Model):
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="doctors")
    department = models.ForeignKey(Department, verbose_name="科室", on_delete=models.PROTECT, related_name="doctors")
    code = models.CharField("工号", max_length=32)
    name = models.CharField("姓名", max_length=50)
    title = models.CharField("职称", max_length=16, choices=DoctorTitle)
    expertise = models.CharField("擅长", max_length=300, blank=True, default="")
    introduction = models.TextField("简介", blank=True, default="")
    is_active = models.BooleanField("出诊", default=True)

    class Meta:
        verbose_name = "医生"
        verbose_name_plural = "医生"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["hospital", "code"], name="doctor_code_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.get_title_display()}"

    def clean(self) -> None:
        if self.department_id and self.hospital_id and self.department.hospital_id != self.hospital_id:
            raise ValidationError({"department": "科室不属于该医院。"})


class RegistrationType(models.Model):
    """A kind of registration (号别) and what it costs, e.g. 普通号, 专家号."""

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="registration_types")
    code = models.SlugField("代码", max_length=32)
    name = models.CharField("名称", max_length=50)
    fee_fen = models.PositiveIntegerField("挂号费（分）", help_text="以分为单位；0 表示免费。")
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "号别"
        verbose_name_plural = "号别"
        ordering = ["hospital", "fee_fen"]
        constraints = [models.UniqueConstraint(fields=["hospital", "code"], name="registration_type_code_once")]

    def __str__(self) -> str:
        return self.name
