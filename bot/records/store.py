"""The database: opening, migrating, and the one way to write. The only room that imports a database driver."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from bot.errors import Refusal

Row = sqlite3.Row
"""One row; columns by name."""

BUSY_SECONDS = 5.0


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


class Unavailable(Exception):
    """The database is held by another process, full or broken: nothing was written, and it may work later."""


class Tx(Protocol):
    """An open transaction, as the rooms of records/ see it: SQL with `?` for each value."""

    def run(self, sql: str, *values: object) -> int: ...
    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None: ...
    def one(self, sql: str, *values: object) -> Row | None: ...
    def all(self, sql: str, *values: object) -> list[Row]: ...


class Connection:
    """A connection that speaks `Tx`; statements are prepared once and kept by the driver."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def run(self, sql: str, *values: object) -> int:
        """Execute; the number of rows touched."""
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

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside is undone alone when it raises; the transaction around goes on."""
        self.run("SAVEPOINT turn")
        try:
            yield
        except BaseException:
            if self.raw.in_transaction:  # a full disk has already rolled all of it back
                self.run("ROLLBACK TO turn")
                self.run("RELEASE turn")
            raise
        self.run("RELEASE turn")


def _judged(error: sqlite3.DatabaseError) -> Exception:
    """Unavailable when the database itself is in trouble, else the driver's own error, which is a fault of ours."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # an extended code says more than we need
    return Unavailable(str(error)) if code in _TROUBLE else error


class Store:
    """One SQLite file. Durable at COMMIT (`synchronous=FULL`); readers never wait for the writer (WAL)."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        self._in_service: Any = None
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        try:
            raw = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=512)
        except sqlite3.DatabaseError as error:
            raise Refusal(f"The database {self.path} cannot be opened: {error}.") from None
        self.connection = Connection(raw)
        try:
            self._prepare(raw)
            self._migrate()
        except (sqlite3.DatabaseError, Unavailable) as error:
            raw.close()
            raise Refusal(f"The database {self.path} cannot be used: {error}.") from None
        except BaseException:
            raw.close()
            raise

    @staticmethod
    def _prepare(raw: sqlite3.Connection) -> None:
        raw.row_factory = sqlite3.Row
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: all of it is durable when the block ends, or none of it. Raises Unavailable."""
        self.connection.run("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self.connection.raw.in_transaction:  # a full disk has already rolled it back
            with contextlib.suppress(Unavailable):  # what made us roll back is the news
                self.connection.run("ROLLBACK")

    @property
    def read(self) -> Connection:
        """For single reads between transactions."""
        return self.connection

    def _migrate(self) -> None:
        """Bring the schema forward by the numbered files; a schema newer than this program is refused."""
        with self.write() as tx:
            tx.run("CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            row = tx.one("SELECT coalesce(max(number), 0) AS number FROM schema_version")
            done = row["number"] if row else 0
            steps = migrations()
            self._newest = len(steps)
            if done > len(steps):
                raise Refusal(
                    f"The database {self.path} was made by a newer Chaski (schema {done}); update the program."
                )
            for number, (name, sql) in enumerate(steps, start=1):
                if number > done:
                    for statement in sql.split(";\n"):
                        if statement.strip():
                            tx.run(statement)
                    tx.run("INSERT INTO schema_version (number, name) VALUES (?, ?)", number, name)

    def is_current(self) -> bool:
        """Whether the database answers and has the schema of this program. Raises Unavailable."""
        row = self.read.one("SELECT max(number) AS number FROM schema_version")
        return row is not None and row["number"] == self._newest

    def claim_service(self) -> None:
        """Be the only service on this file until closed. Raises Refusal when another one is."""
        if self.path == ":memory:":
            return  # nobody else can have it
        path = Path(self.path).resolve()  # a link to the file is the file
        lock = open(f"{path}.service", "w")  # noqa: SIM115  held open for as long as the service runs
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Refusal(f"Another `bot serve` is already running on {self.path}.") from None
        self._in_service = lock

    def close(self) -> None:
        self.connection.raw.close()
        if self._in_service:
            self._in_service.close()


def migrations() -> list[tuple[str, str]]:
    """(name, SQL) of every numbered schema file, in order. Statements end in `;` at the end of a line."""
    files = sorted(
        (f for f in resources.files("bot.records.schema").iterdir() if f.name.endswith(".sql")), key=lambda f: f.name
    )
    return [(f.name.removesuffix(".sql"), f.read_text(encoding="utf-8")) for f in files]
