"""The demo: prepares this checkout's servers and data, runs every process of the platform, and takes all of it down again."""

import fcntl
import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from kombu.exceptions import OperationalError
from rich.cells import cell_len, set_cell_size

from config import access_log
from config.demo import world
from config.demo.world import World
from config.embedded import LOCAL, postgres, redis
from config.embedded.ports import HOST
from config.folded_migrations import refuse_half_histories
from config.supervisor import leftovers, preview
from config.supervisor.addresses import PREVIEW_PATH, Addresses
from config.supervisor.processes import Service, Supervisor
from config.supervisor.progress import Steps

LOGS = LOCAL / "logs"
THREADS = "8"
# As in docker-compose.yml: a release rush opens thousands of connections in one moment.
BACKLOG = "4096"


class AlreadyRunning(Exception):
    """Another demo of this checkout is running."""


@contextmanager
def only_demo() -> Iterator[None]:
    """Holds the right to run the demo of this checkout; AlreadyRunning while another process does.

    What a killed demo left running is ended first: whoever holds the lock knows that nobody supervises it any more.
    """
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(f"The demo of this checkout is already running, as process {lock.read()}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        leftovers.kill(settings.BASE_DIR)
        yield


def prepare(steps: Steps) -> World:
    """Starts the servers, migrates, loads the demo world; returns what the world tells (its logins)."""
    if settings.DATABASES["default"]["ENGINE"] == "config.embedded.backend":
        with steps.step("PostgreSQL") as tell:
            server = postgres.server()
            server.use()
            tell(f"embedded, data in {server.data.relative_to(settings.BASE_DIR)}")
    if settings.CELERY_BROKER_URL.startswith("embedded:"):
        with steps.step("Redis") as tell:
            broker = redis.server()
            broker.use()
            tell(f"{broker.description}, port {broker.port}")
    with steps.step("Database schema"):
        refuse_half_histories()
        call_command("migrate", interactive=False, verbosity=0)
    with steps.step("Demo world") as tell:
        loaded = world.load(now=timezone.now(), progress=tell)
    connections.close_all()
    return loaded


def release() -> None:
    """Lets go of the embedded servers; they stop unless another process of the checkout uses them."""
    connections.close_all()
    postgres.server().leave()
    redis.server().leave()


def has_preview(steps: Steps) -> bool:
    """Whether the mini-program can be shown here; where not, says why."""
    try:
        with steps.step("Mini-program") as tell:
            preview.install(tell)
    except preview.NoPreview as refusal:
        steps.say(f"The mini-program is not shown: {refusal}. All else runs.")
        return False
    return True


def services(addresses: Addresses) -> list[Service]:
    """Returns the processes of the platform in the order in which they start."""
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    celery = (python, "-m", "celery", "--app", "config")
    schedule = str(LOCAL / "beat-schedule")
    return [
        Service(
            "emulator",
            (python, manage, "wechat_emulator", "--port", str(addresses.emulator_port)),
            lambda: _listens(addresses.emulator_port),
        ),
        Service(
            "web",
            web_command(addresses.web_port),
            lambda: _answers(addresses.web_port, "/admin/login/"),
        ),
        Service(
            "worker",
            (*celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip", "--loglevel", "INFO"),
            _worker_answers,
        ),
        Service("beat", (*celery, "beat", "--schedule", schedule, "--loglevel", "INFO"), lambda: True),
        *_preview(addresses.preview_port, addresses),
    ]


def _preview(port: int | None, addresses: Addresses) -> list[Service]:
    if port is None:
        return []
    return [Service("preview", preview.command(addresses), lambda: _answers(port, PREVIEW_PATH))]


def web_command(port: int) -> tuple[str, ...]:
    """Returns the command of the web server, whose access log takes one line a request."""
    listens = ("--interface", "wsgi", "--host", HOST, "--port", str(port), "--blocking-threads", THREADS, "--backlog", BACKLOG)
    logs = ("--access-log", "--log-config", str(access_log.CONFIGURATION))
    return (sys.executable, "-m", "granian", *listens, *logs, "config.wsgi:application")


def start(steps: Steps, supervisor: Supervisor, addresses: Addresses) -> None:
    """Starts all services and waits until they serve, or until the supervisor is asked to stop."""
    wanted = services(addresses)
    for service in wanted:
        supervisor.start(service)  # all at once: starting is mostly importing, on as many cores as there are
    for service in wanted:
        with steps.step(service.name.capitalize()):
            supervisor.wait_until_ready(service)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _worker_answers() -> bool:
    try:
        return bool(current_app.control.ping(timeout=0.5))
    except OperationalError:
        return False


def banner(addresses: Addresses, loaded: World) -> str:
    """Returns what people must know once everything serves: addresses, logins, logs, how to stop."""
    places = [
        *([("Mini-program", addresses.preview)] if addresses.preview else []),
        ("Admin", f"{addresses.web}/admin/"),
        ("API", f"{addresses.web}/api/v1/docs"),
        ("WeChat emulator", f"{addresses.emulator}/"),
    ]
    # Cells, not characters: a Chinese one takes two.
    width = max((cell_len(login.role) for login in loaded.logins), default=0)
    logins = [f"  {set_cell_size(login.role, width)}  {login.username}  {login.password}" for login in loaded.logins]
    return "\n".join(
        [
            "",
            "Yuezhen is running.",
            *(f"  {name:<15}  {address}" for name, address in places),
            "Logins of the admin (role, name, password):",
            *logins,
            f"Logs are in {LOGS.relative_to(settings.BASE_DIR)}. Ctrl-C stops everything.",
        ]
    )
