"""An empty database after each test that commits, in a tenth of the time of Django's flush.

TRUNCATE makes a new file for each table and each of its indexes, and flush writes the content types
anew: 0.4 s after a test that left five rows.
"""

from functools import cache

from django.db import connections, transaction
from django.test import TransactionTestCase

# Written by migrate, and nothing that a test changes.
KEPT = {"auth_permission", "django_content_type", "django_migrations"}


def install() -> None:
    """In the place of flush, for every test that takes a database of its own."""

    def empty(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            empty_database(alias)

    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]


def empty_database(alias: str) -> None:
    """Waits for whoever still writes: what they leave would be in the next test."""
    tables = _tables(alias)
    ask = " UNION ALL ".join(f"SELECT '{it}' WHERE EXISTS (SELECT 1 FROM {it})" for it in tables)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute(ask)
        filled = [table for (table,) in cursor.fetchall()]
        # Neither foreign keys nor triggers have a say.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")


@cache
def _tables(alias: str) -> list[str]:
    names = connections[alias].introspection.django_table_names(only_existing=True)
    return sorted(connections[alias].ops.quote_name(name) for name in set(names) - KEPT)
