"""What the page of the indicators is asked for: which months, which department."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hospitals.models import Department, Hospital
from scoring.months import first_of_month, months_back, months_between

DEFAULT_MONTHS, MOST_MONTHS = 12, 60
# No register of appointments is older; a year 1 would have no month before it.
EARLIEST = date(2000, 1, 1)


class MonthField(forms.DateField):
    """A month as its first day; `YYYY-MM` in and out, which is what `<input type="month">` speaks."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-01", "pattern": r"\d{4}-\d{2}"})
        super().__init__(input_formats=["%Y-%m"], widget=widget, **kwargs)
        self.error_messages["invalid"] = "请填写年月，例如 2026-01。"


class IndicatorForm(forms.Form):
    first = MonthField(label="从")
    last = MonthField(label="到")
    department = forms.ModelChoiceField(label="科室", queryset=Department.objects.none(), required=False, empty_label="全部科室")

    def __init__(self, data: Any, *, hospital: Hospital, today: date, earliest: date | None) -> None:
        """Whatever of `data` is missing takes its default: the last full months with a record, twelve at most, and all
        departments."""
        this = first_of_month(today)
        self.this_month = this
        last, first = months_back(this, 1), months_back(this, DEFAULT_MONTHS)
        if earliest is not None:
            first = min(max(first, earliest), last)
        self.defaults = {"first": first, "last": last, "department": None}
        texts = {name: f"{day:%Y-%m}" for name, day in self.defaults.items() if day}
        super().__init__({**texts, **{name: data[name] for name in self.base_fields if data.get(name)}})
        self.fields["department"].queryset = Department.objects.filter(hospital=hospital)  # type: ignore[attr-defined]
        self.fields["department"].error_messages["invalid_choice"] = "该医院没有这个科室。"
        for name in ("first", "last"):
            self.fields[name].widget.attrs |= {"min": f"{EARLIEST:%Y-%m}", "max": f"{this:%Y-%m}"}

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        first, last = values.get("first"), values.get("last")
        if first is None or last is None:
            return values
        if first < EARLIEST:
            raise ValidationError(f"开始月份不能早于 {EARLIEST:%Y-%m}。")
        if last > self.this_month:
            raise ValidationError(f"截止月份不能晚于本月（{self.this_month:%Y-%m}）。")
        if first > last:
            raise ValidationError(f"开始月份（{first:%Y-%m}）不能晚于截止月份（{last:%Y-%m}）。")
        if (count := len(months_between(first, last))) > MOST_MONTHS:
            raise ValidationError(f"一次最多查看 {MOST_MONTHS} 个月，所选为 {count} 个月。")
        return values

    @property
    def chosen(self) -> dict[str, Any]:
        """What to show: as asked for, or the defaults where that made no sense (the page then says what was wrong)."""
        return self.cleaned_data if self.is_valid() else self.defaults

    @property
    def sentences(self) -> list[str]:
        """What was wrong, each with the name of the field."""
        return [
            f"{self.fields[name].label}：{error}" if name in self.fields else str(error)
            for name, errors in self.errors.items()
            for error in errors
        ]
