"""Where the stand-in keeps its world: one SQLite file, or memory for tests."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.embedded import private_dir

Object = dict[str, Any]

# Lists are filtered by these, and there may be ten thousand of a kind.
_INDEXED = (
    "charge",
    "destination",
    "payment_intent",
    "source",
    "source_transaction",
    "status",
    "transfer",
    "transfer_group",
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, account, seq);
CREATE TABLE IF NOT EXISTS entries (
    account TEXT NOT NULL, currency TEXT NOT NULL, available_on INTEGER NOT NULL,
    net INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_balance ON entries (account, currency, available_on, net);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at, seq);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL, key TEXT NOT NULL, asked TEXT NOT NULL, status INTEGER NOT NULL,
    answer TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """One connection behind one lock: a stand-in needs no two writers at a time."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            private_dir(path.parent)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Survives the end of the process; not a power cut, which a stand-in need not.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        for field in _INDEXED:
            self._connection.execute(
                f"CREATE INDEX IF NOT EXISTS objects_{field} ON objects "
                f"(kind, json_extract(body, '$.{field}'), seq) "
                f"WHERE json_extract(body, '$.{field}') IS NOT NULL"
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; an inner one can be undone alone."""
        with self._lock:
            self._depth += 1
            name = f"depth_{self._depth}"
            begin, commit, undo = (
                ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
                if self._depth == 1
                else (f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}")
            )
            self._connection.execute(begin)
            try:
                yield
            except BaseException:
                self._connection.execute(undo)
                raise
            else:
                self._connection.execute(commit)
            finally:
                self._depth -= 1

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def get(self, found_by: str) -> Object | None:
        rows = self.run("SELECT body FROM objects WHERE id = ?", found_by)
        return json.loads(rows[0][0]) if rows else None

    def account_of(self, found_by: str) -> str | None:
        """Whose object it is: the empty string is the platform; None where there is none."""
        rows = self.run("SELECT account FROM objects WHERE id = ?", found_by)
        return rows[0][0] if rows else None

    def add(self, thing: Object, account: str = "") -> Object:
        self.run(
            "INSERT INTO objects (id, kind, account, body) VALUES (?, ?, ?, ?)",
            thing["id"],
            thing["object"],
            account,
            json.dumps(thing),
        )
        return thing

    def save(self, thing: Object) -> Object:
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(thing), thing["id"])
        return thing

    def delete(self, found_by: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", found_by)

    def select(
        self,
        kind: str,
        account: str | None,
        conditions: Iterable[tuple[str, Any]] = (),
        *,
        oldest_first: bool = False,
        limit: int = -1,
    ) -> list[Object]:
        """Objects by conditions in SQL, such as `(equal("charge"), "ch_1")`; account None: all."""
        where, values = ["kind = ?"], [kind]
        if account is not None:
            where.append("account = ?")
            values.append(account)
        for condition, value in conditions:
            where.append(condition)
            values.append(value)
        # Conditions are written in this package; values only ever fill their question marks.
        sql = (
            f"SELECT body FROM objects WHERE {' AND '.join(where)} "  # noqa: S608
            f"ORDER BY seq {'ASC' if oldest_first else 'DESC'} LIMIT ?"
        )
        return [json.loads(body) for (body,) in self.run(sql, *values, limit)]

    def fact(self, name: str, default: str = "") -> str:
        rows = self.run("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else default

    def set_fact(self, name: str, value: str) -> None:
        self.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value)


def field(name: str) -> str:
    """A field of the object in SQL, `customer_details.email` for one inside another."""
    assert name.replace(".", "").replace("_", "").isalnum()
    return f"json_extract(body, '$.{name}')"


def equal(name: str) -> str:
    return f"{field(name)} = ?"


def among(name: str) -> str:
    """The value is a JSON array of those that it may be."""
    return f"{field(name)} IN (SELECT value FROM json_each(?))"  # noqa: S608  (a field's name)
