"""`manage.py demo` and other commands in a copy of this checkout, so that its own servers and data are left alone.

The copy's demo world is cut down to one login: the real one has tests of its own, and this is about what runs.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.postgres import EmbeddedPostgres
from config.embedded.redis import EmbeddedRedis
from config.management.commands.demo import port_number
from config.supervisor import leftovers

from .conftest import ROOT, wait_until

SMALL_WORLD = """
from types import SimpleNamespace as World

def load(*, now, progress):
    progress("one login")
    return World(logins=[World(role="管理员", username="operator", password="secret")])
"""
# Of the checkout's own folder; dotted names besides.
LEFT_OUT = {"tests", "miniprogram", "docs", "benchmarks", "staticfiles", "media"}
READY_SECONDS = 120


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="yuezhen ") as name:
        copy = Path(name, "约 诊")
        shutil.copytree(ROOT, copy, ignore=_left_out)
        (copy / "config" / "demo" / "world.py").write_text(SMALL_WORLD)
        yield copy


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if Path(folder) == ROOT and (name in LEFT_OUT or name.startswith("."))}


def manage(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment(), capture_output=True, text=True, timeout=READY_SECONDS)


def environment() -> dict[str, str]:
    """This process's, without what would point a command at other servers or settings, or make it compile all code again."""
    elsewhere = ("DATABASE_", "REDIS_", "DJANGO_", "YUEZHEN_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(elsewhere)}


def test_a_command_that_needs_no_server_starts_none(checkout: Path) -> None:
    checked = manage(checkout, "check")

    assert (checked.returncode, checked.stderr) == (0, "")
    assert sorted(path.name for path in (checkout / ".local").iterdir()) == ["keys.json", "wechat"]


def test_a_command_that_needs_the_database_brings_it_and_takes_it_away(checkout: Path) -> None:
    program = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW data_directory'); print(k.fetchone()[0])"

    told = manage(checkout, "shell", "--no-imports", "-c", program)

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"{checkout}/.local/pgdata\n"
    assert EmbeddedPostgres(checkout / ".local").find() is None
    assert not (checkout / ".local" / "redis.json").exists()


def test_dbshell_uses_the_wheels_psql(checkout: Path) -> None:
    told = manage(checkout, "dbshell", "--", "-Atc", "SELECT current_database()")

    assert (told.returncode, told.stdout, told.stderr) == (0, "yuezhen\n", "")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8e3", "http", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ArgumentTypeError, match="a port is a number from 1 to 65535"):
        port_number(port)


def test_the_demo_serves_and_one_signal_ends_all_of_it(checkout: Path) -> None:
    command = [sys.executable, "manage.py", "demo"]
    with (checkout / "said").open("w+") as said:
        demo = subprocess.Popen(command, cwd=checkout, env=environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            wait_until(lambda: demo.poll() is not None or "Ctrl-C" in (checkout / "said").read_text(), seconds=READY_SECONDS)
            text = (checkout / "said").read_text()
            assert "Yuezhen is running." in text
            assert "The mini-program is not shown: this checkout has no miniprogram/. All else runs." in text
            assert "管理员  operator  secret" in text
            (web,) = re.findall(r"http://(\S+)/admin/", text)
            (emulator,) = re.findall(r"WeChat emulator +http://(\S+)/", text)
            assert status(web, "/admin/login/") == status(web, "/static/admin/css/base.css") == status(emulator, "/") == 200
            assert len(leftovers.find(checkout)) >= 5  # emulator, granian and its worker, Celery's worker, beat

            second = manage(checkout, "demo", "--no-serve")
            assert second.returncode == 1
            assert second.stderr == f"CommandError: The demo of this checkout is already running, as process {demo.pid}\n"

            demo.send_signal(signal.SIGTERM)
            demo.wait(READY_SECONDS)
        finally:
            demo.kill()
            demo.wait()
    assert demo.returncode == 0
    assert (checkout / "said").read_text().endswith("Stopped; nothing is left running.\n")
    assert leftovers.find(checkout) == []
    assert EmbeddedPostgres(checkout / ".local").find() is None
    assert EmbeddedRedis(checkout / ".local").find() is None


def status(address: str, path: str) -> int:
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
