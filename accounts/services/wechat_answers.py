"""WeChat's errors as refusals that a patient can read."""

import contextlib
import logging
from collections.abc import Iterator

from accounts.errors import Refusal
from wechat.miniprogram import WeChatBusy, WeChatCodeInvalid, WeChatError

logger = logging.getLogger(__name__)


class WeChatCodeRefused(Refusal):
    """The code from the mini-program is unknown, too old or used: it should ask for a new one."""


class WeChatUnavailable(Refusal):
    """WeChat did not answer, or not to us."""


@contextlib.contextmanager
def wechat_errors_refused() -> Iterator[None]:
    """Turn WeChatError into WeChatCodeRefused or WeChatUnavailable; what staff must look into is logged."""
    try:
        yield
    except WeChatCodeInvalid as error:
        raise WeChatCodeRefused() from error
    except WeChatBusy as error:
        logger.warning("WeChat is unavailable: %s", error)
        raise WeChatUnavailable() from error
    except WeChatError as error:
        logger.error("WeChat refuses our calls: %s", error)
        raise WeChatUnavailable() from error
