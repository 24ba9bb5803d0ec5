"""After a test that commits: its rows are deleted, where Django would truncate all tables.

Truncating gives each of a hundred tables and its indexes new files, and Django then makes content types and permissions anew:
half a second a test. Deleting the few rows there are takes milliseconds.
"""

from django.db import connection
from django.test import TransactionTestCase

# Made with the migrations and the same for every test.
KEPT = ("django_migrations", "django_content_type", "auth_permission")

_original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


def delete_what_was_committed() -> None:
    """Without the tables' triggers, as TRUNCATE goes by them too."""
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [list(KEPT)])


def empty_by_deleting() -> None:
    """From now on. Only a superuser may go by triggers: elsewhere Django's own way stays."""
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]


def _fixture_teardown(self: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        is_superuser = cursor.fetchone() == (True,)
    if is_superuser:
        delete_what_was_committed()
    else:
        _original(self)


_DELETE = """
DO $body$
DECLARE
    full_name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR full_name IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s)
    LOOP
        EXECUTE 'DELETE FROM ' || full_name;
    END LOOP;
END
$body$
"""
