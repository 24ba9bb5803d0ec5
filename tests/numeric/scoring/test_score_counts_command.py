"""`manage.py score_counts`: what it prints, what it refuses, and that a refusal prints nothing else."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from hypothesis import given
from hypothesis import strategies as st

from scoring.counts_files import COLUMNS, COUNTS, BadCountsFile, read_counts
from scoring.management.score_output import FIELDS, csv_pieces, json_pieces
from scoring.numeric import OUTCOMES, OutcomeCounts, score_counts, score_many

PROJECT = Path(__file__).resolve().parents[3]
HEADER = "patient,total,fulfilled,unattended,cancelled,missed\n"
GOOD = HEADER + "P1,3,2,0,0,1\n张三,5,3,0,1,0\nP3,0,0,0,0,0\n"


def run(path: Path, *flags: str) -> str:
    out = io.StringIO()
    call_command("score_counts", str(path), *flags, stdout=out)
    return out.getvalue()


def run_in_a_shell(*arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A process of its own, with a database address where nothing listens: the command must not care."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.local", "PYTHONUTF8": "1"}
    environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    command = [sys.executable, "manage.py", "score_counts", *arguments]
    return subprocess.run(command, input=content, capture_output=True, cwd=PROJECT, env=environment, timeout=120)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_json_holds_every_field_of_every_patient(good: Path) -> None:
    rows = json.loads(run(good, "--json"))
    assert [tuple(row) for row in rows] == [FIELDS] * 3
    assert rows[0] == {
        "patient": "P1",
        "total": 3,
        "fulfilled": 2,
        "unattended": 0,
        "cancelled": 0,
        "missed": 1,
        "fulfilment_rate": 66.67,
        "unattended_rate": 0,
        "cancellation_rate": 0,
        "missed_rate": 33.33,
        "fulfilled_points": 26.67,
        "unattended_points": 20,
        "cancelled_points": 20,
        "missed_points": 13.33,
        "score": 80,
        "tier": "B",
        "flag": None,
    }
    assert (rows[1]["patient"], rows[1]["score"], rows[1]["flag"]) == ("张三", 80, "counts_do_not_sum")
    assert (rows[2]["tier"], rows[2]["score"], rows[2]["missed_rate"], rows[2]["flag"]) == ("unrated", None, None, None)


def test_csv_holds_the_same_with_two_decimals(good: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(good, "--csv"))))
    assert list(rows[0]) == list(FIELDS)
    assert [row["score"] for row in rows] == ["80.00", "80.00", ""]
    assert [row["tier"] for row in rows] == ["B", "B", "unrated"]
    assert [row["flag"] for row in rows] == ["", "counts_do_not_sum", ""]
    assert rows[0]["fulfilment_rate"] == "66.67"


def test_without_a_flag_it_is_a_table_with_a_summary(good: Path) -> None:
    lines = run(good).splitlines()
    assert lines[0].split() == list(FIELDS)
    assert lines[1].split()[-2:] == ["80.00", "B"]
    assert lines[2].split()[-1] == "counts_do_not_sum"
    # A Chinese character is two columns wide, so its row is a character shorter for each, up to the same place.
    assert lines[1].index("80.00") - lines[2].index("80.00") == len("张三")
    assert lines[-1] == "3 patients: A 0, B 2, C 0, D 0, unrated 1; 1 with counts that do not sum"


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8).filter(
            lambda text: text == text.strip().removeprefix("\ufeff")
        ),
        st.integers(0, 50).flatmap(lambda total: st.tuples(st.just(total), *[st.integers(0, total)] * 4)),
        max_size=6,
    ),
    st.permutations(COLUMNS),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_file_comes_back_scored_in_both_forms(
    patients: dict[str, tuple[int, ...]], order: list[str], mark: bytes, newline: str
) -> None:
    # Given a file with its columns in any order
    file = io.StringIO()
    writer = csv.DictWriter(file, order, lineterminator=newline)
    writer.writeheader()
    writer.writerows(dict(zip(COLUMNS, (name, *values), strict=True)) for name, values in patients.items())

    # When it is read and written
    counts = read_counts(mark + file.getvalue().encode())
    table = score_many(counts.counts)
    as_json = json.loads("".join(json_pieces(counts, table)))
    as_csv = list(csv.DictReader(io.StringIO("".join(csv_pieces(counts, table)), newline="")))

    # Then every patient is there with the score the scalar path gives
    expected = [(name, score_counts(OutcomeCounts(*values)).score) for name, values in patients.items()]
    assert [(row["patient"], row["score"]) for row in as_json] == [(n, None if s is None else float(s)) for n, s in expected]
    assert [(row["patient"], row["score"]) for row in as_csv] == [(n, "" if s is None else str(s)) for n, s in expected]


@pytest.mark.parametrize("flag", ["--json", "--csv"])
def test_many_rows_are_written_in_pieces_without_a_seam(tmp_path: Path, flag: str) -> None:
    # Given more rows than one piece holds, and a whole number of pieces
    path = tmp_path / "many.csv"
    path.write_text(HEADER + "".join(f"P{i},2,1,0,0,1\n" for i in range(20_000)))
    # When
    out = run(path, flag)
    # Then
    rows = json.loads(out) if flag == "--json" else list(csv.DictReader(io.StringIO(out)))
    assert [row["patient"] for row in rows] == [f"P{i}" for i in range(20_000)]
    assert {float(row["score"]) for row in rows} == {70.0}


CHINESE = "失约数,用户编号,总预约次数,履约数,预约未到数,取消预约数\n1,张三,3,2,0,0\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_bytes(CHINESE.encode(encoding))
    (row,) = json.loads(run(path, "--json"))
    assert (row["patient"], row["total"], row["missed"], row["score"]) == ("张三", 3, 1, 80)


def test_the_encoding_can_be_said(tmp_path: Path) -> None:
    # Given a name whose GB18030 bytes are UTF-8 as well, so that nothing in the file can tell
    path = tmp_path / "counts.csv"
    path.write_bytes((HEADER + "小小,1,1,0,0,0\n").encode("gb18030"))
    # When, then
    assert json.loads(run(path, "--json", "--encoding", "gb18030"))[0]["patient"] == "小小"
    assert json.loads(run(path, "--json"))[0]["patient"] == "\u0421\u0421"


def test_a_header_alone_is_no_patients(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(HEADER + "\n\n")
    assert json.loads(run(path, "--json")) == []
    assert run(path, "--csv") == ",".join(FIELDS) + "\n"
    assert "0 patients" in run(path)


REFUSALS: dict[str, tuple[str | bytes, str]] = {
    "no bytes": ("", "line 1: the file is empty"),
    "blank lines": ("\n\n", "line 1: the file is empty"),
    "a column missing": (
        "patient,total,fulfilled,unattended,cancelled\nP,1,1,0,0\n",
        "line 1, column missed: missing from the header",
    ),
    "a column twice": (
        "patient,用户编号,total,fulfilled,unattended,cancelled,missed\n",
        "line 1, column patient: the header names it twice",
    ),
    "text": (HEADER + "A,1,1,0,0,0\nB,two,1,0,0,0\n", "line 3, column total: 'two' is not a whole number"),
    "a fraction": (HEADER + "A,1,1.0,0,0,0\n", "line 2, column fulfilled: '1.0' is not a whole number"),
    "an underscore": (HEADER + "A,1_0,1,0,0,0\n", "line 2, column total: '1_0' is not a whole number"),
    "full-width digits": (HEADER + "A,３,1,0,0,0\n", "line 2, column total: '３' is not a whole number"),
    "no number": (HEADER + "A,1,1,0,,0\n", "line 2, column cancelled: blank"),
    "negative": (HEADER + "A,1,1,0,0,-1\n", "line 2, column missed: -1 is below zero"),
    "negative total": (HEADER + "A,-1,0,0,0,0\n", "line 2, column total: -1 is below zero"),
    "above total": (HEADER + "A,1,1,0,2,0\n", "line 2, column cancelled: 2 is above the total of 1"),
    "huge": (HEADER + f"A,{'9' * 5000},0,0,0,0\n", f"line 2, column total: '{'9' * 39}…' is beyond 1000000000000"),
    "just too large": (HEADER + "A,1000000000001,0,0,0,0\n", "line 2, column total: 1000000000001 is above 1000000000000"),
    "duplicate": (HEADER + "A,1,1,0,0,0\nB,1,1,0,0,0\n A ,2,2,0,0,0\n", "line 4, column patient: 'A' is on line 2 already"),
    "blank patient": (HEADER + " ,1,1,0,0,0\n", "line 2, column patient: blank"),
    "control": (HEADER + "A\x07,1,1,0,0,0\n", "line 2, column patient: 'A\\x07' contains a control character"),
    "too few fields": (HEADER + "A,1,1,0,0\n", "line 2: 5 fields where the header has 6"),
    "too many fields": (HEADER + "A,1,1,0,0,0,\n", "line 2: 7 fields where the header has 6"),
    "an open quote": (HEADER + 'A,1,1,0,0,0\n"B,1,1,0,0,0\n', "line 3: not readable as CSV: unexpected end of data"),
    "after a field of two lines": (
        "note," + HEADER + '"one\ntwo",A,1,1,0,0,0\nx,B,1,1,0,0,9\n',
        "line 4, column missed: 9 is above the total of 1",
    ),
    "UTF-16": (HEADER.encode("utf-16"), "line 1: the text is neither UTF-8 nor GB18030 (byte 0xff)"),
    "no encoding": (
        HEADER.encode() + b"A,1,1,0,0,0\nB\xff\xff,1,1,0,0,0\n",
        "line 3: the text is neither UTF-8 nor GB18030 (byte 0xff)",
    ),
    "damaged UTF-8": (
        (HEADER + "张三,1,1,0,0,0\n").encode() + "李四,1,1,0,0,0\n".encode("gb18030"),
        "line 3: the text is not UTF-8 (byte 0xc0)",
    ),
    "damaged after the mark": (
        b"\xef\xbb\xbf" + HEADER.encode() + "李四,1,1,0,0,0\n".encode("gb18030"),
        "line 2: the text is not UTF-8 (byte 0xc0)",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("flags", [(), ("--json",), ("--csv",)], ids=["table", "json", "csv"])
def test_a_bad_file_is_refused_whole_with_its_line_and_column(tmp_path: Path, case: str, flags: tuple[str, ...]) -> None:
    # Given
    content, message = REFUSALS[case]
    path = tmp_path / "counts.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = io.StringIO()
    # When
    with pytest.raises(CommandError) as refusal:
        call_command("score_counts", str(path), *flags, stdout=out)
    # Then
    assert str(refusal.value) == message
    assert refusal.value.returncode == 2
    assert out.getvalue() == ""


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as refusal:
        run(tmp_path / "absent.csv")
    assert refusal.value.returncode == 2


def test_from_a_shell_without_a_database() -> None:
    done = run_in_a_shell("-", "--json", content=GOOD.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert [row["tier"] for row in json.loads(done.stdout)] == ["B", "B", "unrated"]


def ended(*arguments: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    """The exit status of the command with this on standard input, in this process."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(SystemExit) as end:
        ManagementUtility().fetch_command("score_counts").run_from_argv(["manage.py", "score_counts", *arguments])
    return end.value.code


