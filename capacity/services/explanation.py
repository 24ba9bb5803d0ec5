"""The sentence with which a plan explains itself to the clinic office."""

from capacity.numeric.morning import MorningResult
from capacity.numeric.problem import AllocationResult
from capacity.services.forecast_factors import ForecastFactor
from capacity.services.inputs import ClinicInputs, Estimate
from hospitals.models import ClinicSession


def explain(*, session: ClinicSession, inputs: ClinicInputs, forecast: ForecastFactor | None, result: AllocationResult) -> str:
    """Say in Chinese what the quotas rest on and what is expected of them."""
    seen = result.advance_attended + result.same_day_attended
    others = _others(session)
    return (
        f"{_basis(inputs.mean_advance, others)}估计："
        f"每次预约需求 {inputs.mean_advance.value:.1f} 人、现场需求 {inputs.mean_same_day.value:.1f} 人"
        f"{_foretold(forecast)}，"
        f"预约爽约率 {_rate(inputs.no_show_advance, others)}、现场爽约率 {_rate(inputs.no_show_same_day, others)}。"
        f"额定 {session.rated_capacity} 个号源中放 {result.advance} 个预约号，另备 {result.extra} 个加号，"
        f"预计就诊 {seen:.1f} 人，超负荷 {result.overload:.2f} 人，未挂上号 {result.turned_away:.1f} 人。"
    )


def _others(session: ClinicSession) -> dict[str, str]:
    """Whose records an estimate rests on most where it is not the session's own clinic, by level."""
    siblings = "该医生各班次" if session.doctor_id else "科室普通号各班次"
    return {"doctor": siblings, "department": "同科室", "hospital": "全院"}


def _basis(demand: Estimate, others: dict[str, str]) -> str:
    """Whose past the demand rests on most, and how many sessions of the clinic's own there are."""
    if demand.level == "clinic":
        return f"按本班次 {demand.sample_size} 次出诊的记录"
    own = f"本班次只有 {demand.sample_size} 次出诊" if demand.sample_size else "本班次还没有出诊"
    return f"{own}，主要按{_records(demand, others, '次出诊')}"


def _records(estimate: Estimate, others: dict[str, str], unit: str) -> str:
    """What of another level an estimate rests on, with how many records that has."""
    if estimate.level not in others:
        return "文献中的默认值"
    size = "" if estimate.level_size is None else f"共 {estimate.level_size:,} {unit}"
    return f"{others[estimate.level]}{size}的记录"


def _rate(missed: Estimate, others: dict[str, str]) -> str:
    """A no-show rate, with the same of its visits."""
    mostly = "" if missed.level == "clinic" else f"主要按{_records(missed, others, '人次')}，"
    return f"{missed.value:.1%}（{mostly}本班次 {missed.sample_size} 人次）"


def _foretold(forecast: ForecastFactor | None) -> str:
    if forecast is None or forecast.value == 1:
        return ""
    note = forecast.basis.get("day_note")
    return f"（按科室预约量预测{f'，{note}，' if note else ''}为平时的 {forecast.value:.0%}）"


def explain_morning(
    *,
    session: ClinicSession,
    booked: int,
    expected: float,
    without_estimate: int,
    still_to_come: float,
    result: MorningResult,
) -> str:
    """The same for the 加号 of a morning re-solve, when the bookings are known."""
    best = result.best
    unknown = f"（{without_estimate} 人没有各自的估计，按本班次的爽约率）" if without_estimate else ""
    worth = (
        f"比现有的 {session.extra_quota} 个多得 {result.gain:.2f}。" if best.extra != session.extra_quota else "与现有的相同。"
    )
    return (
        f"开诊前已约 {booked} 人，按各自的到诊概率预计到 {expected:.1f} 人{unknown}；"
        f"今天还会来现场挂号约 {still_to_come:.1f} 人。"
        f"额定 {session.rated_capacity} 个号源之外开 {best.extra} 个加号，预计就诊 {best.seen:.1f} 人，"
        f"超负荷 {best.overload:.2f} 人，未挂上号 {best.turned_away:.1f} 人；目标值{worth}"
    )
