"""Options of plots, and the fragment that shows them."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from hospitals.reports.charts import bar_chart, line_chart, percent_axis, written
from hospitals.reports.curves import Axis, Band, Curve, Panel, band_chart, curve_chart
from hospitals.reports.heat_maps import Labels, Mark, heat_map

MONTHS = ["2026-04", "2026-05", "2026-06"]


def test_a_line_has_a_value_for_each_label_and_gaps_stay_gaps() -> None:
    chart = line_chart(key="rates", title="趋势", labels=MONTHS, series={"履约率": [91.26, None, 88.0]})
    assert chart.option["xAxis"]["data"] == MONTHS
    assert chart.option["series"][0]["data"] == [91.3, None, 88.0]
    assert chart.option["series"][0]["connectNulls"] is False
    assert chart.rows == (("2026-04", "91.3%"), ("2026-05", "—"), ("2026-06", "88.0%"))


def test_a_series_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="series '履约率' has 1 values for 3 labels"):
        bar_chart(key="rates", title="趋势", labels=MONTHS, series={"履约率": [1.0]})


@pytest.mark.parametrize(
    ("values", "axis"),
    [
        ([87.6, None, 88.2], {"min": 80, "max": 90}),
        ([71.0, 98.2], {"min": 70, "max": 100}),
        ([99.1, 100.0], {"min": 90, "max": 100}),
        ([10.0, 12.0], {"min": 5, "max": 15}),
        ([1.4, 6.9], {"min": 0}),
        ([None, None], {"min": 0}),
    ],
)
def test_an_axis_of_percentages_makes_no_cliffs(values: list[float | None], axis: dict[str, float]) -> None:
    assert percent_axis([values]) == axis


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [(None, "%", 1, "—"), (12.345, "%", 1, "12.3%"), (7, "", 0, "7"), (0.0, "%", 1, "0.0%")],
)
def test_numbers_are_written_as_they_are_read(value: float | None, unit: str, digits: int, text: str) -> None:
    assert written(value, unit, digits) == text


def test_the_fragment_has_the_numbers_and_no_script_that_runs() -> None:
    """Names come from staff: one that looks like markup stays text, in the table and in the option."""
    chart = line_chart(key="rates", title="趋势", labels=MONTHS, series={"</script><b>科": [1.0, None, 3.0]})
    html = render_to_string("charts/chart.html", {"chart": chart})
    assert "<b>" not in html
    assert re.findall(r"<script([^>]*)>", html) == [' id="chart-rates" type="application/json"']
    option = re.search(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    assert option is not None
    assert json.loads(option[1])["series"][0]["name"] == "</script><b>科"
    assert [cell in html for cell in ("2026-04", "1.0%", "—", "3.0%")] == [True] * 4


def test_the_page_takes_everything_from_here() -> None:
    """What the head of a page with charts names is a file of the project; nothing stands on another site."""
    html = render_to_string("charts/assets.html")
    named = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(named) == 3
    for address in named:
        assert address.startswith(settings.STATIC_URL)
        assert finders.find(address.removeprefix(settings.STATIC_URL)), address
    for own in ("charts/charts.js", "charts/charts.css"):
        found = finders.find(own)
        assert found is not None
        assert not re.search(r"https?:|//\w+\.\w", Path(found).read_text())


def test_the_plot_library_is_the_version_its_readme_says() -> None:
    found = finders.find("vendor/echarts/echarts.min.js")
    assert found is not None
    library = Path(found)
    said = re.search(r"Version ([\d.]+),", library.with_name("README.md").read_text())
    assert said is not None
    assert f'version="{said[1]}"' in library.read_text()


def test_a_heat_map_has_a_number_for_each_pair_and_words_where_there_are_any() -> None:
    chart = heat_map(
        key="heat",
        title="热度",
        name="约满率",
        labels=Labels(["周一\n上午", "周二\n上午"], ["甲\n内科", "乙"]),
        values=[[91.26, None], [40.0, 99.96]],
        scale=(50, 100),
        words={(1, 1): "热"},
        is_labelled=True,
        unit="%",
        digits=1,
    )
    assert chart.columns == ("", "周一上午", "周二上午")
    assert chart.rows == (("甲 内科", "91.3%", "—"), ("乙", "40.0%", "100.0% 热"))
    (series,) = chart.option["series"]
    assert [(cell["value"], cell["label"]["formatter"]) for cell in series["data"]] == [
        ([0, 0, 91.3], "91"),
        ([0, 1, 40.0], "40"),
        ([1, 1, 100.0], "100\n热"),
    ]
    assert chart.option["visualMap"]["text"] == ["100%", "50%"]
    assert chart.option["legend"]["show"] is False


def test_marks_of_a_heat_map_bring_the_number_below_them_and_stay_inside() -> None:
    marks = [Mark("最优", [(1, 0)], is_hollow=True), Mark("备选", [(0, 1), (2, 0), (0, -1)])]
    chart = heat_map(
        key="surface",
        title="目标值",
        name="R",
        labels=Labels(["0", "1"], ["0", "1"], column_title="预约号 N1", line_title="加号 NA"),
        values=[[1.0, 2.5], [0.5, 2.0]],
        scale=(0.5, 2.5),
        marks=marks,
        digits=2,
    )
    assert chart.option["legend"]["data"] == ["最优", "备选"]
    _, best, others = chart.option["series"]
    assert best["data"] == [{"name": "加号 NA 0，预约号 N1 1", "value": [1, 0, 2.5]}]
    assert [point["value"] for point in others["data"]] == [[0, 1, 0.5]]
    # Colours are of the numbers, not of the marks.
    assert chart.option["visualMap"]["seriesIndex"] == 0


def test_a_heat_map_whose_numbers_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="values do not fit 2 lines of 1 columns"):
        heat_map(key="k", title="t", name="n", labels=Labels(["a"], ["b", "c"]), values=[[1.0], [1.0, 2.0]], scale=(0, 1))


def test_curves_stand_in_panels_and_share_colours_with_what_they_are_like() -> None:
    chart = curve_chart(
        key="sweep",
        title="随爽约率变化",
        axis=Axis("爽约率", [0, 10, 20], unit="%", here=10),
        panels=[
            Panel([Curve("预约号", [9, 11, 14], is_stepped=True), Curve("无加号时", [9, 9, 9], like=0, is_stepped=True)]),
            Panel([Curve("目标值", [18.912, None, 17.5])], unit="人", digits=2),
        ],
    )
    assert chart.columns == ("爽约率", "预约号", "无加号时", "目标值")
    assert chart.rows == (
        ("0%", "9", "9", "18.91 人"),
        ("10%", "11", "9", "—"),
        ("20%", "14", "9", "17.50 人"),
    )
    above, like, below = chart.option["series"]
    assert [series["palette"] for series in (above, like, below)] == [0, 0, 2]
    assert [series["xAxisIndex"] for series in (above, like, below)] == [0, 0, 1]
    assert below["data"] == [[0, 18.91], [10, None], [20, 17.5]]
    assert [series["markLine"]["data"] for series in (above, below)] == [[{"xAxis": 10}]] * 2
    assert "markLine" not in like


def test_a_band_is_drawn_by_its_height_and_read_by_its_edges() -> None:
    chart = band_chart(
        key="seen",
        title="预计与实际",
        labels=["1 日", "2 日"],
        series={"预计": [10.0, None], "实际": [12, 7]},
        band=Band("区间", [-1.0, None], [13.5, None]),
        digits=1,
        marks={"2 日": "国庆节", "9 日": "不在图中"},
    )
    assert chart.columns == ("", "预计", "实际", "区间下限", "区间上限", "备注")
    assert chart.rows == (("1 日", "10.0", "12.0", "-1.0", "13.5", ""), ("2 日", "—", "7.0", "—", "—", "国庆节"))
    expected, seen, lower, height, upper = chart.option["series"]
    assert [series["data"] for series in (lower, height, upper)] == [[-1.0, None], [14.5, None], [13.5, None]]
    # From a lower edge below zero as well.
    assert lower["stack"] == height["stack"]
    assert height["stackStrategy"] == "all"
    assert "stack" not in upper
    assert [mark["xAxis"] for mark in expected["markLine"]["data"]] == ["2 日"]
    assert "markLine" not in seen
    assert chart.option["legend"]["data"] == ["预计", "实际", "区间"]
    assert chart.option["yAxis"]["scale"] is False


def test_curves_and_bands_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="series '预约号' has 1 values for 2 labels"):
        curve_chart(key="k", title="t", axis=Axis("x", [0, 1]), panels=[Panel([Curve("预约号", [1])])])
    with pytest.raises(ValueError, match="series '区间上限' has 1 values for 2 labels"):
        band_chart(key="k", title="t", labels=["a", "b"], series={"预计": [1, 2]}, band=Band("区间", [0, 0], [1]))
