"""What was agreed to, and who looked at what."""

from typing import Any

from django.contrib import admin

from accounts.admin.platform_only import ReadOnlyAdmin
from accounts.models import Consent, SensitiveAccess


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["given_at", "user", "patient_name", "kind", "version", "withdrawn_at"]
    list_filter = ["kind", "version", ("withdrawn_at", admin.EmptyFieldListFilter)]
    date_hierarchy = "given_at"
    list_select_related = ["user", "patient"]
    ordering = ["-given_at", "-pk"]
    fields = ["user", "patient_name", "kind", "version", "given_at", "withdrawn_at"]

    @admin.display(description="就诊人")
    def patient_name(self, consent: Consent) -> str | None:
        return consent.patient.masked_name if consent.patient else None


@admin.register(SensitiveAccess)
class SensitiveAccessAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "patient_name", "field_label", "reason"]
    list_filter = ["field", ("user", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__username", "reason"]
    date_hierarchy = "at"
    list_select_related = ["user", "patient"]
    ordering = ["-at", "-pk"]
    fields = ["at", "user", "patient_name", "field_label", "reason"]

    @admin.display(description="就诊人")
    def patient_name(self, access: SensitiveAccess) -> str:
        return access.patient.masked_name

    @admin.display(description="字段", ordering="field")
    def field_label(self, access: SensitiveAccess) -> str:
        field = access.patient._meta.get_field(access.field)
        # What belongs to a patient, such as appeals, is called what its rows are called.
        named: Any = field.related_model._meta if field.one_to_many else field  # type: ignore[union-attr]
        return str(named.verbose_name)
