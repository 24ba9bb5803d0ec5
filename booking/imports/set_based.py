"""Whole tables at a time: COPY into a temporary table, INSERT … SELECT into a model's."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

# COPY's text format: what would end a field or a line, or begin an escape.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table by COPY; None is NULL, everything else its `str`."""
    text = StringIO()
    for row in rows:
        text.write("\t".join("\\N" if value is None else str(value).translate(_ESCAPES) for value in row))
        text.write("\n")
    text.seek(0)
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )
    cursor.copy_expert(command.as_string(cursor.connection), text)


def insert_select(
    cursor: CursorWrapper,
    model: type[models.Model],
    expressions: Mapping[str, str],
    source: str,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """INSERT INTO the model's table SELECT … `source` and return the number of rows.

    `expressions` are SQL by field name; a field that is not among them gets the model's default, as from `Model()`. Text comes
    from this package alone; values go through `parameters`.
    """
    values = dict(parameters or {})
    columns, selected = [], []
    for field in model._meta.local_concrete_fields:
        expression = expressions.get(field.name)
        if expression is None:
            if field.primary_key:
                continue
            expression = f"%(default_{field.name})s"
            values[f"default_{field.name}"] = field.get_db_prep_save(field.get_default(), connection)
        columns.append(connection.ops.quote_name(field.column or field.name))
        selected.append(expression)
    unknown = expressions.keys() - {field.name for field in model._meta.local_concrete_fields}
    if unknown:
        raise ValueError(f"{model.__name__} has no field {', '.join(sorted(unknown))}")
    table = connection.ops.quote_name(model._meta.db_table)
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(selected)} {source}", values)
    return cursor.rowcount
