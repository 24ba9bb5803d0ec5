"""The waitlist and the seats that came back, for staff to look at: who waits where, who was asked, where each seat went."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from booking.admin.read_only import RecordAdmin
from booking.models import Appointment, AppointmentStatus, CancelledBy, SeatReturn, WaitlistEntry, WaitlistSkip
from booking.waitlist_selectors import WaitlistState, state_of, with_positions
from hospitals.admin.scoped import ReadOnlyInline
from hospitals.models import ClinicSession

NOTHING = "—"

IN_STATE: dict[str, Q] = {
    WaitlistState.WAITING: Q(ended_at__isnull=True),
    WaitlistState.OFFERED: Q(appointment__status=AppointmentStatus.PENDING),
    WaitlistState.ACCEPTED: Q(appointment__booked_at__isnull=False),
    WaitlistState.DECLINED: Q(appointment__booked_at__isnull=True, appointment__cancelled_by=CancelledBy.PATIENT),
    WaitlistState.RAN_OUT: Q(appointment__booked_at__isnull=True, appointment__cancelled_by=CancelledBy.SYSTEM),
    WaitlistState.LEFT: Q(end="left"),
    WaitlistState.CLEARED: Q(end="cleared"),
    WaitlistState.CANCELLED: Q(end="cancelled")
    | Q(appointment__booked_at__isnull=True, appointment__cancelled_by=CancelledBy.HOSPITAL),
}


class StateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return WaitlistState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
        wanted = IN_STATE.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class WaitlistSkipInline(ReadOnlyInline, admin.TabularInline):
    model = WaitlistSkip
    verbose_name_plural = "未派号原因（同一原因只记一次）"
    fields = readonly_fields = ("at", "reason", "code")


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(RecordAdmin):
    """First come, first served: in a session, the order of this list from below."""

    list_display = ["patient_name", "shown_session", "place", "shown_state", "why_skipped", "shown_offer", "joined"]
    list_filter = [StateFilter, "hospital"]
    search_fields = ["=patient__name", "=session__doctor__name", "=appointment__code"]
    date_hierarchy = "session__visit_date"
    ordering = ["-session__visit_date", "session", "pk"]
    fields = readonly_fields = (
        "patient_name",
        "shown_session",
        "place",
        "shown_state",
        "rule",
        "joined_at",
        "ended_at",
        "seats_returned",
        "shown_offer",
    )
    inlines = [WaitlistSkipInline]
    list_select_related = ["patient", "session__hospital", "session__doctor", "session__department", "appointment"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistEntry]:
        rows: QuerySet[WaitlistEntry] = super().get_queryset(request)
        skips = Prefetch("skips", WaitlistSkip.objects.order_by("pk"))
        return with_positions(rows).select_related(*self.list_select_related).prefetch_related(skips)

    @admin.display(description="就诊人")
    def patient_name(self, entry: WaitlistEntry) -> str:
        return entry.patient.masked_name

    @admin.display(description="门诊班次", ordering="session")
    def shown_session(self, entry: WaitlistEntry) -> str:
        return str(entry.session)

    @admin.display(description="位次")
    def place(self, entry: WaitlistEntry) -> str:
        if entry.ended_at is not None:
            return NOTHING
        return f"第 {entry.position} 位（共 {entry.length} 人）"  # type: ignore[attr-defined]

    @admin.display(description="状态")
    def shown_state(self, entry: WaitlistEntry) -> str:
        state, offer = state_of(entry), entry.appointment
        if state != WaitlistState.OFFERED or offer is None:
            return str(state.label)
        return f"{state.label}，至 {_moment(entry.session, offer.hold_expires_at)}"

    @admin.display(description="候补时间", ordering="joined_at")
    def joined(self, entry: WaitlistEntry) -> str:
        return _moment(entry.session, entry.joined_at)

    @admin.display(description="候补以来退号数")
    def seats_returned(self, entry: WaitlistEntry) -> int:
        count: int = entry.seats_returned  # type: ignore[attr-defined]
        return count

    @admin.display(description="派出的号")
    def shown_offer(self, entry: WaitlistEntry) -> str:
        return _link(entry.appointment)

    @admin.display(description="未派号原因")
    def why_skipped(self, entry: WaitlistEntry) -> str:
        return format_html_join(SafeString("<br>"), "{}", ((skip.reason,) for skip in entry.skips.all())) or NOTHING


class WhereFilter(admin.SimpleListFilter):
    title = "去向"
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("kept", "待返池"), *SeatReturn._meta.get_field("end").flatchoices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SeatReturn]) -> QuerySet[SeatReturn]:
        match self.value():
            case None | "":
                return queryset
            case "kept":
                return queryset.filter(ended_at__isnull=True)
            case end:
                return queryset.filter(end=end)


@admin.register(SeatReturn)
class SeatReturnAdmin(RecordAdmin):
    list_display = ["shown_session", "shown_slot", "shown_appointment", "freed", "where", "ended", "returns"]
    list_filter = [WhereFilter, "hospital"]
    search_fields = ["=session__doctor__name", "=appointment__code"]
    date_hierarchy = "freed_at"
    fields = readonly_fields = ("shown_session", "shown_slot", "shown_appointment", "freed", "where", "ended", "returns")
    list_select_related = ["session__hospital", "session__doctor", "session__department", "slot", "appointment"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SeatReturn]:
        rows: QuerySet[SeatReturn] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related)

    @admin.display(description="门诊班次", ordering="session")
    def shown_session(self, seat_return: SeatReturn) -> str:
        return str(seat_return.session)

    @admin.display(description="时段")
    def shown_slot(self, seat_return: SeatReturn) -> str:
        zone, slot = seat_return.session.hospital.zone, seat_return.slot
        return f"{slot.starts_at.astimezone(zone):%H:%M}–{slot.ends_at.astimezone(zone):%H:%M}"

    @admin.display(description="退号预约")
    def shown_appointment(self, seat_return: SeatReturn) -> str:
        return _link(seat_return.appointment)

    @admin.display(description="去向", ordering="end")
    def where(self, seat_return: SeatReturn) -> str:
        return seat_return.get_end_display() or "待返池"

    @admin.display(description="退号时间", ordering="freed_at")
    def freed(self, seat_return: SeatReturn) -> str:
        return _moment(seat_return.session, seat_return.freed_at)

    @admin.display(description="去向时间", ordering="ended_at")
    def ended(self, seat_return: SeatReturn) -> str:
        return _moment(seat_return.session, seat_return.ended_at)

    @admin.display(description="无人候补则返池于", ordering="returns_at")
    def returns(self, seat_return: SeatReturn) -> str:
        return _moment(seat_return.session, seat_return.returns_at)


def _moment(session: ClinicSession, moment: datetime | None) -> str:
    """Short, as the hospital's clock shows it: many columns stand side by side."""
    return NOTHING if moment is None else f"{moment.astimezone(session.hospital.zone):%m-%d %H:%M}"


def _link(appointment: Appointment | None) -> str:
    if appointment is None:
        return NOTHING
    address = reverse("admin:booking_appointment_change", args=[appointment.pk])
    return format_html('<a href="{}">{}</a>', address, appointment.code)
