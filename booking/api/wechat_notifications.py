"""Where WeChat Pay reports. The answer is quick and plain; what is refused changes nothing."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from booking.locks import TooBusy
from booking.services.notifications import handle_notification
from wechat import pay

logger = logging.getLogger(__name__)

# Real notifications are a few kilobytes; anything larger is not WeChat's.
LARGEST_BODY_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def pay_notification(request: HttpRequest) -> HttpResponse:
    """Payments and refunds alike: both are signed and say which they are."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
        return _answer(413, "请求过大")
    now = timezone.now()
    try:
        notification = pay.read_notification(headers=request.headers, body=request.body, now=now)
    except pay.NotificationRefused as error:
        logger.warning("A payment notification was refused: %s", error)
        return _answer(401, "验签失败")
    try:
        handle_notification(notification=notification, now=now)
    except TooBusy:
        # Nothing was recorded; WeChat sends it again in seconds.
        return _answer(503, "系统繁忙")
    return HttpResponse(status=204)


def _answer(status: int, message: str) -> JsonResponse:
    """The shape WeChat asks for; it is WeChat's endpoint, not the mini-program's."""
    return JsonResponse({"code": "FAIL", "message": message}, status=status)
