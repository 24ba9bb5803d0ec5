"""One emulated WeChat: its keys, its memory, its clock, and how it misbehaves."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wechat.emulator.faults import Faults
from wechat.emulator.keys import EmulatorKeys
from wechat.emulator.signing import Signer
from wechat.emulator.store import Store

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass
class World:
    """`clock` gives seconds since 1970; `notify_factor` shortens the waits between attempts to notify."""

    keys: EmulatorKeys
    store: Store
    clock: Callable[[], float] = time.time
    notify_factor: float = 1.0
    refund_seconds: float = 2.0
    bill_at_once: bool = False
    faults: Faults = field(default_factory=Faults)
    # Paths that were called, newest last.
    calls: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = Signer(self.keys)


def rfc3339(seconds: float) -> str:
    """As API v3 writes times: 2026-11-21T09:00:00+08:00."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).isoformat(timespec="seconds")
