"""Notifications: what is believed, what is refused, and how the emulator delivers them."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wechat import pay
from wechat.emulator import notices
from wechat.emulator.keys import EmulatorKeys, load_or_create_keys
from wechat.emulator.notices import SignedNotice
from wechat.emulator.server import Courier
from wechat.emulator.signing import Signer
from wechat.emulator.testing import Emulator

NUMBER = "YZ20261121C"


def now() -> datetime:
    return datetime.now(UTC)


def pay_order(emulator: Emulator, **how: Any) -> None:
    pay.place_order(
        out_trade_no=NUMBER,
        amount_fen=5000,
        description="挂号费",
        openid=emulator.openid("王小明"),
        expires_at=now() + timedelta(minutes=10),
    )
    emulator.pay(NUMBER, **how)


@pytest.fixture
def notice(emulator: Emulator) -> SignedNotice:
    pay_order(emulator)
    (written,) = emulator.notifications(NUMBER)
    return written


def read(headers: dict[str, str], body: bytes, at: datetime | None = None) -> Any:
    return pay.read_notification(headers=headers, body=body, now=at or now())


def signed_notice(keys: EmulatorKeys, body: bytes | dict[str, Any], *, signed_at: float | None = None) -> SignedNotice:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SignedNotice("", Signer(keys).headers(raw, signed_at=signed_at), raw)


def sealed(keys: EmulatorKeys, resource: Any, **changes: Any) -> dict[str, Any]:
    document = {
        "id": "n1",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "resource": Signer(keys).encrypted(resource, kind="transaction"),
    }
    return document | changes


def transaction(keys: EmulatorKeys, **changes: Any) -> dict[str, Any]:
    told = {
        "appid": keys.appid,
        "mchid": keys.mchid,
        "out_trade_no": NUMBER,
        "trade_state": "SUCCESS",
        "transaction_id": "42",
        "success_time": "2026-11-21T09:00:00+08:00",
        "payer": {"openid": "o"},
        "amount": {"total": 5000, "currency": "CNY"},
    }
    return told | changes


class TestReading:
    def test_header_names_come_in_any_spelling(self, notice: SignedNotice) -> None:
        as_sent = read(notice.headers, notice.body)
        lower = read({name.lower(): value for name, value in notice.headers.items()}, notice.body)
        meta = read({f"HTTP_{name.upper().replace('-', '_')}": v for name, v in notice.headers.items()}, notice.body)
        assert as_sent == lower == meta
        assert as_sent.id == json.loads(notice.body)["id"]
        assert as_sent.order.amount_fen == 5000

    def test_a_retry_has_the_same_id_under_a_new_signature(self, emulator: Emulator, notice: SignedNotice) -> None:
        (again,) = emulator.notifications(NUMBER)
        assert again.headers["Wechatpay-Signature"] != notice.headers["Wechatpay-Signature"]
        assert read(again.headers, again.body) == read(notice.headers, notice.body)

    def test_the_time_of_payment_is_in_utc(self, emulator: Emulator) -> None:
        told = signed_notice(emulator.keys, sealed(emulator.keys, transaction(emulator.keys)))
        assert read(told.headers, told.body).order.success_time == datetime(2026, 11, 21, 1, tzinfo=UTC)


class TestForgery:
    @pytest.mark.parametrize("name", ["Signature", "Timestamp", "Nonce", "Serial", "Signature-Type"])
    def test_without_one_of_its_headers(self, notice: SignedNotice, name: str) -> None:
        headers = {key: value for key, value in notice.headers.items() if key != f"Wechatpay-{name}"}
        with pytest.raises(pay.ForgedNotification):
            read(headers, notice.body)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Signature", "WECHATPAY/SIGNTEST/abc"),
            ("Signature", "bm90IGEgc2lnbmF0dXJl"),
            ("Signature", "***"),
            ("Signature", "签名"),
            ("Nonce", "another"),
            ("Serial", "PUB_KEY_ID_FOREIGN"),
            ("Serial", "5157F09EFDC096DE15EBE81A47057A72"),
            ("Serial", "zz"),
            ("Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
            ("Timestamp", "yesterday"),
            ("Timestamp", "-5"),
            ("Timestamp", "٣٤٥"),
            ("Timestamp", "9" * 5000),
        ],
    )
    def test_with_a_wrong_header(self, emulator: Emulator, notice: SignedNotice, name: str, value: str) -> None:
        before = len(emulator.world.calls)
        with pytest.raises(pay.ForgedNotification):
            read(notice.headers | {f"Wechatpay-{name}": value}, notice.body)
        # A foreign serial must not make us call out for certificates.
        assert len(emulator.world.calls) == before

    def test_a_probe_is_refused_even_where_everything_else_is_right(self, notice: SignedNotice) -> None:
        probe = f"WECHATPAY/SIGNTEST/{notice.headers['Wechatpay-Signature']}"
        with pytest.raises(pay.ForgedNotification, match="probe"):
            read(notice.headers | {"Wechatpay-Signature": probe}, notice.body)

    @pytest.mark.parametrize("change", [b" ", b"{}", b"\xff"])
    def test_with_a_changed_body(self, notice: SignedNotice, change: bytes) -> None:
        with pytest.raises(pay.ForgedNotification):
            read(notice.headers, notice.body + change)

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"null", b"[]", b"5", b'"x"', b"\xff\xfe", b"{}", b'{"resource": 5}', b"[" * 100_000]
    )
    def test_with_garbage_unsigned_or_signed(self, emulator: Emulator, notice: SignedNotice, body: bytes) -> None:
        with pytest.raises(pay.ForgedNotification):
            read(notice.headers, body)
        signed = signed_notice(emulator.keys, body)
        with pytest.raises(pay.ForgedNotification):
            read(signed.headers, body)

    @pytest.mark.parametrize(
        "change",
        [
            {"algorithm": "AEAD_SM4_GCM"},
            {"ciphertext": "bm90IGVuY3J5cHRlZCBhdCBhbGwsIG5vdCBhIGJpdA=="},
            {"ciphertext": "short"},
            {"ciphertext": "密文"},
            {"ciphertext": 5},
            {"ciphertext": ""},
            {"nonce": "x"},
            {"nonce": 5},
            {"associated_data": "other"},
            {"associated_data": {}},
            {"associated_data": 5},
        ],
    )
    def test_with_a_resource_that_cannot_be_decrypted(self, emulator: Emulator, change: dict[str, Any]) -> None:
        document = sealed(emulator.keys, transaction(emulator.keys))
        document["resource"] |= change
        told = signed_notice(emulator.keys, document)
        with pytest.raises(pay.ForgedNotification):
            read(told.headers, told.body)

    def test_by_someone_with_keys_of_their_own(self, emulator: Emulator, notice: SignedNotice, tmp_path: Any) -> None:
        theirs = load_or_create_keys(tmp_path)
        told = signed_notice(theirs, notice.body)
        told.headers["Wechatpay-Serial"] = emulator.keys.platform_public_key_id
        with pytest.raises(pay.ForgedNotification, match="signature"):
            read(told.headers, told.body)


class TestFreshness:
    @pytest.mark.parametrize("seconds", [-299, 0, 299])
    def test_within_five_minutes(self, notice: SignedNotice, seconds: int) -> None:
        signed = datetime.fromtimestamp(int(notice.headers["Wechatpay-Timestamp"]), UTC)
        assert read(notice.headers, notice.body, signed + timedelta(seconds=seconds)).order.out_trade_no == NUMBER

    @pytest.mark.parametrize("seconds", [-301, 301, 86400])
    def test_beyond(self, notice: SignedNotice, seconds: int) -> None:
        signed = datetime.fromtimestamp(int(notice.headers["Wechatpay-Timestamp"]), UTC)
        with pytest.raises(pay.StaleNotification):
            read(notice.headers, notice.body, signed + timedelta(seconds=seconds))

    def test_an_old_one_cannot_be_given_a_new_time(self, notice: SignedNotice) -> None:
        later = str(int(notice.headers["Wechatpay-Timestamp"]) + 250)
        with pytest.raises(pay.ForgedNotification):
            read(notice.headers | {"Wechatpay-Timestamp": later}, notice.body)


class TestContent:
    @pytest.mark.parametrize("change", [{"mchid": "1900000002"}, {"appid": "wxother"}, {"mchid": None}])
    def test_about_another_account(self, emulator: Emulator, change: dict[str, Any]) -> None:
        told = signed_notice(emulator.keys, sealed(emulator.keys, transaction(emulator.keys, **change)))
        with pytest.raises(pay.ForeignNotification):
            read(told.headers, told.body)

    @pytest.mark.parametrize(
        "change",
        [
            {"event_type": "COUPON.USE"},
            {"event_type": None},
            {"id": None},
            {"id": 5},
        ],
    )
    def test_of_an_unknown_kind(self, emulator: Emulator, change: dict[str, Any]) -> None:
        told = signed_notice(emulator.keys, sealed(emulator.keys, transaction(emulator.keys), **change))
        with pytest.raises(pay.UnknownNotification):
            read(told.headers, told.body)

    @pytest.mark.parametrize(
        "change",
        [
            {"out_trade_no": None},
            {"trade_state": 1},
            {"transaction_id": None},
            {"amount": None},
            {"amount": {"total": "5000"}},
            {"amount": {"total": 50.0}},
            {"amount": {"total": True}},
            {"amount": {"total": 5000, "currency": "USD"}},
            {"success_time": "yesterday"},
            {"success_time": "2026-11-21T09:00:00"},
        ],
    )
    def test_with_an_odd_field(self, emulator: Emulator, change: dict[str, Any]) -> None:
        told = signed_notice(emulator.keys, sealed(emulator.keys, transaction(emulator.keys, **change)))
        with pytest.raises(pay.UnknownNotification):
            read(told.headers, told.body)


class _Merchant(BaseHTTPRequestHandler):
    """A notify URL that reads what comes and answers from a list of statuses, 204 when that is used up."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen, statuses = self.server.seen, self.server.statuses  # type: ignore[attr-defined]
        seen.append(pay.read_notification(headers=dict(self.headers.items()), body=body, now=now()))
        self.send_response(statuses.pop(0) if statuses else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def merchant(settings: Any, *statuses: int) -> Iterator[list[Any]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Merchant)
    server.seen, server.statuses = [], list(statuses)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/notify"
    settings.WECHAT = settings.WECHAT | {"notify_url": url, "refund_notify_url": url}
    try:
        yield server.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestDelivery:
    def test_a_payment_and_a_refund_arrive_once(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings) as seen:
            pay_order(emulator)
            assert emulator.deliver() == 1
            pay.refund(out_refund_no="RF1", out_trade_no=NUMBER, refund_fen=5000, total_fen=5000, reason="停诊")
            assert (emulator.deliver(), emulator.deliver()) == (1, 0)
        assert [type(each) for each in seen] == [pay.PaymentNotification, pay.RefundNotification]
        assert seen[1].refund == pay.query_refund(out_refund_no="RF1")

    def test_a_doubled_one_arrives_twice_with_one_id(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings) as seen:
            pay_order(emulator, notify="doubled")
            assert [emulator.deliver() for _ in range(3)] == [1, 1, 0]
        assert len(seen) == 2
        assert seen[0] == seen[1]

    def test_a_lost_one_never_arrives_but_the_order_is_paid(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings) as seen:
            pay_order(emulator, notify="lost")
            emulator.advance(24 * 3600)
            assert emulator.deliver() == 0
        assert seen == []
        assert pay.query_order(out_trade_no=NUMBER).is_paid

    def test_a_delayed_one_arrives_late(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings) as seen:
            pay_order(emulator, delay_seconds=600)
            assert emulator.deliver() == 0
            emulator.advance(601)
            assert emulator.deliver() == 1
        assert len(seen) == 1

    def test_it_is_tried_again_by_the_schedule_until_taken(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings, 500, 401) as seen:
            pay_order(emulator)
            assert (emulator.deliver(), emulator.deliver()) == (1, 0)
            emulator.advance(15)
            assert (emulator.deliver(), emulator.deliver()) == (1, 0)
            emulator.advance(15)
            assert (emulator.deliver(), emulator.deliver()) == (1, 0)
            emulator.advance(24 * 3600)
            assert emulator.deliver() == 0
        assert len({each.id for each in seen}) == 1
        assert len(seen) == 3

    def test_after_a_day_it_is_given_up(self, emulator: Emulator) -> None:
        # nobody listens at the notify URL
        pay_order(emulator)
        waited, attempts = 0.0, 0
        while (wait := notices.seconds_until_due(emulator.world)) is not None:
            waited += wait
            emulator.advance(wait + 0.001)
            attempts += emulator.deliver()
        assert attempts == 1 + len(notices.WAITS) == 16
        assert 24 * 3600 < waited + attempts < 24.2 * 3600

    def test_it_can_be_sent_again_by_hand(self, emulator: Emulator, settings: Any) -> None:
        with merchant(settings) as seen:
            pay_order(emulator, notify="lost")
            (notice,) = emulator.notifications(NUMBER)
            notices.send_again(emulator.world, json.loads(notice.body)["id"])
            assert (emulator.deliver(), len(seen)) == (1, 1)
        with pytest.raises(LookupError):
            notices.send_again(emulator.world, "unknown")

    def test_the_courier_settles_and_delivers_by_itself(self, emulator: Emulator, settings: Any) -> None:
        courier = Courier(emulator.world)
        courier.start()
        try:
            with merchant(settings, 500) as seen:
                emulator.world.notify_factor = 0.001
                pay_order(emulator)
                _wait_for(lambda: len(seen) == 2)
                pay.refund(out_refund_no="RF1", out_trade_no=NUMBER, refund_fen=5000, total_fen=5000, reason="停诊")
                _wait_for(lambda: len(seen) == 3)
        finally:
            courier.stop()
        assert isinstance(seen[2], pay.RefundNotification)

    def test_a_merchant_that_hangs_counts_as_no_answer(self, emulator: Emulator, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.MonkeyPatch.context() as patch:
            patch.setattr(notices, "ANSWER_SECONDS", 0.2)
            settings.WECHAT = settings.WECHAT | {"notify_url": f"http://127.0.0.1:{deaf.getsockname()[1]}/notify"}
            pay_order(emulator)
            assert emulator.deliver() == 1
        assert notices.seconds_until_due(emulator.world) == pytest.approx(15, abs=1)


def _wait_for(condition: Any) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within a minute")
