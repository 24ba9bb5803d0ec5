"""The --plot of a command: refused before anything is computed where that can be known, and written whole or not at all."""

import os
import tempfile
from pathlib import Path

from django.core.management.base import CommandError

from hospitals.operator_command import BAD_INPUT

FORMATS = (".png", ".svg")


def check_plot(path: Path | None) -> None:
    """Raises CommandError, one line, where no picture can be written to `path`."""
    if path is None:
        return
    if path.suffix.lower() not in FORMATS:
        raise CommandError(f"--plot must end in {' or '.join(FORMATS)}, not {path.name!r}", returncode=BAD_INPUT)
    for is_so, what in (
        (path.is_dir(), "is a folder"),
        (not path.parent.is_dir(), "is in a folder that does not exist"),
        (not os.access(path.parent, os.W_OK), "is in a folder that cannot be written to"),
    ):
        if is_so:
            raise CommandError(f"--plot {path} {what}", returncode=BAD_INPUT)


def write_plot(path: Path, content: bytes) -> None:
    """Write `path`, or leave what is there as it was. Raises CommandError, one line."""
    try:
        _write_whole(path, content)
    except OSError as error:
        raise CommandError(f"--plot {path} cannot be written: {error.strerror or error}", returncode=BAD_INPUT) from error


def _write_whole(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # as an ordinary new file; mkstemp's is the owner's alone
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
