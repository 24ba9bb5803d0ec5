"""Queries of the hottest path, put together once.

Django composes the SQL of a queryset anew each time it is evaluated, which for a wide `select_related` takes longer than
PostgreSQL takes to answer it. A CompiledQuery composes it at its first use and from then on binds parameters only; PostgreSQL
prepares it once a connection, as planning the wide ones takes it longer than running them. What it asks is written as a queryset
all the same, so that it follows the models.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

from accounts.prepared import Prepared

M = TypeVar("M", bound=Model)
# Values that no query has of its own: where they turn up among its parameters, a caller's value is bound.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda n: 7_301_000_000_000_000_000 + n,
    date: lambda n: date(1871, 1, 1) + timedelta(days=n),
    datetime: lambda n: datetime(1872, 1, 1, tzinfo=UTC) + timedelta(days=n),
}
_SQL_TYPES: dict[type, str] = {int: "bigint", date: "date", datetime: "timestamp with time zone"}


class CompiledQuery(Generic[M]):
    """A query for model instances with named parameters of the types `int`, `date` or `datetime`.

    `build` is called once, with a stand-in for each parameter, and gives the queryset: of instances, with
    `select_related`, `only`, annotations, a slice and `select_for_update` as needed, without `prefetch_related`. A parameter that
    is None compares as NULL does in SQL: equal to nothing.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], **parameters: type) -> None:
        self._build = build
        self._parameters = parameters
        self._plan: _Plan[M] | None = None

    def all(self, **values: int | date | datetime | None) -> list[M]:
        """Run it with those values. TransactionManagementError where it locks and no transaction is open."""
        if self._plan is None:
            # Two threads may both do so the first time, and come to the same.
            self._plan = _Plan(self._build, self._parameters)
        return self._plan.run(values)

    def first(self, **values: int | date | datetime | None) -> M | None:
        """The first row. The queryset itself says that there is no need of more."""
        return next(iter(self.all(**values)), None)

    def get(self, **values: int | date | datetime | None) -> M:
        """The row there must be; raises the model's DoesNotExist."""
        found = self.first(**values)
        if found is None:
            assert self._plan is not None
            model = self._plan.model
            raise model.DoesNotExist(f"no such {model._meta.object_name}")  # type: ignore[attr-defined]
        return found


class _Plan(Generic[M]):
    """The SQL, and how a row of its answer becomes an instance: what `QuerySet.__iter__` works out each time."""

    def __init__(self, build: Callable[..., QuerySet[M]], parameters: dict[str, type]) -> None:
        stand_ins = {name: _STAND_INS[kind](n) for n, (name, kind) in enumerate(parameters.items())}
        queryset = build(**stand_ins)
        compiler = queryset.query.get_compiler(connection.alias)
        self.model = queryset.model
        self._locks = queryset.query.select_for_update
        self._sql, bound = compiler.as_sql()
        names = {value: name for name, value in stand_ins.items()}
        self._arguments = [(names.get(value), value) for value in bound]
        self._prepared = Prepared(self._sql, self._arguments, {name: _SQL_TYPES[kind] for name, kind in parameters.items()})
        unused = stand_ins.keys() - {name for name, _ in self._arguments}
        if unused:
            raise TypeError(f"the query does not use {', '.join(sorted(unused))}")
        select, klass_info = compiler.select, compiler.klass_info
        fields = klass_info["select_fields"]
        self._own = slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in select[self._own]]
        # The stubs describe a later Django, which takes one argument more.
        self._populators = get_related_populators(klass_info, select, connection.alias)  # type: ignore[call-arg]
        self._annotations = list((compiler.annotation_col_map or {}).items())
        self._compiler = compiler
        self._converters = compiler.get_converters([column[0] for column in select])

    def run(self, values: dict[str, Any]) -> list[M]:
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with connection.cursor() as cursor:
            if settings.DATABASE_PREPARES:
                self._prepared.execute(cursor, values)
            else:
                cursor.execute(self._sql, [value if name is None else values[name] for name, value in self._arguments])
            return list(self._instances(cursor.fetchall()))

    def _instances(self, rows: Sequence[Sequence[Any]]) -> Iterator[M]:
        for row in self._compiler.apply_converters(rows, self._converters) if self._converters else rows:
            instance = self.model.from_db(connection.alias, self._names, row[self._own])
            for populator in self._populators:
                populator.populate(row, instance)
            for name, place in self._annotations:
                setattr(instance, name, row[place])
            yield instance
