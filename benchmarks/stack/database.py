"""A database of the benchmarks' own: on the embedded server or that of DATABASE_URL, made anew, migrated, dropped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import dj_database_url
import django
import psycopg2
from psycopg2 import sql

from benchmarks.stack import CannotMeasure
from config.embedded import EmbeddedServerError, postgres

NAME = "yuezhen_bench"
# Held while a run uses the database, so that a second run does not drop it; a killed run lets go of it by itself.
ADVISORY_LOCK = 20171215
MAINTENANCE_DATABASE = "postgres"


@dataclass(frozen=True, slots=True)
class Server:
    """Where PostgreSQL is: what libpq wants to hear, and the folder of its programs where the wheel brings them."""

    parameters: dict[str, Any]
    programs: str | None

    def url(self, database: str) -> str:
        """As `DATABASE_URL`, the form in which every process of the platform is told."""
        parts = {name: quote(str(self.parameters.get(name) or ""), safe="") for name in ("user", "password", "host", "port")}
        secret = f":{parts['password']}" if parts["password"] else ""
        port = f":{parts['port']}" if parts["port"] else ""
        return f"postgres://{parts['user']}{secret}@{parts['host']}{port}/{database}"


@contextmanager
def bench_database() -> Iterator[Server]:
    """Django is set up on a fresh database within the body; nothing is left of it afterwards.

    Raises CannotMeasure where another run holds the database, or where there is no server.
    """
    server = _server()
    keeper = psycopg2.connect(**server.parameters, dbname=MAINTENANCE_DATABASE)
    keeper.autocommit = True
    try:
        with keeper.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone() != (True,):
                raise CannotMeasure(f"another run of the benchmarks is using the database {NAME}")
            _drop(cursor)
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        try:
            _set_up_django(server)
            yield server
        finally:
            _close_connections()
            with keeper.cursor() as cursor:
                _drop(cursor)
    finally:
        keeper.close()


def _server() -> Server:
    if os.environ.get("DATABASE_URL"):
        given = dj_database_url.parse(os.environ["DATABASE_URL"])
        names = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        return Server({name: value for name, key in names.items() if (value := given.get(key))}, None)
    embedded = postgres.server()
    try:
        embedded.use()
        return Server(embedded.connection_parameters(), str(postgres.programs()))
    except EmbeddedServerError as error:
        raise CannotMeasure(str(error)) from error


def _drop(cursor: Any) -> None:
    # FORCE: a worker that is just ending may still hold a connection.
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))


def _set_up_django(server: Server) -> None:
    """Once a process: the name is always the same, so a second benchmark finds the settings right."""
    os.environ["DATABASE_URL"] = server.url(NAME)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
