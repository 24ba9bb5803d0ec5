"""What holds for a booking before it is made, in plain sentences, from the policy that it would be booked under."""

from collections.abc import Iterator
from datetime import datetime

from booking.services.appointments import cancellation_deadline
from hospitals.availability import EXTRA, SAME_DAY
from hospitals.models import BookingPolicy, ClinicSession, Slot

EVERYTHING = 100


def terms_of(*, session: ClinicSession, slot: Slot, policy: BookingPolicy, channel: str | None, now: datetime) -> list[str]:
    """The sentences a patient should have read, the first to be acted on first. Reads `session.hospital`."""
    return [
        *_of_payment(session, policy),
        *_of_channel(session, slot, channel),
        *_of_cancelling(session, policy, now),
        *_of_the_visit(policy),
        *_of_missing(policy),
    ]


def _of_payment(session: ClinicSession, policy: BookingPolicy) -> Iterator[str]:
    if session.fee_fen:
        yield f"提交后号源保留 {policy.hold_minutes} 分钟，逾期未支付自动释放。"


def _of_channel(session: ClinicSession, slot: Slot, channel: str | None) -> Iterator[str]:
    if channel == EXTRA:
        starts_at = slot.starts_at.astimezone(session.hospital.zone)
        yield f"这是加号，在 {starts_at:%H:%M} 时段的预约患者之后就诊，等候时间可能较长。"
    elif channel == SAME_DAY:
        yield "这是当日现场号，请尽快到院签到。"


def _of_cancelling(session: ClinicSession, policy: BookingPolicy, now: datetime) -> Iterator[str]:
    deadline, is_paid = cancellation_deadline(session=session, policy=policy), session.fee_fen > 0
    late = f"记为“预约未到”{_late_refund(policy, is_paid)}"
    if now < deadline:
        back = "，全额退款" if is_paid else ""
        yield f"{deadline.month}月{deadline.day}日 {deadline:%H:%M} 前可取消{back}；之后取消{late}。"
    else:
        yield f"取消截止时间已过，预约后再取消将{late}。"
    if policy.moves_allowed and now < deadline:
        yield f"截止时间前可改期 {policy.moves_allowed} 次。"


def _late_refund(policy: BookingPolicy, is_paid: bool) -> str:
    if not is_paid:
        return ""
    percent = policy.late_refund_percent
    return {0: "，不退款", EVERYTHING: "，仍全额退款"}.get(percent, f"，退还 {percent}%")


def _of_the_visit(policy: BookingPolicy) -> Iterator[str]:
    yield f"就诊时段前 {policy.checkin_opens_minutes} 分钟起可签到。"
    yield f"迟到 {policy.late_grace_minutes} 分钟以内顺延 {policy.late_places_back} 位，超过则排到本场最后。"


def _of_missing(policy: BookingPolicy) -> Iterator[str]:
    if policy.missed_limit:
        months = max(1, round(policy.missed_window_days / 30))
        yield f"未取消也未到诊记为失约；{months} 个月内失约 {policy.missed_limit} 次，将暂停预约 {policy.missed_pause_days} 天。"
    else:
        yield "未取消也未到诊记为失约，会影响您的履约等级。"
