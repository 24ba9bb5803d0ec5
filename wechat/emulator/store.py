"""What the emulator remembers, in one sqlite file (or in memory), so that a restart keeps paid orders paid."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Raised whenever the tables change: an older file is then set aside, as it holds play money only.
VERSION = 1

# Times are seconds since 1970 by the emulator's clock; amounts are fen.
TABLES = """
CREATE TABLE person (openid TEXT PRIMARY KEY, name TEXT NOT NULL, unionid TEXT);
CREATE TABLE code (code TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, made_at REAL NOT NULL, used_at REAL);
CREATE TABLE token (value TEXT PRIMARY KEY, issued_at REAL NOT NULL, expires_at REAL NOT NULL, forced INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE subscription (openid TEXT NOT NULL, template_id TEXT NOT NULL, left_over INTEGER NOT NULL DEFAULT 0,
    is_long_term INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (openid, template_id));
CREATE TABLE subscription_event (id INTEGER PRIMARY KEY, at REAL NOT NULL, openid TEXT NOT NULL,
    template_id TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE message (id INTEGER PRIMARY KEY, sent_at REAL NOT NULL, openid TEXT NOT NULL, template_id TEXT NOT NULL,
    page TEXT, data TEXT NOT NULL);
CREATE TABLE payment_order (out_trade_no TEXT PRIMARY KEY, openid TEXT NOT NULL, total INTEGER NOT NULL,
    description TEXT NOT NULL, attach TEXT, time_expire TEXT, expires_at REAL, notify_url TEXT NOT NULL,
    state TEXT NOT NULL, made_at REAL NOT NULL, declined_at REAL, transaction_id TEXT, paid_at REAL);
CREATE TABLE prepay (prepay_id TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, made_at REAL NOT NULL);
CREATE TABLE refund (out_refund_no TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, refund_id TEXT NOT NULL,
    amount INTEGER NOT NULL, reason TEXT, notify_url TEXT, status TEXT NOT NULL, outcome TEXT NOT NULL,
    notify TEXT NOT NULL, made_at REAL NOT NULL, settles_at REAL NOT NULL, settled_at REAL);
CREATE TABLE notification (id TEXT PRIMARY KEY, event_type TEXT NOT NULL, subject TEXT NOT NULL, url TEXT NOT NULL,
    body TEXT NOT NULL, made_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL DEFAULT 1,
    next_at REAL, last_answer TEXT);
CREATE TABLE bill_file (token TEXT PRIMARY KEY, content BLOB NOT NULL, is_gzip INTEGER NOT NULL);
"""


class Store:
    """One connection behind one lock: requests take turns, so every rule is checked and applied in one piece."""

    def __init__(self, path: Path | str | None) -> None:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(":memory:" if path is None else path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._prepare()

    def _prepare(self) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found == VERSION:
            return
        with self.transaction() as db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, TABLES.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; an inner one belongs to the outer."""
        with self._lock:
            if self._depth:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def close(self) -> None:
        with self._lock:
            self._db.close()
