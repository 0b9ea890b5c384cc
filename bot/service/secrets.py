"""Keys that the service makes for itself once and keeps with its rows."""

from __future__ import annotations

import secrets

from bot.records.store import Tx


def erasure_key(tx: Tx) -> bytes:
    """The key under which numbers of erased people are remembered; made at the first use."""
    tx.run(
        "INSERT INTO facts (key, value) VALUES ('erasure_key', ?) ON CONFLICT (key) DO NOTHING",
        secrets.token_hex(32),
    )
    row = tx.one("SELECT value FROM facts WHERE key = 'erasure_key'")
    return bytes.fromhex(row["value"]) if row else b""
