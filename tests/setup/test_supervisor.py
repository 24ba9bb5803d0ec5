import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.supervisor import leftovers, processes
from config.supervisor.processes import Service, ServiceEnded, Supervisor

from .conftest import ROOT, runs, wait_until

SLEEPS = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
WITH_CHILD_ELSEWHERE = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
SUPERVISES = f"""
import sys
from pathlib import Path
from config.supervisor.processes import Service, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor(folder=folder, log_folder=folder, environment={{}})
supervisor.start(Service("web", (sys.executable, "-c", {SLEEPS!r}), lambda: True))
print("started", flush=True)
supervisor.watch()
"""


def service(name: str, program: str, *, ready: bool = True) -> Service:
    return Service(name, (sys.executable, "-c", program), lambda: ready)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(folder=tmp_path, log_folder=tmp_path / "logs", environment={"SAID": "yes"})
    yield supervisor
    supervisor.stop()


def written(supervisor: Supervisor, service: Service) -> str:
    return supervisor.log_of(service).read_text().strip()


def test_stopping_ends_the_willing_the_deaf_and_what_left_its_group(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 1)
    willing, deaf, parent = service("willing", SLEEPS), service("deaf", STUBBORN), service("parent", WITH_CHILD_ELSEWHERE)
    for each in (willing, deaf, parent):
        supervisor.start(each)
    wait_until(lambda: bool(written(supervisor, deaf) and written(supervisor, parent)))
    grandchild = int(written(supervisor, parent))
    started = leftovers.find(tmp_path)
    assert len(started) == 4
    assert grandchild in {process.pid for process in started}

    supervisor.stop()

    assert not any(runs(process.pid) for process in started)
    assert leftovers.find(tmp_path) == []


def test_services_get_the_environment_of_the_demo(supervisor: Supervisor) -> None:
    says = service("says", "import os, time; print(os.environ['SAID'], flush=True); time.sleep(600)")

    supervisor.start(says)

    wait_until(lambda: written(supervisor, says) == "yes")


def test_a_service_that_ends_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(service("steady", SLEEPS))
    ending = service("worker", "import sys; [print('line', n, flush=True) for n in range(40)]; sys.exit('no broker')")
    supervisor.start(ending)

    with pytest.raises(ServiceEnded, match="The worker ended with status 1") as caught:
        supervisor.watch()

    assert caught.value.log_tail == [*(f"line {number}" for number in range(26, 40)), "no broker"]


def test_a_killed_service_is_reported_by_the_signals_name(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(service("web", SLEEPS))
    (process,) = leftovers.find(tmp_path)
    process.kill()

    with pytest.raises(ServiceEnded, match="The web ended by signal SIGKILL"):
        supervisor.watch()


def test_a_service_that_never_serves_is_given_up(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.3)
    idle = service("web", SLEEPS, ready=False)
    supervisor.start(idle)

    with pytest.raises(ServiceEnded, match="The web was not ready after"):
        supervisor.wait_until_ready(idle)


def test_a_request_to_stop_ends_every_wait(supervisor: Supervisor) -> None:
    idle = service("web", SLEEPS, ready=False)
    supervisor.start(idle)
    threading.Timer(0.3, supervisor.stopping.set).start()

    supervisor.wait_until_ready(idle)
    supervisor.watch()

    assert supervisor.stopping.is_set()


def test_a_terminal_that_vanishes_is_noticed_without_a_signal() -> None:
    outer, inner = pty.openpty()
    program = (
        "import signal, time; from config.supervisor.signals import Terminal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "terminal = Terminal(); print('there' if terminal.is_there() else 'gone', flush=True)\n"
        "while terminal.is_there(): time.sleep(0.05)\n"
        "print('a word to nobody', flush=True)"
    )
    watcher = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    told = b""
    while not told.endswith(b"\n"):
        # The terminal hands on the word before the end of its line: closed in between, the writing itself would fail.
        told += os.read(outer, 100)
    assert told.split() == [b"there"]
    assert watcher.poll() is None

    os.close(outer)

    assert watcher.wait(30) == 0


def test_what_a_killed_supervisor_left_is_found_and_ended(tmp_path: Path) -> None:
    other_checkout = tmp_path / "other"
    other_checkout.mkdir()
    neighbour = Supervisor(folder=other_checkout, log_folder=other_checkout, environment={})
    neighbour.start(service("web", SLEEPS))
    killed = subprocess.Popen([sys.executable, "-c", SUPERVISES, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "started\n"
    killed.kill()
    killed.communicate()
    (orphan,) = leftovers.find(tmp_path)

    assert leftovers.kill(tmp_path) == 1

    assert not runs(orphan.pid)
    (untouched,) = leftovers.find(other_checkout)
    assert psutil.pid_exists(untouched.pid)
    neighbour.stop()
