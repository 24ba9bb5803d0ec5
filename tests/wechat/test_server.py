"""The emulator as a process: it starts, keeps what was paid, refuses a taken port, and stops when told."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings

from wechat import pay
from wechat.emulator.keys import emulator_settings, load_or_create_keys
from wechat.emulator.people import openid_of
from wechat.emulator.store import VERSION, Store

NUMBER = "YZ20261121E"


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "wechat_emulator", "--state", str(folder / "state.sqlite3")]
    return subprocess.Popen(
        [*command, "--keys", str(folder), *arguments],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def process(folder: Path, port: int, stop: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    running = start(folder, "--port", str(port))
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line == f"WeChat emulator on http://127.0.0.1:{port}/\n", running.communicate(timeout=10)
        yield line.split()[-1].rstrip("/")
        running.send_signal(stop)
        assert running.wait(timeout=10) == 0
    finally:
        running.kill()
        running.communicate()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_restart_keeps_a_paid_order_paid(tmp_path: Path, port: int, settings: Any, stop: signal.Signals) -> None:
    settings.WECHAT = emulator_settings(tmp_path, f"http://127.0.0.1:{port}", "http://127.0.0.1:9")
    with process(tmp_path, port, stop) as url:
        pay.place_order(
            out_trade_no=NUMBER,
            amount_fen=5000,
            description="挂号费",
            openid=openid_of(settings.WECHAT["appid"], "王小明"),
            expires_at=datetime.now(UTC) + timedelta(minutes=10),
        )
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{url}/_emulator/orders/{NUMBER}/pay", json={"notify": "lost"}, timeout=5)
        before = pay.query_order(out_trade_no=NUMBER)
    with process(tmp_path, port, stop):
        assert pay.query_order(out_trade_no=NUMBER) == before
    assert before.is_paid


def test_a_taken_port_is_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        running = start(tmp_path, "--port", str(number))
        out, err = running.communicate(timeout=30)
    # The warning is about keys, as these are not the checkout's.
    errors = [line for line in err.splitlines() if not line.startswith("warning:")]
    assert (running.returncode, out, len(errors)) == (1, "", 1)
    assert f"127.0.0.1:{number}" in errors[0]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--port", "0"), 2),
        (("--port", "abc"), 2),
        (("--port", "70000"), 2),
        (("--notify-factor", "-1"), 2),
        (("--notify-factor", "nan"), 2),
        (("--unknown",), 2),
        (("--keys", "/dev/null/keys"), 1),
        (("--state", "/dev/null/state"), 1),
    ],
)
def test_a_bad_argument_is_told_without_a_traceback(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    running = start(tmp_path, *arguments)
    _, err = running.communicate(timeout=30)
    assert running.returncode == status
    assert "Traceback" not in err
    assert err.strip()


def test_damaged_keys_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "emulator-keys.json").write_text('{"appid": ')
    running = start(tmp_path)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert len(err.splitlines()) == 1
    assert "emulator-keys.json" in err


def test_a_state_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_text("not a database, and long enough to be looked at by sqlite" * 20)
    running = start(tmp_path)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, len(err.splitlines())) == (1, 1)


def test_a_state_of_another_version_starts_anew(tmp_path: Path) -> None:
    first = Store(tmp_path / "state.sqlite3")
    with first.transaction() as db:
        db.execute("INSERT INTO person VALUES ('o', 'x', NULL)")
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    first.close()
    second = Store(tmp_path / "state.sqlite3")
    with second.transaction() as db:
        assert db.execute("SELECT count(*) FROM person").fetchone()[0] == 0
    second.close()


def test_a_failed_transaction_leaves_nothing() -> None:
    store = Store(None)

    def fail_after_an_inner_one() -> None:
        with store.transaction() as db:
            db.execute("INSERT INTO person VALUES ('o', 'x', NULL)")
            with store.transaction() as inner:
                inner.execute("INSERT INTO person VALUES ('p', 'y', NULL)")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_after_an_inner_one()
    with store.transaction() as db:
        assert db.execute("SELECT count(*) FROM person").fetchone()[0] == 0
    store.close()


def test_keys_are_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    first, second = load_or_create_keys(tmp_path), load_or_create_keys(tmp_path)
    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == ["emulator-keys.json"]
    assert (tmp_path / "emulator-keys.json").stat().st_mode & 0o077 == 0
    other = load_or_create_keys(tmp_path / "other")
    assert other.apiv3_key != first.apiv3_key


def test_processes_that_make_keys_at_once_agree(tmp_path: Path) -> None:
    code = "import sys; from wechat.emulator.keys import load_or_create_keys; print(load_or_create_keys(sys.argv[1]).secret)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=django_settings.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = {each.communicate(timeout=60)[0] for each in running}
    assert len(told) == 1
    assert len(told.pop().strip()) == 32
