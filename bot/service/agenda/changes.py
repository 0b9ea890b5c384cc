"""Writing the agenda's rows: each change leaves what was before, and is answered from at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.clock import Clock
from bot.records import agenda
from bot.records.agenda import Change, Fair, Promoter, Way, Work, history
from bot.records.audit import Actor
from bot.records.store import Tx
from bot.service.pins import masked

Put = Callable[[Tx, Sequence[Any]], None]

_PUT: dict[str, Put] = {
    "works": agenda.put_works,
    "fairs": agenda.put_fairs,
    "comunidades": agenda.put_comunidades,
    "promoters": agenda.put_promoters,
}
"""How a kind is written; campaigns are not here, because people with appointments have to be told of them."""


class AgendaChanges:
    """What one person changes in one transaction, the only one at work on the agenda."""

    def __init__(self, tx: Tx, clock: Clock, who: Actor, way: Way) -> None:
        tx.serial("agenda")
        self._tx, self._clock, self._who, self._way = tx, clock, who, way

    def put(self, kind: str, records: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Write records of a kind by key, in place of those stored; the kind's sample rows go with the first."""
        _PUT[kind](self._tx, list(records.values()))
        self.note_all(kind, records, stored)
        agenda.remove_samples(self._tx, kind)

    def put_back(self, kind: str, key: str, record: Work | Fair, stored: Work | Fair | None) -> None:
        """Write a row as it once was, a sample as well."""
        _PUT[kind](self._tx, [record])
        self.note(kind, key, stored, record)

    def remove(self, kind: str, key: str, stored: Work | Fair | Promoter) -> None:
        """Take one row away."""
        agenda.remove(self._tx, kind, key)
        self.note(kind, key, stored, None)

    def note_all(self, kind: str, records: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Keep what was and what is of each record that is not the same as before."""
        for key, record in records.items():
            if record != stored.get(key):
                self.note(kind, key, stored.get(key), record)

    def note(self, kind: str, key: str, before: history.Thing | None, after: history.Thing | None) -> None:
        """Keep what was and what is; of a promoter the key tells no number."""
        shown = masked(key) if kind == "promoters" else key
        was, now = history.fields(before), history.fields(after)
        at, who = self._clock.now(), self._who
        change = Change(self._clock.new_id(), at, who.staff_id, who.name, self._way, kind, shown, was, now)
        history.write(self._tx, change)
