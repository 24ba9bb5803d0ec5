"""`manage.py simulate`: text, one object or a plot; or one line on stderr and exit status 2."""

import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[3]
BASE = (
    *("--rated", "20", "--advance", "14", "--extra", "4", "--mean-advance", "15", "--mean-same-day", "15"),
    *("--correlation", "0.2", "--no-show-advance", "0.2", "--no-show-same-day", "0.05", "--replications", "500"),
)
CLOCKWORK = ("--rated", "6", "--booked-advance", "6", "--session-minutes", "60", "--service-cv", "0", "--replications", "10")


def run(*args: str) -> str:
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("simulate", *args, stdout=stdout, stderr=stderr)
    assert stderr.getvalue() == ""  # a progress line is for terminals
    return stdout.getvalue()


def test_json_of_the_base_case() -> None:
    answer = json.loads(run(*BASE, "--json"))
    assert answer["replications"] == 500
    assert answer["seen"]["value"] == pytest.approx(20.4026, abs=4 * answer["seen"]["standard_error"])
    assert set(answer["wait_quantiles"]) == {"0.5", "0.9", "0.95"}
    assert len(answer["curves"]["shares"]) == len(answer["curves"]["wait_minutes"]) == 21
    assert json.loads(run(*BASE, "--json", "--seed", "2"))["seen"] != answer["seen"]


def test_text_has_units_and_errors() -> None:
    lines = run(*BASE).splitlines()
    assert lines[0] == "500 sessions"
    assert "turned away" in lines[-2]
    assert all("+/-" in line for line in lines[1:])


def test_bookings_that_are_known() -> None:
    # Ten minutes each (the session over N), in two windows of 30 minutes: 0, 10, 20 minutes in each.
    answer = json.loads(run(*CLOCKWORK, "--json"))
    assert answer["wait"] == {"value": pytest.approx(10), "standard_error": pytest.approx(0, abs=1e-9)}
    assert (answer["seen"]["value"], answer["overtime"]["value"]) == (6, 0)


def test_nobody_at_all() -> None:
    answer = json.loads(run("--rated", "6", "--booked-advance", "0", "--json"))
    assert (answer["wait"], answer["wait_quantiles"], answer["seen"]["value"]) == (None, {}, 0)
    assert "nobody came" in run("--rated", "6", "--booked-advance", "0")


def test_measured_consultations(tmp_path: Path) -> None:
    file = tmp_path / "minutes.csv"
    file.write_text("10\n10\n\n10\n")
    measured = ("--rated", "6", "--booked-advance", "6", "--session-minutes", "60", "--service-samples", str(file))
    assert json.loads(run(*measured, "--json"))["wait"]["value"] == pytest.approx(10)
    longer = json.loads(run(*measured, "--service-minutes", "20", "--json"))
    assert longer["overtime"]["value"] == pytest.approx(60)
    file.write_text("10\nlong\n")
    with pytest.raises(CommandError, match=r"line 2: 'long' is not a number"):
        run(*measured)


@pytest.mark.parametrize(("name", "starts"), [("plot.png", b"\x89PNG"), ("plot.svg", b"<?xml")])
def test_a_plot(tmp_path: Path, name: str, starts: bytes) -> None:
    run(*CLOCKWORK, "--plot", str(tmp_path / name))
    content = (tmp_path / name).read_bytes()
    assert content.startswith(starts)
    # The same seed gives the same picture, and nothing lies beside it.
    run(*CLOCKWORK, "--plot", str(tmp_path / name))
    assert (tmp_path / name).read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_full_disk_leaves_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plot.png"
    path.write_text("an older file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("capacity.management.plot_file.os.replace", full)
    with pytest.raises(CommandError, match=r"plot\.png cannot be written: No space left on device") as refused:
        run(*CLOCKWORK, "--plot", str(path))
    assert refused.value.returncode == 2
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("plot.png", "an older file")]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((*BASE, "--rated", "0"), "--rated must be a whole number from 1 to 500, not 0"),
        ((*BASE, "--session-minutes", "nan"), "--session-minutes must be from 1 to 1440, not nan"),
        ((*BASE, "--session-minutes", "1e300"), "--session-minutes must be from 1 to 1440, not 1e+300"),
        ((*BASE, "--plot", "waits.pdf"), "--plot must end in .png or .svg, not 'waits.pdf'"),
        ((*BASE, "--window-minutes", "500"), "--window-minutes must be from 1 to 240, not 500"),
        ((*BASE, "--no-show-advance", "2"), "--no-show-advance must be from 0 to 1, not 2"),
        ((*BASE, "--lateness-sd", "-1"), "--lateness-sd must be from 0 to 480, not -1"),
        ((*BASE, "--law", "exponential", "--service-cv", "0.5"), "--service-cv of the exponential law is 1, not 0.5"),
        ((*BASE, "--law", "empirical"), "--law empirical and --service-samples belong together"),
        ((*BASE, "--replications", "0"), "--replications must be a whole number from 1 to 100000, not 0"),
        ((*BASE, "--booked-advance", "5"), "--mean-… and --booked-… are two ways to tell the demand: give one of them"),
        (("--rated", "5", "--booked-advance=-1"), "--booked-advance must be from 0 to 2000, not -1"),
        (
            (*BASE, "--plot", "/nowhere/at/all.png"),
            "--plot /nowhere/at/all.png is in a folder that does not exist",
        ),
        ((*BASE, "--service-samples", "/dev/zero"), "cannot read /dev/zero: it is a device"),
        ((*BASE, "--service-samples", "/nowhere"), "cannot read /nowhere: No such file or directory"),
        (
            ("--rated", "5", "--mean-advance", "5"),
            "the demand is missing: give --mean-advance and --mean-same-day, or --booked-advance, --booked-same-day",
        ),
    ],
)
def test_bad_input_is_one_line(options: tuple[str, ...], line: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*options)
    assert str(refused.value) == line
    assert refused.value.returncode == 2


def test_from_a_shell() -> None:
    command = [sys.executable, "manage.py", "simulate", *CLOCKWORK, "--seed", "-3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "manage.py simulate: error: argument --seed: '-3' is not a whole number from 0\n"
