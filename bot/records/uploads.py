"""The file that somebody at the desk has brought and not yet applied, as long as she is logged in."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a kind of import; `digest` is of its bytes, `name` only what it was called."""

    digest: str
    kind: str
    name: str
    body: bytes


def put(tx: Tx, token_hash: str, upload: Upload) -> None:
    """Keep a file for a session, in place of the one before."""
    tx.run(
        "INSERT INTO uploads (token_hash, digest, kind, name, body) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (token_hash) DO UPDATE SET digest = excluded.digest, kind = excluded.kind,"
        " name = excluded.name, body = excluded.body",
        token_hash,
        upload.digest,
        upload.kind,
        upload.name,
        base64.b64encode(upload.body).decode(),
    )


def find(tx: Tx, token_hash: str, digest: str) -> Upload | None:
    """Exactly the file of that digest, when it is the one that the session has."""
    row = tx.one("SELECT * FROM uploads WHERE token_hash = ? AND digest = ?", token_hash, digest)
    return Upload(row["digest"], row["kind"], row["name"], base64.b64decode(row["body"])) if row else None


def remove(tx: Tx, token_hash: str) -> None:
    tx.run("DELETE FROM uploads WHERE token_hash = ?", token_hash)
