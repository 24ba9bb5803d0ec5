"""The waiting room in the admin: the desk's check-in by code (签到台) and a session's calling desk (叫号台)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.read_only import RecordAdmin
from booking.entitlement_selectors import is_queue_free
from booking.models import Appointment, QueueEntry, QueueMove, QueuePriority, QueueState
from booking.queue_selectors import session_queue
from booking.services.checkin import check_in, finish_visit
from booking.services.queue.calling import call_next, pass_over, recall
from booking.services.queue.codes import find_scanned
from booking.services.queue.placing import prioritise, queue_again, restore, set_aside
from booking.services.transitions import Actor, staff_actor
from hospitals.admin.scoped import EVERY_ROLE, ReadOnlyInline, hospitals_with_role, is_platform_operator
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import ClinicSession

DAY = timedelta(days=1)

Act = Callable[[QueueEntry, Actor, "MoveForm"], object]


class ScanForm(forms.Form):
    code = forms.CharField(
        label="签到码或约诊单号",
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "size": 60}),
        help_text="扫描患者出示的签到码，或输入 16 位约诊单号。",
    )


class MoveForm(forms.Form):
    """What a button of the calling desk sends along."""

    entry = forms.IntegerField(label="候诊患者", min_value=1, max_value=2**63 - 1)
    reason = forms.CharField(label="原因", max_length=150, required=False, error_messages={"max_length": "最多 150 个字。"})
    priority = forms.TypedChoiceField(
        label="优先级",
        choices=QueuePriority.choices,
        coerce=int,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": "请选择列表中的一项。"},
    )


class MoveFormInvalid(Exception):
    """What was sent along with a button cannot be used; nothing was moved."""

    def __init__(self, form: MoveForm) -> None:
        self.sentence = "；".join(
            f"{form.fields[name].label}：{' '.join(map(str, errors))}" for name, errors in form.errors.items()
        )


def _move(service: Callable[..., object]) -> Act:
    return lambda entry, actor, form: service(entry_id=entry.pk, actor=actor, now=timezone.now())


def _move_with_reason(service: Callable[..., object]) -> Act:
    return lambda entry, actor, form: service(
        entry_id=entry.pk, actor=actor, reason=form.cleaned_data["reason"], now=timezone.now()
    )


def _prioritise(entry: QueueEntry, actor: Actor, form: MoveForm) -> object:
    chosen = form.cleaned_data["priority"]
    priority = QueuePriority(entry.priority if chosen is None else chosen)
    return prioritise(entry_id=entry.pk, priority=priority, actor=actor, reason=form.cleaned_data["reason"], now=timezone.now())


def _finish(entry: QueueEntry, actor: Actor, form: MoveForm) -> object:
    return finish_visit(appointment_id=entry.appointment_id, actor=actor, now=timezone.now())


# What the buttons of the page send, what it does and what is said once it is done.
ACTIONS: dict[str, tuple[Act, str]] = {
    "recall": (_move(recall), "已重叫"),
    "pass": (_move(pass_over), "已过号"),
    "finish": (_finish, "已完成就诊"),
    "set-aside": (_move_with_reason(set_aside), "已搁置"),
    "restore": (_move_with_reason(restore), "已恢复排队"),
    "return": (_move_with_reason(queue_again), "已按回诊重新排队"),
    "prioritise": (_prioritise, "已调整优先级"),
}


class MoveInline(ReadOnlyInline, admin.TabularInline):
    model = QueueMove
    fields = ["at", "kind", "actor", "reason"]
    verbose_name_plural = "经过"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueueMove]:
        return super().get_queryset(request).select_related("actor")


@admin.register(QueueEntry)
class QueueEntryAdmin(RecordAdmin):
    change_list_template = "admin/booking/queue_list.html"
    list_display = [
        "masked_patient",
        "hospital",
        "session",
        "number",
        "state",
        "priority",
        "arrived_at",
        "called_at",
        "missed_calls",
    ]
    list_filter = ["state", "priority", "is_return_visit", "is_extra"]
    search_fields = ["appointment__code"]
    search_help_text = "按约诊单号查找"
    date_hierarchy = "arrived_at"
    list_select_related = ["hospital", "appointment__patient", "session__doctor", "session__department"]
    ordering = ["-arrived_at", "-pk"]
    inlines = [MoveInline]

    @admin.display(description="就诊人")
    def masked_patient(self, entry: QueueEntry) -> str:
        return entry.appointment.patient.masked_name

    @admin.display(description="序号", ordering="appointment__number")
    def number(self, entry: QueueEntry) -> str:
        return str(entry.appointment.number or "—")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("check-in/", wrap(self.check_in_view), name="booking_queue_check_in"),
            path("calling/", wrap(self.sessions_view), name="booking_queue_sessions"),
            path("calling/<int:session_id>/", wrap(self.calling_view), name="booking_queue_calling"),
            *super().get_urls(),
        ]

    def _own(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the hospitals at which the person may call patients: any role. Whoever has none sees nothing."""
        if not self.has_role(request, EVERY_ROLE, None):
            raise Http404
        if is_platform_operator(request):
            return queryset
        return queryset.filter(hospital_id__in=hospitals_with_role(request, EVERY_ROLE))

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta}
        return TemplateResponse(request, f"admin/booking/{template}", shared | context)

    def check_in_view(self, request: HttpRequest) -> HttpResponse:
        """Scan or type, Enter, next: the form comes back empty and says what became of the last one."""
        mine = self._own(request, Appointment.objects.all())
        form = ScanForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._check_in(request, mine, form.cleaned_data["code"])
            return HttpResponseRedirect(request.path)
        return self._page(request, "queue_check_in.html", "签到台", form=form)

    def _check_in(self, request: HttpRequest, mine: QuerySet[Appointment], scanned: str) -> None:
        actor, now = staff_actor(cast(User, request.user)), timezone.now()
        try:
            found = find_scanned(scanned=scanned, among=mine, now=now)
            check_in(appointment_id=found.pk, actor=actor, now=now)
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return
        where = found.session.room or found.department.name
        link = format_html(
            '{} 号 {} 已签到{}，请到 {} 候诊。<a href="{}">打开叫号台</a>',
            found.number or "—",
            found.patient.masked_name,
            "（免排队登记）" if is_queue_free(hospital_id=found.hospital_id, patient_id=found.patient_id, now=now) else "",
            where,
            reverse("admin:booking_queue_calling", args=[found.session_id]),
        )
        self.message_user(request, link, messages.SUCCESS)

    def sessions_view(self, request: HttpRequest) -> HttpResponse:
        """Today's sessions, each with how many wait."""
        now = timezone.now()
        # A day to each side covers every zone; a session's own hospital then says whether it is today.
        sessions = (
            self._own(request, ClinicSession.objects.all())
            .filter(starts_at__range=(now - DAY, now + DAY))
            .select_related("hospital", "department", "doctor")
            .annotate(
                waiting=Count("queue", filter=Q(queue__state=QueueState.WAITING)),
                called=Count("queue", filter=Q(queue__state=QueueState.CALLED)),
            )
            .order_by("hospital", "department__code", "starts_at", "pk")
        )
        today = [session for session in sessions if session.visit_date == session.local_date(now)]
        return self._page(request, "queue_sessions.html", "叫号台", sessions=today)

    def calling_view(self, request: HttpRequest, session_id: int) -> HttpResponse:
        sessions = self._own(request, ClinicSession.objects.select_related("hospital", "department", "doctor"))
        session = sessions.filter(pk=session_id).first() if session_id < 2**63 else None
        if session is None:
            raise Http404
        if request.method == "POST":
            self._act(request, session)
            return HttpResponseRedirect(request.path)
        queue = session_queue(session=session, now=timezone.now())
        moves = QueueMove.objects.filter(entry__session=session).select_related("actor", "entry__appointment__patient")
        return self._page(
            request,
            "queue_calling.html",
            f"叫号台 · {session}",
            session=session,
            queue=queue,
            set_aside=[entry for entry in queue.others if entry.state == QueueState.SET_ASIDE],
            finished=[entry for entry in queue.others if entry.state == QueueState.FINISHED],
            priorities=QueuePriority.choices,
            moves=moves.order_by("-pk")[:15],
        )

    def _act(self, request: HttpRequest, session: ClinicSession) -> None:
        actor, name = staff_actor(cast(User, request.user)), request.POST.get("action", "")
        try:
            if name == "call-next":
                called = call_next(session_id=session.pk, actor=actor, now=timezone.now())
                done = f"请 {called.appointment.number or '—'} 号 {called.appointment.patient.masked_name} 就诊。"
            else:
                done = self._move(request, session, name, actor)
        except MoveFormInvalid as invalid:
            self.message_user(request, invalid.sentence, messages.ERROR)
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)

    def _move(self, request: HttpRequest, session: ClinicSession, name: str, actor: Actor) -> str:
        form = MoveForm(request.POST)
        if name not in ACTIONS or "entry" in form.errors:
            raise Http404
        if not form.is_valid():
            raise MoveFormInvalid(form)
        entry = session.queue.select_related("appointment__patient").filter(pk=form.cleaned_data["entry"]).first()
        if entry is None:
            raise Http404
        act, done = ACTIONS[name]
        act(entry, actor, form)
        return f"{entry.appointment.number or '—'} 号 {entry.appointment.patient.masked_name} {done}。"
