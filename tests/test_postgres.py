"""PostgreSQL: a server that goes and comes back, several processes on one database, and the whole service on it."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.app import House
from bot.conversation.message import Outgoing, Receipt
from bot.errors import Refusal
from bot.records import messages, people
from bot.records.store import Connection, StatementError, Store, Unavailable, postgres
from bot.service import imports, pace
from bot.service.inbox import Taken
from bot.service.outbox import Sender
from bot.service.pace import Pace
from bot.settings import Settings
from tests.running import JUAN, ROSA, bot, built, count, say, sms, take, until
from tests.servers import postgres_cluster

MEETING_SECONDS = 20.0


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = Store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def house(postgres_url: str, tmp_path: Path) -> Iterator[House]:
    opened = built(Settings(data=tmp_path, database_url=postgres_url))
    yield opened
    opened.close()


def keep(store: Store, key: str = "k") -> None:
    with store.write() as tx:
        insert(tx, key)


def insert(tx: Connection, key: str) -> None:
    tx.run("INSERT INTO facts (key, value) VALUES (?, 'v')", key)


def cut(url: str) -> None:
    """End every connection to the database but this one."""
    with psycopg.connect(url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )


# ── opening ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("/test", "/missing"), 'cannot be opened: .*database "missing.*" does not exist'),
        (("postgres@", "rosa:hush@"), 'cannot be opened: .*role "rosa" does not exist'),
        (("postgres@", "rosa:hu/sh@"), "cannot be read as postgresql://user:password@host:port/database"),
        (("postgres@", "rosa:1/hush@"), "cannot be read"),
        (("postgres@", "rosa:hu@sh@"), "cannot be read"),
        (("postgres@", "rosa:hu%sh@"), "cannot be read"),
        (("postgres@", "rosa:hu#sh@"), "cannot be opened: .*role "),
        (("postgres@", "rosa:hu?sh@"), "cannot be opened: .*role "),
    ],
    ids=str,
)
def test_what_cannot_be_opened_is_refused_without_its_password(
    postgres_url: str, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence) as refused:
        Store(postgres_url.replace(*change))
    assert "hu" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_command_says_it_in_one_sentence(tmp_path: Path) -> None:
    ran = bot("review", CHASKI_DATA=str(tmp_path), DATABASE_URL="postgresql://rosa:hush@127.0.0.1:1/chaski")
    assert ran.returncode == 1
    assert ran.stderr.startswith("bot: The database postgresql://127.0.0.1:1/chaski cannot be opened: ")
    assert len(ran.stderr.splitlines()) == 1
    assert "hush" not in ran.stderr


def test_a_database_of_another_encoding_is_refused(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(Refusal, match="UTF8"):
        Store(f"{postgres_url.rpartition('/')[0]}/latin1")


# ── a server that goes and comes back ─────────────────────────────────────────────────────────────────────────────────


def test_a_connection_lost_within_a_transaction_is_unavailable_and_made_anew(store: Store, postgres_url: str) -> None:
    def lose() -> None:
        with store.write() as tx:
            insert(tx, "lost")
            cut(postgres_url)
            with tx.savepoint():
                insert(tx, "after")

    with pytest.raises(Unavailable):
        lose()
    keep(store, "later")
    assert [row["key"] for row in store.read.all("SELECT key FROM facts")] == ["later"]


def test_a_connection_lost_between_two_transactions_is_not_noticed(store: Store, postgres_url: str) -> None:
    cut(postgres_url)
    keep(store)
    assert count(store, "facts") == 1


def test_a_read_on_a_lost_connection_is_unavailable_once(store: Store, postgres_url: str) -> None:
    cut(postgres_url)
    with pytest.raises(Unavailable):
        store.is_current()
    assert store.is_current()


async def test_a_server_that_is_away_takes_nothing_in_and_all_is_well_when_it_is_back(tmp_path: Path) -> None:
    with postgres_cluster() as server, ExitStack() as running:
        house = built(Settings(data=tmp_path, database_url=running.enter_context(server())))
        assert (await house.inbox.receive(sms("feria", provider_id="SM1"))).state == "answered"
        running.close()
        for _ in range(2):  # the connection breaks; then there is nobody to connect to
            with pytest.raises(Unavailable):
                await house.inbox.receive(sms("feria", provider_id="SM2"))
        running.enter_context(server())
        assert (await house.inbox.receive(sms("feria", provider_id="SM2"))).state == "answered"
        assert (await house.inbox.receive(sms("feria", provider_id="SM1"))).state == "repeated"
        assert count(house.store, "inbound") == 2
        house.close()


def test_rows_held_by_another_are_unavailable_and_free_afterwards(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 0.05)
    store = Store(postgres_url)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE facts")
        with pytest.raises(Unavailable, match="lock"):
            keep(store)
    keep(store)
    store.close()


def test_a_statement_that_never_ends_is_ended(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS", 0.05)
    store = Store(postgres_url)
    with pytest.raises(Unavailable, match="timeout"):
        store.read.one("SELECT pg_sleep(30)")
    store.close()


def test_a_database_that_may_only_be_read_is_unavailable(store: Store) -> None:
    store.read.run("SET default_transaction_read_only = on")
    with pytest.raises(Unavailable, match="read-only"):
        keep(store)


def test_a_failure_that_was_kept_quiet_is_told_at_the_commit(store: Store) -> None:
    def keep_twice() -> None:
        with store.write() as tx:
            insert(tx, "k")
            with pytest.raises(StatementError):
                insert(tx, "k")

    with pytest.raises(StatementError, match="had failed"):
        keep_twice()
    assert count(store, "facts") == 0


@pytest.mark.parametrize("value", ["984000111", "nul\x00"], ids=ascii)
def test_a_value_that_is_refused_is_not_repeated(store: Store, value: str) -> None:
    with pytest.raises(StatementError) as refused:
        store.read.one("SELECT 1 FROM people WHERE id = 1 AND CAST(? AS BIGINT) > 0", f"x{value}")
    assert value not in str(refused.value)


# ── one service ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_service_claims_its_database_again_with_a_new_connection(store: Store, postgres_url: str) -> None:
    store.claim_service()
    cut(postgres_url)
    keep(store)
    second = Store(postgres_url)
    with pytest.raises(Refusal, match="already running"):
        second.claim_service()
    second.close()


def test_a_service_writes_nothing_while_another_one_has_taken_over(store: Store, postgres_url: str) -> None:
    store.claim_service()
    cut(postgres_url)
    second = Store(postgres_url)
    second.claim_service()
    for _ in range(2):
        with pytest.raises(Unavailable, match="taken it over"):
            keep(store)
    second.close()
    keep(store)


# ── two processes on one database ─────────────────────────────────────────────────────────────────────────────────────


def _meet(barrier: Barrier) -> None:
    barrier.wait(MEETING_SECONDS)


async def _take_all(house: House, senders: list[str], own: str, barrier: Barrier) -> list[str]:
    """A text of each sender in one transaction, the other process met after the first; what became of each."""
    met: list[str] = []

    def turn(tx: Connection, sender: str) -> Taken:
        taken = house.inbox.take(tx, sms("feria", sender, provider_id=f"{own} {sender}"))
        if not met:
            met.append(sender)
            _meet(barrier)
        return taken

    turns = (house.commits.run(lambda tx, sender=sender: turn(tx, sender)) for sender in senders)  # type: ignore[misc]
    return [taken.state for taken in await asyncio.gather(*turns)]


async def _take_each(house: House, senders: list[str], own: str, barrier: Barrier) -> list[str]:
    """A text of each sender in a transaction of its own, begun when the other process begins the same."""
    states = []
    for sender in senders:
        _meet(barrier)
        states.append((await house.inbox.receive(sms("feria", sender, provider_id=f"{own} {sender}"))).state)
    return states


def _other_process(how: Any, url: str, data: Path, senders: list[str], barrier: Barrier, states: Any) -> None:
    house = built(Settings(data=data, database_url=url))
    states.put(asyncio.run(how(house, senders, "other", barrier)))
    house.close()


async def both(how: Any, house: House, mine: list[str], others: list[str]) -> tuple[list[str], list[str]]:
    """What became of the texts that this process and another real one took in at the same time."""
    spawning = multiprocessing.get_context("spawn")
    barrier, states = spawning.Barrier(2), spawning.Queue()
    settings = house.settings
    arguments = (how, settings.database_url, settings.data, others, barrier, states)
    process = spawning.Process(target=_other_process, args=arguments)
    process.start()
    try:
        return await how(house, mine, "own", barrier), states.get(timeout=MEETING_SECONDS)
    finally:
        process.join(MEETING_SECONDS)
        process.kill()


async def test_two_processes_in_each_others_way_begin_again_and_nobody_is_told(house: House) -> None:
    own, other = await both(_take_all, house, [ROSA, JUAN], [JUAN, ROSA])
    assert own == other == ["answered", "answered"]
    assert count(house.store, "people") == 2
    assert count(house.store, "inbound", "state = 'answered'") == 4


async def test_two_first_texts_of_one_address_in_two_processes_are_one_person(house: House) -> None:
    senders = [f"+519840002{n:02}" for n in range(20)]
    own, other = await both(_take_each, house, senders, senders)
    assert own == other == ["answered"] * 20
    assert count(house.store, "people") == count(house.store, "addresses") == 20
    assert count(house.store, "inbound") == 40


# ── two transactions that want the same ───────────────────────────────────────────────────────────────────────────────

Work = Callable[[Connection], object]


def in_turn(store: Store, url: str, first: Work, second: Work) -> tuple[Any, Any]:
    """What two transactions gave: the second begins while the first is open, has to wait for it, and ends after it."""
    with closing(Store(url)) as other, ThreadPoolExecutor(1) as elsewhere:
        with store.write() as tx:
            given = first(tx)
            ended = elsewhere.submit(in_one, other, second)
            until_one_waits(url, ended)
        return given, ended.result(MEETING_SECONDS)


def in_one(store: Store, work: Work) -> object:
    with store.write() as tx:
        return work(tx)


def until_one_waits(url: str, ended: Future[object] | None = None) -> None:
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(url, autocommit=True) as watch:
        until = time.monotonic() + MEETING_SECONDS
        while watch.execute(waits).fetchone() is None:
            assert time.monotonic() < until, "nobody has waited"
            assert ended is None or not ended.done(), "it did not have to wait"
            time.sleep(0.005)


def asked(house: House, senders: list[str]) -> list[int]:
    """Somebody of each number has asked; the rows of the answers."""
    for sender in senders:
        take(house, sms("feria", sender))
    return [row["id"] for row in house.store.read.all("SELECT id FROM outbox ORDER BY id")]


def test_two_senders_never_claim_the_same_row(house: House, postgres_url: str) -> None:
    rows = asked(house, [ROSA, JUAN])
    now = house.clock.now()
    ours, theirs = in_turn(
        house.store,
        postgres_url,
        lambda tx: messages.claim(tx, "test", now, 10, 0),
        lambda tx: messages.claim(tx, "test", now, 10, 0),
    )
    assert [claimed.out.id for claimed in ours] == rows
    assert theirs == []


def test_a_notice_that_is_stopped_while_it_is_claimed_is_not_sent(house: House, postgres_url: str) -> None:
    [row_id] = asked(house, [ROSA])
    now = house.clock.now()
    person = people.load(house.store.read, f"tel:{ROSA}")
    assert person is not None
    house.store.read.run("UPDATE outbox SET priority = ?", messages.NOTICE)
    _, claimed = in_turn(
        house.store,
        postgres_url,
        lambda tx: messages.drop_waiting(tx, person.id, now),
        lambda tx: messages.claim(tx, "test", now, 10, 10),
    )
    assert claimed == []
    assert count(house.store, "outbox", "id = ? AND state = 'dropped'", row_id) == 1


@pytest.mark.parametrize("is_receipt_first", [False, True])
def test_a_receipt_is_applied_whoever_is_first(house: House, postgres_url: str, is_receipt_first: bool) -> None:
    [row_id] = asked(house, [ROSA])
    now = house.clock.now()

    def write(tx: Connection) -> None:
        messages.sent(tx, row_id, "P1", now)

    def take_receipt(tx: Connection) -> None:
        messages.take_receipt(tx, house.clock.new_id(), Receipt("test", "P1", "delivered"), now)

    order = (take_receipt, write) if is_receipt_first else (write, take_receipt)
    in_turn(house.store, postgres_url, *order)
    assert count(house.store, "outbox", "state = 'delivered'") == 1


class Provider:
    """A provider during whose first answer something happens."""

    name, medium, two_way, lists_messages = "test", "sms", True, False

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile
        self.sent: list[Outgoing] = []

    async def send(self, out: Outgoing) -> str:
        self.sent.append(out)
        if len(self.sent) == 1:
            self._meanwhile()
        return f"P{len(self.sent)}"


async def test_who_is_erased_while_her_answer_leaves_is_erased_from_it_too(house: House, tmp_path: Path) -> None:
    asked(house, [ROSA])
    url = house.settings.database_url
    with closing(built(Settings(data=tmp_path, database_url=url))) as other, ThreadPoolExecutor(1) as elsewhere:
        erased = threading.Event()

        def erase() -> None:
            take(other, sms("borrar", ROSA))
            with other.store.write() as tx:
                other.inbox.take(tx, sms("1", ROSA))
                erased.set()
                until_one_waits(url)

        provider = Provider(lambda: (elsewhere.submit(erase), erased.wait(MEETING_SECONDS))[0])  # type: ignore[arg-type]
        sender = Sender(house.commits, house.clock, provider, Pace(1000.0, pace.one))  # type: ignore[arg-type]
        task = asyncio.create_task(sender.run())
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert ROSA[1:] not in rows_of_all_tables(house.store)
    assert count(house.store, "outbox", "body <> ''") == 0


def rows_of_all_tables(store: Store) -> str:
    tables = [
        row["name"] for row in store.read.all("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    ]
    return "\n".join(str(tuple(row)) for table in tables for row in store.read.all(f"SELECT * FROM {table}"))  # noqa: S608  of our schema


# ── the whole service ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_talk_in_both_languages(house: House) -> None:
    assert "carretera Huarocondo - Zurite" in say(house, "¿Qué obra hay en Zurite?")[0]
    assert "carretera asfaltay" in say(house, "zuritepi ima obran kashan", JUAN)[0]
    assert [row["language"] for row in house.store.read.all("SELECT language FROM people ORDER BY id")] == ["es", "quz"]


def test_a_repeated_delivery_is_taken_once(house: House) -> None:
    assert take(house, sms("feria", provider_id="SM1")).state == "answered"
    assert take(house, sms("feria", provider_id="SM1")).state == "repeated"
    assert count(house.store, "inbound") == count(house.store, "outbox") == 1


def test_a_turn_that_breaks_is_apologised_for_and_kept(house: House) -> None:
    with house.store.write() as tx:
        tx.run("ALTER TABLE work_topics RENAME TO hidden")
    assert say(house, "obras de agua")[0].startswith("Disculpe, ahora no podemos responder.")
    assert count(house.store, "inbound", "state = 'failed'") == 1


def test_an_import_replaces_the_samples(house: House, tmp_path: Path) -> None:
    file = tmp_path / "fairs.csv"
    file.write_text(
        "key,name,district,place,weekdays_or_rule,opens,closes,products,note\nanta,Feria,anta,Plaza,domingo,,,,\n"
    )
    content = house.library.content
    dry = imports.run(house.store, content, "fairs", file, apply=False)
    assert (dry.errors, dry.new + dry.changed) == ((), 1)
    assert imports.run(house.store, content, "fairs", file, apply=True).applied
    assert imports.run(house.store, content, "fairs", file, apply=True).unchanged == 1
    assert count(house.store, "fairs") == 1


def test_the_commands_work_on_it(postgres_url: str, tmp_path: Path) -> None:
    where = {"CHASKI_DATA": str(tmp_path), "DATABASE_URL": postgres_url}
    chat = bot("chat", said="hola\nqwxz zzkj\n", **where)
    assert chat.stdout.startswith("< Soy Chaski"), chat.stderr
    review = bot("review", **where)
    assert review.stdout == "1\tes\tqwxz zzkj\n", review.stderr
    assert list(tmp_path.iterdir()) == []
