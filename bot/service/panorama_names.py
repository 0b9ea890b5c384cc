"""What the keys of a table of figures are called, by dimension."""

from __future__ import annotations

from bot.service.knowledge import Knowledge
from bot.service.small_numbers import Group

LANGUAGES = {"es": "castellano", "quz": "quechua"}
_MEDIA = {"sms": "SMS", "telegram": "Telegram"}


def key_name(knowledge: Knowledge, dimension: str, key: str) -> str:
    """What a key of Mesa, district, medium, language or topic is called."""
    if dimension == "mesa":
        mesas = knowledge.content.mesas
        return mesas[key].name.es if key in mesas else key
    if dimension == "topic":
        topics = knowledge.content.topics
        return topics[key].name.es if key in topics else key or "sin tema"
    if dimension == "district":
        return knowledge.place_name(key) if key else "sin distrito"
    return (LANGUAGES | _MEDIA).get(key, key)


def group_name(knowledge: Knowledge, dimension: str, group: Group) -> str:
    """The names of all that is counted together."""
    return " + ".join(key_name(knowledge, dimension, key) for key in group)
