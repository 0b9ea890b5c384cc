"""PostgreSQL: many processes on one server, which may go and come back; the only room that imports its driver."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from bot.errors import Refusal
from bot.records.store.connection import BUSY_SECONDS, Conflict, Connection, Row, StatementError, Unavailable

STATEMENT_SECONDS = 30.0
IDLE_SECONDS = 60.0  # within a transaction: who was stopped in the middle of one must not hold up the others for ever
FETCHED_AT_ONCE = 1000
CLAIM_SECONDS = 1.0  # a service that was killed just now is still there for a moment, as the server sees it

_NETWORK: dict[str, str | int] = {
    "connect_timeout": 3,  # s, as all but the last
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
    "client_encoding": "utf8",
}
"""What the address does not say otherwise: a server that vanished is noticed."""

_CONFLICTS = {"40001", "40P01"}  # could not be put in order, deadlock
_TROUBLE = {"08", "53", "57", "58", "XX"}  # connection, resources, operator, system, corruption: classes of SQLSTATE
_TROUBLE_TOO = {"55P03", "25006", "25P03"}  # a lock was not to be had, read only, idle for too long
_VALUES = "22"  # the class whose messages repeat the value

_TYPES = {"INTEGER": "BIGINT", "TEXT": 'TEXT COLLATE "C"'}
"""SQLite's integers have 64 bits, and its texts are compared by their signs alone, whatever the country."""

_SERVICE = "SELECT pg_try_advisory_lock(hashtextextended('bot serve', 0)) AS is_ours"


class PostgresRow:
    """A row of the shape that `Row` describes."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: dict[str, int], values: Sequence[Any]) -> None:
        self._places, self._values = places, values

    def __getitem__(self, name: str, /) -> Any:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def keys(self) -> Iterable[str]:
        return self._places.keys()


def _rows(cursor: Any) -> Callable[[Sequence[Any]], Row]:
    places = {column.name: place for place, column in enumerate(cursor.description or ())}
    return lambda values: PostgresRow(places, values)


class _BoolDumper(Dumper):
    """True goes in as 1, as in SQLite."""

    oid = psycopg.postgres.types["int8"].oid

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _BoolLoader(Loader):
    """A comparison comes out as 1 or 0, as from SQLite."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


class _NumericLoader(Loader):
    """A sum of whole numbers comes out as a whole number."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> bytes:
    """The statement with $1, $2 … for each `?` that stands outside of quotes."""
    places = iter(range(1, sql.count("?") + 1))
    return re.sub(
        r"'[^']*'|\"[^\"]*\"|\?", lambda found: f"${next(places)}" if found[0] == "?" else found[0], sql
    ).encode()


class PostgresConnection(Connection):
    """Statements that come again are prepared and kept by the driver."""

    raw: psycopg.Connection[Row]

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw

    @property
    def is_in_transaction(self) -> bool:
        return self.raw.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def run(self, sql: str, *values: object) -> int:
        return self.executed(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            self.raw.cursor().executemany(_numbered(sql), rows)
        except psycopg.Error as error:
            raise _judged(error) from None

    def one(self, sql: str, *values: object) -> Row | None:
        return self.executed(sql, values).fetchone()

    def all(self, sql: str, *values: object) -> list[Row]:
        return self.executed(sql, values).fetchall()

    def each(self, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
        self.run(f"DECLARE all_{table} NO SCROLL CURSOR FOR SELECT {', '.join(columns)} FROM {table}")
        while rows := self.all(f"FETCH {FETCHED_AT_ONCE} FROM all_{table}"):
            yield from map(tuple, rows)
        self.run(f"CLOSE all_{table}")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        """A sign that PostgreSQL knows no text with, NUL, is left out."""
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        try:
            with self.raw.cursor().copy(sql.encode()) as copy:
                for row in rows:
                    copy.write_row([v.replace("\0", "") if isinstance(v, str) else v for v in row])
        except psycopg.Error as error:
            raise _judged(error) from None

    def serial(self, key: str) -> None:
        self.executed("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (key,))

    def executed(self, sql: str, values: tuple[object, ...] = ()) -> psycopg.Cursor[Row]:
        """The driver's cursor after the statement."""
        try:
            return self.raw.execute(_numbered(sql), values)
        except psycopg.Error as error:
            raise _judged(error) from None


def _judged(error: psycopg.Error) -> Exception:
    """Conflict or Unavailable when it concerns the database, else a fault of ours; never with a value of a row."""
    state = error.sqlstate or ""
    if state in _CONFLICTS:
        return Conflict(_reason(error))
    is_lost = not state and isinstance(error, psycopg.OperationalError)
    if is_lost or state[:2] in _TROUBLE or state in _TROUBLE_TOO:
        return Unavailable(_reason(error))
    return StatementError(type(error).__name__ if state[:2] == _VALUES else f"{type(error).__name__}: {_reason(error)}")


