"""What a message says: one sentence for the patient's inbox, with names masked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.models import Appeal, AppealState, Appointment, WaitlistEnd, WaitlistEntry
from notifications.models import MessageKind, OutboxMessage


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose visit a message is about, and when and where it is."""

    patient: str
    hospital: str
    department: str
    doctor: str
    starts_at: datetime

    @property
    def where(self) -> str:
        return " ".join(part for part in (self.hospital, self.department, self.doctor) if part)

    @property
    def when(self) -> str:
        return f"{self.starts_at:%Y年%m月%d日 %H:%M}"

    def __str__(self) -> str:
        return f"{self.patient} {self.when} {self.where}"


def visit_of(message: OutboxMessage) -> Visit | None:
    """None for an appeal against a pause of booking, and for the review of a tier: those are about no visit."""
    if message.waitlist_entry is not None:
        return _waited_for(message.waitlist_entry, message.hospital.zone)
    appointment = message.appeal.appointment if message.appeal is not None else message.appointment
    return None if appointment is None else _booked(appointment, message.hospital.zone)


def _booked(appointment: Appointment, zone: ZoneInfo) -> Visit:
    return Visit(
        patient=appointment.patient.masked_name,
        hospital=appointment.hospital.name,
        department=appointment.department.name,
        doctor=appointment.doctor.name if appointment.doctor else "",
        starts_at=(appointment.slot or appointment.session).starts_at.astimezone(zone),
    )


def _waited_for(entry: WaitlistEntry, zone: ZoneInfo) -> Visit:
    session = entry.session
    return Visit(
        patient=entry.patient.masked_name,
        hospital=entry.hospital.name,
        department=session.department.name,
        doctor=session.doctor.name if session.doctor else "",
        starts_at=session.starts_at.astimezone(zone),
    )


def deadline_of(message: OutboxMessage) -> str:
    """Until when the patient must act; empty where nothing is asked."""
    return f"{message.deadline.astimezone(message.hospital.zone):%Y年%m月%d日 %H:%M}" if message.deadline else ""


def yuan_of(appointment: Appointment) -> str:
    return f"{appointment.fee_fen // 100}.{appointment.fee_fen % 100:02d}元"


def _offer(message: OutboxMessage, visit: Visit | None) -> str:
    appointment = message.appointment
    assert appointment is not None, "an offer is an appointment"
    how = f"支付 {yuan_of(appointment)}" if appointment.fee_fen else "确认"
    whence = "您候补的号源已派出" if message.kind == MessageKind.OFFERED else "医生已为您加号"
    return f"{whence}：{visit}。请在 {deadline_of(message)} 前{how}，逾期号源将释放。"


def _waitlist_ended(message: OutboxMessage, visit: Visit | None) -> str:
    entry = message.waitlist_entry
    assert entry is not None, "of a place in a waitlist"
    why = "到清空时间仍没有退号" if entry.end == WaitlistEnd.CLEARED else "班次已停诊或关闭"
    return f"候补未成功，{why}：{visit}。"


def _appeal(message: OutboxMessage, visit: Visit | None) -> str:
    appeal = message.appeal
    assert appeal is not None, "of an appeal"
    about = f"预约（{visit}）" if visit else f"{appeal.patient.masked_name} 在{appeal.hospital.name}的预约限制"
    opinion = f"处理意见：{appeal.decision}" if appeal.decision else ""
    return f"您对{about}的申诉结果：{verdict(appeal)}。{opinion}"


def _review(message: OutboxMessage, visit: Visit | None) -> str:
    review = message.review
    assert review is not None, "of a review"
    outcome = review.get_state_display()
    return f"{review.patient.masked_name} 在{review.hospital.name}的等级复核结果：{outcome}。复核答复：{review.answer}"


def verdict(appeal: Appeal) -> str:
    return AppealState(appeal.state).label


def _cancelled(message: OutboxMessage, visit: Visit | None) -> str:
    reason = message.appointment.cancel_reason if message.appointment else ""
    return f"预约已取消：{visit}。" + (f"原因：{reason}。" if reason else "")


Sentence = Callable[[OutboxMessage, Visit | None], str]

_SENTENCES: dict[MessageKind, Sentence] = {
    MessageKind.BOOKED: lambda _, visit: f"预约成功：{visit}。",
    MessageKind.CANCELLED: _cancelled,
    MessageKind.REMINDER: lambda _, visit: f"请按时就诊：{visit}。",
    MessageKind.SUSPENDED: lambda _, visit: f"班次已停诊：{visit}。请选择替诊、改期或退款。",
    MessageKind.RESTORED: lambda _, visit: f"已恢复出诊，请按时就诊：{visit}。",
    MessageKind.OFFERED: _offer,
    MessageKind.WAITLIST_ENDED: _waitlist_ended,
    MessageKind.GRANTED: _offer,
    MessageKind.TO_CONFIRM: lambda message, visit: (
        f"预约待电话确认：{visit}。请在 {deadline_of(message)} 前保持电话畅通，未能确认将释放号源并全额退款。"
    ),
    MessageKind.CONFIRMATION_LAPSED: lambda _, visit: f"未能电话确认，预约已取消，已付费用全额退回：{visit}。",
    MessageKind.APPEAL_DECIDED: _appeal,
    MessageKind.REVIEW_ANSWERED: _review,
}


def sentence(message: OutboxMessage) -> str:
    """What the patient reads in the mini-program. Names are masked: a message is shown on locked screens."""
    return _SENTENCES[MessageKind(message.kind)](message, visit_of(message))
