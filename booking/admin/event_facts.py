"""What an event's detail says, in words for staff."""

from collections.abc import Callable
from typing import Any

from booking.models import AppealCause, AppealState, AppointmentEvent, Channel, Choice, Outcome
from booking.rules.grants import LIMIT_LABELS
from hospitals.admin.money import yuan

# Keys of AppointmentEvent.detail, in the order in which they are told. Others are for programs.
_WORDS: dict[str, Callable[[Any], str]] = {
    "channel": lambda value: f"渠道：{Channel(value).label}",
    "cause": lambda value: f"申诉事由：{AppealCause(value).label}",
    "verdict": lambda value: f"处理：{AppealState(value).label}",
    "outcome_before": lambda value: f"原结果：{Outcome(value).label}",
    "outcome": lambda value: f"结果：{Outcome(value).label}",
    "amount_fen": lambda value: f"金额：{yuan(value)} 元",
    "at_desk": lambda _: "电话或窗口预约",
    "overridden": lambda value: "突破限制：" + "、".join(LIMIT_LABELS[name] for name in value),
    "reason": lambda value: f"原因：{value}",
    "out_trade_no": lambda value: f"订单号：{value}",
    "out_refund_no": lambda value: f"退款单号：{value}",
    "replaces": lambda value: f"接替已关闭的退款：{value}",
    "moved_from": lambda value: f"改约自：{value}",
    "moved_to": lambda value: f"改约到：{value}",
    "free_move": lambda _: "等级免费改约",
    "choose_until": lambda value: f"选择截止：{value}",
    "choice": lambda value: f"选择：{Choice(value).label}",
    "restored": lambda _: "停诊已撤销，恢复出诊",
    "late_payment": lambda _: "保留超时后才支付，号源仍在",
}


def event_facts(event: AppointmentEvent) -> str:
    """`渠道：预约号；金额：50.00 元`, or a dash where there is nothing to tell."""
    told = [words(event.detail[key]) for key, words in _WORDS.items() if event.detail.get(key) not in (None, "")]
    return "；".join(told) or "—"
