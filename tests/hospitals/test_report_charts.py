"""Options of plots, and the fragment that shows them."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from hospitals.reports.charts import bar_chart, line_chart, percent_axis, written

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
