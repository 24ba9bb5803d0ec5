"""PostgreSQL refuses to run as root; under root it runs as a system user of its own.

The wheel's own way (a user ``pgserver``) is kept, but what it opens is not: it makes every folder above the data
readable for everybody, whereas walking through (``o+x``) is all that is needed, and only where it is missing.
"""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from config.embedded import EmbeddedServerError

NAME = "pgserver"


def account() -> pwd.struct_passwd | None:
    """Returns the account that PostgreSQL runs under: None for the caller's own, else ``pgserver``, made if missing.

    Raises EmbeddedServerError where no such account can be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    tool = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        raise EmbeddedServerError(f"PostgreSQL does not run as root and there is no useradd to make its user {NAME}")
    command = [tool, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(NAME)  # perhaps made by another process at the same moment
    except KeyError:
        raise EmbeddedServerError(f"The system user {NAME} could not be made: {made.stderr.strip()}") from None


def open_the_way(path: Path, user: pwd.struct_passwd) -> None:
    """Lets `user` walk through every folder above `path`, adding ``o+x`` where the user could not pass."""
    for folder in path.resolve().parents:
        status = folder.stat()
        if not _has(status, user, stat.S_IXUSR):
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def open_for_reading(tree: Path, user: pwd.struct_passwd) -> None:
    """Lets `user` read (and run what is executable in) the whole `tree`: an installer may have had a strict umask."""
    for folder, _, files in os.walk(tree):
        _add_bits(Path(folder), user, stat.S_IRUSR | stat.S_IXUSR)
        for file in files:
            path = Path(folder, file)
            _add_bits(path, user, stat.S_IRUSR | (path.stat().st_mode & stat.S_IXUSR))


def _add_bits(path: Path, user: pwd.struct_passwd, bits: int) -> None:
    status = path.stat()
    if not _has(status, user, bits):
        path.chmod(stat.S_IMODE(status.st_mode) | (bits >> 6))


def _has(status: os.stat_result, user: pwd.struct_passwd, bits: int) -> bool:
    """Whether `user` has the rights `bits`, given as the owner's (S_IRUSR, S_IXUSR)."""
    shift = 0 if status.st_uid == user.pw_uid else 3 if status.st_gid == user.pw_gid else 6
    return status.st_mode & (bits >> shift) == bits >> shift
