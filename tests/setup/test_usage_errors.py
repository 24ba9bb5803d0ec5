"""A command that is asked for wrongly says so in one line, without the usage, and ends with 2 before it needs a server."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandParser, ManagementUtility

from manage import print_nothing

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["demo", "--port", "x"], "argument --port: a port is a number from 1 to 65535, not 'x'"),
        (["allocate", "--rated", "2.5"], "argument --rated: invalid int value: '2.5'"),
        (["score_counts"], "the following arguments are required: IN"),
        (["import_appointments", "past.csv"], "the following arguments are required: --hospital"),
        (
            ["score_now", "--hospital", "a", "--as-of", "2026-02-30"],
            "argument --as-of: '2026-02-30' is not a date like 2026-03-31",
        ),
        (["plan_now", "--hospital", "a", "--from", "2026-01-01"], "the following arguments are required: --to"),
        (["migrate", "--wrongly"], "unrecognized arguments: --wrongly"),
    ],
)
def test_one_line_and_exit_status_2(
    arguments: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `manage.py` runs a command once it has started."""
    monkeypatch.setattr(CommandParser, "print_usage", print_nothing)
    with pytest.raises(SystemExit) as ended:
        ManagementUtility().fetch_command(arguments[0]).run_from_argv(["manage.py", *arguments])
    assert (ended.value.code, *capsys.readouterr()) == (2, "", f"manage.py {arguments[0]}: error: {complaint}\n")


def test_so_does_the_process() -> None:
    asked = run("demo", "--port", "x")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "manage.py demo: error: argument --port: a port is a number from 1 to 65535, not 'x'\n"


def test_help_still_shows_the_usage() -> None:
    asked = run("allocate", "--help")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.startswith("usage: manage.py allocate [-h] --rated RATED")
