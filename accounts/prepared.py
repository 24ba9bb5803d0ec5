"""Statements that PostgreSQL prepares once a connection and is then only told to run.

For connections of our own. A pooler that hands each transaction to another server connection does not know them: behind one, turn
them off with DATABASE_PREPARES=false.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_serial = itertools.count(1)
# By the driver's connection: what is prepared is gone with it, and Django opens a new one under the same alias.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """One statement, with `%s` placeholders as Django composes them.

    `arguments` are (name, value) of each placeholder: a named one is bound at each run, any other is the statement's own.
    `types` gives the SQL type of each name.
    """

    def __init__(self, statement: str, arguments: Sequence[tuple[str | None, Any]], types: Mapping[str, str]) -> None:
        self._name = f"yuezhen_{next(_serial)}"
        self._statement = statement
        self._arguments = arguments
        self._types = types
        self._run = f"EXECUTE {self._name} ({', '.join(['%s'] * len(types))})"

    def execute(self, cursor: Any, values: Mapping[str, Any]) -> None:
        """Run it on Django's cursor, having it prepared where this connection does not know it yet."""
        raw = connection.connection
        known = _known.setdefault(raw, set())
        if self._name not in known:
            self._prepare(raw)
            known.add(self._name)
        cursor.execute(self._run, [values[name] for name in self._types])

    def _prepare(self, raw: Any) -> None:
        """Beneath Django's cursor: how many statements a request takes must not depend on which connection it got."""
        places = {name: f"${number}" for number, name in enumerate(self._types, start=1)}
        with raw.cursor() as cursor:
            own = [places[name] if name else cursor.mogrify("%s", [value]).decode() for name, value in self._arguments]
            cursor.execute(f"PREPARE {self._name} ({', '.join(self._types.values())}) AS {self._statement % tuple(own)}")
