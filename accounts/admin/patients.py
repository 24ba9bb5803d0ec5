"""Patients, masked; a whole document number is shown against a reason, and that is recorded."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin.platform_only import ReadOnlyAdmin, runs_the_platform
from accounts.documents import document_index
from accounts.documents.formats import normalised_number
from accounts.models import AccountPatient, DocumentType, Patient, User
from accounts.services.sensitive_access import REASON_MAX_LENGTH, reveal_document_number


class RevealForm(forms.Form):
    reason = forms.CharField(
        label="查看事由", max_length=REASON_MAX_LENGTH, help_text="将与您的账户和查看时间一并记录。", widget=forms.TextInput
    )


LINK_COLUMNS = ("user", "relationship", "masked_phone", "added_at", "removed_at")


class AccountPatientInline(admin.TabularInline):
    model = AccountPatient
    fields = LINK_COLUMNS
    readonly_fields = LINK_COLUMNS
    extra = 0
    can_delete = False
    verbose_name_plural = "添加此就诊人的账户"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return runs_the_platform(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountPatient]:
        return super().get_queryset(request).select_related("user")

    @admin.display(description="联系电话")
    def masked_phone(self, link: AccountPatient) -> str:
        return link.masked_phone


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    list_display = ["id", "name_shown", "sex", "birth_date", "document_type", "document_shown", "phone_shown", "created_at"]
    list_display_links = ["id", "name_shown"]
    list_filter = ["document_type", "sex"]
    search_fields = ["name"]
    search_help_text = "按姓名，或按完整的证件号码查找"
    ordering = ["-pk"]
    actions = ["reveal_selected"]
    inlines = [AccountPatientInline]
    fields = [
        "name_shown",
        "sex",
        "birth_date",
        "document_type",
        "document_shown",
        "phone_shown",
        "guardian_shown",
        "created_at",
        "reveal_link",
    ]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """A document number is found through its index, whole or not at all."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        number = normalised_number(search_term)
        if number:
            found = found | queryset.filter(document_index__in={document_index(kind, number) for kind in DocumentType})
        return found, may_repeat

    @admin.display(description="姓名", ordering="name")
    def name_shown(self, patient: Patient) -> str:
        return patient.masked_name

    @admin.display(description="证件号码")
    def document_shown(self, patient: Patient) -> str | None:
        return patient.masked_document_number or None

    @admin.display(description="联系电话")
    def phone_shown(self, patient: Patient) -> str | None:
        return patient.masked_phone or None

    @admin.display(description="监护人")
    def guardian_shown(self, patient: Patient) -> str | None:
        return patient.guardian.masked_name if patient.guardian else None

    @admin.display(description="完整证件号")
    def reveal_link(self, patient: Patient) -> str | None:
        if not patient.document_number:
            return None
        return format_html('<a href="{}">填写事由后查看</a>', self._reveal_url(patient.pk))

    @admin.action(description="查看证件号（需填写事由）")
    def reveal_selected(self, request: HttpRequest, queryset: QuerySet[Patient]) -> HttpResponse | None:
        chosen = list(queryset.values_list("pk", flat=True)[:2])
        if len(chosen) != 1:
            self.message_user(request, "请只选择一位就诊人：每次查看都要单独说明事由。", messages.ERROR)
            return None
        return HttpResponseRedirect(self._reveal_url(chosen[0]))

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.reveal_view)
        return [path("<int:patient_id>/reveal/", page, name="accounts_patient_reveal"), *super().get_urls()]

    def reveal_view(self, request: HttpRequest, patient_id: int) -> HttpResponse:
        """GET asks for the reason; POST records it and shows the number, once, on a page that is not cached."""
        if not self.has_view_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        patient = get_object_or_404(Patient, pk=patient_id)
        form, number = RevealForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            number = reveal_document_number(
                user=request.user, patient=patient, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        context = {
            **self.admin_site.each_context(request),
            "title": "查看证件号",
            "opts": self.opts,
            "patient": patient,
            "form": form,
            "number": number,
        }
        return TemplateResponse(request, "admin/accounts/patient/reveal.html", context)

    @staticmethod
    def _reveal_url(patient_id: int) -> str:
        return reverse("admin:accounts_patient_reveal", args=[patient_id])
