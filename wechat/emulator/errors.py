"""The two error shapes of WeChat, as exceptions that carry their answer."""

from wechat.emulator.http import Answer, json_answer


class ApiRefusal(Exception):
    """api.weixin.qq.com: status 200 and an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode, self.errmsg = errcode, errmsg

    def answer(self) -> Answer:
        return json_answer({"errcode": self.errcode, "errmsg": self.errmsg})


class PayRefusal(Exception):
    """api.mch.weixin.qq.com: a 4xx status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Answer:
        return json_answer({"code": self.code, "message": self.message}, status=self.status)


def parameter_error(message: str) -> PayRefusal:
    return PayRefusal(400, "PARAM_ERROR", message)


def invalid_request(message: str) -> PayRefusal:
    return PayRefusal(400, "INVALID_REQUEST", message)
