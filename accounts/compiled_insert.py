"""Rows of the hottest path, inserted by a statement that is put together and prepared once.

Django composes an INSERT anew for each row, which for a wide table takes longer than PostgreSQL takes to write it.
"""

from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Field, Model

from accounts.prepared import Prepared

M = TypeVar("M", bound=Model)


class CompiledInsert(Generic[M]):
    """Inserts whole rows of one model: every column but the serial key, as `Model.save` would, without its signals."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._plan: _Plan | None = None

    def insert(self, instance: M) -> M:
        """Write the row and give the instance its key. Raises what the table's constraints say (django.db.IntegrityError)."""
        if self._plan is None:
            # Two threads may both do so the first time, and come to the same.
            self._plan = _Plan(self._model)
        instance.pk = self._plan.run(instance)
        instance._state.adding = False
        instance._state.db = connection.alias
        return instance


class _Plan:
    def __init__(self, model: type[Model]) -> None:
        concrete = [(str(field.column), field) for field in model._meta.concrete_fields]
        (key,) = (column for column, field in concrete if field.primary_key)
        self._fields: dict[str, Field[Any, Any]] = {column: field for column, field in concrete if not field.primary_key}
        quote = connection.ops.quote_name
        columns = ", ".join(quote(column) for column in self._fields)
        places = ", ".join(["%s"] * len(self._fields))
        self._sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places}) RETURNING {quote(key)}"
        types = {column: field.db_type(connection) or "" for column, field in self._fields.items()}
        self._prepared = Prepared(self._sql, [(name, None) for name in types], types)

    def run(self, instance: Model) -> Any:
        values = {
            column: field.get_db_prep_save(field.pre_save(instance, True), connection=connection)
            for column, field in self._fields.items()
        }
        with connection.cursor() as cursor:
            if settings.DATABASE_PREPARES:
                self._prepared.execute(cursor, values)
            else:
                cursor.execute(self._sql, list(values.values()))
            (key,) = cursor.fetchone()
        return key
