"""The emulator as a process: it starts, keeps what was paid, refuses a taken port, and stops when told."""

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
from wechat.management.commands.wechat_emulator import Command

NUMBER = "YZ20261121E"


@contextmanager
def process(folder: Path, port: int, stop: signal.Signals) -> Iterator[str]:
    """The command as people run it, stopped by a signal and gone with status 0."""
    command = [sys.executable, "manage.py", "wechat_emulator", "--port", str(port), "--keys", str(folder)]
    running = subprocess.Popen(
        [*command, "--state", str(folder / "state.sqlite3")],
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line == f"WeChat emulator on http://127.0.0.1:{port}/\n", running.communicate(timeout=60)
        yield line.split()[-1].rstrip("/")
        running.send_signal(stop)
        assert running.wait(timeout=60) == 0
    finally:
        running.kill()
        running.communicate()


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Run the command here, as manage.py does, until it refuses: its exit status and the lines on stderr.

    The warning that these are not the checkout's own keys is left out.
    """
    argv = ["manage.py", "wechat_emulator", "--state", str(folder / "state.sqlite3"), "--keys", str(folder)]
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv([*argv, *arguments])
    out, err = capsys.readouterr()
    assert out == ""
    assert isinstance(ended.value.code, int)
    return ended.value.code, [line for line in err.splitlines() if not line.startswith("warning:")]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


def test_a_restart_keeps_a_paid_order_paid(tmp_path: Path, port: int, settings: Any) -> None:
    settings.WECHAT = emulator_settings(tmp_path, f"http://127.0.0.1:{port}", "http://127.0.0.1:9")
    with process(tmp_path, port, signal.SIGTERM) as url:
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
    with process(tmp_path, port, signal.SIGINT):
        assert pay.query_order(out_trade_no=NUMBER) == before
    assert before.is_paid


def test_a_taken_port_is_one_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        status, lines = refused(capsys, tmp_path, "--port", str(number))
    assert (status, len(lines)) == (1, 1)
    assert f"127.0.0.1:{number}" in lines[0]
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "0"),
        ("--port", "abc"),
        ("--port", "70000"),
        ("--notify-factor", "-1"),
        ("--notify-factor", "nan"),
        ("--unknown",),
    ],
)
def test_a_bad_argument_is_a_matter_of_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    status, lines = refused(capsys, tmp_path, *arguments)
    assert status == 2
    assert "error:" in lines[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--keys", "/dev/null/keys"), ("--state", "/dev/null/state")])
def test_a_folder_that_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    status, lines = refused(capsys, tmp_path, *arguments)
    assert (status, len(lines)) == (1, 1)
    assert arguments[1] in lines[0]


@pytest.mark.parametrize("name", ["emulator-keys.json", "state.sqlite3"])
def test_a_damaged_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / name).write_text('{"appid": ' * 100)
    status, lines = refused(capsys, tmp_path)
    assert (status, len(lines)) == (1, 1)
    assert name in lines[0]


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
