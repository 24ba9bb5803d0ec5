"""What tiers A and B are given at the hospital (scoring-model.md, "Privileges", third row of the table)."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

# Three digits (a short number) and more, in groups: a mobile, an area code with a landline, an extension.
PHONE = r"^\+?(?=(?:-?[0-9]){3,18}$)[0-9]+(?:-[0-9]+)*$"


class PerkTerms(models.Model):
    is_registration_queue_free_a = models.BooleanField(
        "A 级到院免排队登记", default=True, help_text="签到码上显示“免排队登记”，由导诊台放行。"
    )
    named_contact_a = models.CharField(
        "A 级专属客服姓名", max_length=30, blank=True, default="", help_text="留空则不提供专属客服。"
    )
    named_contact_phone_a = models.CharField(
        "A 级专属客服电话",
        max_length=20,
        blank=True,
        default="",
        validators=[RegexValidator(PHONE, "请填写电话号码，如 13800138000 或 010-12345678-8。")],
        help_text="与姓名同时填写，显示给 A 级患者。",
    )
    examinations_a = models.PositiveSmallIntegerField(
        "A 级每年免费检查次数", default=1, validators=[MaxValueValidator(12)], help_text="每个自然年，到院核销；0 表示没有。"
    )
    examination_name_a = models.CharField(
        "A 级免费检查项目", max_length=30, default="口腔检查", help_text="显示给患者，核销时核对。"
    )
    coupon_percent_off_b = models.PositiveSmallIntegerField(
        "B 级就诊后优惠（%）",
        default=10,
        validators=[MaxValueValidator(100)],
        help_text="每次就诊完成后赠送的优惠券减免百分之几，10 即九折；0 表示没有。",
    )
    coupon_name_b = models.CharField("B 级优惠项目", max_length=30, default="洁牙", help_text="优惠券可用于哪个项目。")
    coupon_valid_days_b = models.PositiveSmallIntegerField(
        "B 级优惠券有效期（天）",
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text="从赠送之日起，到期自动失效。",
    )
    extra_reminder_risk_percent = models.PositiveSmallIntegerField(
        "加发提醒的爽约概率（%）",
        default=40,
        validators=[MaxValueValidator(100)],
        help_text="预计爽约概率达到该值的预约加发一次提醒（最多 3 次）；0 表示不加发。"
        "概率只用于提醒和号源测算，不影响预约资格和费用。",
    )

    class Meta:
        abstract = True
