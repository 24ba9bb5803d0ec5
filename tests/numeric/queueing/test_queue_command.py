"""`manage.py queue`: one object or some lines on stdout, or one line on stderr and exit status 2."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[3]
KEYS = {"utilisation", "wait_minutes", "queue_length", "wait_probability", "model", "stable"}


def run(*args: str) -> str:
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("queue", *args, stdout=stdout, stderr=stderr)
    assert stderr.getvalue() == ""
    return stdout.getvalue()


def test_json_of_one_server() -> None:
    answer = json.loads(run("--arrivals-per-hour", "5", "--service-minutes", "10", "--json"))
    assert set(answer) == KEYS
    assert (answer["model"], answer["stable"]) == ("M/M/1", True)
    # ρ = 5/6: 50 minutes, 25/6 patients.
    assert answer["utilisation"] == pytest.approx(5 / 6)
    assert answer["wait_minutes"] == pytest.approx(50)
    assert answer["queue_length"] == pytest.approx(25 / 6)
    assert answer["wait_probability"] == pytest.approx(5 / 6)


def test_variation_and_servers_choose_the_model() -> None:
    answer = json.loads(
        run("--arrivals-per-hour", "9", "--service-minutes", "10", "--service-cv", "0.5", "--servers", "2", "--json")
    )
    assert answer["model"] == "M/G/c (Lee-Longton approximation)"
    assert answer["wait_minutes"] == pytest.approx(90 / 7 * 1.25 / 2)


def test_an_unstable_queue_is_told_plainly() -> None:
    options = ("--arrivals-per-hour", "6", "--service-minutes", "10")
    answer = json.loads(run(*options, "--json"))
    assert answer == {
        "model": "M/M/1",
        "utilisation": 1.0,
        "stable": False,
        "wait_minutes": None,
        "queue_length": None,
        "wait_probability": None,
    }
    assert "unstable" in run(*options)
    assert "the queue grows for as long as the doors are open" in run(*options)


def test_text_has_units() -> None:
    text = run("--arrivals-per-hour", "5", "--service-minutes", "10")
    assert "50.00 minutes" in text
    assert "83.3% of the servers' time" in text


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("-1", "10"), "--arrivals-per-hour must be at least 0 and at most 1e+09, not -1"),
        (("nan", "10"), "--arrivals-per-hour must be finite, not nan"),
        (("1", "0"), "--service-minutes must be above 0 and at most 1e+06, not 0"),
        (("1", "10", "--service-cv", "-1"), "--service-cv must be a number from 0 to 100, not -1"),
        (("1", "10", "--servers", "0"), "--servers must be a whole number from 1 to 100000, not 0"),
    ],
)
def test_bad_input_is_one_line(options: tuple[str, ...], line: str) -> None:
    arrivals, service, *others = options
    with pytest.raises(CommandError) as refused:
        run(f"--arrivals-per-hour={arrivals}", "--service-minutes", service, *others, "--json")
    assert str(refused.value) == line
    assert refused.value.returncode == 2


def test_from_a_shell() -> None:
    command = [sys.executable, "manage.py", "queue", "--arrivals-per-hour", "many", "--service-minutes", "10"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "manage.py queue: error: argument --arrivals-per-hour: invalid float value: 'many'\n"
