"""The mini-program in a browser, against the web server and the emulator of a test."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.journey.conftest import wechat
from wechat.emulator.testing import Emulator, emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder", "wechat"]

ROOT = Path(__file__).resolve().parents[2]
MINIPROGRAM = ROOT / "miniprogram"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
TIMEOUT_SECONDS = 120
FAILING = "✖ failing tests:"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def missing() -> str | None:
    """What this machine lacks to run the mini-program, in words."""
    if shutil.which("node") is None:
        return "Node is not installed"
    if not (MINIPROGRAM / "node_modules").is_dir():
        return "the mini-program's packages are not installed: npm ci in miniprogram/"
    if not os.environ.get("CHROMIUM") and not any(shutil.which(name) for name in BROWSERS):
        return "Chromium is not installed"
    return None


def failures(report: str) -> str:
    """Of a report of `node --test --test-reporter=spec` its end, where each failed test is told once more; else all of it.

    A log that is cut at some length must show what failed, not what passed before it.
    """
    _, mark, end = COLOUR.sub("", report).partition(FAILING)
    return mark + end if mark else report


class Node:
    """Runs the mini-program's own tests against the servers of this test."""

    def __init__(self, live_server: LiveServer, wechat: Emulator) -> None:
        self.environment = {**os.environ, "YUEZHEN_WEB_URL": live_server.url, "YUEZHEN_EMULATOR_URL": wechat.base_url}

    def test(self, *files: str, **variables: str) -> str:
        """The report of `node --test`; fails with it where a test did. Files are below miniprogram/."""
        command = ["node", "--test", "--test-reporter=spec", *files]
        environment = self.environment | variables
        told = subprocess.run(
            command, cwd=MINIPROGRAM, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
        if told.returncode != 0:
            pytest.fail(failures(told.stdout) + told.stderr, pytrace=False)
        return told.stdout


@pytest.fixture
def node(transactional_db: None, live_server: LiveServer, wechat: Emulator) -> Node:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    return Node(live_server, wechat)
