"""What both databases are to the rest of the house: a transaction, its rows, and the two ways in which it fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

BUSY_SECONDS = 5.0
"""How long anybody waits for what another process holds."""


class Unavailable(Exception):
    """The database is held by another process, away, full or broken: nothing was written, and it may work later."""


class Conflict(Unavailable):
    """Two processes stood in each other's way and ours had to yield: the same transaction, begun again, will work."""


class Busy(Unavailable):
    """Another process is writing just now, and the transaction was not begun."""


class StatementError(Exception):
    """A statement is wrong, or a row that it would make: a fault of ours. Its text holds no value of a row."""


class Row(Protocol):
    """One row; columns by name, values in order when gone through."""

    def __getitem__(self, name: str, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def keys(self) -> Iterable[str]: ...


class Tx(Protocol):
    """An open transaction, as the rooms of records/ see it: SQL with `?` for each value."""

    def run(self, sql: str, *values: object) -> int: ...
    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None: ...
    def one(self, sql: str, *values: object) -> Row | None: ...
    def all(self, sql: str, *values: object) -> list[Row]: ...
    def serial(self, key: str) -> None: ...


class Connection(ABC):
    """A connection that speaks `Tx`. All raise Unavailable, Conflict or StatementError; `raw` is the driver's own."""

    raw: Any

    @property
    @abstractmethod
    def is_in_transaction(self) -> bool:
        """False also when the database has ended the transaction by itself, or is gone."""

    @abstractmethod
    def run(self, sql: str, *values: object) -> int:
        """Execute; the number of rows touched."""

    @abstractmethod
    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute once for each tuple of values."""

    @abstractmethod
    def one(self, sql: str, *values: object) -> Row | None:
        """The first row."""

    @abstractmethod
    def all(self, sql: str, *values: object) -> list[Row]:
        """Every row."""

    @abstractmethod
    def each(self, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Every row of a table, one after another, for more than memory should hold; within a transaction."""

    @abstractmethod
    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        """Add rows, all as one statement: those that point to each other may come in any order."""

    @abstractmethod
    def serial(self, key: str) -> None:
        """From here to the end of the transaction nobody else who asks for the same key is at work, in any process."""

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside is undone alone when it raises; the transaction around goes on."""
        self.run("SAVEPOINT turn")
        try:
            yield
        except BaseException:
            if self.is_in_transaction:  # a full disk or a lost server has already undone all of it
                self.run("ROLLBACK TO turn")
                self.run("RELEASE turn")
            raise
        self.run("RELEASE turn")


class Database(Protocol):
    """One of the two databases, as `Store` needs it."""

    where: str  # for sentences: the file, or the server without user and password

    @property
    def connection(self) -> Connection:
        """Open; outside a transaction a lost one is made anew."""

    def reader(self) -> AbstractContextManager[Connection]:
        """Another connection, for a thread of its own: it sees one moment, and cannot write."""

    def begin(self, *, waits: bool = True) -> None:
        """Begin a transaction that writes. Raises Busy at once, unless it `waits`, while another process writes."""

    def commit(self) -> None:
        """All of it is durable, or it raises."""

    def roll_back(self) -> None:
        """Undo what is left of the transaction. Never raises for want of the database."""

    def size_bytes(self) -> int:
        """How much room it takes, about."""

    def in_its_words(self, sql: str) -> str:
        """A statement of schema/ as this database takes it."""

    def claim_service(self) -> None:
        """Be the only service until closed. Raises Refusal when another one is."""

    def close(self) -> None:
        """Let go of everything."""
