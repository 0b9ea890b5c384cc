"""What both databases promise, and what SQLite does of its own: opening, growing, and when it cannot be written."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.records import store as stores
from bot.records.store import Connection, StatementError, Store, Unavailable, migrations, sqlite
from tests.databases import databases
from tests.running import bot, count, first


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A database of each kind without anything in it."""
    if request.param == "sqlite":
        yield tmp_path / "chaski.db"
        return
    with databases(request.config).fresh("template1") as url:
        yield url


@pytest.fixture
def store(where: Path | str) -> Iterator[Store]:
    opened = Store(where)
    yield opened
    opened.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "chaski.db")
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds the database held by another waits a moment only."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)


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


def test_an_empty_database_gets_every_step_and_remembers_it(store: Store) -> None:
    done = store.read.all("SELECT number, name FROM schema_version ORDER BY number")
    assert [(row["number"], row["name"]) for row in done] == [(n, m[0]) for n, m in enumerate(migrations(), start=1)]
    assert store.is_current()


def test_opening_again_changes_nothing(store: Store, where: Path | str) -> None:
    keep(store)
    again = Store(where)
    assert count(again, "facts") == 1
    assert count(again, "schema_version") == len(migrations())
    again.close()


def test_an_older_schema_is_brought_forward_and_keeps_its_rows(
    where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations()
    monkeypatch.setattr(stores, "migrations", lambda: steps[:1])
    old = Store(where)
    keep(old)
    assert old.is_current()
    old.close()
    monkeypatch.setattr(stores, "migrations", lambda: steps)
    new = Store(where)
    assert count(new, "schema_version") == len(steps)
    assert count(new, "facts") == 1
    new.close()


def test_a_step_that_fails_leaves_the_database_as_it_was(where: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(where).close()
    steps = migrations()
    broken = [*steps, ("9999_broken", "CREATE TABLE half_done (id INTEGER);\nCREATE TABLE oh no;\n")]
    monkeypatch.setattr(stores, "migrations", lambda: broken)
    with pytest.raises(Refusal, match="cannot be used"):
        Store(where)
    monkeypatch.setattr(stores, "migrations", lambda: steps)
    store = Store(where)
    assert store.is_current()
    with pytest.raises(StatementError, match="half_done"):
        count(store, "half_done")
    store.close()


def test_a_newer_schema_is_refused_and_left_alone(store: Store, where: Path | str) -> None:
    with store.write() as tx:
        tx.run("INSERT INTO schema_version (number, name) VALUES (9999, 'later')")
    with pytest.raises(Refusal, match="newer Chaski"):
        Store(where)
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
def test_what_is_committed_lasts(in_file: Store, pragma: str, expected: object) -> None:
    assert tuple(first(in_file.read.one(f"PRAGMA {pragma}"))) == (expected,)


def test_a_row_that_points_nowhere_is_refused(store: Store) -> None:
    with pytest.raises(StatementError) as refused, store.write() as tx:
        tx.run("INSERT INTO addresses (address, person_id) VALUES (?, ?)", "tel:+51984000111", 7)
    assert "984" not in str(refused.value)
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
    with pytest.raises(StatementError, match="no_such_table"), store.write() as tx:
        tx.run("INSERT INTO no_such_table VALUES (1)")
    keep(store)


def test_a_statement_that_failed_in_a_savepoint_does_no_harm_to_the_others(store: Store) -> None:
    with store.write() as tx:
        insert(tx, "before")
        with pytest.raises(StatementError), tx.savepoint():
            insert(tx, "before")
        insert(tx, "after")
    assert count(store, "facts") == 2


# ── statements, values and rows ───────────────────────────────────────────────────────────────────────────────────────


def test_a_row_has_names_and_an_order(store: Store) -> None:
    keep(store)
    row = first(store.read.one("SELECT key, value AS kept FROM facts"))
    assert (row["key"], row["kept"]) == ("k", "v")
    assert dict(row) == {"key": "k", "kept": "v"}
    assert list(row.keys()) == ["key", "kept"]
    assert tuple(row) == ("k", "v")
    assert store.read.one("SELECT 1 FROM facts WHERE key = ?", "another") is None
    assert store.read.all("SELECT key FROM facts WHERE key = ?", "another") == []


@pytest.mark.parametrize("value", ["", "¿100 %?", "it's", "ñandú 😀", "$1 %s ? :name", "a\nb\\"], ids=ascii)
def test_a_text_comes_back_as_it_was_given(store: Store, value: str) -> None:
    with store.write() as tx:
        insert(tx, "k", value)
    assert first(store.read.one("SELECT value FROM facts WHERE value = ?", value))["value"] == value


@pytest.mark.parametrize("number", [0, -1, 70_000, 2**40, 2**63 - 1], ids=str)
def test_a_number_has_63_bits(store: Store, number: int) -> None:
    with store.write() as tx:
        tx.run("INSERT INTO people (id, created_at) VALUES (?, ?)", number, "")
    assert first(store.read.one("SELECT id FROM people WHERE id = ?", number))["id"] == number


def test_true_is_one_and_a_sum_is_a_whole_number(store: Store) -> None:
    with store.write() as tx:
        tx.run("INSERT INTO people (id, created_at, is_greeted) VALUES (?, ?, ?)", 1, "", True)
        tx.run("INSERT INTO people (id, created_at, is_greeted) VALUES (?, ?, ?)", 2, "", False)
    row = first(
        store.read.one("SELECT sum(is_greeted) AS sum, count(*) = 2 AS is_two, avg(is_greeted) AS mean FROM people")
    )
    assert dict(row) == {"sum": 1, "is_two": 1, "mean": 0.5}
    assert [type(value) for value in row] == [int, int, float]


def test_a_mark_in_quotes_is_no_value(store: Store) -> None:
    keep(store, "¿qué?")
    found = store.read.one("SELECT '?%' AS mark, ? AS given FROM facts WHERE key LIKE '%qu_?' AND ? = ''", "x", "")
    assert dict(first(found)) == {"mark": "?%", "given": "x"}


def test_what_is_nothing_may_be_given_for_anything(store: Store) -> None:
    with store.write() as tx:
        tx.run("INSERT INTO people (id, created_at, district) VALUES (?, ?, ?)", 1, "", None)
        assert tx.run("UPDATE people SET district = coalesce(district, ?) WHERE id = ?", None, 1) == 1
    assert first(store.read.one("SELECT district FROM people"))["district"] is None


def test_texts_are_put_in_order_by_their_signs(store: Store) -> None:
    with store.write() as tx:
        tx.many("INSERT INTO facts (key, value) VALUES (?, '')", [(key,) for key in ("á", "b", "B", "a-c", "ab", "a")])
    ordered = [row["key"] for row in store.read.all("SELECT key FROM facts ORDER BY key")]
    assert ordered == ["B", "a", "a-c", "ab", "b", "á"]


def test_how_many_rows_were_touched_is_told(store: Store) -> None:
    with store.write() as tx:
        tx.many("INSERT INTO facts (key, value) VALUES (?, ?)", [("a", "1"), ("b", "1"), ("c", "2")])
        tx.many("DELETE FROM facts WHERE key = ?", [])
        assert tx.run("INSERT INTO facts (key, value) VALUES ('a', '') ON CONFLICT (key) DO NOTHING") == 0
        assert tx.run("UPDATE facts SET value = '3' WHERE value = ?", "1") == 2
        assert first(tx.one("DELETE FROM facts WHERE key = 'c' RETURNING value"))["value"] == "2"
    assert count(store, "facts") == 2


def test_one_of_many_that_is_wrong_undoes_all(store: Store) -> None:
    with pytest.raises(StatementError), store.write() as tx:
        tx.many("INSERT INTO facts (key, value) VALUES (?, ?)", [("a", "1"), ("a", "2")])
    assert count(store, "facts") == 0


# ── SQLite in trouble ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("impatient")
def test_a_database_held_by_another_is_unavailable_and_works_afterwards(tmp_path: Path) -> None:
    store = Store(tmp_path / "chaski.db")
    other = sqlite3.connect(store.where, isolation_level=None)
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
def test_opening_while_another_writes_is_refused_with_a_sentence(in_file: Store) -> None:
    other = sqlite3.connect(in_file.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refusal, match="locked"):
        Store(in_file.where)
    other.close()


def test_a_full_disk_is_unavailable_and_nothing_is_half_done(in_file: Store) -> None:
    keep(in_file, "before")
    pages = first(in_file.read.one("PRAGMA page_count"))["page_count"]
    in_file.read.one(f"PRAGMA max_page_count = {pages + 4}")

    def fill() -> None:
        with in_file.write() as tx:
            for number in range(1000):
                with tx.savepoint():
                    insert(tx, f"k{number}", "v" * 1000)

    with pytest.raises(Unavailable, match="full"):
        fill()
    assert count(in_file, "facts") == 1
    in_file.read.one("PRAGMA max_page_count = 100000")
    keep(in_file, "after")
    assert count(in_file, "facts") == 2
    assert tuple(first(in_file.read.one("PRAGMA integrity_check"))) == ("ok",)


def test_a_database_that_may_only_be_read_is_unavailable(in_file: Store) -> None:
    in_file.read.one("PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        keep(in_file)
    in_file.read.one("PRAGMA query_only = OFF")
    keep(in_file)


# ── one service ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_one_service_has_a_database(store: Store, where: Path | str) -> None:
    store.claim_service()
    second = Store(where)
    with pytest.raises(Refusal, match="already running"):
        second.claim_service()
    keep(second)  # other commands work beside it
    store.close()
    second.claim_service()
    second.close()


def test_a_link_to_the_file_is_the_file(in_file: Store, tmp_path: Path) -> None:
    in_file.claim_service()
    os.symlink(in_file.where, tmp_path / "link.db")
    second = Store(tmp_path / "link.db")
    with pytest.raises(Refusal, match="already running"):
        second.claim_service()
    second.close()


def test_a_service_in_another_process_is_refused(store: Store, where: Path | str, tmp_path: Path) -> None:
    store.claim_service()
    url = where if isinstance(where, str) else f"sqlite:///{where}"
    refused = bot("serve", CHASKI_DATA=str(tmp_path), DATABASE_URL=url, PORT="0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("bot: Another `bot serve` is already running on ")
    assert len(refused.stderr.splitlines()) == 1
