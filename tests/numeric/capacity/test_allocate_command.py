"""`manage.py allocate`: one object on stdout, or one line on stderr and exit status 2."""

import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, CommandParser, call_command

from capacity.management.allocation_plots import picture
from capacity.management.commands.allocate import Command
from capacity.numeric.allocation import allocate
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.numeric.sweeps import sweep
from manage import print_nothing

ROOT = Path(__file__).resolve().parents[3]
BASE = {
    "--rated": "20",
    "--mean-advance": "15",
    "--mean-same-day": "15",
    "--correlation": "0.2",
    "--no-show-advance": "0.2",
    "--no-show-same-day": "0.05",
    "--overload-cost": "1.5",
}


def arguments(**changes: str) -> list[str]:
    options = BASE | {"--" + name.replace("_", "-"): value for name, value in changes.items()}
    return [part for pair in options.items() for part in pair]


def run(*args: str) -> tuple[str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("allocate", *args, stdout=stdout, stderr=stderr)
    return stdout.getvalue(), stderr.getvalue()


def test_json_of_the_base_case():
    stdout, stderr = run(*arguments(), "--json")
    answer = json.loads(stdout)
    assert stderr == ""
    assert (answer["extra"], answer["advance"], answer["advance_without_extra"]) == (4, 14, 9)
    assert round(answer["advance_attended"], 4) == 10.3433
    assert round(answer["same_day_attended"], 4) == 10.0593
    assert round(answer["overload"], 4) == 0.9946
    attended = answer["advance_attended"] + answer["same_day_attended"]
    assert answer["objective"] == pytest.approx(attended - 1.5 * answer["overload"], abs=1e-12)
    assert answer["stop_points"] == [n1 + 2 for n1 in range(21)]
    assert answer["warnings"] == []
    assert [set(other) for other in answer["runners_up"]] == [{"extra", "advance", "objective"}] * 3


def test_table_of_the_base_case():
    stdout, stderr = run(*arguments())
    lines = dict(line.split("  ", 1) for line in stdout.splitlines())
    assert lines["extra seats"].strip() == "4"
    assert lines["advance numbers"].strip() == "14"
    assert lines["overload"].strip() == "0.9946"
    assert stderr == ""


def test_a_cap():
    assert json.loads(run(*arguments(max_extra="1"), "--json")[0])["extra"] == 1


def test_no_show_rates_the_other_way_round_are_solved_with_a_warning():
    stdout, stderr = run(*arguments(no_show_advance="0.05", no_show_same_day="0.2"), "--json")
    assert len(json.loads(stdout)["warnings"]) == 1
    assert stderr.count("\n") == 1
    assert stderr.startswith("Warning: no_show_advance (0.05) is below no_show_same_day (0.2)")


BAD = [
    ({"overload_cost": "1"}, "--overload-cost must be above 1, not 1"),
    ({"overload_cost": "-2"}, "--overload-cost must be above 1, not -2"),
    ({"overload_cost": "nan"}, "--overload-cost must be a number above 1, not nan"),
    ({"overload_cost": "inf"}, "--overload-cost must be at most"),
    ({"mean_advance": "-1"}, "--mean-advance must be"),
    ({"mean_advance": "nan"}, "--mean-advance must be"),
    ({"mean_same_day": "inf"}, "--mean-same-day must be"),
    ({"no_show_advance": "1"}, "--no-show-advance must be"),
    ({"no_show_same_day": "-0.1"}, "--no-show-same-day must be"),
    ({"no_show_same_day": "nan"}, "--no-show-same-day must be"),
    ({"rated": "0"}, "--rated must be"),
    ({"rated": "501"}, "--rated must be"),
    ({"rated": "-3"}, "--rated must be"),
    ({"correlation": "1.5"}, "--correlation must be"),
    ({"correlation": "nan"}, "--correlation must be"),
    ({"mean_advance": "1", "mean_same_day": "16"} | {"correlation": "0.3"}, "--correlation 0.3 is out of reach"),
    ({"max_extra": "-1"}, "--max-extra must be"),
    ({"dispersion_advance": "0.5"}, "--dispersion-advance must be a number from 1 to 100, not 0.5"),
    ({"dispersion_same_day": "nan"}, "--dispersion-same-day must be"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_bad_input_is_refused_in_one_line(changes, message):
    stdout = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("allocate", *arguments(**changes), "--json", stdout=stdout)
    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)
    assert stdout.getvalue() == ""


SWEEP_COLUMNS = {
    "value",
    "extra",
    "advance",
    "objective",
    "seen",
    "overload",
    "turned_away",
    "advance_without_extra",
    "objective_without_extra",
    "turned_away_without_extra",
}


def test_a_sweep_in_json():
    answer = json.loads(run(*arguments(), "--sweep", "no-show-advance=0.1:0.3:0.05", "--json")[0])
    assert list(answer["sweep"]) == ["no_show_advance"]
    rows = answer["sweep"]["no_show_advance"]
    assert [row["value"] for row in rows] == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert [row["extra"] for row in rows] == [2, 3, 4, 5, 5]
    assert [row["advance_without_extra"] for row in rows] == [11, 10, 9, 8, 8]
    assert {frozenset(row) for row in rows} == {frozenset(SWEEP_COLUMNS)}
    assert rows[2]["objective"] == answer["objective"]


def test_several_sweeps():
    answer = json.loads(
        run(*arguments(), "--sweep", "rated=12:40:4", "--demand-follows-rated", "--sweep=overload-cost=1.1:1.9:0.1", "--json")[0]
    )
    assert list(answer["sweep"]) == ["rated", "overload_cost"]
    assert [row["advance_without_extra"] for row in answer["sweep"]["rated"]] == [6, 7, 9, 10, 12, 13, 14, 15]
    assert [row["extra"] for row in answer["sweep"]["overload_cost"]] == [6, 5, 4, 4, 4, 4, 3, 3, 3]


def test_no_sweep_no_key():
    assert "sweep" not in json.loads(run(*arguments(), "--json")[0])


def test_a_sweep_as_a_table():
    stdout, _ = run(*arguments(), "--sweep", "no-show-same-day=0:0.15:0.05")
    allocation, table = stdout.split("\n\n")
    assert allocation.startswith("extra seats")
    head, *rows = table.splitlines()
    assert head.split()[:3] == ["no-show-same-day", "extra", "advance"]
    assert [row.split()[:3] for row in rows] == [["0", "3", "13"], ["0.05", "4", "14"], ["0.1", "4", "14"], ["0.15", "5", "16"]]
    assert len({len(line) for line in (head, *rows)}) == 1


def test_a_stop_between_two_steps_is_not_reached():
    rows = json.loads(run(*arguments(), "--sweep", "overload-cost=1.5:1.89:0.2", "--json")[0])["sweep"]["overload_cost"]
    assert [row["value"] for row in rows] == [1.5, 1.7]


def test_dispersions():
    plain, wide = (
        json.loads(run(*arguments(**change), "--json")[0])
        for change in ({}, {"dispersion_advance": "2", "dispersion_same_day": "2"})
    )
    assert wide["objective"] < plain["objective"]


BAD_SWEEPS = [
    ("no-show-advance", "must be NAME=START:STOP:STEP, such as no-show-advance=0.1:0.3:0.05, not 'no-show-advance'"),
    ("", "must be NAME=START:STOP:STEP, such as no-show-advance=0.1:0.3:0.05, not ''"),
    ("no_show_advance=0.1:0.3:0.05", "cannot sweep 'no_show_advance', only rated, no-show-advance, "),
    ("max-extra=1:3:1", "cannot sweep 'max-extra', only rated, "),
    ("rated=10:20", "rated needs START:STOP:STEP, such as no-show-advance=0.1:0.3:0.05, not '10:20'"),
    ("rated=10:20:2:1", "rated needs START:STOP:STEP, such as "),
    ("rated=10:x:2", "rated: 'x' is not a number"),
    ("rated=10::2", "rated: '' is not a number"),
    ("rated=10:20:0", "rated: the step must be above 0, not 0"),
    ("rated=10:20:-1", "rated: the step must be above 0, not -1"),
    ("rated=20:10:1", "rated: the stop 10 is below the start 20"),
    ("no-show-advance=0:0.9:0.001", "no-show-advance: 0:0.9:0.001 are 901 values, more than 200"),
    ("overload-cost=1.5:2:1e-300", "overload-cost: '1e-300' is out of range"),
    ("overload-cost=nan:2:1", "overload-cost: 'nan' is out of range"),
    ("overload-cost=1.5:inf:1", "overload-cost: 'inf' is out of range"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_SWEEPS)
def test_a_malformed_sweep_is_refused_in_one_line(text, reason):
    with pytest.raises(CommandError) as refusal:
        call_command("allocate", *arguments(), f"--sweep={text}", stdout=(stdout := io.StringIO()))
    assert f"argument --sweep: {reason}" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert stdout.getvalue() == ""


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["no-show-advance=0.5:1:0.25"], "--sweep no-show-advance: must be at least 0 and below 1, not 1"),
        (["overload-cost=1:2:0.5"], "--sweep overload-cost: must be above 1, not 1"),
        (["rated=10:11:0.5"], "--sweep rated: must be a whole number from 1 to 500, not 10.5"),
        (["rated=499:501:1"], "--sweep rated: must be a whole number from 1 to 500, not 501"),
        (["mean-advance=-1:1:1"], "--sweep mean-advance: must be a number from 0 to 10000, not -1"),
        (["mean-advance=0.1:1:1"], "--sweep mean-advance: correlation 0.2 is out of reach: with means 0.1 and 15"),
        (["rated=10:12:1", "rated=12:14:1"], "--sweep rated is given more than once"),
    ],
)
def test_a_sweep_out_of_the_model_is_refused_in_one_line(texts, message, tmp_path):
    stdout = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(
            "allocate", *arguments(), *(f"--sweep={text}" for text in texts), "--plot", str(tmp_path / "a.png"), stdout=stdout
        )
    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)
    assert (stdout.getvalue(), list(tmp_path.iterdir())) == ("", [])


