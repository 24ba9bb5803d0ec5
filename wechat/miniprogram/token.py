"""The access token lives in the shared cache: fetching one in each process would exhaust WeChat's daily limit."""

from django.core.cache import cache
from wechatpy.session import SessionStorage

PREFIX = "wechat:"
# A token handed out just before its end would be refused on arrival.
SAFETY_SECONDS = 60


class CacheStorage(SessionStorage):
    """wechatpy's storage interface over Django's default cache (Redis), so that web and workers share one token."""

    def get(self, key: str, default: str | None = None) -> str | None:
        value: str | None = cache.get(PREFIX + key, default)
        return value

    def set(self, key: str, value: str, ttl: int | None = None) -> None:
        cache.set(PREFIX + key, value, ttl)

    def delete(self, key: str) -> None:
        cache.delete(PREFIX + key)


def forget_token(appid: str) -> None:
    """Drop the shared token of a mini-program, as when the WeChat behind it is another one now."""
    CacheStorage().delete(token_key(appid))


def token_key(appid: str) -> str:
    return f"{appid}_access_token"
