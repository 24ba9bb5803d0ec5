"""Who works for a hospital, and as what."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http.request import HttpRequest

from accounts.models import User
from hospitals.admin.scoped import ADMINISTRATOR_ONLY, HospitalScopedAdmin, HospitalScopedForm
from hospitals.models import StaffMembership


class NewMembershipForm(HospitalScopedForm):
    """A person is named by the exact sign-in name: a list to choose from would show other hospitals' staff."""

    username = forms.CharField(label="登录名", max_length=150, help_text="员工账户的登录名；账户由平台开通。")

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        user = User.objects.filter(username=username, is_staff=True, is_active=True).first()
        if user is None:
            raise forms.ValidationError("没有这个员工账户。")
        self.instance.user = user
        return username

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        hospital = self.cleaned_data.get("hospital")
        if hospital and self.instance.user_id and hospital.memberships.filter(user_id=self.instance.user_id).exists():
            self.add_error("username", "该员工已在本院，请直接修改其角色。")
        return cleaned


@admin.register(StaffMembership)
class StaffMembershipAdmin(HospitalScopedAdmin):
    view_roles = ADMINISTRATOR_ONLY
    fields = ["hospital", "user", "role"]
    list_display = ["user", "username", "hospital", "role"]
    list_filter = ["hospital", "role"]
    list_select_related = ["hospital", "user"]
    search_fields = ["user__username", "user__last_name", "user__first_name"]

    @admin.display(description="登录名", ordering="user__username")
    def username(self, membership: StaffMembership) -> str:
        return membership.user.username

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewMembershipForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["hospital", "user", "role"] if obj else ["hospital", "username", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "user"] if obj else fields
