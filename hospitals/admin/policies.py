"""The booking policy. Saving writes the next version; what was, stays."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTimeWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.forms.models import model_to_dict
from django.http import HttpResponse, HttpResponseRedirect
from django.http.request import HttpRequest
from django.urls import reverse
from django.utils import timezone

from hospitals.admin.policy_form import BookingPolicyForm
from hospitals.admin.scoped import HospitalScopedAdmin, staff_roles, works_for_one_hospital
from hospitals.models import BookingPolicy
from hospitals.policy_book import policies_in_force
from hospitals.services.policies import revise_policy

SCOPE = ["hospital", "registration_type"]


@admin.register(BookingPolicy)
class BookingPolicyAdmin(HospitalScopedAdmin):
    form = BookingPolicyForm
    list_display = ["scope", "version", "is_newest", "hospital", "valid_from", "created_by", "release_days", "release_time"]
    list_filter = ["hospital", "registration_type"]
    list_select_related = ["hospital", "registration_type", "created_by"]
    readonly_fields = ["version", "valid_from", "created_by"]
    # The usual widget drops the seconds, and saving would move the deadline of 23:59:59.
    formfield_overrides = {models.TimeField: {"widget": AdminTimeWidget(format="%H:%M:%S")}}
    autocomplete_fields = ["registration_type"]
    # In the order of hospitals/models/policy, a group for each story.
    fieldsets = [
        (None, {"fields": ["hospital", "registration_type", "version", "valid_from", "created_by"]}),
        (
            "放号与支付",
            {
                "fields": [
                    ("schedule_days", "slot_minutes"),
                    ("release_days", "hot_release_days"),
                    ("release_time", "advance_close_time"),
                    "hold_minutes",
                ]
            },
        ),
        (
            "取消与改约",
            {
                "fields": [
                    ("cancel_deadline_days", "cancel_deadline_time"),
                    ("late_refund_percent", "early_cancellations_per_month"),
                    ("moves_allowed", "move_scope"),
                ]
            },
        ),
        (
            "每位就诊人的预约上限",
            {
                "fields": [
                    ("live_per_department_day", "live_per_day"),
                    ("live_per_week", "week_span_days"),
                    ("live_per_quarter", "quarter_span_days"),
                ]
            },
        ),
        (
            "爽约与申诉",
            {
                "fields": [
                    ("missed_limit", "missed_pause_days"),
                    ("missed_limit_severe", "missed_pause_days_severe"),
                    ("missed_window_days", "appeal_days"),
                ]
            },
        ),
        (
            "签到与叫号",
            {
                "fields": [
                    ("checkin_opens_minutes", "late_grace_minutes"),
                    ("late_places_back", "calls_missed_before_set_aside"),
                    ("first_visits_per_return", "priority_age"),
                    ("head_start_minutes_a", "head_start_minutes_b"),
                ]
            },
        ),
        ("停诊与医生加号", {"fields": [("suspension_choice_hours", "suspension_default"), "grant_accept_minutes"]}),
        (
            "退号与候补",
            {
                "fields": [
                    ("return_delay_minutes", "waitlist_limit"),
                    ("waitlist_opens_time", "waitlist_closes_time"),
                    ("waitlist_offer_minutes", "waitlist_offer_floor_minutes"),
                    "waitlist_pending_per_patient",
                ]
            },
        ),
        (
            "热门号：优先与照顾",
            {
                "description": "等级只影响患者自己在线预约；电话、窗口预约和急诊不受等级影响，挂号费也不因等级而不同。",
                "fields": [
                    ("hot_early_days_a", "hot_early_days_b"),
                    ("hot_early_percent", "hot_early_percent_a"),
                    ("hot_reserve_percent", "hot_reserve_age"),
                    "hot_reserve_days",
                    ("is_hot_open_to_c", "is_hot_open_to_d"),
                ],
            },
        ),
        (
            "等级：提前、确认、改约与提醒",
            {
                "fields": [
                    ("lead_days_d", "phone_confirmation_hours_d"),
                    ("free_moves_a", "free_move_reach_days_a"),
                    ("free_moves_b", "free_move_notice_hours_b"),
                    ("reminders_a", "reminders_b"),
                    ("reminders_c", "reminders_d"),
                    ("reminders_unrated", "extra_reminder_risk_percent"),
                ]
            },
        ),
        (
            "等级权益",
            {
                "description": "授予的权益按季度、月或年重新计算，过期自动失效。",
                "fields": [
                    "is_registration_queue_free_a",
                    ("named_contact_a", "named_contact_phone_a"),
                    ("examinations_a", "examination_name_a"),
                    ("coupon_percent_off_b", "coupon_name_b", "coupon_valid_days_b"),
                ],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingPolicy]:
        newer = BookingPolicy.objects.annotate(scope_key=Coalesce("registration_type_id", 0)).filter(
            hospital=OuterRef("hospital"),
            scope_key=Coalesce(OuterRef("registration_type_id"), 0),
            version__gt=OuterRef("version"),
        )
        queryset: QuerySet[BookingPolicy] = super().get_queryset(request)
        return queryset.annotate(is_superseded=Exists(newer))

    @admin.display(description="适用范围", ordering="registration_type")
    def scope(self, policy: BookingPolicy) -> str:
        return policy.registration_type.name if policy.registration_type else "全院"

    @admin.display(description="现行", boolean=True)
    def is_newest(self, policy: BookingPolicy) -> bool:
        return not getattr(policy, "is_superseded", False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Appointments point at the version they were made under: only the newest leads on to a next one.
        return super().has_change_permission(request, obj) and (obj is None or self.is_newest(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "registration_type"] if obj else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new policy starts from the hospital's own, where it is clear which hospital that is."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if works_for_one_hospital(request):
            (hospital_id,) = staff_roles(request)
            book = policies_in_force(hospital_ids=[hospital_id], at=timezone.now())
            own = book.of(hospital_id=hospital_id, registration_type_id=None)
            initial = model_to_dict(own, exclude=["id", "registration_type"]) | initial
        return initial

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        # Saving leads to a new row: there is nothing to go on editing at this address.
        return super().render_change_form(request, context | {"show_save_and_continue": False}, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            # Somebody else revised the policy meanwhile, and the two changes together make no sense. Nothing was written.
            self.message_user(request, "；".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:hospitals_bookingpolicy_changelist"))

    def save_model(self, request: HttpRequest, obj: BookingPolicy, form: Any, change: bool) -> None:
        """Write the next version. Only what this person changed is changed, so that two editors do not undo each other."""
        names = form.changed_data if change else form.cleaned_data
        changes = {name: form.cleaned_data[name] for name in names if name not in SCOPE}
        if change and not changes:
            self.message_user(request, "没有改动，未生成新版本。", messages.WARNING)
            return
        policy = revise_policy(
            hospital=obj.hospital,
            registration_type=obj.registration_type,
            changes=changes,
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        # The admin goes on to log and to announce the object: let that be the version that was written.
        obj.pk, obj.version, obj.valid_from = policy.pk, policy.version, policy.valid_from
