"""Hospital, departments, doctors, registration types."""

from typing import Any

from django.contrib import admin
from django.http.request import HttpRequest

from hospitals.admin.money import YuanField, yuan
from hospitals.admin.scoped import AnyModelAdmin, HospitalScopedAdmin, HospitalScopedForm, is_platform_operator
from hospitals.models import ClinicalSubject, Department, Doctor, Hospital, RegistrationType


@admin.register(Hospital)
class HospitalAdmin(HospitalScopedAdmin):
    """Hospitals come and go by the platform; a hospital's administrator keeps its particulars."""

    hospital_path = ""
    list_display = ["name", "code", "level", "address", "phone", "is_active"]
    list_filter = ["level", "is_active"]
    search_fields = ["name", "code", "address"]
    fieldsets = [
        (None, {"fields": ["name", "code", "level", "is_active"]}),
        ("联系方式", {"fields": ["address", "phone", "longitude", "latitude"]}),
        ("其他", {"fields": ["introduction", "time_zone"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_platform_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_operator(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            # Addresses and commands go by the code; moving the zone would move every session that exists.
            fields += ["code", "time_zone"]
        if not is_platform_operator(request):
            fields.append("is_active")
        return fields


@admin.register(ClinicalSubject)
class ClinicalSubjectAdmin(AnyModelAdmin):
    """The ministry's list: looked at and searched, never edited."""

    list_display = ["code", "name", "parent"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]
    list_per_page = 200

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_platform_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Public knowledge, and the department page looks subjects up here.
        return request.user.is_active and request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Department)
class DepartmentAdmin(HospitalScopedAdmin):
    list_display = ["name", "code", "hospital", "subject", "location", "age_and_sex", "is_active"]
    list_filter = ["hospital", "is_active", "sex_limit"]
    list_select_related = ["hospital", "subject"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["subject"]
    fieldsets = [
        (None, {"fields": ["hospital", "name", "code", "subject", "location", "is_active"]}),
        ("就诊限制", {"fields": ["minimum_age", "maximum_age", "sex_limit"]}),
        ("介绍", {"fields": ["introduction"]}),
    ]

    @admin.display(description="就诊限制")
    def age_and_sex(self, department: Department) -> str:
        low, high = department.minimum_age, department.maximum_age
        parts = [department.get_sex_limit_display() if department.sex_limit else ""]
        if low is not None:
            parts.append(f"满 {low} 周岁")
        if high is not None:
            parts.append(f"未满 {high + 1} 周岁")
        return "，".join(part for part in parts if part)


@admin.register(Doctor)
class DoctorAdmin(HospitalScopedAdmin):
    list_display = ["name", "code", "hospital", "department", "title", "expertise", "is_active"]
    list_filter = ["hospital", "department", "title", "is_active"]
    list_select_related = ["hospital", "department"]
    search_fields = ["name", "code", "department__name"]
    autocomplete_fields = ["department"]
    fieldsets = [
        (None, {"fields": ["hospital", "department", "name", "code", "title", "is_active"]}),
        ("介绍", {"fields": ["expertise", "introduction"]}),
    ]


class RegistrationTypeForm(HospitalScopedForm):
    fee_fen = YuanField(label="挂号费（元）", help_text="0 表示免费。已生成的班次保持原来的挂号费。")


@admin.register(RegistrationType)
class RegistrationTypeAdmin(HospitalScopedAdmin):
    form = RegistrationTypeForm
    fields = ["hospital", "name", "code", "fee_fen", "is_active"]
    list_display = ["name", "code", "hospital", "fee_yuan", "is_active"]
    list_filter = ["hospital", "is_active"]
    list_select_related = ["hospital"]
    search_fields = ["name", "code"]

    @admin.display(description="挂号费（元）", ordering="fee_fen")
    def fee_yuan(self, registration_type: RegistrationType) -> str:
        return yuan(registration_type.fee_fen)
