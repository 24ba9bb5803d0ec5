"""`manage.py import_appointments`: what it prints, where, and with which exit status."""

import gzip
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from booking.models import Appointment
from hospitals.models import Hospital
from tests.imports.conftest import BAD, HEADER, KEPT, ROWS

Written = Callable[..., Path]
MAP = """
[columns]
id = "id"
patient = "patient"
booked_at = "booked_at"
visit_date = "visit_date"
department = "department"
outcome = "outcome"
[values.outcome]
"履约" = "fulfilled"
"""


def run(*arguments: str | Path) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_appointments", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str | Path) -> tuple[str, int]:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert Appointment.objects.count() == 0
    message = str(refusal.value)
    assert "\n" not in message
    return message, refusal.value.returncode


def test_json_is_one_object(hospital: Hospital, sample: Path) -> None:
    out, err = run(sample, "--hospital", "north", "--json")

    result = json.loads(out)
    assert {name: result[name] for name in ("rows", "imported", "already_present", "skipped", "patients", "sessions")} == {
        "rows": ROWS, "imported": KEPT, "already_present": 0, "skipped": BAD, "patients": 3, "sessions": 3,
    }  # fmt: skip
    assert result["errors"][1] == {"line": 10, "message": "id is empty"}
    assert result["warnings"][1] == {"line": 7, "message": "age '-1' cannot be: kept as unknown"}
    assert result["seconds"] > 0
    assert err == ""


def test_text_lists_bad_rows_on_stderr(hospital: Hospital, sample: Path) -> None:
    out, err = run(sample, "--hospital", "north")

    assert out.startswith(f"{ROWS} rows: {KEPT} imported, 0 already present, {BAD} skipped, 3 with warnings")
    assert "line 10: skipped: id is empty\n" in err
    assert len(err.splitlines()) == BAD + 3


def test_strict_exits_1_and_still_says_which_rows(hospital: Hospital, sample: Path) -> None:
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError, match="8 of 15 rows are bad; nothing was imported") as refusal:
        call_command("import_appointments", str(sample), "--hospital", "north", "--strict", "--json", stdout=out, stderr=err)

    assert refusal.value.returncode == 1
    assert (json.loads(out.getvalue())["imported"], len(json.loads(out.getvalue())["errors"])) == (0, BAD)
    assert Appointment.objects.count() == 0


def test_unknown_hospital_is_one_line(hospital: Hospital, sample: Path) -> None:
    assert refused(sample, "--hospital", "south") == ("there is no hospital with the code 'south'", 2)


def test_files_that_cannot_be_read(hospital: Hospital, written: Written, tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(f"{HEADER}\n".encode() * 999)[:-10])
    cases: dict[str, Path] = {
        "cannot read absent.csv: No such file or directory": tmp_path / "absent.csv",
        "cannot read folder: Is a directory": tmp_path / "folder",
        "the file is empty": written(""),
        "the file lacks the column for id": written("patient,department\n", name="columns.csv"),
        "more than one column for id": written(f"{HEADER},预约编号\n", name="doubled.csv"),
        "neither UTF-8 nor GB18030": tmp_path / "latin.csv",
        "cut.csv.gz is not a whole gzip file": cut,
    }
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"\n\xff\xff,1")
    for expected, path in cases.items():
        message, status = refused(path, "--hospital", "north")
        assert (expected in message, status) == (True, 2), message


def test_a_file_without_one_good_row_exits_1(hospital: Hospital, written: Written) -> None:
    message, status = refused(written(f"{HEADER}\n1,P,?,2026-03-03,内科,,履约,女,1\n"), "--hospital", "north", "--json")
    assert (message, status) == ("none of the 1 rows could be imported", 1)


def test_a_header_alone_is_an_empty_import(hospital: Hospital, written: Written) -> None:
    out, _ = run(written(f"{HEADER}\n"), "--hospital", "north", "--json")
    assert json.loads(out)["rows"] == 0


def test_a_map_of_ones_own(hospital: Hospital, sample: Path, written: Written) -> None:
    out, _ = run(sample, "--hospital", "north", "--columns", written(MAP, name="map.toml"), "--json")
    assert json.loads(out)["imported"] == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[columns]", "[columns"), "is not TOML"),
        (('outcome = "outcome"\n', ""), "[columns] lacks outcome"),
        (('id = "id"', "id = 7"), "columns.id is neither a header nor a list of headers"),
        (('id = "id"', 'id = "id"\nage_group = "x"'), "columns.age_group is not known"),
        (('"fulfilled"', '"came"'), "values.outcome: '履约' means 'came'"),
        (("[values.outcome]", "[values.sex]"), "[values.outcome] is missing"),
        (("[values.outcome]", '[times]\noffsets = "guess"\n[values.outcome]'), "times.offsets is 'guess'"),
    ],
)
def test_maps_that_make_no_sense(
    hospital: Hospital, sample: Path, written: Written, change: tuple[str, str], expected: str
) -> None:
    assert change[0] in MAP
    path = written(MAP.replace(*change), name="map.toml")

    message, status = refused(sample, "--hospital", "north", "--columns", path)

    assert (expected in message, status) == (True, 2), message


def test_an_absent_map(hospital: Hospital, sample: Path) -> None:
    message, status = refused(sample, "--hospital", "north", "--columns", "nowhere.toml")
    assert (message, status) == ("cannot read the map nowhere.toml: No such file or directory", 2)
