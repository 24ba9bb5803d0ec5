"""Django's Redis cache on the embedded server, which is started by the first use and not before."""

from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache

from config.embedded import redis


class EmbeddedRedisCache(RedisCache):
    """LOCATION is the number of the database; the address is found when it is first needed."""

    @cached_property
    def _cache(self) -> Any:
        embedded = redis.server()
        embedded.use()
        return self._class([embedded.url(int(self._servers[0]))], **self._options)
