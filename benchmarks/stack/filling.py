"""Many rows into the product's tables at once. Imported after Django is set up.

Their secondary indexes are dropped before and built after: many times as fast as entry by entry. Afterwards everything is there
again, looked through and analysed, as autovacuum would have left it long before a measurement.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg2 import errors, extensions, extras

A_STATEMENT = 250_000


@contextmanager
def filling(*tables: str) -> Iterator[None]:
    """One transaction in which the tables have no index but their primary key's, and rows are not checked against other tables.

    Who fills them answers for the references. An error, Ctrl-C among them, ends the statement that runs and undoes all of it.
    """
    with _interruptible():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SETTINGS)
            cursor.execute(_SKIP_REFERENCES)
            cursor.execute(_SECONDARY, {"tables": list(tables)})
            found = cursor.fetchall()
            for drop, _ in found:
                cursor.execute(drop)
            yield
            for number, (_, create) in enumerate(found, 1):
                show(f"building indexes: {number} of {len(found)}")
                cursor.execute(create)
        with connection.cursor() as cursor:
            for table in tables:
                show(f"analysing {table}")
                cursor.execute(f"VACUUM (ANALYZE) {table}")
            cursor.execute(_IS_SUPERUSER)
            if cursor.fetchone() == (True,):
                # Else the pages are written out while something is measured.
                show("writing to disk")
                cursor.execute("CHECKPOINT")
    show("")


def insert_numbered(what: str, statement: str, values: Mapping[str, Any], *, count: int, step: int = A_STATEMENT) -> int:
    """Runs the statement for the numbers 0 to count − 1, `step` at a time, from `%(first)s` to `%(last)s`.

    `what` names the rows in the line of progress. Returns how many were written.
    """
    started, written = time.perf_counter(), 0
    with connection.cursor() as cursor:
        for first in range(0, count, step):
            last = min(first + step, count) - 1
            cursor.execute(statement, {**values, "first": first, "last": last})
            written += cursor.rowcount
            share = (last + 1) / count
            left = (time.perf_counter() - started) * (1 - share) / share
            show(f"writing {what}: {share:.0%}, {written:,} rows, {left:.0f} s left")
    return written


@contextmanager
def _interruptible() -> Iterator[None]:
    """Within the body a signal ends the statement that runs: libpq alone would wait for its end before Python hears of it."""
    before = extensions.get_wait_callback()
    extensions.set_wait_callback(extras.wait_select)
    try:
        yield
    except OperationalError as error:
        # `wait_select` turns the interruption into the statement's own error.
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise KeyboardInterrupt from error
        raise
    finally:
        extensions.set_wait_callback(before)


def show(text: str) -> None:
    """Replaces the line of progress, where there is a terminal to show it on."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


# For this transaction only: what is measured runs with the server's own.
_SETTINGS = "SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL synchronous_commit = off"
_IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
# Only a superuser may; the embedded server's user is one.
_SKIP_REFERENCES = f"SELECT set_config('session_replication_role', 'replica', true) FROM ({_IS_SUPERUSER}) AS r WHERE rolsuper"
# Of each index but the primary keys' the statement that drops it and that which makes it; a unique constraint is one with it.
_SECONDARY = """
SELECT
    CASE WHEN c.oid IS NULL THEN format('DROP INDEX %%s', i.indexrelid::regclass)
        ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', i.indrelid::regclass, c.conname) END,
    CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
        ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END
FROM pg_index AS i
LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid AND c.contype IN ('u', 'x')
WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND NOT i.indisprimary
ORDER BY i.indrelid, i.indexrelid
"""