@pytest.mark.parametrize(("name", "first_bytes"), [("map.png", b"\x89PNG\r\n\x1a\n"), ("map.svg", b"<?xml ")])
def test_a_plot_is_written_whole_and_replaces_the_last(tmp_path, name, first_bytes):
    path = tmp_path / name
    path.write_text("an older file")
    stdout, stderr = run(*arguments(max_extra="6"), "--plot", str(path), "--json")
    assert (json.loads(stdout)["extra"], stderr) == (4, "")
    content = path.read_bytes()
    assert content.startswith(first_bytes)
    assert len(content) > 20_000
    assert [file.name for file in tmp_path.iterdir()] == [name]
    # The same numbers give the same file.
    run(*arguments(max_extra="6"), "--plot", str(path))
    assert path.read_bytes() == content


def test_the_picture_shows_every_pair_and_every_curve():
    """The drawing as a figure, before it becomes a file: what is on its axes."""
    problem = AllocationProblem(
        terms=SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5),
        mean_advance=15,
        mean_same_day=15,
        correlation=0.2,
    )
    result = allocate(problem)
    swept = sweep(problem, "overload_cost", [1.2, 1.5, 1.8])
    surface, _, quotas, outcomes = picture(problem, result, [swept]).axes
    np.testing.assert_array_equal(surface.collections[0].get_array().reshape(9, 21), result.surface[:9])
    marks = {line.get_label(): (line.get_xdata()[0], line.get_ydata()[0]) for line in surface.lines if len(line.get_xdata())}
    assert marks == {"best": (14, 4), "best without extra seats": (9, 0)}
    assert [(text.get_text(), *text.get_position()) for text in surface.texts] == [("2", 15, 4), ("3", 16, 4), ("4", 13, 4)]
    drawn = {line.get_label(): line.get_ydata().tolist() for line in (*quotas.lines, *outcomes.lines)}
    assert drawn["NA, extra seats"] == swept.extra.tolist() == [5, 4, 3]
    assert drawn["N1 without extra seats"] == [9, 9, 9]
    assert drawn["net income"] == swept.objective.tolist()
    assert drawn["turned away"] == swept.turned_away.tolist()


