"""What an account is asked to stand for: its role, number, mesas and places, from the words that somebody typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.language.folding import fold
from bot.records.staff import Role
from bot.service.accounts import Unacceptable, Wish
from bot.service.imports import cells
from bot.service.knowledge import Knowledge


def wish(
    knowledge: Knowledge,
    name: str,
    role: Role,
    phone: str = "",
    mesas: Iterable[str] = (),
    districts: Iterable[str] = (),
    comunidades: Iterable[str] = (),
) -> Wish:
    """An account as it was asked for; each mesa and place by its key or name. Raises Unacceptable."""
    return Wish(
        name,
        role,
        _phone(phone),
        keys(knowledge, "mesa", mesas),
        keys(knowledge, "district", districts),
        keys(knowledge, "comunidad", comunidades),
    )


def keys(knowledge: Knowledge, kind: str, given: Iterable[str]) -> tuple[str, ...]:
    """Each mesa, district or comunidad by its key or name, once. Raises Unacceptable."""
    known = {
        "mesa": {each.key: each.name.es for each in knowledge.content.mesas.values()},
        "district": {each.key: each.name for each in knowledge.places.districts},
        "comunidad": {each.key: each.name for each in knowledge.places.comunidades},
    }
    return _keys(kind, given, known[kind])


def _phone(given: str) -> str:
    if not given.strip():
        return ""
    try:
        return cells.mobile(given)
    except ValueError as error:
        raise Unacceptable("phone", "unusable", f"The phone {error}.") from None


def _keys(kind: str, given: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    spelled = {fold(name): key for key, name in names.items()} | {fold(key): key for key in names}
    keys = {word: spelled.get(fold(word)) for word in given}
    unknown = [word for word, key in keys.items() if key is None]
    if unknown:
        raise Unacceptable(kind, "unknown", f"There is no {kind} '{unknown[0]}'; there are {', '.join(sorted(names))}.")
    return tuple(dict.fromkeys(key for key in keys.values() if key))
