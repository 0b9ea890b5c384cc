"""The accounts of those who work at the desk: made, logged in, given new passwords, disabled."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bot.clock import Clock
from bot.errors import ChaskiError, Refusal
from bot.records import agenda, audit, staff
from bot.records.audit import Actor, Entry
from bot.records.staff import Role, Staff
from bot.records.store import Store, Tx
from bot.service.commits import Commits
from bot.service.throttle import Patience, Throttle

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
SHORTEST_NAME, LONGEST_NAME = 2, 40
SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is written down when a session was last used: a row for every page would be a write too many."""

FIRST_ADMIN = "admin"
TERMINAL = Actor(None, "bot staff")
"""Whoever has a shell on the server."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper
_HASHES_AT_ONCE = 2
_Key = tuple[str, Patience]

ACCOUNT = Patience(free_tries=5, longest_seconds=900)
ORIGIN = Patience(free_tries=20, longest_seconds=900)
OWNER = Patience(free_tries=30, longest_seconds=60)
"""For an account from an address where it has logged in before: guesses made elsewhere do not keep its owner out."""

# The least that OWASP advises for argon2id: 19 MiB, so that a small server bears several logins at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_urlsafe())
"""Checked for names that do not exist, so that they take as long as others."""


class Unacceptable(Refusal):
    """An account cannot be made or changed so: `field` and `problem` name it for a page, the sentence for terminals."""

    def __init__(self, field: str, problem: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.problem = field, problem


class WrongLogin(ChaskiError):
    """No such name, a wrong password or a disabled account: nobody is told which."""


class TooManyTries(ChaskiError):
    """Wait for `seconds` before the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Wait for {seconds} s.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Wish:
    """An account as somebody wants it: `phone` in E.164 or empty, scopes as keys of mesas and places."""

    name: str
    role: Role
    phone: str = ""
    mesas: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    comunidades: tuple[str, ...] = ()


# ── passwords ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def make_password() -> str:
    """A single-use password that can be read out: four times four letters, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    """argon2id; takes some 40 ms of one core."""
    return _hasher.hash(_plain(password))


def is_right(password_hash: str, password: str) -> bool:
    """Takes as long as `hash_password`."""
    try:
        return _hasher.verify(password_hash, _plain(password))
    except (Argon2Error, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """The same bytes whichever way a keyboard composes ñ and á."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace")