@pytest.mark.parametrize("rated", ["1", "150"])
def test_small_and_large_sessions_and_flat_surfaces_are_drawn(tmp_path, rated):
    path = tmp_path / "map.png"
    run(*arguments(rated=rated, mean_advance="0", mean_same_day="0"), "--plot", str(path), "--sweep", f"rated={rated}:{rated}:1")
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("map.pdf", "--plot must end in .png or .svg, not 'map.pdf'"),
        ("map", "--plot must end in .png or .svg, not 'map'"),
        ("missing/map.png", "/missing/map.png is in a folder that does not exist"),
        ("folder.png", "/folder.png is a folder"),
        ("map.svg/map.png", "/map.svg/map.png is in a folder that does not exist"),
    ],
)
def test_a_plot_that_cannot_be_is_refused_in_one_line(tmp_path, name, message):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "map.svg").write_text("a file")
    before = sorted(file.name for file in tmp_path.rglob("*"))
    with pytest.raises(CommandError) as refusal:
        call_command("allocate", *arguments(), "--plot", str(tmp_path / name), stdout=(stdout := io.StringIO()))
    assert refusal.value.returncode == 2
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert stdout.getvalue() == ""
    assert sorted(file.name for file in tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "map.png"
    path.write_text("an older file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("capacity.management.plot_file.os.replace", full)
    with pytest.raises(CommandError, match=r"map\.png cannot be written: No space left on device") as refusal:
        call_command("allocate", *arguments(), "--plot", str(path), stdout=(stdout := io.StringIO()))
    assert (refusal.value.returncode, stdout.getvalue()) == (2, "")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("map.png", "an older file")]


def test_help_tells_of_every_option():
    help_text = Command().create_parser("manage.py", "allocate").format_help()
    for option in (*BASE, "--max-extra", "--sweep", "--demand-follows-rated", "--plot", "--json", "--dispersion-advance"):
        assert option in help_text


def test_a_sweep_that_ends_before_it_begins_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(CommandParser, "print_usage", print_nothing)
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "allocate", *arguments(), "--sweep", "rated=20:10:1", "--json"])
    complaint = "manage.py allocate: error: argument --sweep: rated: the stop 10 is below the start 20\n"
    assert (ended.value.code, *capsys.readouterr()) == (2, "", complaint)


