"""A backup put back: the rows as they were, and nothing leaves until somebody who knows what has left releases it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import LIMA, Clock
from bot.errors import Refusal
from bot.records import audit, backups, notices
from bot.records.audit import Actor, Entry
from bot.records.backups import Hold, Waiting
from bot.records.store import Tx, copies
from bot.service.notices import steering, timing

TERMINAL = Actor(None, "bot restore")
KEPT = "{}.before-{:%Y%m%d-%H%M%S}"
"""What an SQLite file that was replaced is called from then on; beside it, or in `data` for a server's rows."""

Notices = list[notices.Notice]


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is where the rows lie that were there before; empty when there were none."""

    hold: Hold
    kept: str


@dataclass(frozen=True, slots=True)
class Question:
    """What whoever releases has to know: the hold, what waits, and how many notices were under way in the backup."""

    hold: Hold
    waiting: Waiting
    notices: int


def restore(where: Path | str, data: Path, file: Path, clock: Clock, *, replace: bool) -> Restored:
    """Put a backup in the place of a database, of either kind, and hold all sending. `data` is our folder.

    All of it is read through and brought to this program's schema before anything is touched. Raises Refusal.
    """
    scratch_folder = where.parent if isinstance(where, Path) else data
    scratch_folder.mkdir(parents=True, exist_ok=True)
    with copies.alone(where), TemporaryDirectory(prefix=copies.SCRATCH, dir=scratch_folder) as folder:
        if not replace and not copies.is_empty(where):
            raise Refusal("There is a database already; `bot restore --replace` puts the backup in its place.")
        scratch = Path(folder, "restored.db")
        copies.unpack(file, scratch)
        with copies.changing(scratch) as tx:
            held = backups.hold(tx, clock.now(), clock.new_id())
            _note(tx, clock, "restored", {"file": file.name})
        kept = _put(where, data, scratch, clock)
    return Restored(held, kept)


def _put(where: Path | str, data: Path, scratch: Path, clock: Clock) -> str:
    local = clock.now().astimezone(LIMA)
    if isinstance(where, Path):
        kept = where.with_name(KEPT.format(where.name, local))
        return str(kept) if copies.put_into_file(scratch, where, kept) else ""
    kept = data / KEPT.format("chaski.db", local)
    was_there = not copies.is_empty(where)
    if was_there:
        copies.write(where, kept, lambda tx: backups.mark(tx, clock.now()))
    copies.put_into_server(scratch, where)
    return str(kept) if was_there else ""


def question(tx: Tx, now: datetime) -> Question | None:
    """What would be released; None when nothing is held."""
    held = backups.held(tx)
    return Question(held, backups.waiting(tx, held.before_id), len(_under_way(tx, now, held))) if held else None


def release(tx: Tx, clock: Clock, *, drop_waiting: bool) -> None:
    """Let messages leave again. What waited in the backup stays here with `drop_waiting`: it may have left since.

    Notices that were under way are paused, and a series goes on with its next day: staff know who has heard.
    """
    now, held = clock.now(), backups.held(tx)
    if held is None:
        return
    if drop_waiting:
        backups.drop(tx, held.before_id, now)
    for notice in _under_way(tx, now, held):
        _stop(tx, notice, now)
    backups.release(tx)
    _note(tx, clock, "released", {"waiting": "dropped" if drop_waiting else "sent"})


def _under_way(tx: Tx, now: datetime, held: Hold) -> Notices:
    """Those of the backup that would go on by themselves."""
    return [notice for notice in notices.due(tx, now) if notice.id < held.before_id]


def _stop(tx: Tx, notice: notices.Notice, now: datetime) -> None:
    if notice.state == "repeating":
        following = timing.next_of_series(notice, now)
        if following is None:
            notices.set_state(tx, notice, "done", now)
        else:
            notices.put_off(tx, notice, following, following + timing.life(notice))
    elif not steering.pause(tx, notice, now, "restored"):
        notices.set_state(tx, notice, "paused", now, because="restored")


def _note(tx: Tx, clock: Clock, action: str, details: dict[str, str]) -> None:
    audit.write(tx, Entry(clock.new_id(), clock.now(), TERMINAL, action, details=details))
