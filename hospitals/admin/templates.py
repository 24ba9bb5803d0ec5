"""Weekly templates."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseRedirect
from django.http.request import HttpRequest
from django.utils import timezone

from hospitals.admin.scoped import (
    SCHEDULING_ROLES,
    HospitalScopedAdmin,
    HospitalScopedForm,
    hospitals_with_role,
    is_platform_operator,
)
from hospitals.admin.sentences import refusal_sentence
from hospitals.locks import TooBusy
from hospitals.models import Hospital, HotPin, WeeklyTemplate
from hospitals.services.popularity import save_template
from hospitals.services.sessions import calls_for_hot, generate_sessions


class WeeklyTemplateForm(HospitalScopedForm):
    def clean(self) -> dict[str, Any] | None:
        super().clean()
        values = self.cleaned_data
        starts, ends = values.get("starts_at"), values.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", "停诊时刻应晚于开诊时刻。")
        advance, rated = values.get("advance_quota"), values.get("rated_capacity")
        if advance is not None and rated is not None and advance > rated:
            self.add_error("advance_quota", "预约号不能超过额定号源。")
        valid_from, valid_until = values.get("valid_from"), values.get("valid_until")
        if valid_from and valid_until and valid_until < valid_from:
            self.add_error("valid_until", "停用日期不能早于起用日期。")
        doctor, department = values.get("doctor"), values.get("department")
        if doctor and department and doctor.department_id != department.pk:
            self.add_error("doctor", "该医生不在所选科室。")
        if not self.errors and doctor and values.get("is_active") and (other := self._overlapping(values)):
            self.add_error("starts_at", f"与该医生的“{other}”（{other.starts_at:%H:%M}–{other.ends_at:%H:%M}）时间重叠。")
        return values

    def _overlapping(self, values: dict[str, Any]) -> WeeklyTemplate | None:
        """Another template of the doctor at the same time. One that starts at the same hour is succeeded, not overlapped."""
        others = WeeklyTemplate.objects.select_related("doctor", "department").filter(
            doctor=values["doctor"],
            weekday=values["weekday"],
            is_active=True,
            starts_at__lt=values["ends_at"],
            ends_at__gt=values["starts_at"],
        )
        if values.get("valid_from"):
            others = others.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=values["valid_from"]))
        if values.get("valid_until"):
            others = others.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=values["valid_until"]))
        succeeded = Q(department=values["department"], starts_at=values["starts_at"])
        return others.exclude(succeeded).exclude(pk=self.instance.pk).first()


@admin.register(WeeklyTemplate)
class WeeklyTemplateAdmin(HospitalScopedAdmin):
    form = WeeklyTemplateForm
    change_roles = SCHEDULING_ROLES
    save_as = True
    list_display = [
        "__str__",
        "hospital",
        "department",
        "doctor",
        "registration_type",
        "hours",
        "quotas",
        "heat",
        "validity",
        "is_active",
    ]
    list_filter = ["hospital", "department", "weekday", "period", "hot_pin", "is_popular", "is_active"]
    list_select_related = ["hospital", "department", "doctor", "registration_type"]
    search_fields = ["department__name", "doctor__name", "doctor__code"]
    autocomplete_fields = ["department", "doctor", "registration_type"]
    actions = ["generate"]
    fieldsets = [
        (None, {"fields": ["hospital", "department", "doctor", "registration_type", "room"]}),
        ("时间", {"fields": ["weekday", "period", ("starts_at", "ends_at"), ("valid_from", "valid_until"), "is_active"]}),
        ("号源", {"fields": ["rated_capacity", "advance_quota", "extra_quota"]}),
        (
            "热门",
            {
                "fields": ["hot_pin", "found_popular"],
                "description": "修改后，按本模板排出、尚未开放预约且没有预约的班次立即跟随；已经开放的和单独固定的班次不变。",
            },
        ),
    ]
    readonly_fields = ["found_popular"]

    @admin.display(description="时间", ordering="starts_at")
    def hours(self, template: WeeklyTemplate) -> str:
        return f"{template.starts_at:%H:%M}–{template.ends_at:%H:%M}"

    @admin.display(description="额定 / 预约 / 加号")
    def quotas(self, template: WeeklyTemplate) -> str:
        advance = template.rated_capacity if template.advance_quota is None else template.advance_quota
        return f"{template.rated_capacity} / {advance} / {template.extra_quota}"

    @admin.display(description="热门")
    def heat(self, template: WeeklyTemplate) -> str:
        is_hot = "热门" if calls_for_hot(template) else "普通"
        return is_hot if template.hot_pin == HotPin.AUTOMATIC else f"{is_hot}（固定）"

    @admin.display(description="自动判定", ordering="is_popular")
    def found_popular(self, template: WeeklyTemplate) -> str:
        if template.pk is None:
            return "尚未统计"
        return "热门" if template.is_popular else "普通"

    @admin.display(description="有效期", ordering="valid_from")
    def validity(self, template: WeeklyTemplate) -> str:
        if not template.valid_from and not template.valid_until:
            return "长期"
        return f"{template.valid_from or ''} 至 {template.valid_until or '长期'}".strip()

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except TooBusy as busy:
            # Nothing was written; the page is shown again as the row is.
            self.message_user(request, refusal_sentence(busy), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: WeeklyTemplate, form: Any, change: bool) -> None:
        saved = save_template(template=obj, now=timezone.now())
        if saved.sessions:
            word = "热门" if calls_for_hot(obj) else "普通"
            self.message_user(request, f"{saved.sessions} 个尚未开放预约的班次已改为{word}。", messages.INFO)
        if saved.left:
            self.message_user(request, f"{saved.left} 个班次正被占用，将在今晚统计后调整。", messages.WARNING)

    @admin.action(description="生成门诊班次", permissions=["change"])
    def generate(self, request: HttpRequest, queryset: QuerySet[WeeklyTemplate]) -> None:
        if not is_platform_operator(request):
            queryset = queryset.filter(hospital__in=hospitals_with_role(request, self.change_roles))
        template_ids = set(queryset.values_list("pk", flat=True))
        now = timezone.now()
        for hospital in Hospital.objects.filter(templates__in=template_ids).distinct():
            result = generate_sessions(hospital=hospital, now=now, template_ids=template_ids)
            self.message_user(
                request,
                f"{hospital}：新生成 {result.created_sessions} 个班次、{result.created_slots} 个时段，"
                f"{result.skipped} 个班次已存在。",
                messages.SUCCESS,
            )
