"""`manage.py forecast`: what it prints, and what it refuses in one line."""

import gzip
import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

WEEK = "date,value\n" + "".join(f"2026-01-{5 + i:02},{value}\n" for i, value in enumerate([100, 120, 110, 130, 140, 150, 160]))


@pytest.fixture
def write(tmp_path):
    def save(content):
        path = tmp_path / "counts.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def run(path, *options):
    out, err = StringIO(), StringIO()
    call_command("forecast", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def run_json(path, *options):
    out, err = run(path, *options, "--json")
    assert err == ""
    return json.loads(out)


def long_file(days=400, first=date(2024, 11, 20)):
    rng = np.random.default_rng(5)
    rows = [f"{first + timedelta(days=i)},{rng.poisson(40)}" for i in range(days)]
    return "date,value\n" + "\n".join(rows) + "\n"


def test_the_sources_week(write):
    found = run_json(write(WEEK), "--horizon", "7")
    assert found["model"] == "seasonal-naive"
    assert [day["date"] for day in found["forecast"]] == [f"2026-01-{12 + i}" for i in range(7)]
    assert [day["mean"] for day in found["forecast"]] == [100, 120, 110, 130, 140, 150, 160]
    assert all(day["lower"] < day["mean"] < day["upper"] for day in found["forecast"])
    assert [day["mean"] for day in found["baseline"]] == [100, 120, 110, 130, 140, 150, 160]
    assert found["backtest"]["wape"] is None
    assert "less than four weeks" in found["backtest"]["reason"]


def test_a_long_history_is_tested(write):
    found = run_json(write(long_file()))
    assert len(found["forecast"]) == len(found["baseline"]) == 28
    test = found["backtest"]
    assert 0 < test["wape"] < test["baseline_wape"]
    assert 0.8 < test["coverage"] <= 1
    assert (test["horizon_days"], test["last"]) == (28, "2025-12-24")
    notes = {day["date"]: day.get("note") for day in found["forecast"]}
    assert (notes["2026-01-01"], notes["2026-01-04"], notes["2026-01-06"]) == ("元旦", "调休上班", None)
    without = run_json(write(long_file()), "--holidays", "none")
    assert not any("note" in day for day in without["forecast"])


def test_the_table_says_the_same(write):
    out, err = run(write(WEEK), "--horizon", "7")
    lines = out.splitlines()
    assert lines[1].split() == ["2026-01-12", "Mon", "100.0", "49.7", "150.3", "100.0"]
    assert lines[-2:] == [
        "model: seasonal-naive, from 7 days, 2026-01-05 to 2026-01-11",
        "no backtest: a history of less than four weeks cannot be tested",
    ]
    assert err == ""


@pytest.mark.parametrize(
    "content",
    [
        WEEK.encode("utf-8-sig"),
        WEEK.replace("\n", "\r\n").encode(),
        gzip.compress(WEEK.encode()),
        ("备注,date,value\n" + "\n".join("门诊," + line for line in WEEK.splitlines()[1:])).encode("gb18030"),
        "\n".join([WEEK.splitlines()[0], *reversed(WEEK.splitlines()[1:])]).encode(),
        WEEK.replace("-", "/").encode(),
        WEEK.replace("-", "").encode(),
    ],
    ids=["byte order mark", "carriage returns", "gzip", "GB18030", "unsorted", "slashes", "digits"],
)
def test_files_as_they_come(write, content):
    found = run_json(write(content), "--horizon", "7")
    assert [day["mean"] for day in found["forecast"]] == [100, 120, 110, 130, 140, 150, 160]


def test_columns_in_another_order_and_case(write):
    rows = [line.split(",") for line in WEEK.splitlines()[1:]]
    found = run_json(write("Value, Date\n" + "\n".join(f"{value},{day}" for day, value in rows)), "--horizon", "7")
    assert [day["mean"] for day in found["forecast"]] == [100, 120, 110, 130, 140, 150, 160]


def test_columns_of_other_names(write):
    path = write(WEEK.replace("date,value", "日期,人数"))
    assert run_json(path, "--date-column", "日期", "--value-column", "人数")["history"]["days"] == 7


def test_missing_days_are_told_and_counted(write):
    out, err = run(write("date,value\n2026-01-05,10\n2026-01-07,\n2026-01-09,12\n2026-01-20,\n"), "--json")
    assert err.strip() == "Warning: 3 of 5 days are unknown"
    assert json.loads(out)["history"] == {"first": "2026-01-05", "last": "2026-01-09", "days": 5, "missing": 3}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty or does not begin with a header"),
        ("2026-01-05,100\n2026-01-06,120\n", "line 1: no column 'date'; the header has: 2026-01-05, 100"),
        ("date,count\n2026-01-05,1\n", "line 1: no column 'value'; the header has: date, count"),
        ("date,date,value\n", "line 1: there are 2 columns 'date' (date, date, value)"),
        ("date,value\n", "the file has no day with a value"),
        ("date,value\n2026-01-05,\n", "the file has no day with a value"),
        ("date,value\n2026-01-05,1\n2026-02-30,2\n", "line 3: '2026-02-30' is no date like 2026-03-01"),
        ("date,value\n05.01.2026,1\n", "line 2: '05.01.2026' is no date like 2026-03-01"),
        ("date,value\n2026-01-05,1\n2026-01-06,2\n2026-01-05,3\n", "line 4: 2026-01-05 is there twice, first on line 2"),
        ("date,value\n2026-01-05,many\n", "line 2: 'many' is not a number"),
        ("date,value\n2026-01-05,nan\n", "line 2: 'nan' is not a number"),
        ("date,value\n2026-01-05,1e999\n", "line 2: '1e999' is not a number"),
        ("date,value\n2026-01-05,-3\n", "line 2: -3 is negative, which no count can be"),
        ("date,value\n2026-01-05,2e9\n", "line 2: 2e9 is above 1000000000, the largest count taken"),
        ("date,value\n2026-01-05\n", "line 2: 1 fields instead of 2"),
        ("date,value\n0026-01-05,1\n2026-01-05,1\n", "730486 days; at most 11000 are taken"),
        ("date,value\n9999-12-30,1\n", "28 days after 9999-12-30 there is no date"),
        (b"date,value\n\xff\xff\x80,1\n", "the file is neither UTF-8 nor GB18030"),
    ],
)
def test_bad_files_are_refused_in_one_line(write, content, words):
    with pytest.raises(CommandError) as refused:
        run(write(content))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--horizon", "0"], "--horizon 0 is not from 1 to 730 days"),
        (["--horizon", "731"], "--horizon 731 is not from 1 to 730 days"),
        (["--plot", "picture.pdf"], "--plot must end in .png or .svg, not 'picture.pdf'"),
        (["--plot", ""], "--plot must end in .png or .svg, not ''"),
        (["--holidays", "US"], "--holidays: invalid choice: 'US'"),
    ],
)
def test_bad_options_are_refused_in_one_line(write, options, words):
    with pytest.raises(CommandError, match="^(Error: argument )?" + words):
        run(write(WEEK), *options)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match=r"cannot read nowhere\.csv: No such file or directory"):
        run(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="cannot be read: it is a folder"):
        run(tmp_path)
    with pytest.raises(CommandError, match="cannot be read: it is a device"):
        run(Path("/dev/zero"))
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "two\nlines.csv")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_plot_is_drawn(write, tmp_path, ending, magic):
    picture = tmp_path / f"plot.{ending}"
    run(write(WEEK), "--plot", str(picture))
    assert picture.read_bytes().startswith(magic)


def test_a_plot_that_cannot_be_written_is_said_before_the_file_is_read(tmp_path):
    with pytest.raises(CommandError, match="is in a folder that does not exist") as refused:
        run(tmp_path / "nowhere.csv", "--plot", str(tmp_path / "nowhere" / "plot.png"))
    assert refused.value.returncode == 2


def test_the_same_numbers_give_the_same_picture_and_nothing_beside_it(write, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for ending in ("png", "svg"):
        pictures = [folder / f"{place}.{ending}" for place in (1, 2)]
        for picture in pictures:
            run(write(WEEK), "--plot", str(picture))
        assert pictures[0].read_bytes() == pictures[1].read_bytes()
    assert len(list(folder.iterdir())) == 4
