"""Health promoters: who they are and which comunidades they stand for."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bot.clock import to_text
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


def promoter_of(tx: Tx, address: str) -> Promoter | None:
    """The promoter who writes from an address: her number on SMS, a linked chat on Telegram.

    None too for one whose account at the desk was disabled.
    """
    row = tx.one(
        "SELECT p.phone, p.name, p.language FROM promoters p WHERE (p.phone = ?"
        " OR p.phone = (SELECT l.phone FROM promoter_addresses l WHERE l.address = ?))"
        " AND (NOT EXISTS (SELECT 1 FROM staff s WHERE s.phone = p.phone AND s.disabled_at IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM staff s WHERE s.phone = p.phone AND s.disabled_at IS NULL))",
        address.removeprefix("tel:"),
        address,
    )
    if row is None:
        return None
    theirs = tx.all("SELECT comunidad FROM promoter_comunidades WHERE phone = ? ORDER BY position", row["phone"])
    return Promoter(row["phone"], row["name"], tuple(each["comunidad"] for each in theirs), row["language"])


def link_promoter(tx: Tx, address: str, phone: str, now: datetime) -> bool:
    """Know a Telegram chat as a promoter's, by the number that Telegram vouches for; False when nobody has it."""
    return (
        tx.run(
            "INSERT INTO promoter_addresses (address, phone, linked_at) SELECT ?, phone, ? FROM promoters"
            " WHERE phone = ? ON CONFLICT (address) DO UPDATE SET phone = excluded.phone,"
            " linked_at = excluded.linked_at",
            address,
            to_text(now),
            phone,
        )
        == 1
    )


def linked_promoters(tx: Tx) -> set[str]:
    """The numbers of those who have a chat linked."""
    return {row["phone"] for row in tx.all("SELECT DISTINCT phone FROM promoter_addresses")}


def unlink_person(tx: Tx, person_id: int) -> None:
    """No chat or number of hers is known as a promoter's any more, until she shares it again."""
    for table in ("promoter_addresses", "promoter_pin_days"):
        tx.run(f"DELETE FROM {table} WHERE address IN (SELECT address FROM addresses WHERE person_id = ?)", person_id)


def addresses_of_promoter(tx: Tx, phone: str) -> list[str]:
    """The chats that are linked to her number, the latest first."""
    found = tx.all("SELECT address FROM promoter_addresses WHERE phone = ? ORDER BY linked_at DESC", phone)
    return [row["address"] for row in found]


def promoter_named(tx: Tx, phone: str) -> str:
    """Her name, empty when she is none any more."""
    row = tx.one("SELECT name FROM promoters WHERE phone = ?", phone)
    return row["name"] if row else ""
