"""A promoter's PIN: four digits that show it is she who writes, asked for the first time each day."""

from __future__ import annotations

import hmac
import re
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from bot.clock import LIMA, Clock
from bot.errors import Refusal
from bot.records import agenda, audit, pins
from bot.records.audit import Actor, Entry
from bot.records.store import Tx
from bot.service.secrets import promoter_key

DIGITS = 4
TERMINAL = Actor(None, "bot promoters")
"""Whoever has a shell on the server."""

Proof = Literal["right", "wrong", "locked", "unset"]


def give(tx: Tx, clock: Clock, who: Actor, phone: str) -> str:
    """A new PIN, written into the audit; to be shown once, because only its hash is kept. Raises Refusal."""
    made = new_pin(tx, clock, phone, clock.now())
    audit.write(tx, Entry(clock.new_id(), clock.now(), who, "promoter_pin_given", masked(phone)))
    return made


def new_pin(tx: Tx, clock: Clock, phone: str, now: datetime) -> str:
    """Her PIN from now on, in place of an old one; it opens a lock and ends what was proven today.

    Raises Refusal when no promoter has this number (E.164).
    """
    if not agenda.promoter_named(tx, phone):
        raise Refusal(f"There is no promoter {phone}.")
    tx.serial(_turn(phone))
    made = _made(clock, phone)
    pins.put(tx, phone, _hash(tx, phone, made), now)
    return made


def is_proven(tx: Tx, address: str, phone: str, day: date) -> bool:
    """Whether her PIN was said from this address on that day of Lima's calendar."""
    return pins.is_proven(tx, address, phone, day)


def prove(tx: Tx, address: str, phone: str, said: str, now: datetime) -> Proof:
    """Take `said` for her PIN. A right one is remembered for the address until midnight in Lima; MOST_WRONG wrong ones
    lock hers until then, wherever they come from. What has not four digits guesses nothing and is not counted."""
    tx.serial(_turn(phone))  # two at once are not one try
    day = now.astimezone(LIMA).date()
    hers = pins.one(tx, phone, day)
    if hers is None:
        return "unset"
    if hers.is_locked:
        return "locked"
    digits = "".join(re.findall("[0-9]", said))
    if len(digits) != DIGITS:
        return "wrong"
    if hmac.compare_digest(hers.pin_hash, _hash(tx, phone, digits)):
        pins.keep_proof(tx, address, phone, day)
        return "right"
    pins.count_wrong(tx, phone, day)
    return "locked" if hers.wrong_tries + 1 >= pins.MOST_WRONG else "wrong"


def masked(phone: str) -> str:
    """How a promoter is named where no whole number may stand: `···111`."""
    return f"···{phone[-3:]}"


def is_easy(pin: str) -> bool:
    """Whether somebody would try it first: 0000, 1212, 1234, 9876."""
    steps = {int(second) - int(first) for first, second in pairwise(pin)}
    return len(set(pin)) < 3 or steps in ({1}, {-1})


def _made(clock: Clock, phone: str) -> str:
    """One that is neither easy nor the end of her number."""
    while True:
        made = f"{clock.randbelow(10**DIGITS):0{DIGITS}}"
        if not is_easy(made) and not phone.endswith(made):
            return made


def _hash(tx: Tx, phone: str, pin: str) -> str:
    return hmac.digest(promoter_key(tx), f"pin {phone} {pin}".encode(), "sha256").hex()


def _turn(phone: str) -> str:
    return f"pin of {phone}"
