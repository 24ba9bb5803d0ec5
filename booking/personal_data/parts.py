"""What bookings keep about a person, part by part; one query each."""

from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from accounts.personal_data import Column, Part, Person, part_of
from booking.models import (
    ActorKind,
    Appeal,
    AppealCause,
    AppealProof,
    AppealState,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    Channel,
    Choice,
    Entitlement,
    EntitlementKind,
    EventKind,
    Outcome,
    PastStanding,
    PaymentOrder,
    QueueEntry,
    QueueState,
    Refund,
    RefundState,
    Restriction,
    ReviewState,
    Standing,
    StandingReview,
    SuspensionChoice,
    Tier,
    WaitlistEnd,
    WaitlistEntry,
)
from booking.models.payments import OrderState

_STATUSES: Final = dict(AppointmentStatus.choices)
_TIERS: Final = dict(Tier.choices)
_HOSPITAL: Final = Column("hospital", "医院", "hospital__name")
_PATIENT: Final = Column("patient", "就诊人编号", "patient_id")
_APPOINTMENT: Final = Column("appointment", "约诊单号", "appointment__code")

_APPOINTMENTS = (
    Column("code", "约诊单号", "code"),
    _HOSPITAL,
    Column("department", "科室", "department__name"),
    Column("doctor", "医生", "doctor__name"),
    _PATIENT,
    Column("visit_date", "就诊日期", "visit_date"),
    Column("starts_at", "时段开始", "slot__starts_at"),
    Column("channel", "渠道", "channel", dict(Channel.choices)),
    Column("number", "序号", "number"),
    Column("status", "状态", "status", _STATUSES),
    Column("outcome", "结果", "outcome", dict(Outcome.choices)),
    Column("fee_fen", "挂号费（分）", "fee_fen"),
    Column("created_at", "预约时间", "created_at"),
    Column("booked_at", "确认时间", "booked_at"),
    Column("checked_in_at", "签到时间", "checked_in_at"),
    Column("cancelled_at", "取消时间", "cancelled_at"),
    Column("cancelled_by", "取消方", "cancelled_by", dict(CancelledBy.choices)),
    Column("cancel_reason", "取消原因", "cancel_reason"),
    Column("closed_at", "结束时间", "closed_at"),
    Column("age_at_visit", "就诊时年龄", "age_at_visit"),
    Column("tier", "预约时等级", "tier", _TIERS),
    Column("moved_from", "改约自", "rescheduled_from__code"),
    Column("miss_probability", "预计爽约概率", "miss_probability"),
)
_EVENTS = (
    _APPOINTMENT,
    Column("kind", "事件", "kind", dict(EventKind.choices)),
    Column("at", "时间", "at"),
    Column("actor_kind", "操作方", "actor_kind", dict(ActorKind.choices)),
    Column("from_status", "原状态", "from_status", _STATUSES),
    Column("to_status", "新状态", "to_status", _STATUSES),
    Column("detail", "详情", "detail"),
)
_QUEUE = (
    _APPOINTMENT,
    Column("state", "状态", "state", dict(QueueState.choices)),
    Column("arrived_at", "签到时间", "arrived_at"),
    Column("first_called_at", "首次叫号时间", "first_called_at"),
    Column("missed_calls", "过号次数", "missed_calls"),
    Column("finished_at", "结束时间", "finished_at"),
)
_SUSPENSIONS = (
    _APPOINTMENT,
    Column("reason", "停诊原因", "suspension__reason"),
    Column("choice", "选择", "choice", dict(Choice.choices)),
    Column("chosen_at", "选择时间", "chosen_at"),
)
_PAYMENTS = (
    _APPOINTMENT,
    Column("out_trade_no", "商户订单号", "out_trade_no"),
    Column("transaction_id", "微信支付单号", "transaction_id"),
    Column("openid", "付款人 OpenID", "openid"),
    Column("state", "状态", "state", dict(OrderState.choices)),
    Column("amount_fen", "金额（分）", "amount_fen"),
    Column("paid_fen", "已付（分）", "paid_fen"),
    Column("returned_fen", "已退到账（分）", "returned_fen"),
    Column("created_at", "创建时间", "created_at"),
    Column("paid_at", "支付时间", "paid_at"),
)
_REFUNDS = (
    Column("appointment", "约诊单号", "order__appointment__code"),
    Column("out_refund_no", "商户退款单号", "out_refund_no"),
    Column("amount_fen", "金额（分）", "amount_fen"),
    Column("reason", "原因", "reason"),
    Column("state", "状态", "state", dict(RefundState.choices)),
    Column("requested_at", "申请时间", "requested_at"),
    Column("settled_at", "完成时间", "settled_at"),
)
_WAITLIST = (
    Column("id", "候补编号", "pk"),
    _HOSPITAL,
    Column("department", "科室", "session__department__name"),
    Column("doctor", "医生", "session__doctor__name"),
    Column("visit_date", "就诊日期", "session__visit_date"),
    _PATIENT,
    Column("joined_at", "候补时间", "joined_at"),
    Column("ended_at", "结束时间", "ended_at"),
    Column("end", "结束方式", "end", dict(WaitlistEnd.choices)),
    Column("appointment", "派出的号", "appointment__code"),
)
_COUNTS = (
    Column("total", "总预约次数", "total"),
    Column("fulfilled", "履约数", "fulfilled"),
    Column("unattended", "预约未到数", "unattended"),
    Column("cancelled", "取消预约数", "cancelled"),
    Column("missed", "失约数", "missed"),
    Column("score", "综合评分", "score"),
    Column("tier", "等级", "tier", _TIERS),
    Column("as_of", "截至日期", "as_of"),
)
_STANDINGS = (_HOSPITAL, _PATIENT, *_COUNTS, Column("changed_at", "变更时间", "changed_at"))
_PAST_STANDINGS = (
    _HOSPITAL,
    _PATIENT,
    *_COUNTS,
    Column("held_from", "起", "held_from"),
    Column("held_until", "止", "held_until"),
)
_RESTRICTIONS = (
    Column("id", "限制编号", "pk"),
    _HOSPITAL,
    _PATIENT,
    Column("starts_at", "开始时间", "starts_at"),
    Column("ends_at", "结束时间", "ends_at"),
    Column("missed_count", "失约次数", "missed_count"),
    Column("lifted_at", "解除时间", "lifted_at"),
    Column("lifted_reason", "解除原因", "lifted_reason"),
)
_APPEALS = (
    Column("id", "申诉编号", "pk"),
    _HOSPITAL,
    _PATIENT,
    _APPOINTMENT,
    Column("restriction", "限制编号", "restriction_id"),
    Column("cause", "事由", "cause", dict(AppealCause.choices)),
    Column("statement", "说明", "statement"),
    Column("created_at", "申诉时间", "created_at"),
    Column("state", "状态", "state", dict(AppealState.choices)),
    Column("decided_at", "处理时间", "decided_at"),
    Column("decision", "处理意见", "decision"),
)
_PROOFS = (
    Column("id", "图片编号", "pk"),
    Column("appeal", "申诉编号", "appeal_id"),
    Column("content_type", "类型", "content_type"),
    Column("width", "宽（像素）", "width"),
    Column("height", "高（像素）", "height"),
    Column("stored_bytes", "存储大小（字节，加密后）", "stored_bytes"),
    Column("uploaded_at", "上传时间", "uploaded_at"),
)
_REVIEWS = (
    _HOSPITAL,
    _PATIENT,
    Column("reason", "申请理由", "reason"),
    Column("asked_at", "申请时间", "asked_at"),
    Column("tier", "申请时等级", "tier", _TIERS),
    Column("score", "申请时评分", "score"),
    Column("state", "状态", "state", dict(ReviewState.choices)),
    Column("decided_at", "复核时间", "decided_at"),
    Column("answer", "复核答复", "answer"),
)
_ENTITLEMENTS = (
    _HOSPITAL,
    _PATIENT,
    Column("kind", "权益", "kind", dict(EntitlementKind.choices)),
    Column("tier", "授予时等级", "tier", _TIERS),
    Column("terms", "内容", "terms"),
    Column("code", "核销码", "code"),
    Column("starts_at", "生效时间", "starts_at"),
    Column("ends_at", "失效时间", "ends_at"),
    Column("used_at", "使用时间", "used_at"),
    Column("withdrawn_at", "收回时间", "withdrawn_at"),
    Column("withdrawn_reason", "收回原因", "withdrawn_reason"),
)