def _reason(error: psycopg.Error) -> str:
    """One line without DETAIL, which repeats whole rows; of several attempts to connect the last."""
    lines = [line for line in str(error).splitlines() if line and not line.startswith("\t")]
    return error.diag.message_primary or lines[-1].rpartition("failed: ")[2].rstrip(".")


def _read(url: str) -> dict[str, str]:
    """What libpq understands of an address. Raises Refusal also where a sign of the password was taken for a border."""
    given = {"host": "", "port": "5432", "dbname": ""}
    try:
        given |= {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:  # its words may hold a part of the password
        given["host"] = "@"
    if "@" in given["host"] + given["dbname"] or not given["port"].replace(",", "").isdigit():
        raise Refusal(
            "DATABASE_URL cannot be read as postgresql://user:password@host:port/database;"
            " signs of a password such as @ / : # % are written %40 %2F %3A %23 %25."
        )
    return given


class PostgresDatabase:
    """One connection to one server, made anew when it was lost. A statement outside a transaction stands alone."""

    def __init__(self, url: str) -> None:
        given = _read(url)
        self.where = f"postgresql://{given['host']}:{given['port']}/{given['dbname']}"
        self._address = make_conninfo(url, **{name: value for name, value in _NETWORK.items() if name not in given})
        self._is_begun = self._is_service = False
        try:
            self._connection = self._connected()
        except Unavailable as error:
            raise Refusal(f"The database {self.where} cannot be opened: {error}.") from None
        if self._connection.raw.info.parameter_status("server_encoding") != "UTF8":
            self.close()
            raise Refusal(f"The database {self.where} cannot be used: it was not made with the encoding UTF8.")

    def _connected(self) -> PostgresConnection:
        try:
            raw = psycopg.connect(self._address, autocommit=True, cursor_factory=RawCursor[Row], row_factory=_rows)
        except psycopg.OperationalError as error:
            raise Unavailable(_reason(error)) from None
        raw.prepared_max = 512
        raw.adapters.register_dumper(bool, _BoolDumper)
        raw.adapters.register_loader("bool", _BoolLoader)
        raw.adapters.register_loader("numeric", _NumericLoader)
        connection = PostgresConnection(raw)
        for name, seconds in (
            ("lock_timeout", BUSY_SECONDS),
            ("statement_timeout", STATEMENT_SECONDS),
            ("idle_in_transaction_session_timeout", IDLE_SECONDS),
        ):
            connection.run(f"SET {name} = '{seconds * 1000:.0f}ms'")
        return connection

    @property
    def connection(self) -> PostgresConnection:
        if self._connection.raw.closed and not self._is_begun:
            self._connection = self._connected()
            self._claim_again()
        return self._connection

    @contextlib.contextmanager
    def reader(self) -> Iterator[PostgresConnection]:
        reader = self._connected()
        try:
            reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield reader
        finally:
            reader.raw.close()

    def begin(self, *, waits: bool = True) -> None:
        """A server that was restarted since the last transaction is not noticed: nothing had begun."""
        try:
            self.connection.run("BEGIN")
        except Unavailable:
            if not self._connection.raw.closed:
                raise
            self.connection.run("BEGIN")
        self._is_begun = True

    def commit(self) -> None:
        """Raises StatementError when a statement had failed and nobody said so: all of it is undone then."""
        ended = self._connection.executed("COMMIT")
        self._is_begun = False
        if ended.statusmessage != "COMMIT":
            raise StatementError("a statement of this transaction had failed")

    def roll_back(self) -> None:
        if self._connection.is_in_transaction:
            with contextlib.suppress(Unavailable):  # what made us roll back is the news
                self._connection.run("ROLLBACK")
        self._is_begun = False

    def size_bytes(self) -> int:
        row = self.connection.one("SELECT pg_database_size(current_database()) AS size")
        return row["size"] if row else 0

    def in_its_words(self, sql: str) -> str:
        return re.sub(r"\b(INTEGER|TEXT)\b", lambda found: _TYPES[found[0]], sql)

    def claim_service(self) -> None:
        until = time.monotonic() + CLAIM_SECONDS
        while not self._is_ours():
            if time.monotonic() > until:
                raise Refusal(f"Another `bot serve` is already running on {self.where}.")
            time.sleep(0.05)
        self._is_service = True

    def _claim_again(self) -> None:
        """The claim went with the lost connection; while another service has it, nothing is written here."""
        if self._is_service and not self._is_ours():
            self._connection.raw.close()
            raise Unavailable("another `bot serve` has taken it over")

    def _is_ours(self) -> bool:
        row = self._connection.one(_SERVICE)
        return row is not None and row["is_ours"] == 1

    def close(self) -> None:
        self._connection.raw.close()
