"""Perks that patients hold: the list for staff, and redeeming one at the desk by its code."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.appeals import staff_name
from booking.admin.read_only import RecordAdmin
from booking.entitlement_wording import entitlement_sentence, name_of
from booking.models import Entitlement, Standing, Tier
from booking.rules.entitlements import EntitlementState, state_of
from booking.services.entitlements.using import REDEEMABLE, use_entitlement
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.admin.sentences import refusal_sentence


class CodeForm(forms.Form):
    code = forms.CharField(
        label="核销码",
        max_length=40,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "size": 24}),
        help_text="患者在小程序“我的权益”中出示的 16 位核销码。",
    )


class StateFilter(admin.SimpleListFilter):
    """As booking.rules.entitlements.state_of says, row by row."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return EntitlementState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
        is_open = Q(withdrawn_at__isnull=True, used_at__isnull=True)
        is_running = is_open & Q(ends_at__gt=timezone.now())
        holds = Q(earned_by__isnull=False) | Q(tier=F("current_tier"))
        conditions = {
            EntitlementState.AVAILABLE: is_running & holds,
            EntitlementState.PAUSED: is_running & ~holds,
            EntitlementState.USED: Q(used_at__isnull=False, withdrawn_at__isnull=True),
            EntitlementState.EXPIRED: is_open & Q(ends_at__lte=timezone.now()),
            EntitlementState.WITHDRAWN: Q(withdrawn_at__isnull=False),
        }
        wanted = self.value()
        return queryset.filter(conditions[EntitlementState(wanted)]) if wanted in EntitlementState.values else queryset


@admin.register(Entitlement)
class EntitlementAdmin(RecordAdmin):
    # Who stands at the desk sees the patient before them.
    use_roles = EVERY_ROLE
    change_list_template = "admin/booking/entitlement_list.html"

    list_display = ["name", "masked_patient", "tier", "state", "use_button", "until", "used", "hospital"]
    list_display_links = ["name"]
    list_filter = [StateFilter, "kind", "tier", "hospital"]
    list_select_related = ["hospital", "patient", "used_by"]
    search_fields = ["=code", "patient__name", "patient__hospital_records__record_number"]
    search_help_text = "按核销码、就诊人姓名或就诊卡号查找"
    date_hierarchy = "starts_at"
    fields = [
        "hospital",
        "name",
        "masked_patient",
        "tier",
        "state",
        "period",
        "granted_at",
        "earned_by",
        "used",
        "used_for",
        "withdrawn_at",
        "withdrawn_reason",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entitlement]:
        held = Standing.objects.filter(hospital=OuterRef("hospital"), patient=OuterRef("patient")).values("tier")
        return super().get_queryset(request).annotate(current_tier=Coalesce(Subquery(held), Value(str(Tier.UNRATED))))

    def get_urls(self) -> list[URLPattern]:
        return [path("use/", self.admin_site.admin_view(self.use_view), name="booking_entitlement_use"), *super().get_urls()]

    @admin.display(description="权益", ordering="kind")
    def name(self, entitlement: Entitlement) -> str:
        return name_of(entitlement.kind, entitlement.terms)

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, entitlement: Entitlement) -> str:
        return entitlement.patient.masked_name

    @admin.display(description="状态")
    def state(self, entitlement: Entitlement) -> str:
        return str(_state(entitlement).label)

    @admin.display(description="有效期", ordering="ends_at")
    def period(self, entitlement: Entitlement) -> str:
        zone = entitlement.hospital.zone
        begins, ends = (moment.astimezone(zone) for moment in (entitlement.starts_at, entitlement.ends_at))
        return f"{begins:%Y-%m-%d} 至 {ends:%Y-%m-%d %H:%M}"

    @admin.display(description="到期", ordering="ends_at")
    def until(self, entitlement: Entitlement) -> str:
        """The last day on which it can be used."""
        last = (entitlement.ends_at - timedelta(microseconds=1)).astimezone(entitlement.hospital.zone)
        return f"{last:%Y-%m-%d}"

    @admin.display(description="使用", ordering="used_at")
    def used(self, entitlement: Entitlement) -> str:
        if entitlement.used_at is None:
            return "—"
        when = f"{entitlement.used_at.astimezone(entitlement.hospital.zone):%Y-%m-%d %H:%M}"
        return f"{when} {staff_name(entitlement.used_by)}" if entitlement.used_by else when

    @admin.display(description="操作")
    def use_button(self, entitlement: Entitlement) -> str:
        if entitlement.kind not in REDEEMABLE or _state(entitlement) != EntitlementState.AVAILABLE:
            return "—"
        return format_html('<a href="{}?code={}">核销</a>', reverse("admin:booking_entitlement_use"), entitlement.code)

    def use_view(self, request: HttpRequest) -> HttpResponse:
        """A code shows what it is and whose; the button under that redeems it."""
        if not self.has_role(request, self.use_roles, None):
            raise PermissionDenied
        given = request.POST or request.GET
        form = CodeForm(given if "code" in given else None)
        found = self._find(form.cleaned_data["code"], request) if form.is_valid() else None
        if form.is_bound and form.is_valid() and found is None:
            form.add_error("code", "没有找到该核销码，请核对；其他医院的权益不能在本院使用。")
        if request.method == "POST" and found is not None and "confirmed" in request.POST:
            self._use(request, found)
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": "核销权益",
            "opts": self.opts,
            "form": form,
            "found": found,
            "sentence": _sentence(found) if found else "",
            "may_use": found is not None and found.kind in REDEEMABLE and _state(found) == EntitlementState.AVAILABLE,
        }
        return TemplateResponse(request, "admin/booking/use_entitlement.html", context)

    def _find(self, code: str, request: HttpRequest) -> Entitlement | None:
        """Of the hospitals where this person works, another's is not there."""
        mine = self.get_queryset(request).select_related("hospital", "patient", "used_by")
        found: Entitlement | None = mine.filter(code=code.strip().upper()).first()
        return found

    def _use(self, request: HttpRequest, found: Entitlement) -> None:
        user = cast(User, request.user)
        try:
            used = use_entitlement(code=found.code, by=user, now=timezone.now())
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return
        LogEntry.objects.log_actions(user.pk, [used], CHANGE, change_message="核销")
        name = name_of(used.kind, used.terms)
        self.message_user(request, f"已核销：{used.patient.masked_name}，{name}。", messages.SUCCESS)


def _state(entitlement: Entitlement) -> EntitlementState:
    """The page's rows carry the patient's present tier."""
    return state_of(entitlement, tier=entitlement.current_tier, now=timezone.now())  # type: ignore[attr-defined]


def _sentence(entitlement: Entitlement) -> str:
    tier: str = entitlement.current_tier  # type: ignore[attr-defined]
    zone, now = entitlement.hospital.zone, timezone.now()
    return entitlement_sentence(entitlement, state=_state(entitlement), tier=tier, zone=zone, now=now)
