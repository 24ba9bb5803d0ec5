"""What the page that looks back is asked for: which months, which department and doctor."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hospitals.models import Department, Doctor, Hospital

DEFAULT_MONTHS, MOST_MONTHS = 3, 36


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date
    department: Department | None
    doctor: Doctor | None


class LookingBackForm(forms.Form):
    first = forms.ChoiceField(label="从")
    last = forms.ChoiceField(label="到")
    department = forms.ModelChoiceField(label="科室", queryset=Department.objects.none(), required=False, empty_label="全部科室")
    doctor = forms.ModelChoiceField(label="医生", queryset=Doctor.objects.none(), required=False, empty_label="全部医生")

    def __init__(self, data: Any, *, hospital: Hospital, today: date) -> None:
        """Whatever of `data` is missing takes its default: the running month and the two before it."""
        months = [_months_before(today, back) for back in range(MOST_MONTHS)]
        self.defaults = {"first": months[DEFAULT_MONTHS - 1], "last": months[0]}
        super().__init__({**self.defaults, **{name: data[name] for name in self.base_fields if data.get(name)}})
        for name in ("first", "last"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(month, month) for month in months]
            field.error_messages["invalid_choice"] = f"请选择最近 {MOST_MONTHS} 个月之一。"
        departments = Department.objects.filter(hospital=hospital)
        doctors = Doctor.objects.filter(hospital=hospital).select_related("department")
        chosen = str(data.get("department") or "")
        # All doctors of a large hospital are no choice: those of the chosen department are.
        doctors = doctors.filter(department=int(chosen[:18])) if chosen.isdigit() else doctors.none()
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
        self.fields["doctor"].queryset = doctors  # type: ignore[attr-defined]
        self.fields["department"].error_messages["invalid_choice"] = "该医院没有这个科室。"
        self.fields["doctor"].error_messages["invalid_choice"] = "该科室没有这位医生。"

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            raise ValidationError(f"开始月份（{values['first']}）不能晚于截止月份（{values['last']}）。")
        return values

    @property
    def span(self) -> Span:
        """What to show: as asked for, or the defaults where that made no sense (the page then says what was wrong)."""
        values: dict[str, Any] = self.cleaned_data if self.is_valid() else self.defaults
        first, last = _first_day(values["first"]), _first_day(values["last"])
        return Span(
            first,
            last.replace(day=monthrange(last.year, last.month)[1]),
            values.get("department"),
            values.get("doctor"),
        )

    @property
    def sentences(self) -> list[str]:
        """What was wrong, each with the name of the field."""
        return [
            f"{self.fields[name].label}：{error}" if name in self.fields else str(error)
            for name, errors in self.errors.items()
            for error in errors
        ]


def _months_before(today: date, back: int) -> str:
    years, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return f"{years:04d}-{month + 1:02d}"


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
