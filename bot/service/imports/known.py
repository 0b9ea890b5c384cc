"""What a row may refer to: places and funds from the database, topics, specialties and products from the content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.language.folding import fold
from bot.records import agenda
from bot.records.store import Tx
from bot.service.content import Content
from bot.service.content.model import Specialty


@dataclass(frozen=True, slots=True)
class Known:
    """For each kind of thing, the key meant by each folded key, name or alias; `usual` are the specialties by key."""

    districts: Mapping[str, str]
    comunidades: Mapping[str, str]
    funds: Mapping[str, str]
    work_topics: Mapping[str, str]
    campaign_topics: Mapping[str, str]
    specialties: Mapping[str, str]
    products: Mapping[str, str]
    usual: Mapping[str, Specialty]


def gather(tx: Tx, content: Content) -> Known:
    topics = content.topics.values()
    return Known(
        districts=_index((d.key, (d.name, *d.aliases)) for d in agenda.districts(tx)),
        comunidades=_index((c.key, (c.name, *c.aliases)) for c in agenda.comunidades(tx)),
        funds=_index((fund.key, (fund.name.es, *fund.name.es.split(" y ")[:1])) for fund in agenda.funds(tx)),
        work_topics=_index((t.key, (t.name.es, *t.keywords.es)) for t in topics if t.kind == "work"),
        campaign_topics=_index((t.key, (t.name.es, *t.keywords.es)) for t in topics if t.kind == "campaign"),
        specialties=_index((s.key, (s.name.es, *s.aliases.es)) for s in content.specialties.values()),
        products=_index((p.key, (p.name.es, *p.keywords.es, *p.keywords.quz)) for p in content.products.values()),
        usual=content.specialties,
    )


def _index(things: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """Keys win over names, and the first to have a name keeps it."""
    all_things = list(things)
    index = {fold(key): key for key, _ in all_things}
    for key, names in all_things:
        for name in names:
            index.setdefault(fold(name), key)
    return index
