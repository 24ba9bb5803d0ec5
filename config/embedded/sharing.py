"""A server shared by the processes of one checkout: the first starts it, the last stops it.

Two lock files in the server's folder say everything; the kernel drops the locks of a process however it ends, so there
is no list of process ids that could go stale:

- ``NAME.users``: shared by every process that uses the server, exclusive while it is being stopped;
- ``NAME.starting``: exclusive while one process looks for the server and starts it.
"""

import atexit
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil

from config.embedded import EmbeddedServerError

KEEPER = Path(__file__).with_name("keeper.py")
START_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.02


class SharedServer(ABC):
    """One embedded server of a checkout. Subclasses say how to find one that runs and how to launch a new one."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "logs" / f"{self.name}.log"
        self.pid_file = folder / f"{self.name}.pid"
        self._users: IO[str] | None = None
        self._users_pid = 0
        self._keeper: subprocess.Popen[bytes] | None = None
        self._thread_lock = threading.RLock()

    @abstractmethod
    def find(self) -> int | None:
        """Returns the process id of the running server that accepts connections, or None."""

    @abstractmethod
    def launch(self) -> None:
        """Starts the server (nobody else is starting it) and returns when it accepts connections."""

    def use(self) -> None:
        """Finds or starts the server and counts this process as a user until it ends.

        Raises EmbeddedServerError when it cannot be started.
        """
        with self._thread_lock:
            self._count_in()
            if self.find() is not None:
                return
            with self._opened("starting") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                if self.find() is None:
                    self.launch()
                    self._started_record.write_text(str(self.find()))

    def leave(self) -> None:
        """Stops counting this process; stops the server if no other process uses it and the checkout had started it."""
        with self._thread_lock:
            if self._users is None or self._users_pid != os.getpid():
                return
            users, self._users = self._users, None
            with users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # others still use it
                self._stop()

    def keep(self, command: list[str], *, identity: str = "-") -> "subprocess.Popen[bytes]":
        """Launches `command` under a keeper, its output going to the log; returns the keeper's process."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.unlink(missing_ok=True)
        files = (str(self._path("users")), str(self.pid_file))
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), *files, str(int(self.stop_signal)), identity, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C in the terminal must reach the users first, and only them.
                start_new_session=True,
            )
        return self._keeper

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Waits until the server just launched is `ready`; EmbeddedServerError with its last words if it gives up."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self._keeper is not None and self._keeper.poll() is not None:
                raise EmbeddedServerError(f"The embedded {self.name} ended while starting: {self.last_log_line()}")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"The embedded {self.name} did not answer in {START_SECONDS} s; see {self.log}")
            time.sleep(POLL_SECONDS)

    def last_log_line(self) -> str:
        """Returns the last line the server wrote, for an error message."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), f"nothing was logged in {self.log}")

    def _count_in(self) -> None:
        if self._users is not None and self._users_pid == os.getpid():
            return
        if self._users is not None:
            self._users.close()  # inherited by fork: the parent's own; closing our copy does not let go of its lock
        users = self._opened("users")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a last user is stopping the server
        self._users, self._users_pid, self._keeper = users, os.getpid(), None
        atexit.register(self.leave)

    def _stop(self) -> None:
        """Stops the server and waits for its end. One that was started by hand is left as it was found."""
        pid = self.find()
        if pid is None or not self._started_record.exists() or self._started_record.read_text() != str(pid):
            return
        try:
            server = psutil.Process(pid)
            server.send_signal(self.stop_signal)
            server.wait(STOP_SECONDS)
        except psutil.NoSuchProcess:
            pass  # it ended by itself meanwhile
        except psutil.TimeoutExpired:
            server.kill()
        self._started_record.unlink(missing_ok=True)
        if self._keeper is not None:
            self._keeper.wait()

    @property
    def _started_record(self) -> Path:
        return self._path("started")

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{self.name}.{suffix}"

    def _opened(self, suffix: str) -> IO[str]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._path(suffix).open("a")
        except PermissionError as error:
            raise EmbeddedServerError(
                f"No permission for {error.filename}: this checkout was set up by another user of the machine"
            ) from error
