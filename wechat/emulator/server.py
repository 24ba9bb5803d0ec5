"""Serving the emulator over HTTP, with the thread that notifies merchants."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from wechat.emulator import notices, refunds
from wechat.emulator.app import Application
from wechat.emulator.world import World

HOST = "127.0.0.1"
# How often a waiting courier looks up, so that a payment is notified without a person noticing the wait.
LONGEST_WAIT_SECONDS = 0.25


class Courier(threading.Thread):
    """Settles refunds and delivers notifications as they fall due."""

    def __init__(self, world: World) -> None:
        super().__init__(name="wechat-emulator-courier", daemon=True)
        self._world = world
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(self._wait_seconds()):
            refunds.settle_due(self._world)
            notices.deliver_due(self._world)

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _wait_seconds(self) -> float:
        waits = (notices.seconds_until_due(self._world), refunds.seconds_until_settling(self._world))
        return min(LONGEST_WAIT_SECONDS, *(wait for wait in waits if wait is not None), LONGEST_WAIT_SECONDS)


class EmulatorServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # A port that another process listens on must be refused, not shared.
    allow_reuse_port = False

    def server_bind(self) -> None:
        """As WSGIServer does, without looking our name up in DNS."""
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up before its answer is no error of ours; anything else keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, str]:
        # Signatures cover the address exactly as it was sent.
        return {**super().get_environ(), "REQUEST_URI": self.path}

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what happened is on the page."""


def start_server(world: World, port: int) -> EmulatorServer:
    """A bound server for `world`; port 0 takes a free one. OSError when the port is taken."""
    server = EmulatorServer((HOST, port), _Handler)
    server.set_app(Application(world))
    return server


@contextmanager
def running_emulator(world: World, *, port: int = 0, deliver: bool = True) -> Iterator[str]:
    """Serve `world` in a thread of its own; yields its base URL. Without `deliver` notifications wait in the outbox."""
    server = start_server(world, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    courier = Courier(world) if deliver else None
    thread.start()
    if courier:
        courier.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        if courier:
            courier.stop()
        server.shutdown()
        thread.join()
        server.server_close()