def check_password(person: Staff, old: str, new: str) -> None:
    """Raises Unacceptable for a new password that is too short or too long, her name or the old one."""
    if len(new) < SHORTEST_PASSWORD:
        raise Unacceptable("new", "short", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(new) > LONGEST_PASSWORD:
        raise Unacceptable("new", "long", f"A password has at most {LONGEST_PASSWORD} characters.")
    if staff.name_key(new) == staff.name_key(person.name):
        raise Unacceptable("new", "name", "A password must not be the name.")
    if new == old:
        raise Unacceptable("new", "same", "The new password must not be the old one.")


# ── accounts, over an open transaction ────────────────────────────────────────────────────────────────────────────────


def create(tx: Tx, clock: Clock, actor: Actor, wish: Wish, password_hash: str, is_single_use: bool = True) -> Staff:
    """Add an account; a promoter becomes known by her number too. Raises Unacceptable."""
    person = Staff(
        id=clock.new_id(),
        name=_name(wish.name),
        role=wish.role,
        password_hash=password_hash,
        is_single_use=is_single_use,
        created_at=clock.now(),
        phone=wish.phone or None,
        mesas=wish.mesas,
        districts=wish.districts,
        comunidades=wish.comunidades,
    )
    _check_scopes(person)
    if person.phone and staff.has_phone(tx, person.phone):
        raise Unacceptable("phone", "taken", f"{person.phone} is the phone of another account.")
    if not staff.insert(tx, person):
        raise Unacceptable("name", "taken", f"There is already an account {person.name}.")
    if person.role == "promoter" and person.phone:
        agenda.put_promoters(tx, [_promoter(tx, person, person.phone)])
    scopes = " ".join((*person.mesas, *person.districts, *person.comunidades))
    _note(tx, clock, actor, "staff_added", person.name, {"role": person.role} | ({"scopes": scopes} if scopes else {}))
    return person


def disable(tx: Tx, clock: Clock, actor: Actor, person: Staff) -> None:
    """She cannot log in any more, and is logged out wherever she is. Raises Unacceptable for the last admin."""
    staff.disable(tx, person.id, clock.now())
    if person.role == "admin" and not staff.has_admin(tx):
        raise Unacceptable("name", "last_admin", "Somebody has to stay admin: this is the last account that is.")
    staff.close_sessions_of(tx, person.id)
    _note(tx, clock, actor, "staff_disabled", person.name)


def reset(tx: Tx, clock: Clock, actor: Actor, person: Staff, password_hash: str) -> None:
    """A new single-use password; she is logged out everywhere, and somebody disabled may log in again."""
    staff.set_password(tx, person.id, password_hash, is_single_use=True)
    staff.enable(tx, person.id)
    staff.close_sessions_of(tx, person.id)
    _note(tx, clock, actor, "staff_reset", person.name)


def named(tx: Tx, name: str) -> Staff:
    """The account of that name. Raises Unacceptable."""
    person = staff.find_by_name(tx, name)
    if person is None:
        raise Unacceptable("name", "unknown", f"There is no account {' '.join(name.split())}.")
    return person


def first_admin(store: Store, clock: Clock, password: str) -> str:
    """The account without which nobody could log in. With `password`: `admin` has it, if there was no `admin` yet.
    Without: one is made up when nobody is admin, and given back to be shown once; else empty."""
    made_up = "" if password else make_password()
    with store.write() as tx:
        is_there = staff.find_by_name(tx, FIRST_ADMIN) is not None
        if is_there or (made_up and staff.has_admin(tx)):
            return ""
        wish, actor = Wish(FIRST_ADMIN, "admin"), Actor(None, "bot serve")
        create(tx, clock, actor, wish, hash_password(password or made_up), is_single_use=bool(made_up))
    return made_up


def _name(given: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", given).split())
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Unacceptable("name", "unusable", f"A name has {SHORTEST_NAME} to {LONGEST_NAME} characters on one line.")
    return name


def _check_scopes(person: Staff) -> None:
    if person.role == "mesa" and not person.mesas:
        raise Unacceptable("mesa", "missing", "Somebody of a mesa needs --mesa.")
    if person.role == "promoter" and not person.phone:
        raise Unacceptable("phone", "missing", "A promoter needs --phone: she is known by her number.")
    if person.role == "promoter" and not person.comunidades:
        raise Unacceptable("comunidad", "missing", "A promoter needs --comunidad.")


def _promoter(tx: Tx, person: Staff, phone: str) -> agenda.Promoter:
    """Her row for SMS; the language that an import gave her stays."""
    language = next((each.language for each in agenda.all_promoters(tx) if each.phone == phone), "es")
    return agenda.Promoter(phone, person.name, person.comunidades, language)


def _note(
    tx: Tx, clock: Clock, actor: Actor, action: str, object_: str = "", details: Mapping[str, str] | None = None
) -> None:
    audit.write(tx, Entry(clock.new_id(), clock.now(), actor, action, object_, details or {}))


# ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def hash_token(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(f"session {token}".encode()).hexdigest()


def csrf_token(token: str) -> str:
    """What a form carries to show that it comes from a page of the same session; says nothing of the token."""
    return hashlib.sha256(f"form {token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who is behind a session's token, and the sentence that her next page is to show."""

    person: Staff
    notice: str


class Accounts:
    """Logging in and out: passwords are hashed off the loop, tries are counted, sessions are rows."""

    def __init__(self, store: Store, commits: Commits, clock: Clock) -> None:
        self._store, self._commits, self._clock = store, commits, clock
        self._throttle = Throttle()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def log_in(self, name: str, password: str, origin: str) -> str:
        """The token of a new session. Raises WrongLogin, TooManyTries, Unavailable."""
        person = staff.find_by_name(self._store.read, name)
        keys = self._count_try(name, person, origin)
        is_right_ = await self._is_right(person.password_hash if person else _NOBODY, password)
        if person is None or person.disabled_at or not is_right_:
            await self._note(_actor(person, origin), "login_failed")
            raise WrongLogin
        token = secrets.token_urlsafe(32)
        await self._commits.run(lambda tx: self._open(tx, token, person, origin))
        self._forgive(keys)
        return token

    async def who(self, token: str) -> LoggedIn | None:
        """Whose session this is; None when it has ended or never was. Raises Unavailable."""
        hashed, now = hash_token(token), self._clock.now()
        session = staff.find_session(self._store.read, hashed)
        if session is None or now - session.created_at >= SESSION_LIFE or now - session.seen_at >= SESSION_IDLE:
            return None
        person = staff.find(self._store.read, session.staff_id)
        if person is None or person.disabled_at:
            return None
        if now - session.seen_at >= SEEN_EVERY:
            await self._commits.run(lambda tx: staff.see_session(tx, hashed, now))
        return LoggedIn(person, session.notice)

    async def log_out(self, token: str, actor: Actor) -> None:
        def work(tx: Tx) -> None:
            staff.close_session(tx, hash_token(token))
            _note(tx, self._clock, actor, "logout")

        await self._commits.run(work)

    async def change_password(self, person: Staff, old: str, new: str, origin: str) -> str:
        """Give her the password that she chose and end all her sessions; the token of a new one.
        Raises Unacceptable, TooManyTries, Unavailable."""
        keys = self._count_try(person.name, person, origin)
        if not await self._is_right(person.password_hash, old):
            await self._note(_actor(person, origin), "password_refused")
            raise Unacceptable("old", "wrong", "The password used until now is another one.")
        self._forgive(keys)
        check_password(person, old, new)
        hashed, token = await self.hash(new), secrets.token_urlsafe(32)

        def work(tx: Tx) -> None:
            staff.close_sessions_of(tx, person.id)
            self._open(tx, token, person, origin)
            staff.set_password(tx, person.id, hashed, is_single_use=False)
            _note(tx, self._clock, _actor(person, origin), "password_changed")

        await self._commits.run(work)
        return token

    async def set_notice(self, token: str, notice: str) -> None:
        """What the next page of this session is to show; empty once it has been shown."""
        await self._commits.run(lambda tx: staff.set_notice(tx, hash_token(token), notice))

    async def hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(hash_password, password)

    async def _is_right(self, password_hash: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(is_right, password_hash, password)

    def _open(self, tx: Tx, token: str, person: Staff, origin: str) -> None:
        """Begin a session. Raises WrongLogin when the account was changed while its password was checked."""
        found, now = staff.find(tx, person.id), self._clock.now()
        if found is None or found.disabled_at or found.password_hash != person.password_hash:
            raise WrongLogin
        staff.close_sessions_before(tx, now - SESSION_LIFE, now - SESSION_IDLE)
        staff.open_session(tx, hash_token(token), person.id, now)
        _note(tx, self._clock, _actor(person, origin), "login")

    def _count_try(self, name: str, person: Staff | None, origin: str) -> list[_Key]:
        """What the try was counted under. Raises TooManyTries when it is too early for one, name or no name."""
        now = self._clock.now()
        keys = self._keys(name, person, origin)
        seconds = max(self._throttle.wait_seconds(key, patience, now) for key, patience in keys)
        if seconds:
            raise TooManyTries(seconds)
        for key, _ in keys:
            self._throttle.count(key, now)
        return keys

    def _forgive(self, keys: list[_Key]) -> None:
        """The password was right: an account begins anew; an address, which others may share, only loses this try."""
        for key, patience in keys:
            if patience is ORIGIN:
                self._throttle.forgive(key)
            else:
                self._throttle.forget(key)

    def _keys(self, name: str, person: Staff | None, origin: str) -> list[_Key]:
        account = staff.name_key(name)[:LONGEST_NAME]
        if person and audit.has_come_from(self._store.read, person.id, "login", origin):
            return [(f"owner {origin} {account}", OWNER)]
        return [(f"account {account}", ACCOUNT), (f"origin {origin}", ORIGIN)]

    async def _note(self, actor: Actor, action: str) -> None:
        await self._commits.run(lambda tx: _note(tx, self._clock, actor, action))


def _actor(person: Staff | None, origin: str) -> Actor:
    """Of an unknown name nothing is kept: it may be a password in the wrong box."""
    return Actor(person.id, person.name, origin) if person else Actor(None, "", origin)
