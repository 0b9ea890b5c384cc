"""The database on a real file: what it is opened with, how it grows, and what happens when it cannot be written."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.records import store as stores
from bot.records.store import Connection, Store, Unavailable, migrations
from bot.settings import Settings
from tests.running import bot, count, first


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "chaski.db")
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds the database held by another waits a moment only."""
    monkeypatch.setattr(stores, "BUSY_SECONDS", 0.05)


def insert(tx: Connection, key: str, value: str = "v") -> None:
    tx.run("INSERT INTO facts (key, value) VALUES (?, ?)", key, value)


def keep(store: Store, key: str = "k") -> None:
    with store.write() as tx:
        insert(tx, key)


def fail_inside(tx: Connection) -> None:
    with tx.savepoint():
        insert(tx, "inside")
        raise ZeroDivisionError


# ── opening and migrating ─────────────────────────────────────────────────────────────────────────────────────────────


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    names = [name for name, _ in migrations()]
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in names)


def test_an_empty_file_gets_every_step_and_remembers_it(store: Store) -> None:
    done = store.read.all("SELECT number, name FROM schema_version ORDER BY number")
    assert [(row["number"], row["name"]) for row in done] == [(n, m[0]) for n, m in enumerate(migrations(), start=1)]
    assert store.is_current()


def test_opening_again_changes_nothing(store: Store) -> None:
    keep(store)
    before = store.read.one("SELECT group_concat(sql) AS sql FROM sqlite_master")
    again = Store(store.path)
    assert count(again, "facts") == 1
    assert tuple(first(again.read.one("SELECT group_concat(sql) AS sql FROM sqlite_master"))) == tuple(first(before))
    again.close()


def test_an_older_file_is_brought_forward_and_keeps_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = migrations()
    monkeypatch.setattr(stores, "migrations", lambda: steps[:1])
    old = Store(tmp_path / "chaski.db")
    keep(old)
    assert old.is_current()
    old.close()
    monkeypatch.setattr(stores, "migrations", lambda: steps)
    new = Store(tmp_path / "chaski.db")
    assert count(new, "schema_version") == len(steps)
    assert count(new, "facts") == 1
    new.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "chaski.db", migrations()
    Store(path).close()
    broken = [*steps, ("9999_broken", "CREATE TABLE half_done (id INTEGER);\nCREATE TABLE oh no;\n")]
    monkeypatch.setattr(stores, "migrations", lambda: broken)
    with pytest.raises(Refusal, match="cannot be used"):
        Store(path)
    monkeypatch.setattr(stores, "migrations", lambda: steps)
    store = Store(path)
    assert store.is_current()
    assert count(store, "sqlite_master", "name = 'half_done'") == 0
    store.close()


def test_a_newer_schema_is_refused_and_left_alone(store: Store) -> None:
    with store.write() as tx:
        tx.run("INSERT INTO schema_version (number, name) VALUES (9999, 'later')")
    with pytest.raises(Refusal, match="newer Chaski"):
        Store(store.path)
    assert not store.is_current()


@pytest.mark.parametrize(
    ("label", "content"),
    [
        ("text", b"This is no database, however long it is. " * 200),
        ("a database of somebody else", None),
        ("a torn file", b"SQLite format 3\x00" + b"\x00" * 4000),
    ],
)
def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path: Path, label: str, content: bytes | None) -> None:
    path = tmp_path / "chaski.db"
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE people (name TEXT)")
        other.close()
    else:
        path.write_bytes(content)
    with pytest.raises(Refusal, match=re.escape(str(path))) as refused:
        Store(path)
    assert "\n" not in str(refused.value)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chaski.db").mkdir()
    with pytest.raises(Refusal, match="cannot be opened"):
        Store(tmp_path / "chaski.db")


@pytest.mark.parametrize(
    ("pragma", "expected"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=str
)
def test_what_is_committed_lasts(store: Store, pragma: str, expected: object) -> None:
    assert tuple(first(store.read.one(f"PRAGMA {pragma}"))) == (expected,)


def test_a_row_that_points_nowhere_is_refused(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.write() as tx:
        tx.run("INSERT INTO addresses (address, person_id) VALUES ('tel:+51984000111', 7)")
    assert count(store, "addresses") == 0


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            insert(tx, "k")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(store, "facts") == 0
    keep(store)


def test_a_savepoint_is_undone_alone(store: Store) -> None:
    with store.write() as tx:
        insert(tx, "before")
        with pytest.raises(ZeroDivisionError):
            fail_inside(tx)
        insert(tx, "after")
    assert {row["key"] for row in store.read.all("SELECT key FROM facts")} == {"before", "after"}


def test_an_inner_savepoint_is_undone_without_the_outer_one(store: Store) -> None:
    with store.write() as tx, tx.savepoint():
        insert(tx, "outer")
        with pytest.raises(ZeroDivisionError):
            fail_inside(tx)
    assert [row["key"] for row in store.read.all("SELECT key FROM facts")] == ["outer"]


def test_a_wrong_statement_is_our_fault_and_not_the_databases(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError), store.write() as tx:
        tx.run("INSERT INTO no_such_table VALUES (1)")
    keep(store)


@pytest.mark.usefixtures("impatient")
def test_a_database_held_by_another_is_unavailable_and_works_afterwards(tmp_path: Path) -> None:
    store = Store(tmp_path / "chaski.db")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        keep(store)
    assert count(store, "facts") == 0  # reading goes on
    other.execute("ROLLBACK")
    keep(store)
    assert count(store, "facts") == 1
    other.close()
    store.close()


@pytest.mark.usefixtures("impatient")
def test_opening_while_another_writes_is_refused_with_a_sentence(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refusal, match="locked"):
        Store(store.path)
    other.close()


def test_a_full_disk_is_unavailable_and_nothing_is_half_done(store: Store) -> None:
    keep(store, "before")
    pages = first(store.read.one("PRAGMA page_count"))["page_count"]
    store.read.one(f"PRAGMA max_page_count = {pages + 4}")

    def fill() -> None:
        with store.write() as tx:
            for number in range(1000):
                with tx.savepoint():
                    insert(tx, f"k{number}", "v" * 1000)

    with pytest.raises(Unavailable, match="full"):
        fill()
    assert count(store, "facts") == 1
    store.read.one("PRAGMA max_page_count = 100000")
    keep(store, "after")
    assert count(store, "facts") == 2
    assert tuple(first(store.read.one("PRAGMA integrity_check"))) == ("ok",)


def test_a_database_that_may_only_be_read_is_unavailable(store: Store) -> None:
    store.read.one("PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        keep(store)
    store.read.one("PRAGMA query_only = OFF")
    keep(store)


# ── one service ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_one_service_has_a_file(store: Store) -> None:
    store.claim_service()
    second = Store(store.path)
    with pytest.raises(Refusal, match="already running"):
        second.claim_service()
    keep(second)  # other commands work beside it
    store.close()
    second.claim_service()
    second.close()


def test_a_link_to_the_file_is_the_file(store: Store, tmp_path: Path) -> None:
    store.claim_service()
    os.symlink(store.path, tmp_path / "link.db")
    second = Store(tmp_path / "link.db")
    with pytest.raises(Refusal, match="already running"):
        second.claim_service()
    second.close()


def test_a_service_in_another_process_is_refused(store: Store, tmp_path: Path) -> None:
    assert store.path == str(Settings(data=tmp_path).sqlite_path)
    store.claim_service()
    refused = bot("serve", CHASKI_DATA=str(tmp_path), PORT="0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("bot: Another `bot serve` is already running on ")
    assert len(refused.stderr.splitlines()) == 1
