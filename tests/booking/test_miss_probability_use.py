"""The chance of a miss is for reminders and for planning capacity. Who may book, and at what price, never depends on it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "miss_probability"
# Everything of the layers that decide about bookings, money and access, but where it is kept and written.
DECIDING = ("wechat", "accounts", "hospitals", "booking")
KEEPERS = {"booking/models/appointments.py", "booking/services/miss_probabilities.py"}
# Whoever asks for all that is kept about them is told this as well: it decides nothing there.
EXPORT = {"booking/personal_data/parts.py"}


def says(path: Path) -> bool:
    """Whether the code names it: as an attribute, an argument, or within a text such as a lookup or SQL; not in a comment."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name", "value", "module"))
        if any(isinstance(name, str) and (NAME in name or "miss_probabilities" in name) for name in names):
            return True
    return False


def test_nothing_that_decides_about_bookings_or_money_names_it() -> None:
    files = [path for app in DECIDING for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert len(files) > 150
    assert {str(path.relative_to(ROOT)) for path in files if says(path)} == KEEPERS | EXPORT


def test_no_answer_to_a_patient_names_it() -> None:
    files = [path for path in ROOT.glob("*/api/**/*.py") if ".venv" not in path.parts]
    assert len(files) > 15
    assert [path for path in files if says(path)] == []


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    for line in (
        "a.miss_probability > 0.5",
        "f(miss_probability=1)",
        "q('miss_probability__gt')",
        "from b import miss_probabilities",
    ):
        code.write_text(line, encoding="utf-8")
        assert says(code), line
    code.write_text("# miss_probability\nmissed = 1", encoding="utf-8")
    assert not says(code)
