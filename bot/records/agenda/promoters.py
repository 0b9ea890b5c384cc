"""Health promoters: who they are and which comunidades they stand for."""

from __future__ import annotations

from collections import defaultdict

from bot.records.agenda.rows import Promoter
from bot.records.store import Tx


def all_promoters(tx: Tx) -> list[Promoter]:
    """All promoters by phone."""
    theirs: dict[str, list[str]] = defaultdict(list)
    for row in tx.all("SELECT phone, comunidad FROM promoter_comunidades ORDER BY phone, position"):
        theirs[row["phone"]].append(row["comunidad"])
    return [
        Promoter(row["phone"], row["name"], tuple(theirs[row["phone"]]), row["language"])
        for row in tx.all("SELECT phone, name, language FROM promoters ORDER BY phone")
    ]
