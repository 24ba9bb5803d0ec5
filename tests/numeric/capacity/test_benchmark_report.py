"""How measurements are written down, and what the benchmark of the allocation compares."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks import allocation, report

ROOT = Path(__file__).resolve().parents[3]
LINES = [
    report.Line("a", "2.0 s", "3.0 s", "≤ 4 s", True),
    report.Line("long name", "9", "–", "≤ 4", False),
    report.Line("skipped", "no server here", "–", "–", None),
]


def test_table_lines_up_and_shouts_what_was_missed():
    head, rule, *rows = report.table(LINES).splitlines()
    assert head.split() == ["benchmark", "measured", "compared", "with", "aim", "met"]
    assert set(rule) == {"─", " "}
    assert [row[head.index("met") :] for row in rows] == ["yes", "NO", "–"]


def test_results_are_kept_with_the_machine(tmp_path):
    path = report.write("allocation", LINES, date(2026, 11, 21), tmp_path / "results")
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "2026-11-21-allocation.json"
    assert [line["met"] for line in kept["lines"]] == [True, False, None]
    assert {"processor", "cores", "memory_gib", "python", "numpy"} <= kept["machine"].keys()


def test_ten_thousand_doctors_are_distinct():
    doctors = allocation.distinct_doctors(10_000)
    assert len(set(doctors)) == 10_000


def test_an_unknown_benchmark_is_refused():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "there is no benchmark 'nothing'" in done.stderr
