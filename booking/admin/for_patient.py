"""The page on which staff book something in a session for a patient: find the patient, choose the window, say why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from accounts.ages import age_on
from accounts.errors import Refusal
from accounts.models import Patient
from booking.patient_search import find_patients
from hospitals.admin.scoped import HospitalScopedAdmin, hospitals_with_role, is_platform_operator
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import ClinicSession, StaffRole

Window = tuple[int, str]


class SessionForm(forms.Form):
    """What the address says. Who is looked for does not stand there: addresses are logged, and people's numbers must not be."""

    session = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class SearchForm(forms.Form):
    q = forms.CharField(
        label="就诊人",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"size": 40, "autofocus": True, "autocomplete": "off"}),
        help_text="本院患者可输入姓名（至少两个字）或就诊卡号；其他患者请输入完整的证件号码，或其账户的手机号。",
    )


class ForPatientForm(forms.Form):
    """`patient` offers whom the search found and nobody else, so that no guessed id gets anywhere."""

    patient = forms.TypedChoiceField(label="就诊人", coerce=int, widget=forms.RadioSelect)
    slot = forms.TypedChoiceField(label="时段", coerce=int)
    reason = forms.CharField(label="原因", max_length=200, widget=forms.TextInput(attrs={"size": 60}))
    override_limits = forms.BooleanField(label="突破限制", required=False)

    def __init__(self, data: Any, *, patients: Sequence[Patient], windows: Sequence[Window], limits: str) -> None:
        super().__init__(data)
        self.fields["patient"].choices = [(patient.pk, described(patient)) for patient in patients]  # type: ignore[attr-defined]
        self.fields["slot"].choices = windows  # type: ignore[attr-defined]
        self.fields["override_limits"].help_text = limits
        if len(patients) == 1:
            self.fields["patient"].initial = patients[0].pk

    def refuse(self, refusal: Refusal) -> None:
        """Say all that speaks against it, as the patients' API does."""
        for each in (refusal, *refusal.detail.get("others", [])):
            self.add_error(None, refusal_sentence(each))


def described(patient: Patient) -> str:
    """Enough to tell two patients of one name apart, and no more."""
    age = f"{age_on(patient.birth_date, timezone.localdate())} 岁" if patient.birth_date else "年龄未知"
    guardian = f"监护人 {patient.guardian.masked_name}" if patient.guardian else ""
    known = (patient.masked_name, patient.get_sex_display(), age, patient.masked_document_number, patient.masked_phone, guardian)
    return "　".join(part for part in known if part)


class ForPatientPage(HospitalScopedAdmin):
    """Makes a ModelAdmin's "add" the page that books for a patient in the session that the address names."""

    for_patient_roles: frozenset[StaffRole]
    for_patient_title: str
    for_patient_hint: str
    for_patient_limits: str

    def windows(self, session: ClinicSession, now: datetime) -> list[Window]:
        """What can be chosen, by slot id; the one proposed first."""
        raise NotImplementedError

    def book_for_patient(self, request: HttpRequest, session: ClinicSession, wanted: dict[str, Any], now: datetime) -> str:
        """Carry it out and return what to tell. Raises Refusal."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, self.for_patient_roles, None)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "session" not in request.GET:
            self.message_user(request, f"请先打开一个门诊班次，再点“{self.for_patient_title}”。", messages.INFO)
            return HttpResponseRedirect(reverse("admin:hospitals_clinicsession_changelist"))
        session, now = self._session(request), timezone.now()
        search = SearchForm(request.POST if "q" in request.POST else None)
        term = search.cleaned_data["q"].strip() if search.is_valid() else ""
        patients = find_patients(hospital_id=session.hospital_id, term=term)
        # The same address takes both: who is looked for, and then, with it once more, what is to be booked.
        data = request.POST if "reason" in request.POST else None
        form = ForPatientForm(data, patients=patients, windows=self.windows(session, now), limits=self.for_patient_limits)
        if form.is_valid():
            try:
                told = self.book_for_patient(request, session, form.cleaned_data, now)
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                self.message_user(request, told, messages.SUCCESS)
                return HttpResponseRedirect(reverse(f"admin:booking_{self.opts.model_name}_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.for_patient_title} · {session}",
            "opts": self.opts,
            "session": session,
            "hint": self.for_patient_hint,
            "search": search,
            "term": term,
            "patients": patients,
            "form": form,
        }
        return TemplateResponse(request, "admin/booking/for_patient.html", context)

    def _session(self, request: HttpRequest) -> ClinicSession:
        wanted = SessionForm(request.GET)
        if not wanted.is_valid():
            raise Http404
        sessions = ClinicSession.objects.select_related("hospital", "department", "doctor", "registration_type")
        if not is_platform_operator(request):
            sessions = sessions.filter(hospital_id__in=hospitals_with_role(request, self.for_patient_roles))
        session = sessions.filter(pk=wanted.cleaned_data["session"]).first()
        if session is None:
            raise Http404
        return session
