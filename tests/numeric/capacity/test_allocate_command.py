"""`manage.py allocate`: one object on stdout, or one line on stderr and exit status 2."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

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


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (arguments(overload_cost="1"), "--overload-cost must be above 1"),
        (arguments(rated="twenty"), "argument --rated: invalid int value: 'twenty'"),
    ],
)
def test_the_process_ends_with_status_2_and_one_line(args, message):
    done = subprocess.run(
        [sys.executable, "manage.py", "allocate", *args, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_the_process_solves():
    done = subprocess.run(
        [sys.executable, "manage.py", "allocate", *arguments(), "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (json.loads(done.stdout)["extra"], done.stderr) == (4, "")
