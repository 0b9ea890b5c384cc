"""Notices as rows: what is told to whom and when, how far it is, and who stopped it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx

State = Literal["draft", "awaiting", "scheduled", "repeating", "freezing", "sending", "paused", "cancelled", "done"]
"""`awaiting` another's approval, `scheduled` for its hour, `freezing` its audience; `repeating` makes others."""

UNDER_WAY: tuple[State, ...] = ("awaiting", "scheduled", "repeating", "freezing", "sending", "paused")


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is to hear: everybody of the places (of all when there are none) for whom the rest is true as well.

    `languages` empty: both. `is_chosen`: only who asked for the notice's topic. `campaign` with `holds` (`booked`,
    `waiting`): who has a place there, or is on its waiting list. `asked_about`: `work:KEY`, `campaign:KEY` or
    `fair:KEY` that she asked about. `again`: also who was told of the same event in these days. `by_cheapest`: by the
    SMS channel that costs least, not by the one to which she wrote last.
    """

    districts: tuple[str, ...] = ()
    comunidades: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_chosen: bool = False
    campaign: str = ""
    holds: str = ""
    asked_about: str = ""
    again: bool = False
    by_cheapest: bool = False

    def dump(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, stored: str) -> Audience:
        given: dict[str, Any] = json.loads(stored)
        lists: dict[str, Any] = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        return cls(**{**given, **lists})


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, or with a `rule` the series that makes one on each of its days.

    `about` is `campaign:KEY`, `work:KEY`, `fair:KEY` or empty; `held_on` the day of that event as it was written.
    `fields` are the values of `{fecha}`, `{lugar}` … in both texts. `promoter` is the number of the promoter who sent
    it, else `staff_id` who wrote it; `author` is the name of either. Of its messages that ended, `forgiven` (of those
    that failed, `forgiven_failed`) count no more against it: somebody has looked and had it go on.
    """

    id: int
    name: str
    author: str
    state: State = "draft"
    about: str = ""
    topic: str = ""
    text_es: str = ""
    text_quz: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    audience: Audience = Audience()
    rule: str = ""
    series_id: int | None = None
    is_urgent: bool = False
    urgent_because: str = ""
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    held_on: date | None = None
    stopped_because: str = ""
    staff_id: int | None = None
    promoter: str = ""
    approved_by: int | None = None
    frozen_up_to: int = 0
    forgiven: int = 0
    forgiven_failed: int = 0
    created_at: datetime | None = None
    begun_at: datetime | None = None
    frozen_at: datetime | None = None
    closed_at: datetime | None = None

    def text(self, language: str) -> str:
        return self.text_quz if language == "quz" else self.text_es


_WRITTEN = (
    "name, about, topic, text_es, text_quz, fields, audience, rule, is_urgent, urgent_because, starts_at, expires_at,"
    " held_on"
)


def add(tx: Tx, notice: Notice, now: datetime) -> None:
    """A new notice in its state, mostly `draft`."""
    tx.run(
        f"INSERT INTO notices (id, {_WRITTEN}, series_id, state, staff_id, promoter, author, approved_by, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        notice.id,
        *_written(notice),
        notice.series_id,
        notice.state,
        notice.staff_id,
        notice.promoter,
        notice.author,
        notice.approved_by,
        to_text(now),
    )


def change(tx: Tx, notice: Notice) -> bool:
    """What was written anew of a draft; False when it is none any more."""
    names = [name.strip() for name in _WRITTEN.split(",")]
    placed = ", ".join(f"{name} = ?" for name in names)
    return tx.run(f"UPDATE notices SET {placed} WHERE id = ? AND state = 'draft'", *_written(notice), notice.id) == 1


def _written(notice: Notice) -> tuple[object, ...]:
    return (
        notice.name,
        notice.about,
        notice.topic,
        notice.text_es,
        notice.text_quz,
        json.dumps(dict(notice.fields), ensure_ascii=False),
        notice.audience.dump(),
        notice.rule,
        int(notice.is_urgent),
        notice.urgent_because,
        _stored(notice.starts_at),
        _stored(notice.expires_at),
        notice.held_on.isoformat() if notice.held_on else "",
    )


def drop_draft(tx: Tx, notice_id: int) -> bool:
    """A draft that nobody wants; what was ever sent stays, and so does a series that has made a notice."""
    return (
        tx.run(
            "DELETE FROM notices WHERE id = ? AND state = 'draft'"
            " AND NOT EXISTS (SELECT 1 FROM notices made WHERE made.series_id = notices.id)",
            notice_id,
        )
        == 1
    )


