"""The what-if page (门诊推演): a clinic as it is and as it might be, simulated side by side; as CSV too."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from booking.admin.read_only import RecordAdmin
from capacity import what_if_charts
from capacity.admin.clinic_choice import ClinicChoice, clinic_query, read_choice
from capacity.admin.own_hospitals import own_hospitals
from capacity.admin.what_if_form import ScenarioForm, values_of
from capacity.models import WhatIf
from capacity.services.what_if import Comparison, KnownClinic, compare, known_clinic
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.reports.exports import csv_file

NOW, CHANGED = "now", "new"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request is about. `now` and `changed` hold what was sent, or what is known of the clinic."""

    choice: ClinicChoice
    known: KnownClinic
    now: ScenarioForm
    changed: ScenarioForm

    @property
    def is_valid(self) -> bool:
        # Both, so that each says what is wrong with it.
        return all([self.now.is_valid(), self.changed.is_valid()])

    def compare(self) -> Comparison:
        return compare(now=self.now.scenario, changed=self.changed.scenario)

    @property
    def hidden(self) -> dict[str, object]:
        """What the form has to send along so that it is about the same clinic."""
        clinic = self.choice.clinic
        return clinic_query(clinic) if clinic else {"hospital": self.choice.hospital.pk}

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The same field of both scenarios beside each other."""
        return [(self.now[name], self.changed[name]) for name in self.now.fields]

    @property
    def sentences(self) -> list[str]:
        """What was wrong, each with the scenario and the field."""
        told = []
        for words, form in ((what_if_charts.NOW, self.now), (what_if_charts.CHANGED, self.changed)):
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                told += [f"{words}·{label}：{error}" for error in errors]
        return told


@admin.register(WhatIf)
class WhatIfAdmin(RecordAdmin):
    """The list is the page itself. It changes nothing, so that whoever works at the hospital may try."""

    change_roles = EVERY_ROLE

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.csv", wrap(require_safe(self.csv_view)), name="capacity_whatif_csv"),
            path("", wrap(self.changelist_view), name="capacity_whatif_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "门诊推演",
            "opts": self.opts,
            "asked": asked,
            **(_page(asked, request) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/what_if.html", context)

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """What came of both scenarios."""
        asked = self._asked(request)
        if asked is None:
            raise Http404
        if not asked.is_valid:
            return HttpResponseBadRequest("\n".join(asked.sentences), content_type="text/plain; charset=utf-8")
        content = csv_file(what_if_charts.outcome_table(asked.compare()))
        who = str(asked.choice.clinic) if asked.choice.clinic else asked.choice.hospital.name
        header = content_disposition_header(as_attachment=True, filename=f"门诊推演-{who}.csv") or "attachment"
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": header})

    def _asked(self, request: HttpRequest) -> Asked | None:
        """None where there is no hospital yet. Raises Http404 for what is not of the person's hospitals."""
        if not self.has_view_permission(request):
            raise Http404
        mine = own_hospitals(request, self.view_roles)
        if not mine:
            return None
        now = timezone.now()
        choice = read_choice(request.GET, hospitals=mine, now=now)
        known = known_clinic(choice.clinic, at=now)
        was_sent = any(name.startswith((f"{NOW}-", f"{CHANGED}-")) for name in request.GET)
        sent = request.GET if was_sent else None
        return Asked(choice, known, _form(NOW, sent, known), _form(CHANGED, sent, known))


def _form(prefix: str, sent: Any, known: KnownClinic) -> ScenarioForm:
    """What was sent, or what is known: both are judged alike, so that a form is always bound."""
    values = {f"{prefix}-{name}": value for name, value in values_of(known.scenario).items()}
    return ScenarioForm(values if sent is None else sent, prefix=prefix, samples=known.samples)


def _page(asked: Asked, request: HttpRequest) -> dict[str, Any]:
    if not asked.is_valid:
        return {}
    found = asked.compare()
    return {
        "found": found,
        "is_same": asked.now.scenario == asked.changed.scenario,
        "figures": what_if_charts.headline(found),
        "table": what_if_charts.outcome_table(found),
        "charts": what_if_charts.charts(found),
        "address": request.GET.urlencode(),
    }
