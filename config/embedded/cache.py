"""Django's Redis cache on the embedded server, which is started by the first use and not before."""

from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from config.embedded import redis


class EmbeddedRedisCache(RedisCache):
    """LOCATION is the number of the database; the address is found when it is first needed."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._database = int(server)
        self._client_options = params.get("OPTIONS", {})

    @cached_property
    def _cache(self) -> RedisCacheClient:
        embedded = redis.server()
        embedded.use()
        return RedisCacheClient([embedded.url(self._database)], **self._client_options)
