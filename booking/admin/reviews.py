"""Reviews of tiers: those that wait come first; a page shows what the tier follows from, and takes the answer."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.appeals import staff_name
from booking.admin.read_only import RecordAdmin
from booking.models import Appointment, PastStanding, ReviewState, StandingReview
from booking.services.reviews import ANSWER_MAX_LENGTH, answer_review
from booking.services.standing import standing_of
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.admin.sentences import refusal_sentence

WAITS_FIRST = Case(When(state=ReviewState.PENDING, then=Value(0)), default=Value(1), output_field=IntegerField())
VERDICTS = [
    (ReviewState.CONFIRMED, "等级无误：履约记录核对无误"),
    (ReviewState.CORRECTED, "记录已更正：已更正有误的预约结果，等级随之重新评定"),
]
# Enough to see what a tier follows from; the rest is in the list of appointments.
NEWEST = 50


class AnswerForm(forms.Form):
    verdict = forms.ChoiceField(label="复核结果", choices=VERDICTS, widget=forms.RadioSelect)
    answer = forms.CharField(
        label="答复",
        max_length=ANSWER_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text="会显示给患者，请说明核对了哪些记录。",
    )


@admin.register(StandingReview)
class StandingReviewAdmin(RecordAdmin):
    list_display = ["asked_at", "hospital", "masked_patient", "tier", "score", "state", "waiting", "decider"]
    list_filter = ["state", "tier", "hospital"]
    list_select_related = ["hospital", "patient", "decided_by"]
    search_fields = ["patient__name", "patient__hospital_records__record_number"]
    search_help_text = "按就诊人姓名或就诊卡号查找"
    date_hierarchy = "asked_at"

    def get_ordering(self, request: HttpRequest) -> Any:
        """Those that wait, the longest waiting first; then the others."""
        return [WAITS_FIRST.asc(), "asked_at", "pk"]

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, review: StandingReview) -> str:
        return review.patient.masked_name

    @admin.display(description="已等候")
    def waiting(self, review: StandingReview) -> str:
        return timesince(review.asked_at, timezone.now(), depth=1) if review.state == ReviewState.PENDING else "—"

    @admin.display(description="复核人", ordering="decided_by")
    def decider(self, review: StandingReview) -> str:
        return staff_name(review.decided_by)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET shows the review with the records; POST answers it."""
        review = cast(StandingReview, self.get_object(request, unquote(object_id)))
        if not self.has_view_permission(request, review):
            raise PermissionDenied
        may_answer = review.state == ReviewState.PENDING and self.has_role(request, SCHEDULING_ROLES, review)
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            self._answer(request, review, form.cleaned_data)
            return HttpResponseRedirect(reverse("admin:booking_standingreview_change", args=[review.pk]))
        return TemplateResponse(request, "admin/booking/review.html", self._context(request, review, form, may_answer))

    def _context(self, request: HttpRequest, review: StandingReview, form: AnswerForm, may_answer: bool) -> dict[str, Any]:
        mine = {"hospital_id": review.hospital_id, "patient_id": review.patient_id}
        closed = Appointment.objects.filter(**mine).exclude(outcome="").select_related("department")
        return {
            **self.admin_site.each_context(request),
            "title": "等级复核",
            "subtitle": review.patient.masked_name,
            "opts": self.opts,
            "review": review,
            "zone": review.hospital.zone,
            "decider": self.decider(review),
            "standing": standing_of(**mine),
            "past": PastStanding.objects.filter(**mine)[:NEWEST],
            "appointments": closed.order_by("-visit_date", "-pk")[:NEWEST],
            "newest": NEWEST,
            "form": form if may_answer else None,
        }

    def _answer(self, request: HttpRequest, review: StandingReview, told: dict[str, Any]) -> None:
        user, verdict = cast(User, request.user), ReviewState(told["verdict"])
        try:
            answered = answer_review(review_id=review.pk, by=user, verdict=verdict, answer=told["answer"], now=timezone.now())
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return
        LogEntry.objects.log_actions(user.pk, [answered], CHANGE, change_message=f"答复等级复核：{verdict.label}")
        self.message_user(request, f"已答复：{verdict.label}。", messages.SUCCESS)
