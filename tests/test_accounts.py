"""Accounts and logins over real databases: who is let in, how fast one may guess, and when a session ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import LIMA
from bot.records import agenda, audit, staff
from bot.records.agenda import Comunidad, District
from bot.records.audit import Actor
from bot.records.staff import Staff
from bot.records.store import Store
from bot.service import accounts
from bot.service.accounts import Accounts, TooManyTries, Unacceptable, Wish, WrongLogin
from bot.service.commits import Commits
from tests.databases import databases
from tests.talks import MovingClock

PASSWORD, OTHER = "luna llena de agosto", "papa nativa y chuño"
OFFICE, ELSEWHERE = "10.0.0.1", "203.0.113.7"
ADMIN = Actor(None, "a test")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(datetime(2027, 3, 1, 9, 0, tzinfo=LIMA))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = Store(tmp_path / "chaski.db")
        yield opened
        opened.close()
        return
    with databases(request.config).fresh() as address:
        opened = Store(address)
        yield opened
        opened.close()


@pytest.fixture
def desk(store: Store, clock: MovingClock) -> Accounts:
    return Accounts(store, Commits(store), clock)


def add(store: Store, clock: MovingClock, name: str = "Rosa", password: str = PASSWORD, **more: object) -> Staff:
    """An account whose password she chose herself."""
    wish = Wish(**{"name": name, "role": "reader"} | more)  # type: ignore[arg-type]  # fields of a wish
    with store.write() as tx:
        return accounts.create(tx, clock, ADMIN, wish, accounts.hash_password(password), is_single_use=False)


async def refusal(desk: Accounts, name: str, password: str, origin: str = ELSEWHERE) -> type[Exception]:
    """How a login is refused."""
    with pytest.raises((WrongLogin, TooManyTries)) as refused:
        await desk.log_in(name, password, origin)
    return refused.type


def rows(store: Store) -> list[tuple[str, str, str]]:
    """The audit as (name, action, object), the oldest first."""
    return [(entry.actor.name, entry.action, entry.object) for entry in reversed(audit.newest(store.read))]


# ── making accounts ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_kept_with_its_scopes_and_never_with_its_password(store: Store, clock: MovingClock) -> None:
    made = add(store, clock, "  Rosa   Quispe ", role="mesa", mesas=("salud", "turismo"), districts=("zurite",))
    found = staff.find_by_name(store.read, "rosa QUISPE")
    assert found == made
    assert (made.name, made.mesas, made.districts) == ("Rosa Quispe", ("salud", "turismo"), ("zurite",))
    assert PASSWORD not in made.password_hash
    assert made.password_hash.startswith("$argon2id$")
    assert made.password_hash not in repr(made)
    assert rows(store) == [("a test", "staff_added", "Rosa Quispe")]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish("ROSA", "reader"), ("name", "taken")),
        (Wish("R", "reader"), ("name", "unusable")),
        (Wish("R" * 41, "reader"), ("name", "unusable")),
        (Wish("Ro\x07sa", "reader"), ("name", "unusable")),
        (Wish("Luz", "mesa"), ("mesa", "missing")),
        (Wish("Luz", "promoter", comunidades=("compone",)), ("phone", "missing")),
        (Wish("Luz", "promoter", phone="+51984000111"), ("comunidad", "missing")),
        (Wish("Luz", "reader", phone="+51984000222"), ("phone", "taken")),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    store: Store, clock: MovingClock, wish: Wish, problem: tuple[str, str]
) -> None:
    add(store, clock, "Rosa", phone="+51984000222")
    with pytest.raises(Unacceptable) as refused, store.write() as tx:
        accounts.create(tx, clock, ADMIN, wish, "a hash")
    assert (refused.value.field, refused.value.problem) == problem
    assert [person.name for person in staff.everybody(store.read)] == ["Rosa"]


def test_a_promoter_is_known_by_her_number(store: Store, clock: MovingClock) -> None:
    with store.write() as tx:
        agenda.put_districts(tx, [District("anta", "Anta", "080301")])
        agenda.put_comunidades(tx, [Comunidad("compone", "Compone", "anta")])
        agenda.put_promoters(tx, [agenda.Promoter("+51984000111", "Luz M.", ("compone",), "quz")])
    add(store, clock, "Luz", role="promoter", phone="+51984000111", comunidades=("compone",))
    assert agenda.all_promoters(store.read) == [agenda.Promoter("+51984000111", "Luz", ("compone",), "quz")]


def test_the_first_admin_is_made_once(store: Store, clock: MovingClock) -> None:
    made_up = accounts.first_admin(store, clock, "")
    admin = staff.find_by_name(store.read, "admin")
    assert admin
    assert (admin.role, admin.is_single_use) == ("admin", True)
    assert accounts.is_right(admin.password_hash, made_up)
    assert accounts.first_admin(store, clock, "") == ""
    assert accounts.first_admin(store, clock, PASSWORD) == ""
    assert staff.find_by_name(store.read, "admin") == admin


def test_a_given_first_password_is_not_single_use(store: Store, clock: MovingClock) -> None:
    add(store, clock, "Ana", role="admin")
    assert accounts.first_admin(store, clock, "") == ""  # Ana is admin: nobody has to be made up
    assert accounts.first_admin(store, clock, PASSWORD) == ""
    admin = staff.find_by_name(store.read, "admin")
    assert admin
    assert not admin.is_single_use
    assert accounts.is_right(admin.password_hash, PASSWORD)


def test_single_use_passwords_are_long_and_never_the_same() -> None:
    made = {accounts.make_password() for _ in range(200)}
    assert len(made) == 200
    assert {len(password) for password in made} == {19}


def test_the_same_password_composed_otherwise_is_the_same() -> None:
    assert accounts.is_right(accounts.hash_password("contraseña fácil"), "contrasen\u0303a fa\u0301cil")
    assert not accounts.is_right("no hash at all", PASSWORD)


# ── logging in ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_right_password_begins_a_session(store: Store, clock: MovingClock, desk: Accounts) -> None:
    rosa = add(store, clock)
    token = await desk.log_in("ROSA", PASSWORD, OFFICE)
    logged_in = await desk.who(token)
    assert logged_in
    assert logged_in.person == rosa
    assert await desk.log_in("Rosa", PASSWORD, OFFICE) != token
    assert await desk.who("made up") is None
    kept = str([tuple(row) for row in store.read.all("SELECT * FROM desk_sessions")])
    assert token not in kept
    assert accounts.csrf_token(token) not in kept


async def test_unknown_names_wrong_passwords_and_disabled_accounts_are_refused_alike(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    add(store, clock)
    gone = add(store, clock, "Juan")
    add(store, clock, "Ana", role="admin")
    with store.write() as tx:
        accounts.disable(tx, clock, ADMIN, gone)
    tried = [("Rosa", OTHER), ("Nadie", PASSWORD), ("Juan", PASSWORD), ("Juan", OTHER)]
    for name, password in tried:
        assert await refusal(desk, name, password) is WrongLogin
    failures = [name for name, action, _ in rows(store) if action == "login_failed"]
    assert failures == ["Rosa", "", "Juan", "Juan"]  # what was typed for nobody may be a password


@pytest.mark.parametrize("name", ["Rosa", "Nadie"])
async def test_guessing_is_slowed_down_whether_or_not_there_is_such_a_name(
    store: Store, clock: MovingClock, desk: Accounts, name: str
) -> None:
    add(store, clock)
    pauses = []
    for _ in range(8):
        try:
            await desk.log_in(name, OTHER, ELSEWHERE)
        except WrongLogin:
            pauses.append(0)
        except TooManyTries as early:
            pauses.append(early.seconds)
            clock.at += timedelta(seconds=early.seconds)
    assert pauses == [0, 0, 0, 0, 0, 1, 0, 2]


async def test_a_pause_is_never_longer_than_a_quarter_of_an_hour(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    add(store, clock)
    longest = 0
    for _ in range(34):
        try:
            await desk.log_in("Rosa", OTHER, ELSEWHERE)
        except WrongLogin:
            continue
        except TooManyTries as early:
            longest = max(longest, early.seconds)
            clock.at += timedelta(seconds=early.seconds)
    assert longest == 900
    clock.at += timedelta(seconds=900)
    assert await desk.log_in("Rosa", PASSWORD, ELSEWHERE)


async def test_tries_at_the_same_moment_are_counted_before_they_are_answered(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    add(store, clock)
    answers = await asyncio.gather(*(refusal(desk, "Rosa", OTHER) for _ in range(20)))
    assert answers.count(WrongLogin) == accounts.ACCOUNT.free_tries
    assert answers.count(TooManyTries) == 15


async def test_who_guesses_elsewhere_does_not_keep_the_owner_out(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    add(store, clock)
    await desk.log_in("Rosa", PASSWORD, OFFICE)
    for n in range(15):
        await refusal(desk, "Rosa", OTHER, f"203.0.113.{n}")
    assert await refusal(desk, "Rosa", PASSWORD, ELSEWHERE) is TooManyTries
    assert await refusal(desk, "Rosa", OTHER, OFFICE) is WrongLogin  # her own slip
    assert await desk.log_in("Rosa", PASSWORD, OFFICE)


async def test_one_address_cannot_try_one_password_on_everybody(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    answers = [await refusal(desk, f"name {n}", PASSWORD) for n in range(25)]
    assert answers == [WrongLogin] * 20 + [TooManyTries] * 5
    add(store, clock)
    assert await desk.log_in("Rosa", PASSWORD, OFFICE)


async def test_an_account_that_is_disabled_while_its_password_is_checked_is_not_let_in(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    rosa = add(store, clock)
    trying = asyncio.create_task(desk.log_in("Rosa", PASSWORD, OFFICE))
    await asyncio.sleep(0)
    with store.write() as tx:
        accounts.reset(tx, clock, ADMIN, rosa, accounts.hash_password(OTHER))
    with pytest.raises(WrongLogin):
        await trying


# ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_session_ends_after_two_idle_hours(store: Store, clock: MovingClock, desk: Accounts) -> None:
    add(store, clock)
    token = await desk.log_in("Rosa", PASSWORD, OFFICE)
    for _ in range(4):
        clock.at += timedelta(minutes=119)
        assert await desk.who(token)
    clock.at += timedelta(minutes=120)
    assert await desk.who(token) is None


async def test_a_session_ends_after_twelve_hours_of_work(store: Store, clock: MovingClock, desk: Accounts) -> None:
    add(store, clock)
    token = await desk.log_in("Rosa", PASSWORD, OFFICE)
    for _ in range(11):
        clock.at += timedelta(hours=1)
        assert await desk.who(token)
    clock.at += timedelta(hours=1)
    assert await desk.who(token) is None
    await desk.log_in("Rosa", PASSWORD, OFFICE)
    assert len(store.read.all("SELECT 1 FROM desk_sessions")) == 1  # the old one is swept out


async def test_to_disable_somebody_logs_her_out_everywhere(store: Store, clock: MovingClock, desk: Accounts) -> None:
    add(store, clock, "Ana", role="admin")
    rosa = add(store, clock)
    tokens = [await desk.log_in("Rosa", PASSWORD, origin) for origin in (OFFICE, ELSEWHERE)]
    with store.write() as tx:
        accounts.disable(tx, clock, ADMIN, rosa)
    assert [await desk.who(token) for token in tokens] == [None, None]
    assert await refusal(desk, "Rosa", PASSWORD) is WrongLogin


async def test_the_last_admin_stays(store: Store, clock: MovingClock) -> None:
    ana = add(store, clock, "Ana", role="admin")
    with pytest.raises(Unacceptable), store.write() as tx:
        accounts.disable(tx, clock, ADMIN, ana)
    assert staff.has_admin(store.read)


async def test_a_reset_ends_sessions_and_lets_in_again(store: Store, clock: MovingClock, desk: Accounts) -> None:
    add(store, clock, "Ana", role="admin")
    rosa = add(store, clock)
    token = await desk.log_in("Rosa", PASSWORD, OFFICE)
    with store.write() as tx:
        accounts.disable(tx, clock, ADMIN, rosa)
        accounts.reset(tx, clock, ADMIN, rosa, accounts.hash_password(OTHER))
    assert await desk.who(token) is None
    assert await refusal(desk, "Rosa", PASSWORD) is WrongLogin
    logged_in = await desk.who(await desk.log_in("Rosa", OTHER, OFFICE))
    assert logged_in
    assert logged_in.person.is_single_use


async def test_to_log_out_ends_this_session_only(store: Store, clock: MovingClock, desk: Accounts) -> None:
    rosa = add(store, clock)
    here, there = [await desk.log_in("Rosa", PASSWORD, OFFICE) for _ in range(2)]
    await desk.log_out(here, Actor(rosa.id, rosa.name, OFFICE))
    assert await desk.who(here) is None
    assert await desk.who(there)
    assert rows(store)[-1] == ("Rosa", "logout", "")


# ── passwords ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_password_ends_the_other_sessions(store: Store, clock: MovingClock, desk: Accounts) -> None:
    rosa = add(store, clock)
    old = [await desk.log_in("Rosa", PASSWORD, OFFICE) for _ in range(2)]
    token = await desk.change_password(rosa, PASSWORD, OTHER, OFFICE)
    assert [await desk.who(each) for each in old] == [None, None]
    assert await desk.who(token)
    assert await desk.log_in("Rosa", OTHER, OFFICE)
    assert await refusal(desk, "Rosa", PASSWORD) is WrongLogin


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (OTHER, "otra contraseña", ("old", "wrong")),
        (PASSWORD, "nueve nue", ("new", "short")),
        (PASSWORD, "x" * 257, ("new", "long")),
        (PASSWORD, "ROSA quispe", ("new", "name")),
        (PASSWORD, PASSWORD, ("new", "same")),
    ],
)
async def test_a_password_that_will_not_do_is_refused_and_changes_nothing(
    store: Store, clock: MovingClock, desk: Accounts, old: str, new: str, problem: tuple[str, str]
) -> None:
    rosa = add(store, clock, "Rosa Quispe")
    token = await desk.log_in("Rosa Quispe", PASSWORD, OFFICE)
    with pytest.raises(Unacceptable) as refused:
        await desk.change_password(rosa, old, new, OFFICE)
    assert (refused.value.field, refused.value.problem) == problem
    assert await desk.who(token)
    assert staff.find(store.read, rosa.id) == rosa


async def test_the_old_password_cannot_be_guessed_from_an_open_session(
    store: Store, clock: MovingClock, desk: Accounts
) -> None:
    rosa = add(store, clock)
    await desk.log_in("Rosa", PASSWORD, OFFICE)
    for _ in range(accounts.OWNER.free_tries):
        with pytest.raises(Unacceptable):
            await desk.change_password(rosa, OTHER, "otra contraseña", OFFICE)
    with pytest.raises(TooManyTries):
        await desk.change_password(rosa, OTHER, "otra contraseña", OFFICE)


# ── the audit ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_audit_is_paged_and_filtered(store: Store, clock: MovingClock) -> None:
    rosa = add(store, clock)
    with store.write() as tx:
        for n in range(audit.PAGE_ROWS + 10):
            actor = Actor(rosa.id, "Rosa", OFFICE)
            audit.write(tx, audit.Entry(clock.new_id(), clock.now(), actor, "saw", f"list {n}", {"day": "hoy"}, n))
    first = audit.newest(store.read, action="saw")
    rest = audit.newest(store.read, action="saw", before_id=first[-1].id)
    assert [entry.row_count for entry in first + rest] == list(reversed(range(audit.PAGE_ROWS + 10)))
    assert first[0].details == {"day": "hoy"}
    assert [entry.action for entry in audit.newest(store.read, name="a test")] == ["staff_added"]
    assert audit.names(store.read) == ["Rosa", "a test"]
    assert audit.actions(store.read) == ["saw", "staff_added"]
    assert audit.last_by_staff(store.read, "saw") == {rosa.id: clock.at}
    assert audit.has_come_from(store.read, rosa.id, "saw", OFFICE)
    assert not audit.has_come_from(store.read, rosa.id, "saw", ELSEWHERE)
