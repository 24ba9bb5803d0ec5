"""What the mini-program is held against without a backend, by its own tools."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.miniprogram.conftest import MINIPROGRAM, failures, missing

# A machine that does much else at the same time needs minutes for the browser's tests.
TIMEOUT_SECONDS = 420


@pytest.mark.parametrize("script", ["lint", "typecheck", "build", "sizes", "test"])
def test_the_mini_program_passes(script: str) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)

    told = subprocess.run(
        ["npm", "run", "--silent", script],
        cwd=MINIPROGRAM,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )

    if told.returncode != 0:
        pytest.fail(failures(told.stdout) + told.stderr, pytrace=False)


def test_of_a_failed_run_only_the_failures_are_told(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    file = tmp_path / "two.test.mjs"
    file.write_text(
        "import { test } from 'node:test';\n"
        "test('goes well', () => {});\n"
        "test('goes wrong', () => { throw new Error('why'); });\n",
        encoding="utf-8",
    )

    told = subprocess.run(
        ["node", "--test", "--test-reporter=spec", file.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert told.returncode == 1
    assert "goes well" in told.stdout
    assert "goes well" not in failures(told.stdout)
    assert failures(told.stdout).count("goes wrong") == 1
    assert "Error: why" in failures(told.stdout)
