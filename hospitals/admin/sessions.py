"""Clinic sessions and their windows."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http.request import HttpRequest
from django.utils import timezone

from hospitals.admin.money import yuan
from hospitals.admin.scoped import SCHEDULING_ROLES, HospitalScopedAdmin, HospitalScopedForm, ReadOnlyInline
from hospitals.admin.sentences import refusal_sentence
from hospitals.locks import TooBusy
from hospitals.models import ClinicSession, SessionStatus, Slot
from hospitals.services.popularity import mark_hot, unpin_hot
from hospitals.services.quotas import SessionNotOpen, publish_quota
from hospitals.services.sessions import note_on_session

# The columns that say how full a session is.
SEATS = ["rated_capacity", "advance", "same_day_taken", "extra"]


class SlotInline(ReadOnlyInline, admin.TabularInline):
    model = Slot
    verbose_name_plural = "分时段号源"
    fields = ["window", "capacity", "taken", "extra_taken"]
    readonly_fields = ["window", "capacity", "taken", "extra_taken"]
    ordering = ["starts_at"]

    @admin.display(description="时段")
    def window(self, slot: Slot) -> str:
        zone = slot.session.hospital.zone
        return f"{slot.starts_at.astimezone(zone):%H:%M}–{slot.ends_at.astimezone(zone):%H:%M}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Slot]:
        return super().get_queryset(request).select_related("session__hospital")


class ClinicSessionForm(HospitalScopedForm):
    def clean(self) -> dict[str, Any] | None:
        super().clean()
        values, session = self.cleaned_data, self.instance
        advance, extra = values.get("advance_quota"), values.get("extra_quota")
        if advance is not None and advance > session.rated_capacity:
            self.add_error("advance_quota", f"预约号不能超过额定号源 {session.rated_capacity}。")
        if advance is not None and advance < session.advance_taken:
            self.add_error("advance_quota", f"已约出 {session.advance_taken} 个预约号，不能更少。")
        if extra is not None and extra < session.extra_taken:
            self.add_error("extra_quota", f"已用 {session.extra_taken} 个加号，不能更少。")
        return values


@admin.register(ClinicSession)
class ClinicSessionAdmin(HospitalScopedAdmin):
    """Sessions come from templates; here quotas are set by hand, heat and room are noted. Seats move by booking alone."""

    form = ClinicSessionForm
    change_roles = SCHEDULING_ROLES
    date_hierarchy = "visit_date"
    # What is coming is what staff look for.
    ordering = ["-visit_date", "starts_at", "pk"]
    list_display = ["__str__", "hospital", "department", "hours", "registration_type", "fee_yuan", *SEATS, "is_hot", "status"]
    list_filter = ["hospital", "department", "visit_date", "period", "status", "is_hot"]
    list_select_related = ["hospital", "department", "doctor", "registration_type"]
    search_fields = ["department__name", "doctor__name", "doctor__code"]
    inlines = [SlotInline]
    fieldsets = [
        (None, {"fields": ["hospital", "department", "doctor", "registration_type", "fee_yuan", "status", "room"]}),
        ("时间", {"fields": ["visit_date", "hours", "release"]}),
        (
            "号源",
            {
                "fields": [
                    ("rated_capacity", "advance_quota", "extra_quota"),
                    "is_quota_pinned",
                    ("advance_taken", "same_day_taken", "extra_taken"),
                ]
            },
        ),
        (
            "热门",
            {
                "fields": ["is_hot", "is_hot_pinned"],
                "description": "取消勾选“热门固定”即恢复自动判定：尚未开放预约的班次立即跟随每周模板，已经开放的保持不变。",
            },
        ),
    ]
    # What may be changed by hand; everything else on the page is shown only.
    changeable = ("room", "advance_quota", "extra_quota", "is_quota_pinned", "is_hot", "is_hot_pinned")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status == SessionStatus.ACTIVE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        derived = ["fee_yuan", "hours", "release", "hospital"]
        return derived + [f.name for f in ClinicSession._meta.concrete_fields if f.editable and f.name not in self.changeable]

    @admin.display(description="时间", ordering="starts_at")
    def hours(self, session: ClinicSession) -> str:
        zone = session.hospital.zone
        return f"{session.starts_at.astimezone(zone):%H:%M}–{session.ends_at.astimezone(zone):%H:%M}"

    @admin.display(description="放号时间", ordering="releases_at")
    def release(self, session: ClinicSession) -> str:
        return f"{session.releases_at.astimezone(session.hospital.zone):%Y-%m-%d %H:%M}"

    @admin.display(description="挂号费（元）", ordering="fee_fen")
    def fee_yuan(self, session: ClinicSession) -> str:
        return yuan(session.fee_fen)

    @admin.display(description="预约号（已约/总）", ordering="advance_taken")
    def advance(self, session: ClinicSession) -> str:
        return f"{session.advance_taken}/{session.advance_quota}"

    @admin.display(description="加号（已用/上限）", ordering="extra_taken")
    def extra(self, session: ClinicSession) -> str:
        return f"{session.extra_taken}/{session.extra_quota}"

    def save_model(self, request: HttpRequest, obj: ClinicSession, form: Any, change: bool) -> None:
        """Each part through its service, under the session's lock: the form may be behind the row that patients book."""
        changed, values = set(form.changed_data), form.cleaned_data
        try:
            if changed & {"room", "is_quota_pinned"}:
                note_on_session(session_id=obj.pk, room=values["room"], is_quota_pinned=values["is_quota_pinned"])
            if changed & {"is_hot", "is_hot_pinned"}:
                self._set_heat(request, obj, changed, values)
            if changed & {"advance_quota", "extra_quota"}:
                self._publish(request, obj, values)
        except SessionNotOpen:
            self.message_user(request, "该班次已停诊或结束，号源没有改动。", messages.ERROR)
        except TooBusy as busy:
            self.message_user(request, refusal_sentence(busy), messages.ERROR)

    def _set_heat(self, request: HttpRequest, obj: ClinicSession, changed: set[str], values: dict[str, Any]) -> None:
        """Whoever takes the pin out gives the session back to the night; any other change is staff's word, and pins it."""
        if "is_hot_pinned" in changed and not values["is_hot_pinned"]:
            session = unpin_hot(session_id=obj.pk, now=timezone.now())
            word = "热门" if session.is_hot else "普通"
            self.message_user(request, f"已恢复自动判定，本班次现为{word}。", messages.INFO)
            return
        mark_hot(session_id=obj.pk, is_hot=values["is_hot"], now=timezone.now())

    def _publish(self, request: HttpRequest, obj: ClinicSession, values: dict[str, Any]) -> None:
        asked = (values["advance_quota"], values["extra_quota"])
        published = publish_quota(session_id=obj.pk, advance_quota=asked[0], extra_quota=asked[1])
        if (published.advance, published.extra) != asked:
            self.message_user(
                request,
                f"期间又有人预约，号源调整为：预约号 {published.advance}，加号 {published.extra}。",
                messages.WARNING,
            )
        if not values["is_quota_pinned"]:
            self.message_user(request, "未勾选“号源固定”：放号前，夜间号源配置可能再次调整。", messages.INFO)
