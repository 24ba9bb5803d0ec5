"""One scenario of the what-if page, as a form: in staff's units, and every error in the field it is about."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from capacity.numeric.errors import InvalidInput
from capacity.numeric.service_times import ServiceLaw, ServiceTimes
from capacity.numeric.simulation import Punctuality, SessionScenario

LAWS = {
    ServiceLaw.LOGNORMAL: "对数正态",
    ServiceLaw.EXPONENTIAL: "指数",
    ServiceLaw.EMPIRICAL: "按实测抽样",
}
# How the numeric core names what a field gives, where the names differ.
FIELD_OF = {"samples": "law"}
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class _Number:
    label: str
    least: float
    most: float
    unit: str = ""
    is_whole: bool = False

    def field(self) -> forms.Field:
        options: dict[str, Any] = {"label": self.label, "min_value": self.least, "max_value": self.most, "help_text": self.unit}
        if self.is_whole:
            return forms.IntegerField(**options, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
        return forms.FloatField(**options, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}))


NUMBERS = {
    "rated": _Number("额定号源 N", 1, 500, "人", is_whole=True),
    "advance": _Number("预约号 N1", 0, 500, "人", is_whole=True),
    "extra": _Number("加号 NA", 0, 100, "人", is_whole=True),
    "mean_advance": _Number("预约需求", 0, 1000, "人/班次"),
    "mean_same_day": _Number("现场需求", 0, 1000, "人/班次"),
    "correlation": _Number("需求相关系数", 0, 1),
    "no_show_advance": _Number("预约爽约率", 0, 100, "%"),
    "no_show_same_day": _Number("现场爽约率", 0, 100, "%"),
    "session_minutes": _Number("班次时长", 30, 1440, "分钟"),
    "window_minutes": _Number("分时段长度", 1, 1440, "分钟"),
    "lateness_mean": _Number("平均到达偏差", -120, 120, "分钟，早到为负"),
    "lateness_deviation": _Number("到达偏差标准差", 0, 120, "分钟"),
    "service_minutes": _Number("平均就诊时长", 0.5, 240, "分钟"),
    "service_cv": _Number("就诊时长变异系数", 0, 10),
    "rooms": _Number("诊室数", 1, 20, "间", is_whole=True),
}


class ScenarioForm(forms.Form):
    def __init__(self, *args: Any, samples: tuple[float, ...] = (), **kwargs: Any) -> None:
        """`samples` are the minutes of real consultations; without them none can be drawn from."""
        super().__init__(*args, **kwargs)
        self.samples = samples
        for name, number in NUMBERS.items():
            self.fields[name] = number.field()
        laws = [(law.value, words) for law, words in LAWS.items() if samples or law != ServiceLaw.EMPIRICAL]
        self.fields["law"] = forms.ChoiceField(label="就诊时长分布", choices=laws)

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        self._compare("advance", "rated", "不能多于额定号源 {most}。")
        self._compare("window_minutes", "session_minutes", "不能长于班次时长 {most:g} 分钟。")
        if not self.errors:
            try:
                values["scenario"] = self._scenario(values)
            except InvalidInput as error:
                name = FIELD_OF.get(error.argument, error.argument)
                self.add_error(name if name in self.fields else None, _sentence(error))
        return values

    @property
    def scenario(self) -> SessionScenario:
        """What was asked for. Only of a valid form."""
        scenario: SessionScenario = self.cleaned_data["scenario"]
        return scenario

    def _compare(self, smaller: str, larger: str, sentence: str) -> None:
        low, most = self.cleaned_data.get(smaller), self.cleaned_data.get(larger)
        if low is not None and most is not None and low > most:
            self.add_error(smaller, ValidationError(sentence.format(most=most)))

    def _scenario(self, values: dict[str, Any]) -> SessionScenario:
        same = ("rated", "advance", "extra", "mean_advance", "mean_same_day", "correlation", "session_minutes", "window_minutes")
        return SessionScenario(
            **{name: values[name] for name in (*same, "rooms")},
            no_show_advance=values["no_show_advance"] / PERCENT,
            no_show_same_day=values["no_show_same_day"] / PERCENT,
            service=self._service(values),
            punctuality=Punctuality(mean_minutes=values["lateness_mean"], deviation_minutes=values["lateness_deviation"]),
        )

    def _service(self, values: dict[str, Any]) -> ServiceTimes:
        minutes = values["service_minutes"]
        match ServiceLaw(values["law"]):
            case ServiceLaw.EXPONENTIAL:
                # Its variation is its own: the field is not asked.
                return ServiceTimes.exponential(mean_minutes=minutes)
            case ServiceLaw.EMPIRICAL:
                return ServiceTimes.empirical(samples=self.samples, mean_minutes=minutes)
        return ServiceTimes.lognormal(mean_minutes=minutes, cv=values["service_cv"])


def values_of(scenario: SessionScenario) -> dict[str, Any]:
    """A scenario as the form shows it."""
    whole = ("rated", "advance", "extra", "rooms")
    numbers = ("mean_advance", "mean_same_day", "correlation", "session_minutes", "window_minutes")
    return {
        **{name: getattr(scenario, name) for name in whole},
        **{name: _short(getattr(scenario, name)) for name in numbers},
        "no_show_advance": _short(PERCENT * scenario.no_show_advance),
        "no_show_same_day": _short(PERCENT * scenario.no_show_same_day),
        "lateness_mean": _short(scenario.punctuality.mean_minutes),
        "lateness_deviation": _short(scenario.punctuality.deviation_minutes),
        "service_minutes": _short(scenario.service.mean_minutes),
        "service_cv": _short(scenario.service.cv),
        "law": scenario.service.law.value,
    }


def _short(number: float) -> float | int:
    """Two decimals, and none where there are none."""
    short = round(number, 2)
    return int(short) if short == int(short) else short


def _sentence(error: InvalidInput) -> str:
    if error.argument == "correlation":
        return "两种需求相差太大，相关系数达不到这么高，请调低。"
    return "数值超出可以推演的范围。"
