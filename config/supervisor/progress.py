"""Steps for people to follow: on a terminal a line that moves while a step runs; one line with its time when it is done."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console

Tell = Callable[[str], None]


class Steps:
    """Writes finished steps to `out`; what is going on to `err`, if that is a terminal."""

    def __init__(self, out: IO[str], err: IO[str]) -> None:
        self._out = out
        self._console = Console(file=err)

    @contextmanager
    def step(self, name: str) -> Iterator[Tell]:
        """Runs the body as the step `name`; the function it yields changes the words that are shown with it."""
        started_at = time.monotonic()
        told = [name]

        def tell(words: str) -> None:
            told[0] = f"{name}: {words}"
            if status is not None:
                status.update(told[0])

        status = None
        if self._console.is_terminal:
            status = self._console.status(told[0])
            with status:
                yield tell
        else:
            yield tell
        self.say(f"{time.monotonic() - started_at:6.1f} s  {told[0]}")

    def say(self, line: str) -> None:
        """Writes a line at once, also where the output is a pipe."""
        self._out.write(f"{line}\n")
        self._out.flush()
