"""The database, SQLite or PostgreSQL: opening, migrating, and the one way to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TypeVar

from bot.errors import Refusal
from bot.records.store.connection import (
    BUSY_SECONDS,
    Busy,
    Conflict,
    Connection,
    Database,
    Row,
    StatementError,
    Tx,
    Unavailable,
)
from bot.settings import POSTGRESQL

__all__ = [
    "BUSY_SECONDS",
    "Busy",
    "Conflict",
    "Connection",
    "Row",
    "StatementError",
    "Store",
    "Tx",
    "Unavailable",
    "bring_forward",
    "migrations",
    "opened",
]

T = TypeVar("T")


class Store:
    """One database, by one connection. `where` is the path of an SQLite file, or a postgresql:// address.

    Raises Refusal when it cannot be used.
    """

    def __init__(self, where: Path | str) -> None:
        self._database = opened(where)
        self.where = self._database.where
        try:
            self._migrate()
        except (StatementError, Unavailable) as error:
            self.close()
            raise Refusal(f"The database {self.where} cannot be used: {error}.") from None
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self, *, waits: bool = True) -> Iterator[Connection]:
        """One write transaction: all of it is durable when the block ends, or none of it.

        Raises Unavailable; Conflict, when the same block may be run again at once; Busy instead of holding everything
        up for BUSY_SECONDS while another process writes, unless it `waits`.
        """
        self._database.begin(waits=waits)
        try:
            yield self._database.connection
            self._database.commit()
        except BaseException:
            self._database.roll_back()
            raise

    @property
    def connection(self) -> Connection:
        return self._database.connection

    @property
    def read(self) -> Connection:
        """For single reads between transactions."""
        return self._database.connection

    def apart(self, work: Callable[[Tx], T]) -> T:
        """What `work` reads as of one moment, by a connection of its own that cannot write: for another thread.

        Raises Unavailable.
        """
        with self._database.reader() as connection:
            return work(connection)

    def _migrate(self) -> None:
        """Bring the schema forward by the numbered files; a schema newer than this program is refused."""
        with self.write() as tx:
            self._newest = bring_forward(self._database, tx)

    def is_current(self) -> bool:
        """Whether the database answers and has the schema of this program. Raises Unavailable."""
        row = self.read.one("SELECT max(number) AS number FROM schema_version")
        return row is not None and row["number"] == self._newest

    def claim_service(self) -> None:
        """Be the only service on this database until closed. Raises Refusal when another one is."""
        self._database.claim_service()

    def close(self) -> None:
        self._database.close()


def opened(where: Path | str) -> Database:
    """The database as it stands, its schema whatever it is. Raises Refusal."""
    if isinstance(where, str) and where.startswith(POSTGRESQL):
        from bot.records.store.postgres import PostgresDatabase  # a driver that only who has such a server waits for

        return PostgresDatabase(where)
    from bot.records.store.sqlite import SqliteDatabase

    return SqliteDatabase(where)


def bring_forward(database: Database, tx: Connection, up_to: int | None = None) -> int:
    """Run the numbered files that the database has not seen, all of them or those up to a number; the last number.

    Raises Refusal for a schema newer than this program.
    """
    tx.serial("schema")
    tx.run(
        database.in_its_words(
            "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
    )
    row = tx.one("SELECT coalesce(max(number), 0) AS number FROM schema_version")
    done, steps = row["number"] if row else 0, migrations()
    if done > len(steps):
        raise Refusal(f"The database {database.where} was made by a newer Chaski (schema {done}); update the program.")
    for number, (name, sql) in enumerate(steps[:up_to], start=1):
        if number > done:
            for statement in filter(str.strip, sql.split(";\n")):
                tx.run(database.in_its_words(statement))
            tx.run("INSERT INTO schema_version (number, name) VALUES (?, ?)", number, name)
    return len(steps)


def migrations() -> list[tuple[str, str]]:
    """(name, SQL) of every numbered schema file, in order. Statements end in `;` at the end of a line."""
    files = sorted(
        (f for f in resources.files("bot.records.schema").iterdir() if f.name.endswith(".sql")), key=lambda f: f.name
    )
    return [(f.name.removesuffix(".sql"), f.read_text(encoding="utf-8")) for f in files]
