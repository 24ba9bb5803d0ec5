"""How a measurement is written down: one line each, a table on the terminal, a file with the machine beside it."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import scipy

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. `met` is None where there is no aim, or where it could not be measured and `measured` says why."""

    benchmark: str
    measured: str
    compared_with: str
    aim: str
    met: bool | None


def table(lines: Sequence[Line]) -> str:
    """Columns as wide as their longest cell, the verdict last."""
    head = ("benchmark", "measured", "compared with", "aim", "met")
    verdicts = {True: "yes", False: "NO", None: "–"}
    rows = [(x.benchmark, x.measured, x.compared_with, x.aim, verdicts[x.met]) for x in lines]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    ruled = (head, tuple("─" * width for width in widths), *rows)
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in ruled)


def write(name: str, lines: Sequence[Line], day: date, folder: Path = RESULTS) -> Path:
    """Keeps the lines with the machine they were measured on; a second run on one day replaces the first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day.isoformat()}-{name}.json"
    content = {"name": name, "day": day.isoformat(), "machine": machine(), "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def machine() -> dict[str, str | int | float]:
    """What a reader needs to judge the numbers, and nothing that names the machine."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gib": _memory_gib(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    """0 where the system does not tell."""
    if not hasattr(os, "sysconf") or not {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= os.sysconf_names.keys():
        return 0.0
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
