"""Appeals: those that wait come first; a page shows what happened and the proof, and takes the decision."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.errors import Refusal
from accounts.models import User
from accounts.services.sensitive_access import record_look
from booking.admin.event_facts import event_facts
from booking.admin.read_only import RecordAdmin
from booking.models import ActorKind, Appeal, AppealProof, AppealState, AppointmentStatus, Outcome
from booking.pictures import picture_response
from booking.services.appeals.deciding import DECISION_MAX_LENGTH, decide_appeal
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.admin.sentences import refusal_sentence

WAITS_FIRST = Case(When(state=AppealState.PENDING, then=Value(0)), default=Value(1), output_field=IntegerField())
# Upheld, because the patient was there after all: an outcome of its own.
ATTENDED = "attended"
OF_PAUSE = [
    (AppealState.UPHELD, "申诉成立：立即解除限制"),
    (AppealState.REJECTED, "不予采纳：限制不变"),
]
OF_APPOINTMENT = [
    (AppealState.UPHELD, "予以豁免：结果改为“作废”，不计入履约记录"),
    (ATTENDED, "记录有误：患者当时已到诊，结果改为“履约”"),
    (AppealState.PARTLY_UPHELD, "部分采纳：结果改为“预约未到”，不计爽约"),
    (AppealState.REJECTED, "不予采纳：结果不变"),
]


def verdicts_for(appeal: Appeal) -> list[tuple[str, str]]:
    """What may be decided, by what the appeal is about as it is now."""
    appointment = appeal.appointment
    if appointment is None:
        return [(str(value), label) for value, label in OF_PAUSE]
    impossible = set()
    if appointment.status != AppointmentStatus.NOSHOW:
        impossible.add(ATTENDED)
    if appointment.outcome != Outcome.MISSED:
        impossible.add(AppealState.PARTLY_UPHELD)
    return [(str(value), label) for value, label in OF_APPOINTMENT if value not in impossible]


def staff_name(user: User | None) -> str:
    """`陈静`, or the name to sign in by where no other is known; a dash for nobody."""
    return f"{user.last_name}{user.first_name}" or user.username if user else "—"


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(label="处理结果", widget=forms.RadioSelect)
    decision = forms.CharField(
        label="处理意见",
        max_length=DECISION_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text="会显示给患者。处理后不能更改，您的姓名和处理时间一并留存。",
    )

    def __init__(self, data: Any, *, appeal: Appeal) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["verdict"]).choices = verdicts_for(appeal)


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    # A proof says of what somebody was ill: nobody needs it who does not decide.
    view_roles = SCHEDULING_ROLES
    list_display = ["masked_patient", "hospital", "subject", "cause", "state", "waiting", "created_at", "decider"]
    list_filter = ["state", "cause", "hospital"]
    list_select_related = ["hospital", "patient", "appointment__department", "restriction", "decided_by"]
    search_fields = ["appointment__code", "patient__name", "patient__hospital_records__record_number"]
    search_help_text = "按约诊单号、就诊人姓名或就诊卡号查找"
    date_hierarchy = "created_at"

    def get_ordering(self, request: HttpRequest) -> Any:
        """Those that wait, the longest waiting first; then the others."""
        return [WAITS_FIRST.asc(), "created_at", "pk"]

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, appeal: Appeal) -> str:
        return appeal.patient.masked_name

    @admin.display(description="申诉事项")
    def subject(self, appeal: Appeal) -> str:
        appointment, restriction = appeal.appointment, appeal.restriction
        if appointment is not None:
            return f"{appointment.visit_date:%Y-%m-%d} {appointment.department.name}（{appointment.get_outcome_display()}）"
        assert restriction is not None, "an appeal is about one thing"
        return f"预约限制（失约 {restriction.missed_count} 次）"

    @admin.display(description="已等候")
    def waiting(self, appeal: Appeal) -> str:
        return timesince(appeal.created_at, timezone.now(), depth=1) if appeal.state == AppealState.PENDING else "—"

    @admin.display(description="处理人", ordering="decided_by")
    def decider(self, appeal: Appeal) -> str:
        return staff_name(appeal.decided_by)

    def get_urls(self) -> list[Any]:
        picture = self.admin_site.admin_view(self.proof_view)
        return [path("<int:appeal_id>/proofs/<int:proof_id>/", picture, name="booking_appeal_proof"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET shows the appeal with its proof; POST decides it."""
        appeal = self._appeal(request, unquote(object_id))
        may_decide = appeal.state == AppealState.PENDING and self.has_role(request, SCHEDULING_ROLES, appeal)
        form = DecisionForm(request.POST if request.method == "POST" else None, appeal=appeal)
        if request.method == "POST" and form.is_valid():
            self._decide(request, appeal, form.cleaned_data)
            return HttpResponseRedirect(reverse("admin:booking_appeal_change", args=[appeal.pk]))
        return TemplateResponse(request, "admin/booking/appeal.html", self._context(request, appeal, form, may_decide))

    def _appeal(self, request: HttpRequest, appeal_id: str) -> Appeal:
        """Raises Http404 for what is not there or another hospital's."""
        appeal = cast(Appeal, self.get_object(request, appeal_id))
        if not self.has_view_permission(request, appeal):
            raise PermissionDenied
        return appeal

    def _context(self, request: HttpRequest, appeal: Appeal, form: DecisionForm, may_decide: bool) -> dict[str, Any]:
        appointment = appeal.appointment
        events = appointment.events.select_related("actor") if appointment else []
        zone = appeal.hospital.zone
        return {
            **self.admin_site.each_context(request),
            "title": "申诉",
            "subtitle": self.subject(appeal),
            "opts": self.opts,
            "appeal": appeal,
            "appointment": appointment,
            "zone": zone,
            "waiting": self.waiting(appeal),
            "decider": self.decider(appeal),
            "proofs": appeal.proofs.defer("encrypted"),
            "events": [
                (event, staff_name(event.actor if event.actor_kind == ActorKind.STAFF else None), event_facts(event))
                for event in events
            ],
            "form": form if may_decide else None,
        }

    def _decide(self, request: HttpRequest, appeal: Appeal, told: dict[str, Any]) -> None:
        attended = told["verdict"] == ATTENDED
        verdict = AppealState.UPHELD if attended else AppealState(told["verdict"])
        user = cast(User, request.user)
        try:
            decided = decide_appeal(
                appeal_id=appeal.pk,
                by=user,
                verdict=verdict,
                attended=attended,
                decision=told["decision"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return
        LogEntry.objects.log_actions(user.pk, [decided], CHANGE, change_message=f"处理申诉：{decided.get_state_display()}")
        self.message_user(request, f"申诉已处理：{decided.get_state_display()}。", messages.SUCCESS)

    def proof_view(self, request: HttpRequest, appeal_id: int, proof_id: int) -> HttpResponse:
        """The picture. Each look is recorded, as that at a whole document number is."""
        appeal = self._appeal(request, str(appeal_id))
        proof = get_object_or_404(AppealProof, appeal=appeal, pk=proof_id)
        reason = f"查看申诉 {appeal.pk} 的证明图片 {proof.pk}"
        record_look(user=cast(User, request.user), patient=appeal.patient, field="appeals", reason=reason, now=timezone.now())
        return picture_response(proof)
