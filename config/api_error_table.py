"""Refusal class → (HTTP status, stable code, Chinese sentence). A sentence may use the refusal's `detail` by name."""

from accounts.errors import Refusal
from booking.locks import TooBusy
from booking.rules import caps, patient, session
from booking.services import appointments, cancellation, checkin, idempotency, orders, seats, transitions

REFUSALS: dict[type[Refusal], tuple[int, str, str]] = {
    # Booking
    TooBusy: (503, "busy", "当前预约的人较多，请稍后重试。"),
    appointments.SlotNotFound: (404, "slot-not-found", "没有找到该时段，可能已停用。"),
    appointments.PatientNotYours: (404, "patient-not-found", "没有找到该就诊人，请先添加。"),
    patient.BookingPaused: (403, "booking-paused", "因失约 {missed} 次，预约已暂停至 {until}，到期自动恢复。"),
    patient.AgeNotAccepted: (409, "age-not-accepted", "{department}只接诊{limit}的患者。"),
    patient.SexNotAccepted: (409, "sex-not-accepted", "{department}只接诊{sex}性患者。"),
    caps.AlreadyBooked: (409, "already-booked", "该就诊人已预约本班次。"),
    caps.DepartmentDayCapReached: (409, "department-day-cap", "同一科室同一天最多预约 {limit} 次。"),
    caps.DayCapReached: (409, "day-cap", "同一天最多预约 {limit} 次。"),
    caps.WeekCapReached: (409, "week-cap", "7 天内最多预约 {limit} 次。"),
    caps.QuarterCapReached: (409, "quarter-cap", "3 个月内最多预约 {limit} 次。"),
    session.NotReleased: (409, "not-released", "尚未放号，放号时间为 {releases_at}。"),
    session.AdvanceClosed: (409, "advance-closed", "次日号已于 {closes} 截止，请在就诊当日挂现场号。"),
    session.SessionSuspended: (409, "session-suspended", "该班次已停诊。"),
    session.SessionOver: (409, "session-over", "该时段已结束，请选择其他时段。"),
    seats.SessionFull: (409, "session-full", "该班次已约满。"),
    seats.SlotFull: (409, "slot-full", "该时段已约满，请选择其他时段。"),
    idempotency.IdempotencyKeyReused: (422, "idempotency-key-reused", "请求重复编号冲突，请重新提交。"),
    orders.WeChatIdentityMissing: (409, "wechat-identity-missing", "请用微信登录后再预约收费号源，以便支付。"),
    orders.NothingToPay: (409, "nothing-to-pay", "该预约当前无需支付。"),
    orders.PaymentUnavailable: (503, "payment-unavailable", "微信支付暂时没有响应，请稍后重试。"),
    cancellation.VisitIsOver: (409, "visit-over", "就诊已结束，不能再取消。"),
    checkin.CheckInNotOpen: (409, "check-in-not-open", "尚未到签到时间，{opens_at} 起可签到。"),
    checkin.CheckInOver: (409, "check-in-over", "本班次已结束，不能签到，请咨询导诊台。"),
    transitions.TransitionRefused: (409, "transition-refused", "当前状态为“{status}”，不能变更为“{wanted}”。"),
}
