"""Whether what is kept is safe, as Inicio tells administrators: the last backup, and a restored one that is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.desk.pages import gettext as _
from bot.desk.parts import Parts
from bot.records import backups
from bot.records.backups import Backup, Failure
from bot.service.backups import is_late

BY_HAND = timedelta(days=7)
"""How often somebody should make one where the service does not."""


@dataclass(frozen=True, slots=True)
class Safety:
    """`age` in words; `is_late`: two backups in a row are missing."""

    last: Backup | None
    age: str
    is_late: bool
    failure: Failure | None
    is_held: bool


def load(parts: Parts) -> Safety:
    tx, now, settings = parts.store.read, parts.clock.now(), parts.settings
    last = backups.last(tx)
    every = timedelta(hours=settings.backup_hours) if settings.backup_dir else BY_HAND
    age = _in_words(now - last.at) if last else ""
    return Safety(last, age, is_late(last, every, now), backups.last_failure(tx), backups.held(tx) is not None)


def _in_words(age: timedelta) -> str:
    hours = max(int(age / timedelta(hours=1)), 0)
    if hours < 1:
        return _("hace menos de una hora")
    if hours < 48:
        return _("hace {hours} h").format(hours=hours)
    return _("hace {days} días").format(days=hours // 24)
