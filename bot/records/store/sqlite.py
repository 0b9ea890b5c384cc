"""SQLite: one file, one writer at a time, durable at COMMIT; the only room that imports its driver."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from bot.errors import Refusal
from bot.records.store.connection import BUSY_SECONDS, Busy, Connection, Row, StatementError, Unavailable

PAGES_AT_ONCE, BREATH_SECONDS = 500, 0.005
"""How a backup goes: 2 MB, and others are let at the disk."""

_TROUBLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
"""What is wrong with the database, and not with the statement: it concerns everybody who writes now."""


CACHE_KB = 16_000
"""With a million people a turn touches pages all over the file: with this it costs what it costs with a thousand."""
_PATIENCE = f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}"


class SqliteConnection(Connection):
    """Statements are prepared once and kept by the driver."""

    raw: sqlite3.Connection

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    @property
    def is_in_transaction(self) -> bool:
        return self.raw.in_transaction

    def run(self, sql: str, *values: object) -> int:
        try:
            return self.raw.execute(sql, values).rowcount
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None

    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            self.raw.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None

    def one(self, sql: str, *values: object) -> Row | None:
        try:
            row: Row | None = self.raw.execute(sql, values).fetchone()
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        try:
            return self.raw.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None

    def each(self, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
        try:
            yield from map(tuple, self.raw.execute(f"SELECT {', '.join(columns)} FROM {table}"))
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        places = ", ".join("?" for _ in columns)
        self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    def copy_to(self, other: SqliteConnection) -> None:
        """Page by page, as of the moment that this connection reads; with breaths, in which others get at the disk."""

        def breathe(*_: int) -> None:
            time.sleep(BREATH_SECONDS)

        try:
            self.raw.backup(other.raw, pages=PAGES_AT_ONCE, progress=breathe)
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None

    def serial(self, key: str) -> None:
        """Whoever writes is alone already."""


def _judged(error: sqlite3.DatabaseError) -> Exception:
    """Unavailable when the database itself is in trouble, else a fault of ours."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # an extended code says more than we need
    return Unavailable(str(error)) if code in _TROUBLE else StatementError(str(error))


class SqliteDatabase:
    """One file. `synchronous=FULL`: what is committed lasts; readers never wait for the writer (WAL)."""

    def __init__(self, path: Path | str) -> None:
        self.where = str(path)
        self._in_service: Any = None
        if self.where != ":memory:":
            Path(self.where).parent.mkdir(parents=True, exist_ok=True)
        try:
            raw = sqlite3.connect(self.where, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=512)
        except sqlite3.DatabaseError as error:
            raise Refusal(f"The database {self.where} cannot be opened: {error}.") from None
        raw.row_factory = sqlite3.Row
        self.connection = SqliteConnection(raw)
        try:
            for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"cache_size=-{CACHE_KB}"):
                raw.execute(f"PRAGMA {setting}")
        except sqlite3.DatabaseError as error:
            raw.close()
            raise Refusal(f"The database {self.where} cannot be used: {error}.") from None

    @contextlib.contextmanager
    def reader(self) -> Iterator[SqliteConnection]:
        if self.where == ":memory:":
            yield self.connection  # nobody else can open it
            return
        path = quote(str(Path(self.where).resolve()))
        try:
            raw = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.DatabaseError as error:
            raise _judged(error) from None
        raw.row_factory = sqlite3.Row
        try:
            reader = SqliteConnection(raw)
            reader.run("BEGIN")
            yield reader
        finally:
            raw.close()

    def begin(self, *, waits: bool = True) -> None:
        if waits:
            self.connection.run("BEGIN IMMEDIATE")
            return
        self.connection.run("PRAGMA busy_timeout = 0")
        try:
            self.connection.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            is_held = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            raise Busy(str(error)) if is_held else _judged(error) from None
        finally:
            self.connection.run(_PATIENCE)

    def commit(self) -> None:
        self.connection.run("COMMIT")

    def roll_back(self) -> None:
        if self.connection.is_in_transaction:  # a full disk has already rolled it back
            with contextlib.suppress(Unavailable):  # what made us roll back is the news
                self.connection.run("ROLLBACK")

    def size_bytes(self) -> int:
        files = (Path(self.where), Path(f"{self.where}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def in_its_words(self, sql: str) -> str:
        return sql

    def claim_service(self) -> None:
        if self.where != ":memory:":  # nobody else can have that
            self._in_service = claimed(Path(self.where))

    def close(self) -> None:
        self.connection.raw.close()
        if self._in_service:
            self._in_service.close()


def claimed(path: Path) -> IO[str]:
    """The lock of whoever is the only service on this file, for as long as it is open. Raises Refusal."""
    lock = open(f"{path.resolve()}.service", "w")  # noqa: SIM115  a link to the file is the file
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Refusal(f"Another `bot serve` is already running on {path}.") from None
    return lock