def booking_parts(person: Person) -> list[Part]:
    """What this account booked, waited for and wrote; and the standing of its patients, which each of their accounts may read."""
    booked = Appointment.objects.filter(booked_by=person.user)
    of_booked = Q(appointment__in=booked)
    of_patients = Q(patient__in=person.patient_ids)
    mine = Q(by=person.user)
    found: list[tuple[str, str, QuerySet[Any], tuple[Column, ...]]] = [
        ("appointments", "预约", booked, _APPOINTMENTS),
        ("events", "预约的经过", AppointmentEvent.objects.filter(of_booked), _EVENTS),
        ("queue", "候诊", QueueEntry.objects.filter(of_booked), _QUEUE),
        ("suspensions", "停诊", SuspensionChoice.objects.filter(of_booked), _SUSPENSIONS),
        ("payments", "支付", PaymentOrder.objects.filter(of_booked), _PAYMENTS),
        ("refunds", "退款", Refund.objects.filter(order__appointment__in=booked), _REFUNDS),
        ("waitlist", "候补", WaitlistEntry.objects.filter(joined_by=person.user), _WAITLIST),
        ("standing", "履约等级", Standing.objects.filter(of_patients), _STANDINGS),
        ("past_standing", "历史等级", PastStanding.objects.filter(of_patients), _PAST_STANDINGS),
        ("restrictions", "预约限制", Restriction.objects.filter(of_patients), _RESTRICTIONS),
        ("appeals", "申诉", Appeal.objects.filter(mine), _APPEALS),
        ("proofs", "申诉图片", _proofs(person), _PROOFS),
        ("reviews", "等级复核", StandingReview.objects.filter(mine), _REVIEWS),
        ("entitlements", "权益", Entitlement.objects.filter(of_patients), _ENTITLEMENTS),
    ]
    return [part_of(name, title, rows.order_by("pk"), columns) for name, title, rows, columns in found]


def _proofs(person: Person) -> QuerySet[AppealProof]:
    """The pictures themselves are fetched one by one, by `/appeals/{id}/proofs/{id}`."""
    return AppealProof.objects.filter(appeal__by=person.user).annotate(stored_bytes=Length("encrypted"))
