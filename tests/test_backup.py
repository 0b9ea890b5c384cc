"""Backups of both databases: whole while others write, verified, put back into either, and held until released."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.app import House
from bot.clock import LIMA, Clock
from bot.errors import Refusal
from bot.records import backups, notices, outreach
from bot.records.outreach import Errand
from bot.records.store import Store, bring_forward, copies, migrations, opened
from bot.service import restoring
from bot.service.backups import Backups, back_up
from bot.settings import Settings
from tests.crowds import launched, settle
from tests.fakes import FakeTwilio
from tests.running import (
    BOT,
    JUAN,
    ROSA,
    bot,
    built,
    count,
    environment,
    first,
    free_port,
    say,
    served,
    sms,
    take,
    until,
    with_twilio,
)
from tests.test_desk import desk

Where = Path | str


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """Where an empty database will be."""
    (tmp_path / "data").mkdir()
    if request.param == "sqlite":
        return tmp_path / "data" / "chaski.db"
    return str(request.getfixturevalue("postgres_url"))


def settings(where: Where, data: Path) -> Settings:
    return Settings(data=data, database_url=f"sqlite:///{where}" if isinstance(where, Path) else where)


def lived_in(where: Where, data: Path) -> None:
    """A database in which two people have written."""
    with closing(built(settings(where, data))) as house:
        say(house, "obras agua 2008")
        say(house, "no hay agua en Zurite", JUAN)


def rows(where: Where) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the facts, in order."""
    with closing(Store(where)) as store, closing(sqlite3.connect(":memory:")) as model:
        for _, sql in migrations():
            model.executescript(sql)
        tables = [name for (name,) in model.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: sorted(map(tuple, store.read.all(f"SELECT * FROM {table}")), key=repr)  # noqa: S608  our own names
            for table in tables
            if table not in ("facts", "audit")
        }


def made(where: Where, file: Path) -> Path:
    back_up(where, file, Clock())
    return file


def brought_back(where: Where, file: Path, data: Path, **more: bool) -> restoring.Restored:
    return restoring.restore(where, data, file, Clock(), **({"replace": False} | more))


def rest_of(folder: Path) -> list[str]:
    """What lies in a folder, without the files that belong to a database in use."""
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith((".service", "-wal", "-shm")))


# ── making ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_one_moment_while_others_write(where: Where, tmp_path: Path) -> None:
    """Each transaction adds a row to two tables: no backup has one without the other."""
    with closing(Store(where)) as store, store.write() as tx:
        tx.many("INSERT INTO facts (key, value) VALUES (?, ?)", [(f"old {n}", "x" * 500) for n in range(20_000)])
    over, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        with closing(Store(where)) as store:
            while not over.is_set():
                with store.write() as tx:
                    tx.run("INSERT INTO facts (key, value) VALUES (?, '')", f"new {written}")
                    tx.run("INSERT INTO erased_addresses (address_hash, erased_at) VALUES (?, '')", f"new {written}")
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    while not written:
        time.sleep(0.01)
    before = written
    for n in range(2):
        made(where, tmp_path / f"{n}.db")
    after = written
    over.set()
    writer.join()
    assert after > before, "whoever writes is not held up"
    for n in range(2):
        with closing(Store(tmp_path / f"{n}.db")) as copy:
            assert count(copy, "facts", "key LIKE 'new %'") == count(copy, "erased_addresses") >= before


def test_it_is_one_file_for_its_owner_alone(where: Where, tmp_path: Path) -> None:
    lived_in(where, tmp_path / "data")
    folder = tmp_path / "safe"
    folder.mkdir()
    file = made(where, folder / "b.db")
    assert rest_of(folder) == ["b.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",), "it needs no other file beside it"


def test_the_backup_before_it_stays_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived_in(tmp_path / "chaski.db", tmp_path)
    file = made(tmp_path / "chaski.db", tmp_path / "b.db")
    old = file.read_bytes()

    def broken(*_: object) -> None:
        raise Refusal("damaged")

    monkeypatch.setattr(copies, "unpack", broken)
    with pytest.raises(Refusal, match="damaged"):
        made(tmp_path / "chaski.db", file)
    assert file.read_bytes() == old
    assert rest_of(tmp_path) == ["b.db", "chaski.db"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("chaski.db", "is the database itself"),
        ("chaski.db-wal", "is the database itself"),
        ("link.db", "is the database itself"),
        ("tesis.docx", "is no backup of Chaski"),
        ("missing/b.db", "There is no folder"),
    ],
)
def test_a_backup_overwrites_nothing_else(tmp_path: Path, name: str, sentence: str) -> None:
    lived_in(tmp_path / "chaski.db", tmp_path)
    (tmp_path / "link.db").symlink_to(tmp_path / "chaski.db")
    (tmp_path / "tesis.docx").write_bytes(b"PK years of work")
    before = rows(tmp_path / "chaski.db")
    refused = bot("backup", str(tmp_path / name), CHASKI_DATA=str(tmp_path))
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert rows(tmp_path / "chaski.db") == before
    assert (tmp_path / "tesis.docx").read_bytes() == b"PK years of work"


