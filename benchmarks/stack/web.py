"""The platform's web server, as it is deployed: granian, one worker a core, on a port of its own."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.stack import CannotMeasure
from config.embedded.ports import HOST, free_port

ROOT = Path(__file__).resolve().parents[2]
# As in docker-compose.yml.
BLOCKING_THREADS = 8
# The rush opens 2,000 connections in one moment; what the queue of the socket cannot hold would be tried again seconds later.
BACKLOG = 4096
READY_SECONDS = 60
GRACE_SECONDS = 15


@contextmanager
def web_server() -> Iterator[int]:
    """Serves the platform on the database that DATABASE_URL names within the body; yields the port.

    Raises CannotMeasure, with the server's last words, where it does not come up.
    """
    port, workers = free_port(), str(os.cpu_count() or 1)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--workers", workers, "--blocking-threads", str(BLOCKING_THREADS), "--backlog", str(BACKLOG)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "config.wsgi:application"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A session of its own: Ctrl-C reaches the benchmark alone, which then stops the server.
            start_new_session=True,
        )
        try:
            _wait_until_ready(process, port)
            yield port
        except CannotMeasure as error:
            log.seek(0)
            last = log.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise CannotMeasure(f"{error}: {last[0]}") from error
        finally:
            _stop(process)


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if process.poll() is not None:
            raise CannotMeasure(f"the web server ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise CannotMeasure(f"the web server did not answer in {READY_SECONDS} s")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/v1/hospitals")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