def one(tx: Tx, notice_id: int) -> Notice | None:
    row = tx.one("SELECT * FROM notices WHERE id = ?", notice_id)
    return of_row(row) if row else None


def latest(tx: Tx, limit: int, *, states: Collection[State] = (), author: int | None = None) -> list[Notice]:
    """The newest first; only in these states, and only of one account, where that is asked."""
    wanted = f" AND state IN ({', '.join('?' for _ in states)})" if states else ""
    whose = " AND staff_id = ?" if author is not None else ""
    rows = tx.all(
        f"SELECT * FROM notices WHERE id > 0{wanted}{whose} ORDER BY id DESC LIMIT ?",
        *states,
        *([author] if author is not None else []),
        limit,
    )
    return [of_row(row) for row in rows]


def due(tx: Tx, now: datetime) -> list[Notice]:
    """What asks for work now: whose hour has come, whose audience is being frozen, what is being sent; oldest first."""
    rows = tx.all(
        "SELECT * FROM notices WHERE state IN ('freezing', 'sending')"
        " OR (state IN ('scheduled', 'repeating') AND starts_at <= ?) ORDER BY id",
        to_text(now),
    )
    return [of_row(row) for row in rows]


def occurrence(tx: Tx, series_id: int, starts_at: datetime) -> bool:
    """Whether the series has made its notice for this hour already."""
    found = tx.one("SELECT 1 FROM notices WHERE series_id = ? AND starts_at = ?", series_id, to_text(starts_at))
    return found is not None


def set_state(
    tx: Tx, notice: Notice, state: State, now: datetime, *, because: str = "", approved_by: int | None = None
) -> Notice | None:
    """Lead a notice on from the state that it was read in; None when somebody else led it elsewhere meanwhile."""
    began = now if state == "freezing" else notice.begun_at
    frozen = now if state == "sending" and notice.frozen_at is None else notice.frozen_at
    closed = now if state in ("cancelled", "done") else None
    taken = tx.run(
        "UPDATE notices SET state = ?, stopped_because = ?, approved_by = coalesce(?, approved_by),"
        " approved_at = coalesce(?, approved_at), begun_at = ?, frozen_at = ?, closed_at = ?"
        " WHERE id = ? AND state = ?",
        state,
        because,
        approved_by,
        to_text(now) if approved_by else None,
        _stored(began),
        _stored(frozen),
        _stored(closed),
        notice.id,
        notice.state,
    )
    if taken != 1:
        return None
    return replace(
        notice,
        state=state,
        stopped_because=because,
        approved_by=approved_by or notice.approved_by,
        begun_at=began,
        frozen_at=frozen,
        closed_at=closed,
    )


def put_off(tx: Tx, series: Notice, starts_at: datetime, expires_at: datetime) -> None:
    """A series waits for the hour of its next notice."""
    tx.run(
        "UPDATE notices SET starts_at = ?, expires_at = ? WHERE id = ?",
        to_text(starts_at),
        to_text(expires_at),
        series.id,
    )


def forgive(tx: Tx, notice_id: int, ended: int, failed: int) -> None:
    """Only what fails from here on counts against it."""
    tx.run("UPDATE notices SET forgiven = ?, forgiven_failed = ? WHERE id = ?", ended, failed, notice_id)


def set_frozen_up_to(tx: Tx, notice: Notice, person_id: int) -> None:
    tx.run("UPDATE notices SET frozen_up_to = ? WHERE id = ?", person_id, notice.id)


def _stored(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _read(stored: str | None) -> datetime | None:
    return from_text(stored) if stored else None


def of_row(row: Row) -> Notice:
    """A row of `notices` as it stands."""
    given: dict[str, Any] = {name: row[name] for name in Notice.__dataclass_fields__}
    for name in ("starts_at", "expires_at", "created_at", "begun_at", "frozen_at", "closed_at"):
        given[name] = _read(row[name])
    return Notice(
        **{
            **given,
            "fields": json.loads(row["fields"]),
            "audience": Audience.read(row["audience"]),
            "is_urgent": bool(row["is_urgent"]),
            "held_on": date.fromisoformat(row["held_on"]) if row["held_on"] else None,
        }
    )