def test_what_is_not_there_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no database"):
        made(tmp_path / "chaski.db", tmp_path / "b.db")
    assert rest_of(tmp_path) == []


def test_a_full_disk_is_seen_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived_in(tmp_path / "chaski.db", tmp_path)
    monkeypatch.setattr(copies, "_SPARE_BYTES", 10**18)
    with pytest.raises(Refusal, match=r"MB left, and a backup needs"):
        made(tmp_path / "chaski.db", tmp_path / "b.db")


# ── putting back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_rows_come_back(where: Where, tmp_path: Path) -> None:
    lived_in(where, tmp_path / "data")
    before = rows(where)
    file = made(where, tmp_path / "b.db")
    with closing(built(settings(where, tmp_path / "data"))) as house:
        say(house, "BAJA", "+51984000333")
    assert rows(where) != before
    done = brought_back(where, file, tmp_path / "data", replace=True)
    assert rows(where) == before
    assert done.hold.made_at
    assert count_in(Path(done.kept), "people") == 3, "what was there before is kept"


def count_in(where: Where, table: str) -> int:
    with closing(Store(where)) as store:
        return count(store, table)


@pytest.mark.parametrize("to_server", [True, False])
def test_a_backup_of_one_database_fits_into_the_other(postgres_url: str, tmp_path: Path, to_server: bool) -> None:
    file = tmp_path / "data" / "chaski.db"
    file.parent.mkdir()
    source, target = (file, postgres_url) if to_server else (postgres_url, file)
    lived_in(source, tmp_path)
    with closing(Store(source)) as store, store.write() as tx:
        district = first(tx.one("SELECT key FROM districts LIMIT 1"))["key"]
        tx.run("UPDATE people SET district = ?", district)
    brought_back(target, made(source, tmp_path / "b.db"), tmp_path, replace=to_server)
    assert rows(target) == rows(source)
    with closing(built(settings(target, tmp_path))) as house:
        assert "Agua y" in say(house, "obras agua 2008", "+51984000444")[0]


@pytest.mark.parametrize("schema", [1, 5])
def test_an_older_backup_is_brought_forward(where: Where, tmp_path: Path, schema: int) -> None:
    old = tmp_path / "old.db"
    with closing(opened(old)) as database:
        bring_forward(database, database.connection, schema)
        database.connection.run("INSERT INTO people (id, created_at) VALUES (7, '2026')")
    file = made(old, tmp_path / "b.db")
    brought_back(where, file, tmp_path / "data", replace=True)
    with closing(Store(where)) as store:
        assert store.is_current()
        assert count(store, "people", "id = 7 AND shown = ''") == 1


def test_the_rows_of_an_older_server_are_backed_up_as_they_stand(postgres_url: str, tmp_path: Path) -> None:
    with closing(opened(postgres_url)) as database:
        database.connection.run("DROP SCHEMA public CASCADE")
        database.connection.run("CREATE SCHEMA public")
        database.begin()
        bring_forward(database, database.connection, 3)
        database.connection.run("INSERT INTO people (id, created_at) VALUES (7, '2026')")
        database.commit()
    file = made(postgres_url, tmp_path / "b.db")
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT max(number) FROM schema_version").fetchone() == (3,)
        assert plain.execute("SELECT id FROM people").fetchall() == [(7,)]


def damaged(file: Path, kind: str) -> None:
    whole = file.read_bytes()
    if kind == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif kind == "scratched":
        file.write_bytes(whole[:8192] + random.Random(7).randbytes(40_960) + whole[49_152:])  # noqa: S311  no secret
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "other":
        file.write_bytes(b"PK years of work")
    else:
        with closing(sqlite3.connect(file)) as plain:
            plain.execute("INSERT INTO schema_version VALUES (999, 'x')" if kind == "newer" else "DELETE FROM people")
            plain.commit()


