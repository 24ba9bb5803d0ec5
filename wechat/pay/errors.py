"""What can go wrong with api.mch.weixin.qq.com, by what the caller should do about it."""


class PayError(Exception):
    """WeChat Pay refused a request. `code` is its own word for it, such as ORDERPAID."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class PayUnavailable(PayError):
    """No trustworthy answer: too slow, 5xx, rate-limited or garbage. The request may or may not have been carried out.

    Ask by query, or send the same request with the same number again.
    """

    def __init__(self, message: str, *, code: str = "UNAVAILABLE") -> None:
        super().__init__(message, code=code)


class PayMisconfigured(PayError):
    """Our own mistake: signature, account, permission or a parameter. Trying again will not help."""


class OrderPaid(PayError):
    """The order is paid already: query it."""


class OrderClosed(PayError):
    """The order is closed; its number cannot be used again."""


class OrderNotFound(PayError):
    """WeChat knows no order with this number."""


class RefundNotFound(PayError):
    """WeChat knows no refund with this number."""


BY_CODE: dict[str, type[PayError]] = {
    "ORDERPAID": OrderPaid,
    "ORDER_CLOSED": OrderClosed,
    "ORDERCLOSED": OrderClosed,
    "ORDER_NOT_EXIST": OrderNotFound,
    "ORDERNOTEXIST": OrderNotFound,
    "RESOURCE_NOT_EXISTS": RefundNotFound,
    "SIGN_ERROR": PayMisconfigured,
    "NO_AUTH": PayMisconfigured,
    "PARAM_ERROR": PayMisconfigured,
    "MCH_NOT_EXISTS": PayMisconfigured,
    "APPID_MCHID_NOT_MATCH": PayMisconfigured,
    "FREQUENCY_LIMITED": PayUnavailable,
    "FREQUENCY_LIMIT_EXCEED": PayUnavailable,
    "SYSTEM_ERROR": PayUnavailable,
}


def error_for(code: str, message: str) -> PayError:
    """The class for WeChat's error code; an unlisted one (NOT_ENOUGH, INVALID_REQUEST, …) is the bare PayError."""
    return BY_CODE.get(code, PayError)(message, code=code)
