"""For tests: an emulator of one's own, as a fixture. Import `emulator` into a conftest."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wechat.emulator import login, messages, notices, orders, people, refunds
from wechat.emulator.faults import Fault
from wechat.emulator.keys import EmulatorKeys, emulator_settings, load_or_create_keys
from wechat.emulator.notices import SignedNotice
from wechat.emulator.server import running_emulator
from wechat.emulator.store import Store
from wechat.emulator.world import World
from wechat.miniprogram.token import forget_token


@dataclass(frozen=True)
class Emulator:
    """The other side, played by a test. Notifications wait until `deliver()`, or are posted by the test itself."""

    world: World
    base_url: str
    began_at: float = field(default_factory=time.time)

    @property
    def keys(self) -> EmulatorKeys:
        return self.world.keys

    def openid(self, name: str) -> str:
        return people.openid_of(self.keys.appid, name)

    def login_code(self, name: str = "patient", *, unionid: str | None = None) -> str:
        return people.login_code(self.world, name, unionid=unionid)

    def phone_code(self, phone: str = "13800138000") -> str:
        return people.phone_code(self.world, phone)

    def pay(self, out_trade_no: str, *, notify: str = "normal", delay_seconds: float = 0.0) -> None:
        """Pay an order; `notify` is normal, doubled or lost."""
        orders.pay(self.world, out_trade_no, notify=notify, delay_seconds=delay_seconds)

    def next_refund(self, outcome: str, *, notify: str = "normal") -> None:
        """How the next refund ends: success, abnormal, closed, stuck, or not_enough (refused)."""
        refunds.check_outcome(outcome)
        self.world.faults.add_refund_outcome(outcome, notify=notify)

    def settle_refund(self, out_refund_no: str, outcome: str = "success") -> None:
        refunds.settle(self.world, out_refund_no, outcome)

    def notifications(self, number: str) -> list[SignedNotice]:
        """The notifications about an order or refund as they would be posted now: `url`, `headers`, `body`."""
        return notices.signed(self.world, number)

    def deliver(self) -> int:
        """Post what is due to the notify URLs; how many were tried."""
        refunds.settle_due(self.world)
        return notices.deliver_due(self.world)

    def accept_subscription(self, openid: str, template_id: str, *, long_term: bool = False) -> None:
        messages.answer_subscription(self.world, openid, template_id, accept=True, long_term=long_term)

    def refuse_subscription(self, openid: str, template_id: str) -> None:
        messages.answer_subscription(self.world, openid, template_id, accept=False)

    def messages(self, openid: str | None = None) -> list[dict[str, Any]]:
        """Messages sent, oldest first."""
        with self.world.store.transaction() as db:
            rows = db.execute("SELECT * FROM message ORDER BY id").fetchall()
        return [dict(row) for row in rows if openid in (None, row["openid"])]

    def break_next(self, path: str, kind: str, **details: Any) -> None:
        """Break the next calls below `path`; kinds and details as in `wechat.emulator.faults.Fault`."""
        self.world.faults.add(Fault(path=path, kind=kind, **details))  # type: ignore[arg-type]

    def calls(self, path: str) -> int:
        """How many requests so far were for exactly `path`."""
        return list(self.world.calls).count(path)

    def advance(self, seconds: float) -> None:
        """Move WeChat's clock ahead: codes, tokens and orders age, and tomorrow's bill comes. Signatures stay on time."""
        before = self.world.clock
        self.world.clock = lambda: before() + seconds

    def revoke_tokens(self) -> None:
        login.revoke_tokens(self.world)


@pytest.fixture(scope="session")
def emulator_keys_folder() -> Iterator[Path]:
    """Keys are made once a session: two RSA keys take a while."""
    with tempfile.TemporaryDirectory(prefix="wechat-keys-") as folder:
        load_or_create_keys(folder)
        yield Path(folder)


@pytest.fixture
def emulator(emulator_keys_folder: Path, settings: Any) -> Iterator[Emulator]:
    """An emulator with an empty memory on a free port, to which settings.WECHAT points for the length of the test."""
    world = World(load_or_create_keys(emulator_keys_folder), Store(None), refund_seconds=0.0)
    with running_emulator(world, deliver=False) as base_url:
        values = emulator_settings(emulator_keys_folder, base_url, "http://127.0.0.1:9")
        settings.WECHAT = values
        forget_token(values["appid"])
        yield Emulator(world, base_url)
    forget_token(values["appid"])
    world.store.close()