@pytest.mark.parametrize("kind", ["cut", "scratched", "empty", "other", "newer", "holes"])
def test_what_is_no_sound_backup_changes_nothing(where: Where, tmp_path: Path, kind: str) -> None:
    lived_in(where, tmp_path / "data")
    file = made(where, tmp_path / "b.db")
    before = rows(where)
    damaged(file, kind)
    with pytest.raises(Refusal, match=r"b\.db"):
        brought_back(where, file, tmp_path / "data", replace=True)
    assert rows(where) == before


def test_a_database_is_replaced_only_when_it_is_said(where: Where, tmp_path: Path) -> None:
    lived_in(where, tmp_path / "data")
    file = made(where, tmp_path / "b.db")
    with pytest.raises(Refusal, match="--replace"):
        brought_back(where, file, tmp_path / "data")


def test_a_broken_database_is_replaced_and_kept(tmp_path: Path) -> None:
    lived_in(tmp_path / "chaski.db", tmp_path)
    file = made(tmp_path / "chaski.db", tmp_path / "b.db")
    (tmp_path / "chaski.db").write_bytes(b"SQLite format 3\0 and then the disk died")
    done = brought_back(tmp_path / "chaski.db", file, tmp_path, replace=True)
    assert Path(done.kept).read_bytes().endswith(b"disk died")
    assert count_in(tmp_path / "chaski.db", "people") == 2


def test_nothing_is_put_back_under_a_running_service(where: Where, tmp_path: Path) -> None:
    lived_in(where, tmp_path / "data")
    file = made(where, tmp_path / "b.db")
    where_from = {"DATABASE_URL": settings(where, tmp_path).database_url, "CHASKI_DATA": str(tmp_path / "data")}
    with served(PORT=str(free_port()), **where_from):
        refused = bot("restore", str(file), "--replace", **where_from)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "`bot serve` is already running" in refused.stderr


def test_the_service_keeps_its_file_when_root_puts_it_back(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 65534, 65534)
    lived_in(tmp_path / "chaski.db", tmp_path)
    brought_back(data / "chaski.db", made(tmp_path / "chaski.db", tmp_path / "b.db"), data)
    assert {each.stat().st_uid for each in data.iterdir()} == {65534}


# ── a bad moment ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.7])
def test_killed_while_it_works_nothing_is_lost(tmp_path: Path, seconds: float) -> None:
    """Whatever the moment: the database is whole, and the backup is the old one or the new one."""
    data = tmp_path / "data"
    data.mkdir()
    lived_in(data / "chaski.db", data)
    file = made(data / "chaski.db", tmp_path / "b.db")
    for command in (["backup", str(file)], ["restore", str(file), "--replace"]):
        process = subprocess.Popen([BOT, *command], env=environment(CHASKI_DATA=str(data)), stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert count_in(data / "chaski.db", "people") == 2
    copies.unpack(file, tmp_path / "scratch.db")


def test_whoever_texts_during_a_backup_is_answered(tmp_path: Path) -> None:
    """The whole of it by processes: a service, texts, a backup, another machine."""

    async def texted(twilio: FakeTwilio, port: int) -> None:
        statuses = [await twilio.text(f"http://127.0.0.1:{port}", ROSA, f"obras agua 200{n}") for n in range(7, 10)]
        assert statuses == [200, 200, 200]

    async def run() -> None:
        async with FakeTwilio() as twilio:
            mine = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path / "data")}
            with served(**mine):
                await texted(twilio, int(mine["PORT"]))
                file = str(tmp_path / "b.db")
                backup, _ = await asyncio.gather(
                    asyncio.to_thread(lambda: bot("backup", file, **mine)), texted(twilio, int(mine["PORT"]))
                )
                assert backup.returncode == 0, backup.stderr
                assert "read back and compared" in backup.stdout
                await until(lambda: len(twilio.messages) == 6)
            await elsewhere(twilio, mine, file)

    asyncio.run(run())


