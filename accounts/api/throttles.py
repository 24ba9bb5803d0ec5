"""Rate limits by address, counted in the cache."""

import logging

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class LenientScopedRateThrottle(ScopedRateThrottle):
    """Lets everybody in while the cache is away: signing in, and so booking, must not depend on it.

    What protects a single phone or account is counted in the database, by the services, and holds meanwhile.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.error("Requests are not counted, the cache does not answer: %s", error)
            return True
