"""Finds the processes of a demo whose supervisor was killed. They carry a marker in their environment, so the proof that a
process is ours needs no file that could be stale, and covers the children of children."""

import os
from pathlib import Path

import psutil

VARIABLE = "YUEZHEN_DEMO_OF"
KILL_SECONDS = 10


def marker(folder: Path) -> dict[str, str]:
    """Returns what a service of the checkout in `folder` must carry in its environment."""
    return {VARIABLE: str(folder.resolve())}


def find(folder: Path) -> list[psutil.Process]:
    """Returns the running processes that carry the marker of `folder`, the caller and its ancestors excepted."""
    ours = marker(folder)[VARIABLE]
    callers = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in callers and process.environ().get(VARIABLE) == ours:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess, OSError):
            continue  # of another user, or gone meanwhile: not ours to end
    return found


def kill(folder: Path) -> int:
    """Kills every process that carries the marker; returns how many there were. The caller must be the only supervisor."""
    processes = find(folder)
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=KILL_SECONDS)
    return len(processes)
