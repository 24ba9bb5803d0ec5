from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from hospitals.models import Hospital

BOUNDS = ("tier_a_from", "tier_b_from", "tier_c_from")
FULL_SCORE = 100


class ScoringPolicy(models.Model):
    """How a hospital scores, and when it takes a session for a hot one. Versioned: a change writes the next version.

    A hospital without a row scores by the defaults below.
    """

    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="scoring_policies")
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    valid_from = models.DateTimeField("生效时间", db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="修改人", null=True, blank=True, on_delete=models.PROTECT, editable=False
    )
    window_days = models.PositiveSmallIntegerField(
        "评分窗口（天）",
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(1825)],
        help_text="只计算最近多少天内的就诊。",
    )
    tier_a_from = models.DecimalField("A 级起点（含）", max_digits=5, decimal_places=2, default=90)
    tier_b_from = models.DecimalField("B 级起点（含）", max_digits=5, decimal_places=2, default=80)
    tier_c_from = models.DecimalField("C 级起点（含）", max_digits=5, decimal_places=2, default=70)
    minimum_appointments = models.PositiveSmallIntegerField(
        "评级最少预约次数",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text="窗口内已结束的预约少于该次数时只显示评分、不评级，也不受限制。",
    )
    hot_window_weeks = models.PositiveSmallIntegerField(
        "热门统计周数",
        default=12,
        validators=[MinValueValidator(2), MaxValueValidator(52)],
        help_text="按最近多少周同一医生、星期、午别的班次判定热门。",
    )
    hot_minimum_sessions = models.PositiveSmallIntegerField(
        "热门最少班次", default=4, validators=[MinValueValidator(1), MaxValueValidator(52)], help_text="班次太少时不作判定。"
    )
    hot_fill_percent = models.PositiveSmallIntegerField(
        "热门约满率（%）",
        default=95,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="预约号被约走的比例达到该值。",
    )
    hot_sell_out_hours = models.PositiveSmallIntegerField(
        "热门约满用时（小时）",
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="放号后在多少小时内约满（取中位数）。",
    )
    cool_fill_percent = models.PositiveSmallIntegerField(
        "退出热门约满率（%）",
        default=85,
        validators=[MaxValueValidator(100)],
        help_text="已是热门的，约满率降到该值以下才恢复普通，避免反复变动。",
    )

    class Meta:
        verbose_name = "评分规则"
        verbose_name_plural = "评分规则"
        ordering = ["hospital", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "version"], name="scoring_policy_version_once"),
            models.CheckConstraint(
                condition=Q(
                    tier_a_from__gt=F("tier_b_from"),
                    tier_b_from__gt=F("tier_c_from"),
                    tier_c_from__gt=0,
                    tier_a_from__lte=100,
                ),
                name="scoring_bounds_in_order",
            ),
            models.CheckConstraint(condition=Q(minimum_appointments__gte=1), name="scoring_minimum_positive"),
            models.CheckConstraint(condition=Q(cool_fill_percent__lte=F("hot_fill_percent")), name="scoring_cool_not_above_hot"),
        ]

    def __str__(self) -> str:
        return f"{self.hospital} 评分规则 第 {self.version} 版"

    def clean(self) -> None:
        """Each sentence beside the field to blame."""
        errors: dict[str, str] = {}
        a, b, c = (getattr(self, name) for name in BOUNDS)
        if a is not None and a > FULL_SCORE:
            errors["tier_a_from"] = "A 级起点不能高于满分 100。"
        if a is not None and b is not None and b >= a:
            errors["tier_b_from"] = "B 级起点须低于 A 级起点。"
        if b is not None and c is not None and c >= b:
            errors["tier_c_from"] = "C 级起点须低于 B 级起点。"
        if c is not None and c <= 0:
            errors["tier_c_from"] = "C 级起点须大于 0。"
        if None not in (self.cool_fill_percent, self.hot_fill_percent) and self.cool_fill_percent > self.hot_fill_percent:
            errors["cool_fill_percent"] = "退出热门约满率不能大于热门约满率。"
        if None not in (self.hot_minimum_sessions, self.hot_window_weeks) and self.hot_minimum_sessions > self.hot_window_weeks:
            errors["hot_minimum_sessions"] = "同一星期、午别一周一个班次，最少班次不能多于统计周数。"
        if errors:
            raise ValidationError(errors)
