"""`python -m benchmarks [NAME …]`: measures, prints one table, keeps it in `benchmarks/results/`.

Every module here with a function `lines() -> list[Line]` is a benchmark; packages hold what benchmarks stand on. Exit status 0:
every aim met; 1: an aim missed, or something could not be measured; 2: no such benchmark; 130: interrupted.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from datetime import UTC, datetime

# The aims are for one core; a numeric library reads this when it is first imported, so it stands before those imports.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import benchmarks
from benchmarks import report
from benchmarks.stack import CannotMeasure
from config.supervisor.signals import interrupting

NOT_BENCHMARKS = {"__main__", "report"}


def main() -> int:
    modules = pkgutil.iter_modules(benchmarks.__path__)
    names = sorted(module.name for module in modules if not module.ispkg and module.name not in NOT_BENCHMARKS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, compare, print one table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run, of: {', '.join(names)} (default: all)")
    chosen = parser.parse_args().names
    for name in chosen:
        if name not in names:
            print(f"there is no benchmark {name!r}; there are: {', '.join(names)}", file=sys.stderr)
            return 2
    try:
        # However it is ended: servers are stopped and databases dropped on the way out.
        with interrupting():
            lines = measure(chosen or names)
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(report.table(lines))
    return 1 if any(line.met is False for line in lines) else 0


def measure(names: list[str]) -> list[report.Line]:
    """Runs the benchmarks one after the other and keeps what each has measured."""
    today = datetime.now(UTC).date()
    lines: list[report.Line] = []
    for name in names:
        if sys.stderr.isatty():
            print(f"measuring {name} …", file=sys.stderr)
        measured = importlib.import_module(f"benchmarks.{name}").lines()
        report.write(name, measured, today)
        lines += measured
    return lines


if __name__ == "__main__":
    sys.exit(main())
