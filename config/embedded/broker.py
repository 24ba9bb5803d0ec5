"""Celery's Redis transport on the embedded server: the broker address ``embedded://``."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis

from config.embedded import redis
from config.embedded.ports import HOST

SCHEME = "embedded"
DATABASE = 0


class Transport(kombu_redis.Transport):
    """Finds or starts the server when a connection is first opened, by publishing or by a worker."""

    def __init__(self, client: Any, **kwargs: Any) -> None:
        embedded = redis.server()
        embedded.use()
        client.hostname, client.port, client.virtual_host = HOST, embedded.port, str(DATABASE)
        super().__init__(client, **kwargs)


def register() -> str:
    """Makes the address known to kombu and returns it, for CELERY_BROKER_URL."""
    TRANSPORT_ALIASES[SCHEME] = "config.embedded.broker:Transport"
    return f"{SCHEME}://"