def test_the_process_solves():
    done = subprocess.run(
        [sys.executable, "manage.py", "allocate", *arguments(), "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (json.loads(done.stdout)["extra"], done.stderr) == (4, "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_sweep_shows_how_far_it_is_and_gives_the_same():
    stderr, stdout = Terminal(), io.StringIO()
    call_command("allocate", *arguments(), "--sweep", "rated=8:30:1", "--json", stdout=stdout, stderr=stderr)
    steps = [f"rated: {solved} of 23 values solved" for solved in (0, 10, 20, 23)]
    assert stderr.getvalue() == "".join(f"\r\x1b[K{step}" for step in [*steps, ""])
    problem = AllocationProblem(
        terms=SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5),
        mean_advance=15,
        mean_same_day=15,
        correlation=0.2,
    )
    assert json.loads(stdout.getvalue())["sweep"]["rated"] == sweep(problem, "rated", list(range(8, 31))).rows()


def test_a_sweep_that_ends_in_an_error_takes_its_progress_away():
    stderr = Terminal()
    with pytest.raises(CommandError, match="--sweep no-show-advance"):
        call_command("allocate", *arguments(), "--sweep", "no-show-advance=0.5:1.5:0.1", stderr=stderr)
    assert stderr.getvalue().endswith("\r\x1b[K")
