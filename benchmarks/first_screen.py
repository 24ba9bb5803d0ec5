"""The mini-program's first screen on a phone that holds nothing yet: Chromium, the runner, and the backend as it is deployed.

Against one request of the same data by itself, over the same web server.
"""

import http.client
import json
import shutil
import statistics
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Line
from benchmarks.stack import CannotMeasure
from benchmarks.stack.database import bench_database
from benchmarks.stack.web import web_server
from config.embedded.ports import HOST

MINIPROGRAM = Path(__file__).resolve().parents[1] / "miniprogram"
PHONES = 15
SLOTS = 10_000
AIM_MS = 1000
PATIENCE_SECONDS = 180


def lines() -> list[Line]:
    if shutil.which("node") is None or not (MINIPROGRAM / "node_modules").is_dir():
        return [Line("first screen of the mini-program", "Node or the mini-program's packages are missing", "–", "≤ 1 s", None)]
    with bench_database():
        from benchmarks.stack.calendar import Calendar

        Calendar(datetime.now(UTC), slots=SLOTS)
        with web_server() as port:
            alone = statistics.median(_request(port) for _ in range(PHONES))
            screens = _screens(port)
    middle, slowest = statistics.median(screens), max(screens)
    measured = f"{middle:.0f} ms, the slowest of {PHONES} phones {slowest:.0f} ms"
    return [
        Line("first screen of the mini-program", measured, f"its one request alone, {alone:.0f} ms", "≤ 1 s", slowest <= AIM_MS)
    ]


def _request(port: int) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", "/api/v1/home")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise CannotMeasure(f"/api/v1/home was answered {answer.status}: {body[:200]!r}")
    return (time.perf_counter() - started) * 1000


def _screens(port: int) -> list[float]:
    command = ["node", "runner/testing/first_screen.mjs", f"http://{HOST}:{port}", "测速医院", str(PHONES)]
    try:
        told = subprocess.run(command, cwd=MINIPROGRAM, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise CannotMeasure(f"the first screen did not come up: {str(error.stderr).strip()[-300:]}") from error
    return [float(each) for each in json.loads(told.stdout)]
