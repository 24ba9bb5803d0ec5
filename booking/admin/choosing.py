"""Choosing with a patient whose session was suspended: at the desk for those who sit there, on the phone for the others."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.errors import Refusal
from accounts.models import User
from booking.models import Choice, SuspensionChoice
from booking.services.cancellation import PRESENT_STATUSES
from booking.services.choices import CHOOSING_STATUSES, Chosen, choose_for_patient
from booking.suspension_selectors import days_to_move_to, windows_to_move_to
from hospitals.admin.money import yuan
from hospitals.admin.scoped import EVERY_ROLE, HospitalScopedAdmin, hospitals_with_role, is_platform_operator
from hospitals.admin.sentences import refusal_sentence

WINDOW = "slot-"


class ChooseForm(forms.Form):
    """One answer: a choice, or a window of another date."""

    answer = forms.ChoiceField(label="安排", widget=forms.RadioSelect)

    def __init__(self, data: Any, row: SuspensionChoice, day: date | None, now: datetime) -> None:
        super().__init__(data)
        self.fields["answer"].choices = _answers(row, day, now)  # type: ignore[attr-defined]

    @property
    def choice(self) -> Choice:
        answer: str = self.cleaned_data["answer"]
        return Choice.ANOTHER_DATE if answer.startswith(WINDOW) else Choice(answer)

    @property
    def slot_id(self) -> int | None:
        answer: str = self.cleaned_data["answer"]
        return int(answer.removeprefix(WINDOW)) if answer.startswith(WINDOW) else None


def _answers(row: SuspensionChoice, day: date | None, now: datetime) -> list[tuple[str, str]]:
    appointment, substitute = row.appointment, row.suspension.substitute_session
    answers = [(str(Choice.REFUND), f"退款 {yuan(appointment.fee_fen)} 元" if appointment.fee_fen else "取消预约（免费号）")]
    if substitute is not None:
        who = substitute.doctor or substitute.department
        answers.insert(0, (str(Choice.SUBSTITUTE), f"替诊：{who}，余 {substitute.rated_left} 个号"))
    zone = appointment.hospital.zone
    for window in windows_to_move_to(appointment, day=day, now=now) if day else []:
        starts, ends = (moment.astimezone(zone) for moment in (window.slot.starts_at, window.slot.ends_at))
        who = window.session.doctor or window.session.department
        told = f"改到 {starts:%m-%d %H:%M}–{ends:%H:%M} {who}，余 {window.seats_left} 个号"
        answers.append((f"{WINDOW}{window.slot.pk}", told))
    return answers


class ChoosePage(HospitalScopedAdmin):
    """Mix into the suspensions' admin: a page for each patient who has not chosen yet."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.choose_view)
        return [path("choices/<int:choice_id>/", page, name="booking_suspension_choose"), *super().get_urls()]

    def choose_view(self, request: HttpRequest, choice_id: int) -> HttpResponse:
        row, now = self._row(request, choice_id), timezone.now()
        back = reverse("admin:booking_suspension_change", args=[row.suspension_id])
        if not is_open(row):
            self.message_user(request, f"{row.appointment.code} 已处理：{row}。", messages.WARNING)
            return HttpResponseRedirect(back)
        days = days_to_move_to(row.appointment, now=now)
        day = parse_day(request.GET.get("day", "")) or (days[0] if days else None)
        form = ChooseForm(request.POST if request.method == "POST" else None, row, day, now)
        if form.is_valid():
            try:
                chosen = choose_for_patient(
                    appointment_id=row.appointment_id,
                    choice=form.choice,
                    slot_id=form.slot_id,
                    by=cast(User, request.user),
                    now=now,
                )
            except Refusal as refusal:
                form.add_error(None, refusal_sentence(refusal))
            else:
                self.message_user(request, _told(row, chosen), messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"停诊安排 · {row.appointment.patient.masked_name}",
            "opts": self.opts,
            "row": row,
            "appointment": row.appointment,
            "is_present": row.appointment.status in PRESENT_STATUSES,
            "days": days,
            "day": day,
            "form": form,
        }
        return TemplateResponse(request, "admin/booking/choose_for_patient.html", context)

    def _row(self, request: HttpRequest, choice_id: int) -> SuspensionChoice:
        if not self.has_role(request, EVERY_ROLE, None):
            raise Http404
        rows = SuspensionChoice.objects.select_related(
            "appointment__hospital",
            "appointment__patient",
            "appointment__slot",
            "appointment__session__hospital",
            "appointment__session__department",
            "appointment__session__doctor",
            "suspension__substitute_session__doctor",
            "suspension__substitute_session__department",
        )
        if not is_platform_operator(request):
            rows = rows.filter(suspension__hospital_id__in=hospitals_with_role(request, EVERY_ROLE))
        row = rows.filter(pk=choice_id).first() if choice_id < 2**63 else None
        if row is None:
            raise Http404
        return row


def is_open(row: SuspensionChoice) -> bool:
    """Whether there is something left to choose."""
    return not row.choice and row.appointment.status in CHOOSING_STATUSES


def parse_day(text: str) -> date | None:
    """A date as the address has it; None for anything else."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _told(row: SuspensionChoice, chosen: Chosen) -> str:
    told = f"{row.appointment.patient.masked_name}：{chosen.choice.label}"
    if chosen.moved_to is not None:
        told += f"，新约诊单号 {chosen.moved_to.code}（{chosen.moved_to.number} 号）"
    return told + (f"，退款 {yuan(chosen.refund_fen)} 元。" if chosen.refund_fen else "。")
