"""wechatpy's client, with what it gets wrong for a mini-program put right.

The library hard-codes the token's address, retries a refused token without bound, fetches a token for calls that take
none, and knows no phone-number call. All of that is corrected here, so that nobody else needs to know.
"""

import threading
from collections.abc import Callable
from typing import Any

import requests
from wechatpy import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import WeChatClientException

from wechat.configuration import WeChatSettings, current_settings, is_local
from wechat.miniprogram.errors import WeChatBusy, WeChatMisconfigured, error_for
from wechat.miniprogram.token import SAFETY_SECONDS, CacheStorage, token_key

# invalid credential, invalid access token, access token expired
TOKEN_REFUSED = frozenset({40001, 40014, 42001})

Answer = dict[str, Any]


class MiniProgramCalls(WeChatWxa):
    """The mini-program's calls. The base class pins its own address, so it is taken from the client instead."""

    @property
    def API_BASE_URL(self) -> str:  # noqa: N802 - the library's name
        return f"{self._client.root_url}/"

    # The library's own pair warns that it is deprecated, on every call.
    def _get(self, url: str, **kwargs: Any) -> Any:
        return self._client.get(url, api_base_url=self.API_BASE_URL, **kwargs)

    def _post(self, url: str, **kwargs: Any) -> Any:
        return self._client.post(url, api_base_url=self.API_BASE_URL, **kwargs)

    def code_to_session(self, js_code: str) -> Any:
        # access_token=None keeps the library from fetching a token that this call does not take.
        params = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
            "access_token": None,
        }
        return self._get("sns/jscode2session", params=params)

    def get_phone_number(self, code: str) -> Any:
        return self._post("wxa/business/getuserphonenumber", data={"code": code})


class MiniProgramClient(WeChatClient):
    """One thread's client. Answers are dicts; failures are the classes of `wechat.miniprogram.errors`."""

    wxa = MiniProgramCalls()

    def __init__(self, values: WeChatSettings) -> None:
        super().__init__(
            values.appid, values.secret, session=CacheStorage(), timeout=values.timeout_seconds, auto_retry=False
        )
        self.root_url = values.api_base_url
        self.API_BASE_URL = f"{values.api_base_url}/cgi-bin/"
        # The emulator on this machine is reached directly, whatever proxy the environment names for the real WeChat.
        self._http.trust_env = not is_local(values.api_base_url)

    @property
    def access_token_key(self) -> str:
        return token_key(self.appid)

    def fetch_access_token(self) -> Answer:
        """Put the stable token into the shared cache. Every process gets the same one while it is valid."""
        response = self._http.post(
            f"{self.API_BASE_URL}stable_token",
            json={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
            timeout=self.timeout,
        )
        answer = _answer(self._handle_result(_ok(response)))
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise WeChatBusy("the token's answer is unreadable")
        self.session.set(token_key(self.appid), token, max(1, seconds - SAFETY_SECONDS))
        return answer

    def call(self, request: Callable[[], Any]) -> Answer:
        """Run one of `wxa`'s calls; a refused token is replaced and the call repeated once, never more."""
        try:
            return self._attempt(request)
        except WeChatMisconfigured as refused:
            if refused.code not in TOKEN_REFUSED:
                raise
        self.session.delete(token_key(self.appid))
        return self._attempt(request)

    @staticmethod
    def _attempt(request: Callable[[], Any]) -> Answer:
        try:
            return _answer(request())
        except WeChatClientException as error:
            if error.errcode is None:  # the library's way to say 4xx or 5xx
                raise WeChatBusy(f"HTTP {error.response.status_code}") from error
            raise error_for(error.errcode, str(error.errmsg)) from error
        except requests.RequestException as error:
            # Its text may carry the address with our secret in it; the class says enough.
            raise WeChatBusy(f"no answer: {type(error).__name__}") from None
        except (ValueError, TypeError) as error:  # an errcode that is no number
            raise WeChatBusy("the answer is unreadable") from error


def miniprogram_client() -> MiniProgramClient:
    """This thread's client for the present settings. Kept per thread, as a requests session is not for sharing."""
    values = current_settings()
    if getattr(_clients, "values", None) != values:
        _clients.client, _clients.values = MiniProgramClient(values), values
    client: MiniProgramClient = _clients.client
    return client


_clients = threading.local()


def _ok(response: requests.Response) -> requests.Response:
    response.raise_for_status()
    return response


def _answer(result: Any) -> Answer:
    """wechatpy passes through whatever it cannot read as JSON; only an object is an answer."""
    if not isinstance(result, dict):
        raise WeChatBusy("the answer is unreadable")
    return result
