"""Accounts: staff are made and edited here; patients' accounts are shown masked, and can be closed."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.platform_only import PlatformOnlyAdmin, runs_the_platform
from accounts.models import User
from accounts.phones import PhoneInvalid, normalised_mobile, phone_index
from accounts.services.closing import close_account, reopen_account


@admin.register(User)
class AccountAdmin(PlatformOnlyAdmin, UserAdmin):
    list_display = ["username", "full_name", "kind", "phone_shown", "has_wechat", "is_active", "last_login", "date_joined"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    list_select_related = ["wechat_identity"]
    search_fields = ["username", "first_name", "last_name"]
    search_help_text = "按用户名、姓名，或按完整的手机号查找"
    ordering = ["-date_joined", "-pk"]
    actions = ["close_accounts", "reopen_accounts"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("个人信息", {"fields": ["last_name", "first_name", "email"]}),
        ("权限", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "usable_password", "password1", "password2"]}),
        ("个人信息", {"fields": ["last_name", "first_name"]}),
    ]
    patient_fieldsets = [
        (None, {"fields": ["username", "phone_shown", "phone_verified_at", "has_wechat", "is_active"]}),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not obj.is_staff:
            return self.patient_fieldsets
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A patient's account has no password and no rights: there is nothing to edit, and this keeps it so."""
        return runs_the_platform(request) and (obj is None or obj.is_staff)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        try:
            return found | queryset.filter(phone_index=phone_index(normalised_mobile(search_term))), may_repeat
        except PhoneInvalid:
            return found, may_repeat

    @admin.display(description="姓名")
    def full_name(self, user: User) -> str | None:
        # Chinese order: the family name first, nothing between.
        return f"{user.last_name}{user.first_name}" or None

    @admin.display(description="类型", ordering="is_staff")
    def kind(self, user: User) -> str:
        if user.is_superuser:
            return "平台管理员"
        return "工作人员" if user.is_staff else "患者"

    @admin.display(description="手机号")
    def phone_shown(self, user: User) -> str | None:
        return user.masked_phone or None

    @admin.display(description="微信", boolean=True)
    def has_wechat(self, user: User) -> bool:
        return hasattr(user, "wechat_identity")

    @admin.action(description="停用所选账户", permissions=["view"])
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        now = timezone.now()
        # Nobody locks themselves out by a slip.
        others = queryset.exclude(username=request.user.get_username())
        self._switch(request, others, lambda user: close_account(user=user, now=now), "停用")

    @admin.action(description="恢复所选账户", permissions=["view"])
    def reopen_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._switch(request, queryset, lambda user: reopen_account(user=user), "恢复")

    def _switch(self, request: HttpRequest, users: QuerySet[User], switch: Callable[[User], bool], verb: str) -> None:
        switched = [user for user in users if switch(user)]
        for user in switched:
            self.log_change(request, user, f"{verb}账户")
        self.message_user(request, f"已{verb} {len(switched)} 个账户。", messages.SUCCESS)
