import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from config.embedded import EmbeddedServerError
from config.embedded.postgres import DATABASE, EmbeddedPostgres

from .conftest import User, runs, wait_until

Start = Callable[..., User]


def query(server: EmbeddedPostgres, statement: str, database: str = DATABASE) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(dbname=database, **server.connection_parameters())
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_the_first_process_starts_it_and_the_last_one_stops_it(folder: Path, start_user: Start) -> None:
    first = start_user("postgres", "EmbeddedPostgres", folder)
    assert runs(first.server_pid)
    second = start_user("postgres", "EmbeddedPostgres", folder)
    assert first.server_pid == second.server_pid

    first.end()
    assert runs(first.server_pid)

    second.end()
    assert not runs(first.server_pid)


def test_two_that_start_at_the_same_moment_share_one_server(folder: Path, start_user: Start) -> None:
    one = start_user("postgres", "EmbeddedPostgres", folder)
    other = start_user("postgres", "EmbeddedPostgres", folder)

    assert one.server_pid == other.server_pid

    other.end()
    one.end()
    assert not runs(one.server_pid)


def test_a_killed_last_user_leaves_no_server(folder: Path, start_user: Start) -> None:
    user = start_user("postgres", "EmbeddedPostgres", folder)
    assert runs(user.server_pid)

    user.kill()

    wait_until(lambda: not runs(user.server_pid))


def test_a_killed_server_is_started_again_with_its_data(postgres: EmbeddedPostgres) -> None:
    postgres.use()
    query(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    killed = postgres.find()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not runs(killed))

    postgres.use()

    assert postgres.find() not in (None, killed)
    assert query(postgres, "SELECT number FROM kept") == [(7,)]


def test_a_pid_file_that_names_a_stranger_is_not_believed(postgres: EmbeddedPostgres) -> None:
    postgres.use()
    lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    postgres.leave()
    # What a power cut leaves, once the number has gone to another program of the same user.
    owner = (postgres.data / "PG_VERSION").stat()
    stranger = subprocess.Popen(["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None)
    try:
        (postgres.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        os.chown(postgres.data / "postmaster.pid", owner.st_uid, owner.st_gid)

        postgres.use()

        assert postgres.find() not in (None, stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_started_by_hand_is_left_running(postgres: EmbeddedPostgres, folder: Path, start_user: Start) -> None:
    postgres.use()
    pid = postgres.find()
    # What tells that the checkout itself started it: the record, and the keeper, which would stop it with its last user.
    (folder / "postgres.started").unlink()
    keeper = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    os.kill(int(keeper), signal.SIGKILL)

    visitor = EmbeddedPostgres(folder)
    visitor.use()
    postgres.leave()
    visitor.leave()

    assert visitor.find() == pid
    (folder / "postgres.started").write_text(str(pid))


def test_databases_of_killed_test_runs_are_dropped_by_the_next_start(postgres: EmbeddedPostgres) -> None:
    postgres.use()
    query(postgres, "CREATE DATABASE test_yuezhen_1")
    query(postgres, "CREATE DATABASE somebodys_own")
    postgres.leave()

    postgres.use()

    names = {row[0] for row in query(postgres, "SELECT datname FROM pg_database")}
    assert names == {"postgres", "template0", "template1", "yuezhen", "somebodys_own"}


def test_a_path_too_long_for_a_socket_works(folder: Path) -> None:
    deep = folder / ("d" * 100) / ("e" * 100)
    server = EmbeddedPostgres(deep)
    try:
        server.use()
        assert query(server, "SELECT current_database()") == [(DATABASE,)]
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    finally:
        server.leave()
    assert not (server.socket_folder / ".s.PGSQL.5432").exists()
    server.socket_folder.rmdir()


def test_data_of_another_version_is_refused_and_kept(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "old")
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 16"):
        server.use()

    server.leave()
    assert [path.name for path in server.data.iterdir()] == ["PG_VERSION"]
