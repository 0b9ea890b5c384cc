"""The Mesas, how long each has to answer, and which of them answers for a topic in a district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.records.agenda import Name
from bot.records.cases.rows import GENERAL, Mesa
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Route:
    """What is said of a topic in a district goes to a Mesa; an empty topic or district means any."""

    topic: str
    district: str
    mesa: str


def mesas(tx: Tx) -> list[Mesa]:
    """All of them in order, the general desk last."""
    return [
        Mesa(row["key"], Name(row["name_es"], row["name_quz"]), row["hours_to_answer"], row["head_staff_id"])
        for row in tx.all("SELECT * FROM mesas ORDER BY position")
    ]


def mesa(tx: Tx, key: str) -> Mesa | None:
    return next((each for each in mesas(tx) if each.key == key), None)


def put_mesas(tx: Tx, rows: Sequence[Mesa]) -> None:
    tx.many(
        "INSERT INTO mesas (key, position, name_es, name_quz, hours_to_answer, head_staff_id) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET position = excluded.position, name_es = excluded.name_es,"
        " name_quz = excluded.name_quz, hours_to_answer = excluded.hours_to_answer,"
        " head_staff_id = excluded.head_staff_id",
        [(m.key, n, m.name.es, m.name.quz, m.hours_to_answer, m.head_staff_id) for n, m in enumerate(rows)],
    )


def routes(tx: Tx) -> list[Route]:
    found = tx.all("SELECT topic, district, mesa FROM mesa_routes ORDER BY topic, district")
    return [Route(row["topic"], row["district"], row["mesa"]) for row in found]


def put_route(tx: Tx, route: Route) -> None:
    tx.run(
        "INSERT INTO mesa_routes (topic, district, mesa) VALUES (?, ?, ?)"
        " ON CONFLICT (topic, district) DO UPDATE SET mesa = excluded.mesa",
        route.topic,
        route.district,
        route.mesa,
    )


def remove_route(tx: Tx, topic: str, district: str) -> None:
    tx.run("DELETE FROM mesa_routes WHERE topic = ? AND district = ?", topic, district)


def responsible(tx: Tx, understood: str, topic: str, district: str) -> str:
    """Which Mesa answers: as staff have routed the topic in that district, or the topic anywhere; else the Mesa that
    was understood. What nobody understood goes to the district's own fallback, or to the general desk."""
    known = {each.key for each in mesas(tx)}
    by_place = {(route.topic, route.district): route.mesa for route in routes(tx)}
    routed = (by_place.get((topic, district)) or by_place.get((topic, ""))) if topic else None
    if routed:
        return routed
    if understood in known and understood != GENERAL:
        return understood
    return by_place.get(("", district)) or by_place.get(("", "")) or GENERAL
