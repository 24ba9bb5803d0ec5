"""The parent of one embedded server: runs it, and stops it when nobody in the checkout uses it any more.

Run as ``python -I -S keeper.py USERS_FILE PID_FILE STOP_SIGNAL UID:GID|- COMMAND...`` by ``sharing.SharedServer``. Standard
library only, for it stays in memory as long as the server does. Each user of the server holds a shared lock on USERS_FILE,
and the kernel lets go of it however the user ends, so that the exclusive lock below is granted exactly when the last one is
gone, a ``kill -9`` included. An orderly last user stops the server itself and the keeper merely follows.
"""

import fcntl
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

STOP_SECONDS = 20


def main(users_file: str, pid_file: str, stop_signal: str, identity: str, *command: str) -> int:
    """Runs the server until it ends or until its last user has gone; returns the server's exit status."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    user, _, group = identity.partition(":")
    # "-": run as the caller. Otherwise no supplementary group of root may remain.
    other: dict[str, Any] = {} if identity == "-" else {"user": int(user), "group": int(group), "extra_groups": []}
    server = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, **other)

    with open(pid_file, "w") as record:
        record.write(f"{server.pid}\n")

    def end_with_server(_signum: int, _frame: FrameType | None) -> None:
        if server.poll() is not None:
            raise SystemExit(max(server.returncode, 0))

    signal.signal(signal.SIGCHLD, end_with_server)
    end_with_server(0, None)  # it may have ended before the handler stood
    with open(users_file, "a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server.send_signal(int(stop_signal))
        try:
            return server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            return server.wait()


if __name__ == "__main__":
    os.umask(0o077)
    raise SystemExit(main(*sys.argv[1:]))