async def elsewhere(twilio: FakeTwilio, mine: dict[str, str], file: str) -> None:
    """The backup on a new machine: it takes texts in, and answers them once it is released."""
    other = mine | {"CHASKI_DATA": str(Path(file).parent / "other")}
    assert "Nothing is sent until `bot release`" in bot("restore", file, **other).stdout
    address = f"http://127.0.0.1:{other['PORT']}"
    with served(**other):
        before = len(twilio.messages)
        assert await twilio.text(address, JUAN, "obras agua 2008") == 200
        async with ClientSession() as web, web.get(f"{address}/readyz") as answer:
            assert (answer.status, "bot release" in await answer.text()) == (200, True)
        await asyncio.sleep(0.3)
        assert len(twilio.messages) == before
        unsaid = bot("release", **other)
        assert (unsaid.returncode, "--drop-waiting" in unsaid.stderr) == (1, True)
        assert bot("release", "--drop-waiting", **other).returncode == 0
        await until(lambda: len(twilio.messages) == before + 1, 10)
        assert twilio.messages[-1]["to"] == JUAN
    assert bot("release", "--drop-waiting", **other).stdout == "Nothing is held.\n"


# ── held and released ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def restored(where: Where, data: Path) -> Iterator[House]:
    """A house that came out of a backup in which an answer, a notice and an errand waited."""
    with closing(built(settings(where, data))) as house:
        residents = settle(house, 3)
        launched(house)
        with house.store.write() as tx:
            house.broadcaster.look(tx, house.clock.now())
            later = house.clock.now() + timedelta(days=1)
            errand = Errand(house.clock.new_id(), residents[0].id, "respuesta", {}, later, is_urgent=True)
            outreach.add(tx, errand, house.clock.now())
        take(house, sms("obras agua 2008", channel="twilio"))
    file = made(where, data / "b.db")
    brought_back(where, file, data, replace=True)
    with closing(built(settings(where, data))) as house:
        yield house


def test_while_it_is_held_nothing_begins(where: Where, tmp_path: Path) -> None:
    with restored(where, tmp_path / "data") as house, house.store.write() as tx:
        now = house.clock.now()
        assert house.clockwork.tick(tx, now) == []
        assert house.clockwork.tidy(tx, now) == 0
        assert not house.broadcaster.look(tx, now)
        assert tx.one("SELECT 1 FROM outreach WHERE closed_at IS NOT NULL") is None


@pytest.mark.parametrize("drop", [True, False])
def test_what_waited_in_it_is_dropped_or_sent(where: Where, tmp_path: Path, drop: bool) -> None:
    with restored(where, tmp_path / "data") as house:
        take(house, sms("obras agua 2007", JUAN, channel="twilio"))
        asked = restoring.question(house.store.read, house.clock.now())
        assert asked
        assert (asked.waiting.answers, asked.waiting.errands, asked.waiting.since, asked.notices) == (1, 1, 1, 1)
        with house.store.write() as tx:
            restoring.release(tx, house.clock, drop_waiting=drop)
        states = [row["state"] for row in house.store.read.all("SELECT state FROM outbox ORDER BY id")]
        assert states == (["dropped", "waiting"] if drop else ["waiting", "waiting"])
        assert count(house.store, "outreach", "outcome = 'restored'") == int(drop)
        assert [(n.state, n.stopped_because) for n in notices.latest(house.store.read, 5)] == [("paused", "restored")]
        assert restoring.question(house.store.read, house.clock.now()) is None
        assert count(house.store, "audit", "action IN ('restored', 'released')") == 2


def test_somebody_at_a_terminal_is_asked(tmp_path: Path) -> None:
    where = tmp_path / "chaski.db"
    lived_in(where, tmp_path)
    brought_back(where, made(where, tmp_path / "b.db"), tmp_path, replace=True)
    for typed, code, is_held in (("stop", 1, True), ("send", 0, False)):
        ours, theirs = os.openpty()
        os.write(ours, f"{typed}\n".encode())
        run = subprocess.run(
            [BOT, "release"], stdin=theirs, capture_output=True, env=environment(CHASKI_DATA=str(tmp_path))
        )
        os.close(ours)
        os.close(theirs)
        assert (run.returncode, b"2 answers" in run.stdout) == (code, True), run.stderr
        with closing(Store(where)) as store:
            assert (backups.held(store.read) is not None) == is_held
            assert count(store, "outbox", "state = 'waiting'") == 2


