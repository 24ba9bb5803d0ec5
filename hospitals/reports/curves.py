"""Curves of the admin: lines over a number in panels one above the other, and a line with the band it is likely to lie in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hospitals.reports.charts import Chart, Values, plot_option, rounded, spaced, written

PANEL_GAP = 12  # per cent of the height
LEGEND_SHARE, FOOT_SHARE = 14, 10
PALETTE_SIZE = 6


@dataclass(frozen=True, slots=True)
class Curve:
    """One line; None is a gap. `like` is the place of the line whose colour it shares, dashed."""

    name: str
    values: Values
    like: int | None = None
    is_stepped: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves with an axis of their own."""

    curves: Sequence[Curve]
    unit: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """What the curves run over. `here` is where a vertical line says `here_name`."""

    name: str
    places: Sequence[float]
    unit: str = ""
    digits: int = 0
    here: float | None = None
    here_name: str = "当前"

    @property
    def written_places(self) -> list[str]:
        return [written(place, self.unit, self.digits) for place in self.places]


@dataclass(frozen=True, slots=True)
class Band:
    """An interval around a line."""

    name: str
    lower: Values
    upper: Values


def curve_chart(*, key: str, title: str, axis: Axis, panels: Sequence[Panel], note: str = "") -> Chart:
    """Panels one above the other over the same axis, one legend, one table. Raises ValueError for curves of another length."""
    curves = [(place, panel, curve) for place, panel in enumerate(panels) for curve in panel.curves]
    for _, _, curve in curves:
        _require_length(curve.name, curve.values, len(axis.places))
    height = (100 - LEGEND_SHARE - FOOT_SHARE - PANEL_GAP * (len(panels) - 1)) / len(panels)
    tops = [LEGEND_SHARE + place * (height + PANEL_GAP) for place in range(len(panels))]
    option: dict[str, Any] = {
        # All names at once, in two lines where they need them: a line whose name is on the next page is nobody's.
        "legend": {"type": "plain", "top": 0, "left": 0, "right": 0, "itemGap": 8},
        "grid": [{"top": f"{top:.1f}%", "height": f"{height:.1f}%", "left": 48, "right": 20} for top in tops],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis"},
        "xAxis": [_x_axis(axis, place, is_last=place == len(panels) - 1) for place in range(len(panels))],
        "yAxis": [
            {"type": "value", "gridIndex": place, "scale": True, "axisLabel": {"formatter": f"{{value}}{spaced(panel.unit)}"}}
            for place, panel in enumerate(panels)
        ],
        "series": [
            _line(axis, place, panel, curve, colour=i if curve.like is None else curve.like)
            for i, (place, panel, curve) in enumerate(curves)
        ],
    }
    rows = zip(
        axis.written_places,
        *([written(value, panel.unit, panel.digits) for value in curve.values] for _, panel, curve in curves),
        strict=True,
    )
    return Chart(
        key=key,
        title=title,
        option=option,
        columns=(axis.name, *(curve.name for _, _, curve in curves)),
        rows=tuple(rows),
        note=note,
    )


def band_chart(
    *,
    key: str,
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Values],
    band: Band,
    unit: str = "",
    digits: int = 0,
    note: str = "",
    marks: Mapping[str, str] | None = None,
    from_zero: bool = True,
) -> Chart:
    """Lines over `labels` with a band around the first of `series`. `marks`: words at labels, such as a holiday's name.

    Without `from_zero` the axis shows the numbers' own range, where small differences are what matters.
    """
    columns = [*series.items(), (f"{band.name}下限", band.lower), (f"{band.name}上限", band.upper)]
    for name, values in columns:
        _require_length(name, values, len(labels))
    drawn = [
        {"name": name, "type": "line", "data": rounded(values, digits), "symbolSize": 5, "palette": place, "z": 3}
        for place, (name, values) in enumerate(series.items())
    ]
    if marks and drawn:
        drawn[0]["markLine"] = {
            "symbol": "none",
            "silent": True,
            "lineStyle": {"type": "dotted"},
            "data": [{"xAxis": label, "label": {"formatter": word}} for label, word in marks.items() if label in labels],
        }
    option = plot_option(labels=labels, drawn=[*drawn, *_band_series(band, digits)], unit=unit)
    option["legend"]["data"] = [*series, band.name]
    option["yAxis"]["scale"] = not from_zero
    rows = [
        (label, *(written(values[place], unit, digits) for _, values in columns), *((marks or {}).get(label, ""),) * bool(marks))
        for place, label in enumerate(labels)
    ]
    names = ("", *(name for name, _ in columns), *(("备注",) * bool(marks)))
    return Chart(key=key, title=title, option=option, columns=names, rows=tuple(rows), unit=unit, digits=digits, note=note)


def _band_series(band: Band, digits: int) -> list[dict[str, Any]]:
    """The lower edge, and stacked upon it the height of the band; the upper edge once more, only to be read."""
    edge = {"type": "line", "symbol": "none", "lineStyle": {"opacity": 0}, "palette": 0, "silent": True}
    height = [None if low is None or high is None else high - low for low, high in zip(band.lower, band.upper, strict=True)]
    stacked = edge | {"stack": "band", "stackStrategy": "all"}
    return [
        stacked | {"name": f"{band.name}下限", "data": rounded(band.lower, digits)},
        stacked
        | {"name": band.name, "data": rounded(height, digits), "areaStyle": {"opacity": 0.18}, "tooltip": {"show": False}},
        edge | {"name": f"{band.name}上限", "data": rounded(band.upper, digits)},
    ]


def _x_axis(axis: Axis, place: int, *, is_last: bool) -> dict[str, Any]:
    return {
        "type": "value",
        "gridIndex": place,
        "min": min(axis.places),
        "max": max(axis.places),
        # Only the lowest panel says what the axis is.
        "axisLabel": {"show": is_last, "formatter": f"{{value}}{spaced(axis.unit)}", "hideOverlap": True},
        "axisPointer": {"label": {"show": False}},
        "splitLine": {"show": False},
    }


def _line(axis: Axis, place: int, panel: Panel, curve: Curve, *, colour: int) -> dict[str, Any]:
    values = rounded(curve.values, panel.digits)
    line: dict[str, Any] = {
        "name": curve.name,
        "type": "line",
        "xAxisIndex": place,
        "yAxisIndex": place,
        "data": [[at, value] for at, value in zip(axis.places, values, strict=True)],
        "step": "middle" if curve.is_stepped else False,
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": False,
        "lineStyle": {"type": "solid" if curve.like is None else "dashed"},
        "palette": colour % PALETTE_SIZE,
        "unit": panel.unit,
        "digits": panel.digits,
    }
    if axis.here is not None and curve is panel.curves[0]:
        line["markLine"] = {
            "symbol": "none",
            "silent": True,
            "lineStyle": {"type": "dotted"},
            "label": {"show": place == 0, "formatter": axis.here_name},
            "data": [{"xAxis": axis.here}],
        }
    return line


def _require_length(name: str, values: Values, length: int) -> None:
    if len(values) != length:
        raise ValueError(f"series {name!r} has {len(values)} values for {length} labels")
