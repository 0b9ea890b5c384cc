"""All rows of either database in one SQLite file, as of one moment: made, looked through, and put back into either."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import Refusal
from bot.records.store import bring_forward, opened
from bot.records.store.connection import Connection, Database, StatementError, Tx, Unavailable
from bot.records.store.sqlite import SqliteConnection, SqliteDatabase, claimed

SCRATCH = ".chaski-"
"""How the folders begin in which a backup lies until it is whole."""

_SIGN = b"SQLite format 3\0"
_VERSIONS = "schema_version"
_BESIDE = ("", "-wal", "-shm", "-journal", ".service")
_SPARE_BYTES = 16 * 1024 * 1024

Counts = dict[str, int]
"""Rows by table."""


@dataclass(frozen=True, slots=True)
class Size:
    """What was copied."""

    rows: int
    size_bytes: int


def write(where: Path | str, file: Path, note: Callable[[Tx], None]) -> Size:
    """Copy all rows as of one moment to `file`, whatever is written meanwhile; `note` adds to the copy alone.

    The file takes its name only when a trial of it was read through, row counts compared, and all of it is on the disk.
    Raises Refusal.
    """
    _refuse_to_overwrite(where, file)
    with _spoken(f"The backup {file} could not be made"), closing(opened(where)) as database:
        _refuse_without_room(database, file.parent)
        with TemporaryDirectory(prefix=SCRATCH, dir=file.parent) as folder:
            made = Path(folder, "copy.db")
            rows = sum(_copied(database, made, note).values())
            unpack(made, Path(folder, "trial.db"))
            made.chmod(0o600)
            _make_durable(made)
            made.replace(file)
        _make_durable(file.parent)
    return Size(rows, file.stat().st_size)


def unpack(file: Path, scratch: Path) -> None:
    """The rows of a backup as a database of this program's schema. Raises Refusal for what is no sound backup of ours.

    `file` itself is left as it is.
    """
    _refuse_what_is_no_database(file)
    shutil.copyfile(file, scratch)
    scratch.chmod(0o600)
    try:
        database = _quick(scratch)
    except Refusal:
        raise Refusal(f"{file} is no sound backup of Chaski: it is damaged.") from None
    with _spoken(f"{file} is no sound backup of Chaski"), closing(database):
        connection = database.connection
        if connection.all("PRAGMA integrity_check(1)")[0]["integrity_check"] != "ok":
            raise Refusal(f"{file} is no sound backup of Chaski: it is damaged.")
        if not _has_tables(connection):
            raise Refusal(f"{file} is no backup of Chaski: it has no tables of ours.")
        database.where = str(file)  # for sentences
        with _transaction(database) as tx:
            bring_forward(database, tx)
        if connection.all("PRAGMA foreign_key_check"):
            raise Refusal(f"{file} is no sound backup of Chaski: rows are missing.")


@contextmanager
def changing(where: Path | str) -> Iterator[Tx]:
    """A transaction on a database as it stands, whatever its schema."""
    with closing(opened(where)) as database, _transaction(database) as tx:
        yield tx


def is_empty(where: Path | str) -> bool:
    """Whether there is nothing yet that a restore would overwrite. Raises Refusal."""
    if isinstance(where, Path) and not where.exists():
        return True
    with closing(opened(where)) as database:
        return not _has_tables(database.connection)


@contextmanager
def alone(where: Path | str) -> Iterator[None]:
    """While no service runs on a database, and none can begin. Raises Refusal when one does."""
    if isinstance(where, Path):
        with closing(claimed(where)):
            yield
    else:
        with closing(opened(where)) as database:
            database.claim_service()
            yield


def put_into_file(scratch: Path, path: Path, kept: Path) -> bool:
    """Put an unpacked backup in the place of an SQLite file, at once or not at all; what was there keeps all its rows
    under the name `kept`. Whether anything was there."""
    was_there = path.exists()
    _give(scratch, path if was_there else path.parent)
    _give(Path(f"{path}.service"), path if was_there else path.parent)
    _make_durable(scratch)
    if was_there:
        os.link(path, kept)
        for ending in ("-wal", "-shm"):  # they belong to the file they were written for, and spoil any other
            if Path(f"{path}{ending}").exists():
                os.replace(f"{path}{ending}", f"{kept}{ending}")
    scratch.replace(path)
    _make_durable(path.parent)
    return was_there


def put_into_server(scratch: Path, url: str) -> None:
    """Put the rows of an unpacked backup in the place of all of ours in a PostgreSQL database, in one transaction."""
    with (
        _spoken("The backup could not be put back"),
        closing(opened(url)) as database,
        closing(_quick(scratch)) as copy,
        _transaction(database) as tx,
    ):
        tables = [table for table in _in_order(copy.connection) if table != _VERSIONS]
        bring_forward(database, tx)
        tx.run("SET LOCAL statement_timeout = 0")
        tx.run(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            columns = _columns(copy.connection, table)
            tx.fill(table, columns, copy.connection.each(table, columns))
        if _counted(tx, tables) != _counted(copy.connection, tables):
            raise Refusal("The backup could not be put back: the rows in the database are not as many as in it.")


# ── copying ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _copied(database: Database, made: Path, note: Callable[[Tx], None]) -> Counts:
    with closing(_quick(made)) as target, database.reader() as source:
        row = source.one("SELECT max(number) AS number FROM schema_version")  # from here on it sees this moment
        if isinstance(source, SqliteConnection):
            source.copy_to(target.connection)
        else:
            _copy_rows(source, target, row["number"] if row else 0)
        counts = _counted(target.connection, _tables(target.connection))
        if _counted(source, list(counts)) != counts:
            raise Refusal("The backup could not be made: the rows in it are not as many as in the database.")
        with _transaction(target) as tx:
            note(tx)
        target.connection.run(
            "PRAGMA journal_mode=DELETE"
        )  # the copy of a file in use says that it has a log beside it
    return counts


def _copy_rows(source: Connection, target: SqliteDatabase, schema: int) -> None:
    target.connection.run("PRAGMA foreign_keys=OFF")
    with _transaction(target) as tx:
        bring_forward(target, tx, schema)
        for table in _tables(tx):
            if table != _VERSIONS:
                columns = _columns(tx, table)
                tx.fill(table, columns, source.each(table, columns))


def _quick(file: Path) -> SqliteDatabase:
    """A file that nobody else has, and that is nothing until it is whole: written without waiting for the disk."""
    database = SqliteDatabase(file)
    try:
        for setting in ("journal_mode=DELETE", "synchronous=OFF"):
            database.connection.run(f"PRAGMA {setting}")
    except Unavailable as error:
        database.close()
        raise Refusal(f"The database {file} cannot be used: {error}.") from None
    return database


@contextmanager
def _transaction(database: Database) -> Iterator[Connection]:
    database.begin()
    try:
        yield database.connection
        database.commit()
    except BaseException:
        database.roll_back()
        raise


def _tables(copy: Tx) -> list[str]:
    return [row["name"] for row in copy.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def _in_order(copy: Tx) -> list[str]:
    """The tables, each after those that its rows point to; a table may point to itself."""
    points_to = {
        table: {row["table"] for row in copy.all(f"PRAGMA foreign_key_list({table})")} - {table}
        for table in _tables(copy)
    }
    return list(TopologicalSorter(points_to).static_order())


def _columns(copy: Tx, table: str) -> list[str]:
    return [row["name"] for row in copy.all(f"PRAGMA table_info({table})")]


def _counted(tx: Tx, tables: list[str]) -> Counts:
    return {table: _count(tx, table) for table in tables}


def _count(tx: Tx, table: str) -> int:
    row = tx.one(f"SELECT count(*) AS n FROM {table}")
    return int(row["n"]) if row else 0


def _has_tables(connection: Connection) -> bool:
    try:
        return connection.one(f"SELECT 1 FROM {_VERSIONS} LIMIT 1") is not None
    except StatementError:
        return False


# ── refusing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _spoken(sentence: str) -> Iterator[None]:
    try:
        yield
    except (Unavailable, StatementError) as error:
        raise Refusal(f"{sentence}: {error}.") from None


def _refuse_to_overwrite(where: Path | str, file: Path) -> None:
    if not file.parent.is_dir():
        raise Refusal(f"There is no folder {file.parent}.")
    if isinstance(where, Path):
        if not where.exists():
            raise Refusal(f"There is no database {where} yet.")
        if str(file.resolve()) in [f"{where.resolve()}{ending}" for ending in _BESIDE]:
            raise Refusal(f"{file} is the database itself; give the backup another name.")
    if file.exists():
        _refuse_what_is_no_database(file)


def _refuse_what_is_no_database(file: Path) -> None:
    if not file.is_file():
        raise Refusal(f"{file} is no file.")
    with file.open("rb") as begins:
        if begins.read(len(_SIGN)) not in (_SIGN, b""):
            raise Refusal(f"{file} is no backup of Chaski.")


def _refuse_without_room(database: Database, folder: Path) -> None:
    """A disk that a backup has filled stops the service: the copy and its trial must fit, and something be left."""
    needed, free = 2 * database.size_bytes() + _SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise Refusal(f"{folder} has {free / 1e6:.0f} MB left, and a backup needs {needed / 1e6:.0f} MB there.")


def _give(file: Path, like: Path) -> None:
    """Root puts back what the service, which is nobody special, has to open."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def _make_durable(path: Path) -> None:
    """What is written of a file, or the names in a folder, lasts from here on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
