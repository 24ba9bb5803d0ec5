from django.urls import path

from booking.api.wechat_notifications import pay_notification

urlpatterns = [
    path("pay/notify", pay_notification, name="wechat-pay-notify"),
    path("pay/refund-notify", pay_notification, name="wechat-pay-refund-notify"),
]
