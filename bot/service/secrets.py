"""Keys that the service makes for itself once and keeps with its rows."""

from __future__ import annotations

import secrets

from bot.records.store import Tx


def erasure_key(tx: Tx) -> bytes:
    """The key under which numbers of erased people are remembered; made at the first use."""
    return _made_once(tx, "erasure_key")


def promoter_key(tx: Tx) -> bytes:
    """The key under which the PINs of promoters are kept, and what their pages are called instead of their numbers;
    made at the first start, so that a page that only reads has it."""
    return _made_once(tx, "promoter_key")


def _made_once(tx: Tx, name: str) -> bytes:
    row = tx.one("SELECT value FROM facts WHERE key = ?", name)
    if row is None:
        tx.run("INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", name, secrets.token_hex(32))
        row = tx.one("SELECT value FROM facts WHERE key = ?", name)
    return bytes.fromhex(row["value"]) if row else b""
