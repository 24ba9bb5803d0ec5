"""`pgbench` on the benchmarks' database: from the embedded wheel, else from the path."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.stack import CannotMeasure
from benchmarks.stack.database import NAME, Server

RATE = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)", re.MULTILINE)
PLACES = {"host": "host", "port": "port", "username": "user"}
DONE = re.compile(r"^number of transactions actually processed: (\d+)/(\d+)", re.MULTILINE)


def program(server: Server) -> str | None:
    """Where pgbench is, or None."""
    bundled = Path(server.programs, "pgbench") if server.programs else None
    return str(bundled) if bundled and bundled.exists() else shutil.which("pgbench")


def rate(*, server: Server, executable: str, script: str, clients: int, transactions: int) -> float:
    """Transactions a second of the script, `transactions` in each client, which counts them in its variable `n` from 0.

    CannotMeasure unless every one of them went through.
    """
    parameters = server.parameters
    command = [executable, "--no-vacuum", "--client", str(clients), "--jobs", str(os.cpu_count() or 1)]
    command += ["--transactions", str(transactions), "--define=n=0"]
    command += [f"--{flag}={parameters[name]}" for flag, name in PLACES.items() if name in parameters]
    secret = {"PGPASSWORD": str(parameters["password"])} if "password" in parameters else {}
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [*command, "--file", file.name, NAME], capture_output=True, text=True, check=False, env={**os.environ, **secret}
        )
    found, counts = RATE.search(done.stdout), DONE.search(done.stdout)
    if done.returncode != 0 or found is None or counts is None or counts[1] != counts[2]:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise CannotMeasure(f"pgbench failed: {last[0]}")
    return float(found[1])
