"""Servers in folders of their own, so that these tests do not meet the ones the rest of the run uses."""

import functools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30

USER_PROGRAM = """
import sys
from pathlib import Path
from config.embedded.{module} import {server}
server = {server}(Path(sys.argv[1]))
server.use()
print(server.find(), flush=True)
sys.stdin.read()
"""


class User:
    """Another process that uses a server until it is told to end."""

    def __init__(self, module: str, server: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER_PROGRAM.format(module=module, server=server), str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @functools.cached_property
    def server_pid(self) -> int:
        """The server's process, once this user has found or started it."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def end(self) -> None:
        """Ends it in an orderly way; it must have said nothing to people."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert (self.process.returncode, out, err) == (0, "", "")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture
def start_user() -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def start(module: str, server: str, folder: Path) -> User:
        users.append(User(module, server, folder))
        return users[-1]

    yield start
    for user in users:
        if user.process.poll() is None:
            user.kill()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a space in its name; made by mkdtemp, so closed to everybody but its owner."""
    with tempfile.TemporaryDirectory(prefix="yuezhen setup ") as name:
        yield Path(name)


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this process, in the module's folder; afterwards it does not run."""
    server = EmbeddedPostgres(folder)
    yield server
    server.leave()


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Fails the test if the condition does not come true in `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
