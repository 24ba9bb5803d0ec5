"""Slow and broken answers, asked for by people and tests."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Literal, get_args

from wechat.emulator.http import Answer, json_answer

Kind = Literal["slow", "status", "garbage", "errcode", "bad_signature", "lost_answer"]
KINDS = get_args(Kind)
LONGEST_SECONDS = 60
GARBAGE = b"<html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` requests whose path starts with `path`.

    `slow`: the answer comes `seconds` late. `status`: `status` without carrying the request out. `garbage`: HTML with
    200. `errcode`: WeChat's `errcode`. `bad_signature`: carried out, but the answer's signature is wrong.
    `lost_answer`: carried out, and then 502 instead of the answer.
    """

    path: str
    kind: Kind
    times: int = 1
    seconds: float = 0.0
    status: int = 500
    errcode: int = -1


class Faults:
    """The faults in waiting. The first that matches is used up first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._refunds: list[tuple[str, str]] = []

    def add(self, fault: Fault) -> None:
        _check(fault)
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._refunds.clear()

    def add_refund_outcome(self, outcome: str, *, notify: str = "normal") -> None:
        """How the next new refund ends, and what becomes of its notification."""
        with self._lock:
            self._refunds.append((outcome, notify))

    def take_refund_outcome(self) -> tuple[str, str]:
        with self._lock:
            return self._refunds.pop(0) if self._refunds else ("success", "normal")

    def take(self, path: str) -> Fault | None:
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if path.startswith(fault.path):
                    if fault.times > 1:
                        self._waiting[place] = replace(fault, times=fault.times - 1)
                    else:
                        del self._waiting[place]
                    return fault
        return None


def _check(fault: Fault) -> None:
    if fault.kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if not isinstance(fault.path, str) or not fault.path.startswith("/"):
        raise ValueError("path starts with /")
    if any(type(number) is not int for number in (fault.times, fault.status, fault.errcode)) or fault.times < 1:
        raise ValueError("times, status and errcode are whole numbers, times at least 1")
    if not 400 <= fault.status <= 599:
        raise ValueError("status is 400 to 599")
    if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= LONGEST_SECONDS:
        raise ValueError(f"seconds is 0 to {LONGEST_SECONDS}")


def answer_instead(fault: Fault) -> Answer | None:
    """The broken answer that takes the place of carrying the request out; None when it is carried out after all."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    if fault.kind == "status":
        return json_answer({"code": "SYSTEM_ERROR", "message": "系统错误"}, status=fault.status)
    if fault.kind == "garbage":
        return Answer(200, GARBAGE, "text/html")
    if fault.kind == "errcode":
        return json_answer({"errcode": fault.errcode, "errmsg": "system error"})
    return None


def spoil(fault: Fault, answer: Answer) -> Answer:
    """What the caller sees of an answer to a request that was carried out."""
    if fault.kind == "lost_answer":
        return Answer(502, GARBAGE, "text/html")
    if fault.kind == "bad_signature" and "Wechatpay-Signature" in answer.headers:
        # The signature stays well-formed, but no longer covers what is sent.
        answer.headers["Wechatpay-Nonce"] = "0" * 32
    return answer
