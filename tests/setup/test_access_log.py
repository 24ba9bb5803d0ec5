"""The access log takes one line a request, whatever stands in its address."""

import http.client
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.ports import HOST, free_port
from config.supervisor.demo import web_command

from .conftest import ROOT, wait_until

FORGED = "/nothing%0A[2026-01-01 00:00:00 +0800] 10.0.0.1 - %22GET /admin/ HTTP/1.1%22 200 1.000".replace(" ", "%20")


def ask(port: int, path: str) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The platform's web server as the demo runs it; its port and its log."""
    port, log = free_port(), tmp_path / "web.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            web_command(port), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True
        )
        try:
            wait_until(lambda: process.poll() is not None or answers(port), seconds=120)
            assert process.poll() is None, log.read_text()
            yield port, log
        finally:
            process.terminate()
            process.wait(30)


def answers(port: int) -> bool:
    try:
        return ask(port, "/nothing") == 404
    except OSError:
        return False


@pytest.mark.enable_socket
def test_an_address_cannot_forge_a_line(served: tuple[int, Path]) -> None:
    port, log = served
    before = len(log.read_text().splitlines())

    assert ask(port, FORGED) == 404

    wait_until(lambda: "%0A" in log.read_text())
    lines = log.read_text().splitlines()[before:]
    mine = [line for line in lines if "%0A" in line]
    assert len(mine) == 1
    assert '"GET /nothing%0A%5B2026-01-01%2000:00:00%20+0800%5D%2010.0.0.1%20-%20%22GET%20/admin/' in mine[0]
    assert not any(line.startswith("[2026-01-01 00:00:00") for line in lines)
