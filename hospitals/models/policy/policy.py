"""The booking policy: every threshold of how registration works, per hospital and optionally per registration type.

Versioned: a change writes a new row, and an appointment keeps the version it was made under.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hospitals.models.organisation import Hospital, RegistrationType
from hospitals.models.policy.limits import LimitTerms
from hospitals.models.policy.perks import PerkTerms
from hospitals.models.policy.privileges import PrivilegeTerms
from hospitals.models.policy.release import ReleaseTerms
from hospitals.models.policy.visit import VisitTerms
from hospitals.models.policy.waitlist import WaitlistTerms


class BookingPolicy(ReleaseTerms, LimitTerms, VisitTerms, WaitlistTerms, PrivilegeTerms, PerkTerms):
    hospital = models.ForeignKey(Hospital, verbose_name="医院", on_delete=models.CASCADE, related_name="policies")
    registration_type = models.ForeignKey(
        RegistrationType,
        verbose_name="号别",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="留空则适用于全院；填写后只适用于该号别，优先于全院规则。",
    )
    version = models.PositiveIntegerField("版本", editable=False)
    valid_from = models.DateTimeField("生效时间", editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="修改人", null=True, blank=True, on_delete=models.PROTECT, editable=False
    )

    class Meta:
        verbose_name = "预约规则"
        verbose_name_plural = "预约规则"
        ordering = ["hospital", "registration_type", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "version"],
                condition=Q(registration_type__isnull=True),
                name="hospital_policy_version_once",
            ),
            models.UniqueConstraint(
                fields=["hospital", "registration_type", "version"],
                condition=Q(registration_type__isnull=False),
                name="type_policy_version_once",
            ),
            models.CheckConstraint(
                condition=Q(hot_release_days__lte=models.F("release_days")),
                name="policy_hot_release_not_before_release",
            ),
            models.CheckConstraint(
                condition=Q(schedule_days__gte=models.F("release_days")), name="policy_schedule_reaches_release"
            ),
            models.CheckConstraint(
                condition=Q(hot_early_percent_a__lte=models.F("hot_early_percent")), name="policy_share_of_a_within_early_share"
            ),
            models.CheckConstraint(
                condition=Q(waitlist_closes_time__gt=models.F("waitlist_opens_time")), name="policy_waitlist_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(quarter_span_days__gte=models.F("week_span_days")), name="policy_long_span_not_below_short"
            ),
            models.CheckConstraint(
                condition=Q(named_contact_a="", named_contact_phone_a="") | ~Q(named_contact_a="") & ~Q(named_contact_phone_a=""),
                name="policy_contact_has_name_and_phone",
            ),
            models.CheckConstraint(condition=Q(coupon_percent_off_b__lte=100), name="policy_coupon_at_most_free"),
        ]

    def __str__(self) -> str:
        scope = self.registration_type.name if self.registration_type else "全院"
        return f"{self.hospital} · {scope} · 第 {self.version} 版"