def test_a_bad_file_on_standard_input_ends_it_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (GOOD + "P1,1,1,0,0,0\n").encode()
    assert ended("-", "--json", content=content, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr() == ("", "CommandError: line 5, column patient: 'P1' is on line 2 already\n")


def test_two_forms_at_once_end_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("-", "--json", "--csv", content=GOOD.encode(), monkeypatch=monkeypatch) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("error: argument --csv: not allowed with argument --json\n")


def test_progress_is_told_while_reading() -> None:
    told: list[int] = []
    content = HEADER + "".join(f"P{i},1,1,0,0,0\n" for i in range(45_000))
    read_counts(content.encode(), on_progress=told.append)
    assert told == [20_000, 40_000]


def test_a_row_is_found_bad_whichever_way_its_digits_are_read() -> None:
    # Given counts padded with spaces and zeros, which leave the quick path, beside plain ones
    rows: list[dict[str, Any]] = []
    for padding in ("", " ", "000"):
        content = HEADER + f"A,{padding}7,{padding}5,0,0,{padding}2\n"
        counts = read_counts(content.encode())
        rows.append({name: counts.counts[name].tolist() for name in COUNTS})
        # When one is above the total, then both paths say so
        with pytest.raises(BadCountsFile, match="line 2, column missed: 8 is above the total of 7"):
            read_counts((HEADER + f"A,{padding}7,{padding}5,0,0,{padding}8\n").encode())
    assert rows == [{name: [0] for name in OUTCOMES} | {"total": [7], "fulfilled": [5], "missed": [2]}] * 3
