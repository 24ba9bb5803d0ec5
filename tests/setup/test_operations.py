"""The operators' handbook names what runs by the clock."""

from pathlib import Path

import pytest

from config.beat import SCHEDULE

HANDBOOK = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("task", sorted({entry["task"] for entry in SCHEDULE.values()}))
def test_every_task_is_in_it(task):
    assert f"`{task.rpartition('.')[2]}`" in HANDBOOK
