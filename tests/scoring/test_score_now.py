"""The operators' command: what it prints, on a terminal and off it."""

import datetime as dt
import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from booking.models import Outcome, Standing
from hospitals.models import Hospital
from scoring.models import RunScope, ScoringRun
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_hospital
from tests.scoring.history import closed, patient_with


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(code="north")


@pytest.fixture
def today(hospital: Hospital) -> dt.date:
    return dt.datetime.now(hospital.zone).date()


def score_now(*arguments: str) -> str:
    out = io.StringIO()
    call_command("score_now", "--hospital", "north", *arguments, stdout=out)
    return out.getvalue()


def test_everyone_is_looked_at_where_it_is_asked_for(hospital: Hospital, today: dt.date) -> None:
    patient_with(hospital, fulfilled=1, day=today)
    score_now()
    # What nobody has noted: a standing that somebody spoilt by hand.
    Standing.objects.update(fulfilled=0, missed=1)

    score_now()
    assert Standing.objects.get().missed == 1

    assert json.loads(score_now("--everyone", "--json"))["changed"] == 1
    assert Standing.objects.get().missed == 0
    assert list(ScoringRun.objects.order_by("pk").values_list("scope", flat=True)) == [
        RunScope.FULL,
        RunScope.CHANGES,
        RunScope.FULL,
    ]


def test_one_patient(hospital: Hospital, today: dt.date) -> None:
    patient = patient_with(hospital, fulfilled=2, missed=1, day=today)

    assert score_now("--patient", str(patient.pk)) == (
        f"patient {patient.pk}: tier B, score 80.00: total 3, fulfilled 2, unattended 0, cancelled 0, missed 1\n"
    )

    closed(hospital, patient, Outcome.MISSED, today)
    assert json.loads(score_now("--patient", str(patient.pk), "--json")) == {
        "patient": patient.pk, "tier": "C", "score": 70.0, "total": 4, "fulfilled": 2, "unattended": 0, "cancelled": 0,
        "missed": 2,
    }  # fmt: skip
    assert ScoringRun.objects.count() == 0


def test_one_patient_with_nothing_to_count(hospital: Hospital) -> None:
    patient = make_patient()

    told = score_now("--patient", str(patient.pk))

    assert told.startswith(f"patient {patient.pk}: tier unrated, no score: total 0,")
    assert json.loads(score_now("--patient", str(patient.pk), "--json"))["score"] is None
    assert Standing.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--patient", "x"], "'x' is not the number of a patient"),
        (["--patient", "-1"], "'-1' is not the number of a patient"),
        (["--patient", "９"], "'９' is not the number of a patient"),
        (["--patient", str(2**63)], "is not the number of a patient"),
        (["--patient", str(2**63 - 1)], "there is no patient with the key"),
        (["--patient", "1", "--everyone"], "not allowed with argument"),
        (["--patient", "1", "--as-of", "2026-01-01"], "leave --as-of out"),
    ],
)
def test_bad_input_changes_nothing(hospital: Hospital, arguments: list[str], expected: str) -> None:
    with pytest.raises(CommandError, match=expected):
        score_now(*arguments)

    assert (ScoringRun.objects.count(), Standing.objects.count()) == (0, 0)


def test_a_terminal_sees_how_far_it_is(hospital: Hospital, today: dt.date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.services.batches.MOST_KEYS", 1)
    for _ in range(4):
        patient_with(hospital, fulfilled=1, day=today)
    terminal = Terminal()

    call_command("score_now", "--hospital", "north", stdout=io.StringIO(), stderr=terminal)

    lines = [line for line in terminal.getvalue().split("\r\x1b[K") if line]
    assert lines[0] == "scoring 0 %, 0 of 4 batches"
    assert len(lines) == 5
    assert re.fullmatch(r"scoring 50 %, 2 of 4 batches, [\d,.]+ batches a second, \d+ s left", lines[2])
    # Nothing of it stays on the screen.
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_whoever_interrupts_it_is_told_that_it_goes_on(
    hospital: Hospital, today: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.services.batches.MOST_KEYS", 1)
    for _ in range(3):
        patient_with(hospital, fulfilled=1, day=today)

    class Interrupted(Terminal):
        def write(self, text: str) -> int:
            if " 1 of 3 " in text:
                raise KeyboardInterrupt
            return super().write(text)

    with pytest.raises(CommandError, match="the same command goes on where this one stopped"):
        call_command("score_now", "--hospital", "north", stdout=io.StringIO(), stderr=Interrupted())
    assert (ScoringRun.objects.get().steps_done, Standing.objects.count()) == (1, 1)

    assert json.loads(score_now("--json"))["changed"] == 3
    assert ScoringRun.objects.get().steps_done == 3


def test_whoever_is_overtaken_is_told_so(hospital: Hospital, today: dt.date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two at the same time for different days the first to begin gives up, and reports no numbers."""
    monkeypatch.setattr("scoring.services.batches.MOST_KEYS", 1)
    for _ in range(3):
        patient_with(hospital, fulfilled=1, day=today)
    yesterday = str(today - dt.timedelta(days=1))

    class Overtaking(Terminal):
        def write(self, text: str) -> int:
            if " 1 of 3 " in text and ScoringRun.objects.count() == 1:
                score_now("--as-of", yesterday)
            return super().write(text)

    out = io.StringIO()
    with pytest.raises(CommandError, match="has overtaken this one: score again"):
        call_command("score_now", "--hospital", "north", stdout=out, stderr=Overtaking())

    assert out.getvalue() == ""
    # As of yesterday nobody has anything.
    assert Standing.objects.get().total == 0
