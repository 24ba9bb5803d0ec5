"""What the mini-program is held against without a backend, by its own tools."""

import subprocess

import pytest

from tests.miniprogram.conftest import MINIPROGRAM, missing

# A machine that does much else at the same time needs minutes for the browser's tests.
TIMEOUT_SECONDS = 420


@pytest.mark.parametrize("script", ["lint", "typecheck", "build", "sizes", "test"])
def test_the_mini_program_passes(script: str) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)

    told = subprocess.run(
        ["npm", "run", "--silent", script], cwd=MINIPROGRAM, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr
