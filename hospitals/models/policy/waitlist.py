"""What becomes of seats that come back: the waitlist (候补) first, the rest after a random delay."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class WaitlistTerms(models.Model):
    return_delay_minutes = models.PositiveSmallIntegerField(
        "退号返池最长延迟（分钟）",
        default=120,
        validators=[MaxValueValidator(720)],
        help_text="退回的号源先给候补患者，其余在此时间内随机返回号池，防止倒号；0 表示立即返回。",
    )
    waitlist_opens_time = models.TimeField("候补开放时刻", default=time(6, 0), help_text="每日此刻起受理候补、派发候补号。")
    waitlist_closes_time = models.TimeField(
        "候补关闭时刻", default=time(23, 0), help_text="每日此刻停止候补；就诊前一日此刻清空该班次的候补。"
    )
    waitlist_limit = models.PositiveSmallIntegerField(
        "每班次候补人数上限", default=50, validators=[MaxValueValidator(500)], help_text="0 表示不开放候补。"
    )
    waitlist_pending_per_patient = models.PositiveSmallIntegerField(
        "每人候补上限",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="每位就诊人在本院同时最多候补几个班次（含待确认的候补号）。",
    )
    waitlist_offer_minutes = models.PositiveSmallIntegerField(
        "候补号保留时长（分钟）",
        default=1440,
        validators=[MinValueValidator(5), MaxValueValidator(4320)],
        help_text="候补成功后保留多久等待支付或确认；临近就诊时自动缩短，不晚于候补清空时刻。",
    )
    waitlist_offer_floor_minutes = models.PositiveSmallIntegerField(
        "候补号最短保留（分钟）",
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(720)],
        help_text="临近就诊而缩短时，至少保留这么久。",
    )

    class Meta:
        abstract = True
