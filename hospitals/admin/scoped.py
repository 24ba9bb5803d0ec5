"""The base of every admin page that a hospital's staff use: they see and choose rows of their own hospitals, nothing else.

What a member of staff may do follows from the role at the row's hospital (StaffMembership), not from Django's model permissions.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from django.http.request import HttpRequest

from hospitals.models import Hospital, StaffMembership, StaffRole

if TYPE_CHECKING:
    # Generic in the type stubs only.
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyModelForm = forms.ModelForm[Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyModelForm = forms.ModelForm

EVERY_ROLE = frozenset(StaffRole)
ADMINISTRATOR_ONLY = frozenset({StaffRole.ADMINISTRATOR})
SCHEDULING_ROLES = frozenset({StaffRole.ADMINISTRATOR, StaffRole.CLINIC_OFFICE})
NO_ROLE: frozenset[StaffRole] = frozenset()


def is_platform_operator(request: HttpRequest) -> bool:
    """Superusers run the platform: every hospital is theirs."""
    return bool(request.user.is_active and request.user.is_superuser)


def staff_roles(request: HttpRequest) -> dict[int, str]:
    """Return the signed-in person's role by hospital id. Read once per request."""
    cached: dict[int, str] | None = getattr(request, "_staff_roles", None)
    if cached is None:
        memberships = (
            StaffMembership.objects.filter(user_id=request.user.pk) if request.user.pk else StaffMembership.objects.none()
        )
        cached = dict(memberships.values_list("hospital_id", "role"))
        request._staff_roles = cached  # type: ignore[attr-defined]
    return cached


def hospitals_with_role(request: HttpRequest, roles: Iterable[str]) -> set[int]:
    """Return the ids of the hospitals at which the person has one of `roles`."""
    allowed = set(roles)
    return {hospital_id for hospital_id, role in staff_roles(request).items() if role in allowed}


def works_for_one_hospital(request: HttpRequest) -> bool:
    return not is_platform_operator(request) and len(staff_roles(request)) == 1


def path_to_hospital(model: type[models.Model]) -> str | None:
    """Return the lookup from a row of `model` to its hospital's id where the model itself says it, else None."""
    if model is Hospital:
        return "pk"
    try:
        field = model._meta.get_field("hospital")
    except FieldDoesNotExist:
        return None
    return "hospital_id" if field.related_model is Hospital else None


class ScopedRelatedListFilter(admin.RelatedFieldListFilter):
    """A sidebar filter by a relation, which offers rows of the person's own hospitals only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: AnyModelAdmin) -> Any:
        path = path_to_hospital(field.remote_field.model)
        limit: dict[str, Any] = {}
        if path and not is_platform_operator(request):
            limit = {f"{path}__in": hospitals_with_role(request, EVERY_ROLE)}
        ordering = self.field_admin_ordering(field, request, model_admin)
        return list(field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=limit))


class HospitalScopedForm(AnyModelForm):
    """Whatever is chosen must belong to the hospital of the row, also where a person works for several."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = cleaned if cleaned is not None else self.cleaned_data
        hospital = values.get("hospital") or getattr(self.instance, "hospital", None) if self._has_hospital() else None
        if hospital is None:
            return cleaned
        for name, chosen in list(values.items()):
            if isinstance(chosen, models.Model) and getattr(chosen, "hospital_id", hospital.pk) != hospital.pk:
                self.add_error(name, "不属于所选医院。")
        return cleaned

    def _has_hospital(self) -> bool:
        # An instance without its hospital yet raises on access, and models without the relation have none to compare with.
        return bool(getattr(self.instance, "hospital_id", None)) or "hospital" in self.fields


class ScopedChoices:
    """Limits what the relation fields of a form offer. Shared by pages and their inlines."""

    # Roles that may write here: a row can be put only into a hospital where the person has one of them.
    change_roles: frozenset[StaffRole] = ADMINISTRATOR_ONLY

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        path = path_to_hospital(db_field.remote_field.model)
        if path and not is_platform_operator(request):
            mine = hospitals_with_role(request, self.change_roles)
            base = kwargs.get("queryset")
            queryset = base if base is not None else db_field.remote_field.model._default_manager.all()
            kwargs["queryset"] = queryset.filter(**{f"{path}__in": mine})
            if path == "pk" and works_for_one_hospital(request):
                kwargs.setdefault("initial", next(iter(mine), None))
                kwargs["widget"] = forms.HiddenInput()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class HospitalScopedAdmin(ScopedChoices, AnyModelAdmin):
    """Subclass this for every model whose rows belong to a hospital.

    `hospital_path` is the lookup from a row to its hospital; `""` where the row is the hospital. `view_roles` see the page, and
    `add_roles`, `change_roles`, `delete_roles` are who may write. Superusers may do all, so a page that nobody may write to
    overrides `has_*_permission` as usual.
    """

    hospital_path = "hospital"
    view_roles: frozenset[StaffRole] = EVERY_ROLE
    add_roles: frozenset[StaffRole] | None = None
    change_roles: frozenset[StaffRole] = ADMINISTRATOR_ONLY
    delete_roles: frozenset[StaffRole] | None = None
    form = HospitalScopedForm
    list_per_page = 50
    show_full_result_count = False

    def hospital_id_of(self, obj: models.Model) -> int | None:
        """Follow `hospital_path` from a row."""
        target: Any = obj
        for step in filter(None, self.hospital_path.split("__")):
            target = getattr(target, step, None)
        return None if target is None else int(target.pk)

    def has_role(self, request: HttpRequest, roles: frozenset[StaffRole], obj: models.Model | None) -> bool:
        """Whether the person may act in one of `roles`: for `obj` at its hospital, without one at any."""
        if not (request.user.is_active and request.user.is_staff):
            return False
        if is_platform_operator(request):
            return True
        mine = hospitals_with_role(request, roles)
        return bool(mine) if obj is None or obj.pk is None else self.hospital_id_of(obj) in mine

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, self.view_roles, None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.view_roles | self.change_roles, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, self.change_roles if self.add_roles is None else self.add_roles, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.change_roles, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.change_roles if self.delete_roles is None else self.delete_roles, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        if is_platform_operator(request):
            return queryset
        path = self.hospital_path or "pk"
        return queryset.filter(**{f"{path}__in": hospitals_with_role(request, self.view_roles | self.change_roles)})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Another hospital's row is not there, at whatever address it is guessed."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        # A row never moves to another hospital; where the field is hidden it has one choice anyway.
        if obj is not None and not works_for_one_hospital(request) and self._has_own_hospital_field():
            fields.append("hospital")
        return fields

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return [c for c in columns if c != "hospital"] if works_for_one_hospital(request) else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if not isinstance(item, str) or "__" in item:
            return item
        field = self.model._meta.get_field(item)
        scoped = field.is_relation and field.related_model and path_to_hospital(field.related_model)
        return (item, ScopedRelatedListFilter) if scoped else item

    def _has_own_hospital_field(self) -> bool:
        return self.model is not Hospital and path_to_hospital(self.model) is not None


class ScopedInline(ScopedChoices):
    """Mix into an inline: who may see or change its rows is who may see or change the page they stand on."""

    def _page(self) -> HospitalScopedAdmin:
        page = self.admin_site.get_model_admin(self.parent_model)  # type: ignore[attr-defined]
        assert isinstance(page, HospitalScopedAdmin), page
        return page

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._page().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._page().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._page().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._page().has_change_permission(request, obj)


class ReadOnlyInline(ScopedInline):
    """Rows that are shown on the page and changed elsewhere."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
