"""The rows of a file in a temporary table of the transaction, less those that cannot or need not be stored."""

from collections.abc import Iterable
from itertools import islice

from django.db.backends.utils import CursorWrapper

from booking.imports.rows import PastAppointment, Remark, shown
from booking.imports.set_based import copy_rows
from booking.models import Appointment

TABLE = "import_row"
# A row is some 300 bytes here: few enough for a small process, many enough for COPY to be worth it.
ROWS_PER_COPY = 5_000

_CREATE = f"""
CREATE TEMP TABLE {TABLE} (
    line integer NOT NULL, import_key text NOT NULL, record_number text NOT NULL, department text NOT NULL, doctor_id bigint,
    visit_date date NOT NULL, created_at timestamptz NOT NULL, channel text NOT NULL, outcome text NOT NULL,
    status text NOT NULL, code text NOT NULL, sex text NOT NULL, age smallint, booked_as text
) ON COMMIT DROP
"""
_COLUMNS = tuple(PastAppointment.__dataclass_fields__)


def stage(cursor: CursorWrapper, rows: Iterable[PastAppointment]) -> None:
    """Fill the temporary table, made anew; the rows are read as they are needed."""
    # A second import within one transaction finds the first one's table still there.
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
    cursor.execute(_CREATE)
    rows = iter(rows)
    while chunk := [tuple(getattr(row, name) for name in _COLUMNS) for row in islice(rows, ROWS_PER_COPY)]:
        copy_rows(cursor, TABLE, _COLUMNS, chunk)
    cursor.execute(f"ANALYZE {TABLE}")


def drop_repeated(cursor: CursorWrapper) -> list[Remark]:
    """Take out rows whose id an earlier line of the file has; say which."""
    cursor.execute(
        f"""
        WITH numbered AS (
            SELECT line, import_key, min(line) OVER (PARTITION BY import_key) AS first_line FROM {TABLE}
        )
        DELETE FROM {TABLE} AS staged USING numbered
        WHERE staged.line = numbered.line AND numbered.line > numbered.first_line
        RETURNING staged.line, staged.import_key, numbered.first_line
        """
    )
    return [Remark(line, f"id {shown(key)} is on line {first} already") for line, key, first in cursor.fetchall()]


def drop_already_present(cursor: CursorWrapper, *, hospital_id: int) -> int:
    """Take out the rows that an earlier import has stored; return how many there were."""
    cursor.execute(
        f"""
        DELETE FROM {TABLE} AS staged USING {Appointment._meta.db_table} AS stored
        WHERE stored.hospital_id = %s AND stored.import_key = staged.import_key
        """,
        [hospital_id],
    )
    return cursor.rowcount
