"""The clock names tasks that exist, takes no arguments they lack, and explains each entry."""

import inspect
import re
from pathlib import Path

import pytest

from config import beat
from config.celery import app


@pytest.fixture(scope="module")
def tasks():
    app.loader.import_default_modules()
    return app.tasks


@pytest.mark.parametrize("name", sorted(beat.SCHEDULE))
def test_each_entry_names_a_task_that_runs_without_arguments(name, tasks):
    task = tasks[beat.SCHEDULE[name]["task"]]
    required = [p for p in inspect.signature(task.run).parameters.values() if p.default is p.empty]
    assert required == []


def test_the_night_is_complete():
    apps = {entry["task"].split(".")[0] for entry in beat.SCHEDULE.values()}
    assert apps == {"accounts", "booking", "hospitals", "scoring", "capacity", "notifications"}


def test_each_entry_has_a_plain_sentence():
    lines = Path(beat.__file__).read_text(encoding="utf-8").splitlines()
    entries = [i for i, line in enumerate(lines) if re.match(r'    "[a-z-]+": \{', line)]
    assert len(entries) == len(beat.SCHEDULE)
    uncommented = [lines[i].strip() for i in entries if not lines[i - 1].strip().startswith("#")]
    # "send-messages" shares the sentence of "collect-messages".
    assert uncommented == ['"send-messages": {']
