"""Clients: keep-alive connections that each send one request after the other. Run as a process of its own:

    python load.py < plan.json > report.json

Plain sockets and `select`, no HTTP library: on two cores whatever the clients burn is missing to the server. It imports
nothing of the project, so that it starts at once.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter, deque
from typing import Any

# A rush of thousands is served one after the other; this is for a server that has stopped answering.
PATIENCE_SECONDS = 60


class Connection:
    """One client: its socket, when it sent the request that is under way, and what of the answer has come."""

    __slots__ = ("received", "sent_at", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> tuple[int, bytes] | None:
        """Reads what is there; status and body once the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        _, _, rest = head.lower().partition(b"\r\ncontent-length:")
        if len(body) < int(rest.partition(b"\r\n")[0]):
            return None
        return int(head[9:12]), body


def written(host: str, path: str, *booking: Any) -> bytes:
    """The request as it goes over the wire: a booking where there is a token, a key and a body, else a page to be read."""
    return post(path, host, *booking) if booking else f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def post(path: str, host: str, token: str, key: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Sends every request of the plan; all connections are open before the clock starts.

    Returns `seconds`, `cpu_seconds` of this process, `answers` (how often each status and code), `latencies` in seconds.
    """
    address = (plan["host"], plan["port"])
    waiting = deque(written(plan["host"], *request) for request in plan["requests"])
    connections = [Connection(address) for _ in range(min(plan["connections"], len(waiting)))]
    answers: Counter[str] = Counter()
    latencies: list[float] = []
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    cpu_before, started = time.process_time(), time.perf_counter()
    for connection in connections:
        connection.send(waiting.popleft())
    under_way = len(connections)
    while under_way:
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            raise TimeoutError(f"no answer in {PATIENCE_SECONDS} s")
        for event, _ in ready:
            answer = event.data.answer()
            if answer is None:
                continue
            latencies.append(time.perf_counter() - event.data.sent_at)
            answers[described(*answer)] += 1
            if waiting:
                event.data.send(waiting.popleft())
            else:
                selector.unregister(event.fileobj)
                event.data.socket.close()
                under_way -= 1
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_before
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "answers": answers, "latencies": latencies}


def described(status: int, body: bytes) -> str:
    """`201`, or a refusal's status with its stable code: `409 session-full`."""
    if status < 400:
        return str(status)
    try:
        return f"{status} {json.loads(body)['code']}"
    except (ValueError, TypeError, KeyError):
        return f"{status} unclear"


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
