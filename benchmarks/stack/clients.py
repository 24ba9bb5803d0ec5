"""Runs the load process and reads its report."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stack import CannotMeasure
from config.embedded.ports import HOST

BOOKING_PATH = "/api/v1/appointments"
LOAD = Path(__file__).with_name("load.py")


@dataclass(frozen=True, slots=True)
class Request:
    """One booking asked for: who asks (an access token), under which Idempotency-Key, and the JSON."""

    token: str
    key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """One page asked for by somebody who is not signed in."""

    path: str


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load. `answers` counts each status, a refusal with its code; latencies are sorted, in seconds."""

    seconds: float
    client_cpu_seconds: float
    answers: dict[str, int]
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def client_share(self) -> float:
        """How much of all cores the clients took."""
        return self.client_cpu_seconds / self.seconds / (os.cpu_count() or 1)

    def percentile_ms(self, percent: float) -> float:
        return 1000 * self.latencies[math.ceil(len(self.latencies) * percent / 100) - 1]


def send(*, port: int, requests: Sequence[Request | Read], connections: int) -> Load:
    """Sends all requests over that many connections, each waiting for its answer. CannotMeasure where the clients fail."""
    plan = {
        "host": HOST,
        "port": port,
        "connections": connections,
        "requests": [
            [request.path] if isinstance(request, Read) else [BOOKING_PATH, request.token, request.key, request.body]
            for request in requests
        ],
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LOAD)], input=json.dumps(plan), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise CannotMeasure(f"the clients failed: {last[0]}")
    told = json.loads(done.stdout)
    return Load(told["seconds"], told["cpu_seconds"], told["answers"], sorted(told["latencies"]))
