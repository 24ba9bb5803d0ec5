"""The folded migrations: made, taken back, and found by databases of before and of in between."""

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.folded_migrations import refuse_half_histories

FOLDED = {key: migration for key, migration in MigrationLoader(None).disk_migrations.items() if migration.replaces}
TABLES = ("capacity", "0001_tables")


def history() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def tables_of(app: str) -> list[tuple[str, ...]]:
    """Every column, index and constraint of an app's tables, by their definitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name::text, column_name::text, concat_ws(' ', data_type, is_nullable, column_default, is_identity)
            FROM information_schema.columns WHERE starts_with(table_name, %(of)s)
            UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE starts_with(tablename, %(of)s)
            UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE starts_with(conrelid::regclass::text, %(of)s)
            ORDER BY 1, 2, 3
            """,
            {"of": f"{app}_"},
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_tables_that_are_taken_back_are_made_again_as_they_were() -> None:
    before = tables_of("capacity")

    MigrationExecutor(connection).migrate([("capacity", None)])
    assert tables_of("capacity") == []
    assert "capacity" not in {app for app, _ in history()}
    MigrationExecutor(connection).migrate([TABLES])

    assert tables_of("capacity") == before
    assert len({table for table, *_ in before}) == 7


@pytest.mark.django_db
def test_a_database_with_all_that_was_folded_has_nothing_to_do() -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app__in={app for app, _ in FOLDED}, name__in=[name for _, name in FOLDED]).delete()
    assert history().isdisjoint(FOLDED)

    refuse_half_histories()
    call_command("migrate", verbosity=0, interactive=False)

    assert history() >= set(FOLDED)


@pytest.mark.django_db
@pytest.mark.parametrize("key", [key for key in FOLDED if len(FOLDED[key].replaces) > 1], ids=str)
def test_a_database_with_half_of_what_was_folded_is_refused(key: tuple[str, str]) -> None:
    replaced = FOLDED[key].replaces
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*replaced[-1])
    recorder.record_unapplied(*key)

    told = f"Of the {len(replaced)} migrations that {'.'.join(key)} replaces the database has only {len(replaced) - 1}."
    assert [problem.msg for problem in run_checks(tags=[Tags.database], databases=["default"])] == [told]
    with pytest.raises(CommandError, match=f"{told} Run `manage.py migrate` of the last version"):
        refuse_half_histories()
