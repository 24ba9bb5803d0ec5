"""When numbers come out, for how long they are held, and when booking closes."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class ReleaseTerms(models.Model):
    schedule_days = models.PositiveSmallIntegerField(
        "排班提前天数",
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="按每周模板提前多少天生成门诊班次，应大于放号提前天数。",
    )
    release_days = models.PositiveSmallIntegerField(
        "放号提前天数", default=15, validators=[MaxValueValidator(60)], help_text="普通号源在就诊日前多少天放出。"
    )
    hot_release_days = models.PositiveSmallIntegerField(
        "热门号放号提前天数",
        default=7,
        validators=[MaxValueValidator(60)],
        help_text="热门号源在就诊日前多少天向所有人放出。",
    )
    release_time = models.TimeField("放号时刻", default=time(7, 0), help_text="放号日的这一时刻放出号源。")
    advance_close_time = models.TimeField(
        "次日号截止时刻", default=time(17, 0), help_text="就诊前一日此刻之后不再预约次日号，改在就诊日挂现场号。"
    )
    slot_minutes = models.PositiveSmallIntegerField(
        "分时段长度（分钟）",
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text="新班次按此长度划分时段。",
    )
    hold_minutes = models.PositiveSmallIntegerField(
        "待支付保留时长（分钟）",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="未支付的号源保留多久；到时自动释放。",
    )

    class Meta:
        abstract = True
