"""Databases from before migrations were folded into one: whole histories go on, half ones are refused in words.

Where all that a migration replaces is applied, Django counts it as applied. Where only some is, it takes the migration off its
list: the database would then stay as it is without a word, or the graph of migrations break on what depends on it.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.management import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def check_histories(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    folded = [migration for migration in MigrationLoader(None).disk_migrations.values() if migration.replaces]
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        applied = MigrationRecorder(connections[alias]).applied_migrations().keys()
        for migration in folded:
            there = sum(key in applied for key in migration.replaces)
            if 0 < there < len(migration.replaces):
                found.append(
                    checks.Error(
                        f"Of the {len(migration.replaces)} migrations that {migration} replaces the database has only {there}.",
                        hint="Run `manage.py migrate` of the last version that still has them, then this one's. A database"
                        " without anything to keep is made anew instead, by `make clean` on the embedded server.",
                        id="config.E001",
                    )
                )
    return found


def refuse_half_histories() -> None:
    """For who migrates without the checks that `manage.py migrate` begins with."""
    for problem in check_histories(databases=[DEFAULT_DB_ALIAS]):
        raise CommandError(f"{problem.msg} {problem.hint}")