def test_a_series_goes_on_with_its_next_day(tmp_path: Path) -> None:
    where = tmp_path / "chaski.db"
    starts = datetime(2026, 11, 3, 9, tzinfo=LIMA)
    with closing(built(settings(where, tmp_path))) as house:
        notice = launched(house)
        with house.store.write() as tx:
            tx.run(
                "UPDATE notices SET state = 'repeating', rule = 'FREQ=WEEKLY;BYDAY=TU', starts_at = ? WHERE id = ?",
                starts.isoformat(timespec="microseconds"),
                notice.id,
            )
    brought_back(where, made(where, tmp_path / "b.db"), tmp_path, replace=True)
    with closing(built(settings(where, tmp_path))) as house, house.store.write() as tx:
        restoring.release(tx, house.clock, drop_waiting=True)
        found = notices.one(tx, notice.id)
        assert found
        assert found.state == "repeating"
        assert found.starts_at
        assert found.starts_at > house.clock.now()
        assert found.starts_at.astimezone(LIMA).weekday() == 1


# ── by itself ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_itself(house: House, folder: Path, keep: int = 2) -> Backups:
    return Backups(house.commits, house.clock, house.settings.database, folder, timedelta(hours=24), keep)


async def test_the_newest_are_kept_and_nothing_else_is_touched(where: Where, tmp_path: Path) -> None:
    folder = tmp_path / "safe"
    with closing(built(settings(where, tmp_path / "data"))) as house:
        folder.mkdir()
        for name in ("notas", "chaski-20260101-090000", "chaski-20260102-090000", "chaski-20260103-090000"):
            (folder / f"{name}.db").touch()
        assert await by_itself(house, folder).make()
        names = rest_of(folder)
        assert len(names) == 3
        assert names[0] == "chaski-20260103-090000.db"
        assert names[2] == "notas.db"
        last = backups.last(house.store.read)
        assert last
        assert Path(last.file).name == names[1]
    copies.unpack(folder / names[1], tmp_path / "scratch.db")


async def test_a_failure_is_kept_for_staff_until_one_works(tmp_path: Path) -> None:
    with closing(built(settings(tmp_path / "chaski.db", tmp_path))) as house:
        in_the_way = tmp_path / "safe"
        in_the_way.touch()
        assert not await by_itself(house, in_the_way).make()
        failure = backups.last_failure(house.store.read)
        assert failure
        assert "safe" in failure.why
        in_the_way.unlink()
        assert await by_itself(house, in_the_way).make()
        assert backups.last_failure(house.store.read) is None


async def test_what_a_killed_one_left_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "safe"
    for name, age_days in ((".chaski-old", 2), (".chaski-now", 0)):
        (folder / name).mkdir(parents=True)
        (folder / name / "copy.db").touch()
        at = time.time() - age_days * 86_400
        os.utime(folder / name, (at, at))
    with closing(built(settings(tmp_path / "chaski.db", tmp_path))) as house:
        assert await by_itself(house, folder).make()
    assert [each.name for each in folder.glob(".chaski-*")] == [".chaski-now"]


async def test_it_is_due_after_its_hours_when_it_is_gone_and_when_the_clock_was_wrong(tmp_path: Path) -> None:
    with closing(built(settings(tmp_path / "chaski.db", tmp_path))) as house:
        own = by_itself(house, tmp_path / "safe")
        assert await own._is_due()
        await own.make()
        assert not await own._is_due()
        last = backups.last(house.store.read)
        assert last
        for change in (timedelta(hours=25), -timedelta(days=365)):
            moved = Clock(Clock().now() + change)
            assert await Backups(house.commits, moved, "", tmp_path, timedelta(hours=24), 2)._is_due()
        shutil.rmtree(tmp_path / "safe")
        assert await own._is_due()


async def test_the_service_makes_one_at_its_start_and_inicio_tells_its_age(tmp_path: Path) -> None:
    async with desk(tmp_path, backup_dir=tmp_path / "safe") as browser:
        await until(lambda: backups.last(browser.house.store.read) is not None)
        await browser.log_in("Ana")
        page = await (await browser.get("/")).text()
        assert "Copia de respaldo:" in page
        assert "hace menos de una hora" in page
        assert "bot release" not in page
        with browser.house.store.write() as tx:
            backups.hold(tx, browser.house.clock.now(), 1)
        held = await (await browser.get("/")).text()
        assert "No sale ningún mensaje" in held
        assert "todavía ninguna" in held
        await browser.get("/salir")
    assert len(list((tmp_path / "safe").glob("chaski-*.db"))) == 1


async def test_only_administrators_read_of_backups(tmp_path: Path) -> None:
    async with desk(tmp_path) as browser:
        await browser.log_in("Marta")
        assert "Copia de respaldo" not in await (await browser.get("/")).text()
