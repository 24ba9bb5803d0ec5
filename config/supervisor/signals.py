"""What Ctrl-C, `kill` and a closed terminal do to a supervisor: before it serves they interrupt it, then they ask it to stop."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def interrupting() -> Iterator[None]:
    """Within the body SIGTERM and SIGHUP do as Ctrl-C does: KeyboardInterrupt, so that everything is undone in order."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    yield from _handling(interrupt)


@contextmanager
def asking_to_stop(stopping: Event) -> Iterator[None]:
    """Within the body all three signals set `stopping`, however often they come: nothing breaks off the stopping itself."""

    def ask(signum: int, _frame: FrameType | None) -> None:
        if signum == signal.SIGHUP:
            _let_go_of_terminal()
        stopping.set()

    yield from _handling(ask)


def _handling(handler: Handler) -> Iterator[None]:
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored: somebody said nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


class Terminal:
    """The terminal the process began with, if any. It may vanish without a signal: SIGHUP goes to the session's leader
    alone, and where that is `make` (`ssh -t host make demo`) it waits for us instead of passing it on."""

    def __init__(self) -> None:
        self._descriptors = [number for number in (0, 1, 2) if os.isatty(number)]

    def is_there(self) -> bool:
        """Whether it still is; always true of a process that began without one."""
        if all(os.isatty(number) for number in self._descriptors):
            return True
        _let_go_of_terminal()
        return False


def _let_go_of_terminal() -> None:
    """The terminal is gone: a word written to it would raise OSError in the midst of stopping."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
