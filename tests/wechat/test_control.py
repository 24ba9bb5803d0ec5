"""The other side's controls over HTTP, and the page that people pay on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from wechat import pay
from wechat.emulator.keys import template_id
from wechat.emulator.testing import Emulator
from wechat.miniprogram import code_to_session, phone_number, send_subscribe_message

NUMBER = "YZ20261121D"


class Browser:
    def __init__(self, base_url: str, session: requests.Session) -> None:
        self.base_url, self.session = base_url, session

    def post(self, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        return self.session.post(f"{self.base_url}/_emulator/{path}", json=body or {}, timeout=5, **kwargs)

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.base_url}{path}", timeout=5)


@pytest.fixture
def browser(emulator: Emulator) -> Iterator[Browser]:
    with requests.Session() as session:
        session.trust_env = False
        yield Browser(emulator.base_url, session)


def place(emulator: Emulator, description: str = "挂号费") -> str:
    expires_at = datetime.now(UTC) + timedelta(minutes=10)
    openid = emulator.openid("王小明")
    return pay.place_order(out_trade_no=NUMBER, amount_fen=5000, description=description, openid=openid, expires_at=expires_at)


def test_codes_are_minted(browser: Browser) -> None:
    told = browser.post("login-codes", {"name": "王小明"}).json()
    assert code_to_session(told["code"]).openid == told["openid"]
    assert phone_number(browser.post("phone-codes", {"phone": "13911112222"}).json()["code"]).number == "13911112222"


def test_curl_posts_json_as_a_form_and_is_understood(browser: Browser) -> None:
    url = f"{browser.base_url}/_emulator/login-codes"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.session.post(url, data=b'{"name": "A"}', headers=headers, timeout=5)
    assert code_to_session(answer.json()["code"]).openid == answer.json()["openid"]


def test_an_order_is_paid_by_button(emulator: Emulator, browser: Browser) -> None:
    place(emulator)
    assert f'action="/_emulator/orders/{NUMBER}/pay"' in browser.get("/").text
    url = f"{browser.base_url}/_emulator/orders/{NUMBER}/pay"
    answer = browser.session.post(url, data={"notify": "normal"}, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert pay.query_order(out_trade_no=NUMBER).is_paid
    page = browser.get("/").text
    assert "支付成功" in page
    assert f'action="/_emulator/orders/{NUMBER}/pay"' not in page


def test_declining_leaves_the_order_unpaid(emulator: Emulator, browser: Browser) -> None:
    place(emulator)
    answer = browser.session.post(
        f"{browser.base_url}/_emulator/orders/{NUMBER}/decline", data={}, timeout=5, allow_redirects=False
    )
    assert answer.status_code == 200
    assert answer.json() == {"paid": False}
    assert "已放弃" in browser.get("/").text
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "NOTPAY"
    assert browser.post(f"orders/{NUMBER}/pay").json() == {"paid": True}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("orders/UNKNOWN1/pay", {}, 404),
        ("orders/UNKNOWN1/decline", {}, 404),
        (f"orders/{NUMBER}/pay", {"notify": "sometimes"}, 400),
        (f"orders/{NUMBER}/pay", {"delay_seconds": "soon"}, 400),
        (f"orders/{NUMBER}/pay", {"number": {"a": 1}}, 400),
        (f"orders/{NUMBER}/pay", {"unknown": 1}, 400),
        ("refunds/RF1/settle", {}, 404),
        ("refunds/RF1/settle", {"outcome": "perhaps"}, 400),
        ("refund-outcomes", {}, 400),
        ("refund-outcomes", {"outcome": "perhaps"}, 400),
        ("refund-outcomes", {"outcome": "success", "notify": "perhaps"}, 400),
        ("subscriptions", {"openid": "o", "template": "unknown"}, 400),
        ("notifications/unknown/send", {}, 404),
        ("faults", {"path": "/", "kind": "unknown"}, 400),
        ("faults", {"path": "/", "kind": "slow", "seconds": -1}, 400),
        ("faults", {"path": "/", "kind": "slow", "seconds": "1"}, 400),
        ("faults", {"path": "/", "kind": "status", "status": 200}, 400),
        ("faults", {"path": "/", "kind": "garbage", "times": 0}, 400),
        ("faults", {"kind": "garbage"}, 400),
        ("request-payment", {"package": "prepay_id=x"}, 400),
        ("request-payment", {"package": 5, "signType": "RSA"}, 400),
        ("nowhere", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    emulator: Emulator, browser: Browser, path: str, body: dict[str, Any], status: int
) -> None:
    place(emulator)
    answer = browser.post(path, body)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert pay.query_order(out_trade_no=NUMBER).trade_state == "NOTPAY"
    assert emulator.world.faults.take("/anything") is None
    assert emulator.world.faults.take_refund_outcome() == ("success", "normal")


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(browser: Browser, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{browser.base_url}/_emulator/login-codes"
    assert browser.session.post(url, data=body, headers=headers, timeout=5).status_code == 400


def test_refunds_and_their_outcomes(emulator: Emulator, browser: Browser) -> None:
    place(emulator)
    emulator.pay(NUMBER)
    assert browser.post("refund-outcomes", {"outcome": "stuck"}).status_code == 200
    pay.refund(out_refund_no="RF1", out_trade_no=NUMBER, refund_fen=5000, total_fen=5000, reason="停诊")
    (shown,) = browser.get("/_emulator/refunds").json()
    assert (shown["out_refund_no"], shown["status"], shown["yuan"]) == ("RF1", "PROCESSING", "50.00")
    assert "处理中" in browser.get("/").text
    assert browser.post("refunds/RF1/settle", {"outcome": "abnormal"}).status_code == 200
    assert pay.query_refund(out_refund_no="RF1").status == "ABNORMAL"
    assert "退款异常" in browser.get("/").text


def test_templates_have_the_titles_that_people_are_shown(browser: Browser) -> None:
    titles = browser.get("/_emulator/templates").json()
    assert titles[template_id("booked")] == "预约成功通知"
    assert len(set(titles.values())) == len(titles) > 1


def test_subscriptions_and_messages(emulator: Emulator, browser: Browser) -> None:
    openid = emulator.openid("王小明")
    told = browser.post("subscriptions", {"openid": openid, "template": "booked"}).json()
    assert told == {"left": 1, "events": ["accepted"]}
    send_subscribe_message(openid=openid, template_id=template_id("booked"), data={"thing1": "儿科"})
    (shown,) = browser.get("/_emulator/messages").json()
    assert (shown["openid"], shown["template"], shown["data"]) == (openid, "booked", {"thing1": "儿科"})
    told = browser.post("subscriptions", {"openid": openid, "template": "booked", "accept": False}).json()
    assert told == {"left": 0, "events": ["accepted", "spent", "refused"]}


def test_notifications_are_listed_and_sent_again(emulator: Emulator, browser: Browser) -> None:
    place(emulator)
    browser.post(f"orders/{NUMBER}/pay", {"notify": "lost"})
    (shown,) = browser.get("/_emulator/notifications").json()
    assert (shown["subject"], shown["attempts"], shown["next_at"]) == (NUMBER, 0, None)
    browser.post(f"notifications/{shown['id']}/send")
    (shown,) = browser.get("/_emulator/notifications").json()
    assert shown["next_at"] is not None


def test_faults_are_set_and_cleared(emulator: Emulator, browser: Browser) -> None:
    fault = {"path": "/v3/pay", "kind": "status", "status": 500, "times": 3}
    assert browser.post("faults", fault).status_code == 200
    with pytest.raises(pay.PayUnavailable):
        place(emulator)
    browser.session.delete(f"{browser.base_url}/_emulator/faults", timeout=5)
    assert place(emulator).startswith("wx")


def test_tokens_are_revoked(emulator: Emulator, browser: Browser) -> None:
    phone_number(emulator.phone_code())
    assert browser.post("tokens/revoke").status_code == 200
    phone_number(emulator.phone_code())
    assert emulator.calls("/cgi-bin/stable_token") == 2


def test_the_phone_asks_from_a_browser_on_another_port(browser: Browser) -> None:
    answer = browser.session.options(f"{browser.base_url}/_emulator/login-codes", timeout=5)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert browser.post("login-codes").headers["Access-Control-Allow-Origin"] == "*"


def test_the_page_shows_text_as_text(emulator: Emulator, browser: Browser) -> None:
    place(emulator, description="<script>alert(1)</script>")
    page = browser.get("/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_orders_are_listed(emulator: Emulator, browser: Browser) -> None:
    browser.post("login-codes", {"name": "王小明"})
    place(emulator)
    (shown,) = json.loads(browser.get("/_emulator/orders").content)
    assert (shown["payer"], shown["yuan"], shown["word"]) == ("王小明", "50.00", "订单未支付")
    emulator.advance(3600)
    assert browser.get("/_emulator/orders").json()[0]["state"] == "CLOSED"


@pytest.mark.parametrize("path", ["/unknown", "/v3/unknown", "/cgi-bin/token"])
def test_other_addresses_are_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == (401 if path.startswith("/v3/") else 404)
