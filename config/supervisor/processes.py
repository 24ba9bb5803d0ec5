"""Services as child processes: each leads a process group of its own and writes to a log of its own."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.supervisor import leftovers

POLL_SECONDS = 0.1
READY_SECONDS = 90
# A worker finishes the task at hand; none of ours takes long. Then the group is killed.
GRACE_SECONDS = 15
TAIL_LINES = 15


class ServiceEnded(Exception):
    """A service ended by itself, or never became ready. `log_tail` are the last lines it wrote."""

    def __init__(self, sentence: str, log: Path) -> None:
        super().__init__(f"{sentence}; log: {log}")
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        self.log_tail = lines[-TAIL_LINES:]


@dataclass(frozen=True)
class Service:
    """One program to run; `is_ready` tells whether it serves by now."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]


class Supervisor:
    """Holds the running services. `stopping` may be set at any time, from a signal handler too: all waits then end."""

    def __init__(self, *, folder: Path, log_folder: Path, environment: Mapping[str, str]) -> None:
        self.stopping = threading.Event()
        self._folder = folder
        self._log_folder = log_folder
        self._marker = leftovers.marker(folder)
        self._environment = {**os.environ, **environment, **self._marker}
        self._running: dict[Service, subprocess.Popen[bytes]] = {}

    def start(self, service: Service) -> None:
        """Starts the service with a fresh log; OSError if its program is not there."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        with self.log_of(service).open("wb") as log:
            self._running[service] = subprocess.Popen(
                service.command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the services in order.
                start_new_session=True,
            )

    def wait_until_ready(self, service: Service) -> None:
        """Returns when the service serves or `stopping` is set; ServiceEnded if any service ends, or in READY_SECONDS."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.stopping.is_set():
            self.refuse_ended()
            if service.is_ready():
                return
            if time.monotonic() > deadline:
                raise ServiceEnded(f"The {service.name} was not ready after {READY_SECONDS} s", self.log_of(service))
            self.stopping.wait(POLL_SECONDS)

    def watch(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Returns when `stopping` is set or nobody wants it any more; ServiceEnded as soon as a service ends by itself."""
        while is_wanted() and not self.stopping.wait(POLL_SECONDS):
            self.refuse_ended()

    def refuse_ended(self) -> None:
        """Raises ServiceEnded if a service has ended."""
        for service, process in self._running.items():
            status = process.poll()
            if status is not None:
                raise ServiceEnded(f"The {service.name} ended {_in_words(status)}", self.log_of(service))

    def stop(self) -> None:
        """Asks all services to end, kills what does not within GRACE_SECONDS, and leaves no process of theirs."""
        for process in self._running.values():
            process.terminate()  # the leader alone: it knows how to end its own children
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._running.values():
            with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        leftovers.kill(self._folder)  # whatever left its group

    def log_of(self, service: Service) -> Path:
        return self._log_folder / f"{service.name}.log"


def _in_words(status: int) -> str:
    return f"by signal {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
