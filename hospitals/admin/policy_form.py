"""The form of the booking policy: what its figures must be to one another, in sentences beside the field to blame."""

import operator
from collections.abc import Callable
from typing import Any

from hospitals.admin.scoped import HospitalScopedForm

FULL_PERCENT = 100

# Who has to be at least (or at most) as much as whom: the name of the field that is to blame, the other one, and the sentence.
# The first ones are constraints of the table as well, the rest are figures that nobody can mean.
NOT_BELOW = [
    ("schedule_days", "release_days", "排班提前天数不能小于放号提前天数。"),
    ("quarter_span_days", "week_span_days", "长期上限天数不能小于短期上限天数。"),
    ("live_per_day", "live_per_department_day", "同日上限不能小于同科室同日上限。"),
    ("live_per_quarter", "live_per_week", "长期预约上限不能小于短期预约上限。"),
    ("missed_pause_days_severe", "missed_pause_days", "严重爽约暂停天数不能小于爽约暂停天数。"),
    ("hot_early_days_a", "hot_early_days_b", "A 级提前天数不能小于 B 级提前天数。"),
    ("waitlist_offer_minutes", "waitlist_offer_floor_minutes", "候补号保留时长不能小于最短保留时长。"),
]
NOT_ABOVE = [
    ("hot_release_days", "release_days", "热门号放号提前天数不能大于放号提前天数。"),
    ("hot_early_percent_a", "hot_early_percent", "A 级专留不能大于优先份额。"),
    ("hot_reserve_days", "hot_release_days", "照顾份额不能在热门号统一放号之前就取消。"),
    ("lead_days_d", "release_days", "D 级最少提前天数不能大于放号提前天数，否则 D 级患者无号可约。"),
]


class BookingPolicyForm(HospitalScopedForm):
    def clean(self) -> dict[str, Any] | None:
        super().clean()
        for field, other, sentence in NOT_BELOW:
            self._compare(field, other, sentence, is_wrong=operator.lt)
        for field, other, sentence in NOT_ABOVE:
            self._compare(field, other, sentence, is_wrong=operator.gt)
        closing = "候补关闭时刻须晚于候补开放时刻。"
        self._compare("waitlist_closes_time", "waitlist_opens_time", closing, is_wrong=operator.le)
        self._check_misses()
        self._check_shares()
        self._check_contact()
        return self.cleaned_data

    def _compare(self, field: str, other: str, sentence: str, *, is_wrong: Callable[[Any, Any], bool]) -> None:
        """Fields that were refused already, or are not on this form, are not compared."""
        value, limit = self.cleaned_data.get(field), self.cleaned_data.get(other)
        if value is not None and limit is not None and is_wrong(value, limit):
            self.add_error(field, sentence)

    def _check_misses(self) -> None:
        """0 is none. Where there are both limits, the severe one comes later."""
        limit, severe = (self.cleaned_data.get(name) or 0 for name in ("missed_limit", "missed_limit_severe"))
        if severe and limit and severe <= limit:
            self.add_error("missed_limit_severe", "严重爽约次数须大于爽约限制次数，或填 0 不分级。")

    def _check_shares(self) -> None:
        early, kept = (self.cleaned_data.get(name) for name in ("hot_early_percent", "hot_reserve_percent"))
        if early is not None and kept is not None and early + kept > FULL_PERCENT:
            self.add_error("hot_reserve_percent", "优先份额与照顾份额合计不能超过 100%。")

    def _check_contact(self) -> None:
        """A name that nobody can call, or a number that nobody answers to, is none. What was refused already is not asked for."""
        if "named_contact_a" not in self.cleaned_data or "named_contact_phone_a" not in self.cleaned_data:
            return
        name, phone = self.cleaned_data["named_contact_a"], self.cleaned_data["named_contact_phone_a"]
        if name and not phone:
            self.add_error("named_contact_phone_a", "填写了专属客服姓名，请同时填写电话。")
        if phone and not name:
            self.add_error("named_contact_a", "填写了专属客服电话，请同时填写姓名。")
