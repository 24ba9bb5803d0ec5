"""Reading `NAME=START:STOP:STEP` of `manage.py allocate --sweep`."""

from argparse import ArgumentTypeError
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from capacity.numeric.sweeps import MOST_VALUES, SWEEPABLE

EXAMPLE = "no-show-advance=0.1:0.3:0.05"
SWEEPABLE_OPTIONS = tuple(name.replace("_", "-") for name in SWEEPABLE)
# Beyond any number of the model; it keeps the arithmetic of the ends small.
_LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class SweepOption:
    """`parameter` by its name in the model; `values` from START to STOP, STOP included where a step falls on it."""

    parameter: str
    values: tuple[float, ...]

    @property
    def option(self) -> str:
        return self.parameter.replace("_", "-")


def parse_sweep(text: str) -> SweepOption:
    """Raises `ArgumentTypeError` with one clear sentence.

    >>> parse_sweep("no-show-advance=0.1:0.3:0.05").values
    (0.1, 0.15, 0.2, 0.25, 0.3)
    """
    name, equals, numbers = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"must be NAME=START:STOP:STEP, such as {EXAMPLE}, not {text!r}")
    if name not in SWEEPABLE_OPTIONS:
        raise ArgumentTypeError(f"cannot sweep {name!r}, only {', '.join(SWEEPABLE_OPTIONS)}")
    parts = numbers.split(":")
    if len(parts) != 3:
        raise ArgumentTypeError(f"{name} needs START:STOP:STEP, such as {EXAMPLE}, not {numbers!r}")
    start, stop, step = (_number(name, part) for part in parts)
    if step <= 0:
        raise ArgumentTypeError(f"{name}: the step must be above 0, not {parts[2]}")
    if stop < start:
        raise ArgumentTypeError(f"{name}: the stop {parts[1]} is below the start {parts[0]}")
    count = int((stop - start) / step) + 1
    if count > MOST_VALUES:
        raise ArgumentTypeError(f"{name}: {numbers} are {count} values, more than {MOST_VALUES}")
    return SweepOption(name.replace("-", "_"), tuple(float(start + i * step) for i in range(count)))


def _number(name: str, text: str) -> Decimal:
    """Decimal, so that 0.1, 0.15, … meet 0.3 exactly."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{name}: {text!r} is not a number") from None
    if not number.is_finite() or abs(number) > _LARGEST or (number and abs(number) < 1 / _LARGEST):
        raise ArgumentTypeError(f"{name}: {text!r} is out of range")
    return number
