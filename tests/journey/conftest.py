"""A whole platform for one test: the web server on a port of its own, and WeChat beside it, talking over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from tests.booking.books import check_books
from wechat.emulator.testing import Emulator, emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture(autouse=True)
def books_balance(transactional_db: None) -> Iterator[None]:
    yield
    check_books()


@dataclass
class Phone:
    """A mini-program on somebody's phone: it speaks JSON and shows its token."""

    base_url: str
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, code: str) -> dict[str, Any]:
        told: dict[str, Any] = self.post("/auth/wechat-login", {"code": code})
        self.session.headers["Authorization"] = f"Bearer {told['access']}"
        return told

    def get(self, path: str, **query: Any) -> Any:
        return self._answer(self.session.get(f"{self.base_url}/api/v1{path}", params=query, timeout=10))

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._answer(self.session.post(f"{self.base_url}/api/v1{path}", json=body or {}, headers=headers, timeout=10))

    @staticmethod
    def _answer(answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json()


@pytest.fixture
def wechat(emulator: Emulator, live_server: LiveServer, settings: Any) -> Emulator:
    """The emulator, which posts its notifications to the web server of this test."""
    addresses = {"notify_url": "/wechat/pay/notify", "refund_notify_url": "/wechat/pay/refund-notify"}
    settings.WECHAT = settings.WECHAT | {name: live_server.url + path for name, path in addresses.items()}
    return emulator


@pytest.fixture
def phone(live_server: LiveServer) -> Iterator[Phone]:
    phone = Phone(live_server.url)
    phone.session.trust_env = False  # the server is on this machine; no proxy of the environment
    yield phone
    phone.session.close()
