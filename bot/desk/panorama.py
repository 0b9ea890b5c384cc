"""Panorama: exact figures for whoever may read the cases, published months for everybody else and for paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from aiohttp import web
from dateutil.relativedelta import relativedelta

from bot.clock import LIMA
from bot.desk import charts, guard
from bot.desk.citas.scope import sight
from bot.desk.pages import gettext as _
from bot.desk.pages import month as month_name
from bot.desk.parts import PARTS
from bot.records import figures
from bot.records.figures import Reach
from bot.records.staff import Role, Staff
from bot.records.store import Tx
from bot.service import panorama, publishing
from bot.service.knowledge import Knowledge
from bot.service.panorama import DIMENSIONS, Cross, Dimension, Period
from bot.service.panorama_names import group_name, key_name
from bot.service.small_numbers import FEWEST

FIGURES: frozenset[Role] = frozenset({"admin", "mesa", "reader"})
"""The roles that see figures: a promoter sees nothing of cases."""

MOST_MONTHS = 24
USUAL_MONTHS = 6
BARS = 12
COMPARISONS = ("anterior", "anio")


def reach(me: Staff) -> Reach:
    """The cases that somebody may read."""
    return Reach(None if me.role == "admin" else me.mesas, me.districts or None)


async def show(request: web.Request) -> web.Response:
    """Cases, appointments and talks of a period, as its query asks."""
    parts, me = request.app[PARTS], guard.person(request)
    if me.role == "reader":
        return await show_published(request)
    now, query = parts.clock.now(), request.query
    months = await parts.apart(lambda tx: _months(figures.first_case(tx), now.astimezone(LIMA).date()))
    period = _period(query.get("desde", ""), query.get("hasta", ""), months)
    rows, columns = _dimension(query.get("filas", ""), "mesa"), _dimension(query.get("columnas", ""), "district")
    compared = query.get("comparar", "") if query.get("comparar") in COMPARISONS else ""
    before = period.earlier(12 if compared == "anio" else period.months) if compared else None
    session = timedelta(hours=parts.settings.session_hours)

    def read(tx: Tx) -> tuple[panorama.Cases, Cross | None, panorama.Talks | None]:
        held = panorama.appointments(tx, me.districts or None, period) if sight(me) == "all" else None
        talks = panorama.talks(tx, period, session, now) if me.role == "admin" else None
        return panorama.cases(tx, reach(me), period, rows, columns, before, now), held, talks

    cases, held, talks = await parts.apart(read)
    asked = {"desde": _key(period.first), "hasta": _key(period.last), "comparar": compared}
    await guard.saw(request, "panorama", cases.now.reports, filas=rows, columnas=columns, **asked)
    knowledge = parts.knowledge(parts.store.read)
    return await guard.page(
        "panorama.html",
        request,
        asked=asked,
        rows=rows,
        columns=columns,
        period=period,
        cases=cases,
        held=held,
        talks=talks,
        months=[(_key(month), month_words(month)) for month in months],
        dimensions=DIMENSIONS,
        mesas=[(key, key_name(knowledge, "mesa", key)) for key in (me.mesas or knowledge.content.mesas)],
        scope=[key_name(knowledge, "mesa", key) for key in me.mesas if me.role == "mesa"],
        today=now.astimezone(LIMA).date(),
        name=lambda dimension, key: _name(knowledge, dimension, key),
        specialty=lambda key: _specialty(knowledge, key),
        stop=lambda waits_at: _stop(knowledge, waits_at),
        duration=duration,
        percent=percent,
        row_chart=_row_chart(knowledge, cases.cross, rows),
        month_chart=charts.columns(
            _("Reportes por mes"), [(_short(month), cases.by_month.of_row(month)) for month in cases.by_month.rows]
        ),
    )


async def show_published(request: web.Request) -> web.Response:
    """The four tables of a closed month, for readers and for paper."""
    parts = request.app[PARTS]
    kept = await parts.apart(publishing.months)
    wanted = request.query.get("mes", "")
    chosen = next((month for month in kept if _key(month) == wanted), next(iter(kept), None))
    tables = kept[chosen] if chosen else None
    await guard.saw(request, "publicado", tables.total if tables else 0, mes=_key(chosen) if chosen else "")
    knowledge = parts.knowledge(parts.store.read)
    return await guard.page(
        "panorama_publicado.html",
        request,
        months=[(_key(month), month_words(month)) for month in kept],
        chosen=_key(chosen) if chosen else "",
        chosen_words=month_words(chosen) if chosen else "",
        tables=tables,
        by_month=publishing.by_month(kept, chosen) if chosen else None,
        fewest=FEWEST,
        name=lambda dimension, group: group_name(knowledge, dimension, group),
        short=lambda month: _short(_key(month)),
    )


def duration(hours: float | None) -> str:
    """`5 h`, from two days on `3,2 días`; empty where there is none."""
    if hours is None:
        return "–"
    if hours < 48:
        return _("{hours} h").format(hours=round(hours))
    return _("{days} días").format(days=f"{hours / 24:.1f}".replace(".", ","))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


def month_words(month: date) -> str:
    """`marzo de 2027`."""
    return _("{month} de {year}").format(month=month_name(month), year=month.year)


def _key(month: date) -> str:
    return f"{month:%Y-%m}"


def _short(key: str) -> str:
    """`mar 27` of `2027-03`."""
    return f"{month_name(date.fromisoformat(f'{key}-01'))[:3]} {key[2:4]}"


def _months(first: datetime | None, today: date) -> list[date]:
    """Every month from the first report to this one, the newest first."""
    begin = first.astimezone(LIMA).date() if first else today
    month = today.replace(day=1)
    months: list[date] = []
    while month >= begin.replace(day=1) or not months:
        months.append(month)
        month -= relativedelta(months=1)
    return months


def _period(first: str, last: str, months: list[date]) -> Period:
    """The months asked for, in order and not too many; without a wish the last half year."""
    by_key = {_key(month): month for month in months}
    end = by_key.get(last, months[0])
    begin = by_key.get(first) or max(months[-1], end - relativedelta(months=USUAL_MONTHS - 1))
    begin, end = min(begin, end), max(begin, end)
    return Period(max(begin, end - relativedelta(months=MOST_MONTHS - 1)), end)


def _dimension(given: str, usual: Dimension) -> Dimension:
    return next((dimension for dimension in DIMENSIONS if dimension == given), usual)


def _name(knowledge: Knowledge, dimension: str, key: str) -> str:
    return _short(key) if dimension == "month" else key_name(knowledge, dimension, key)


def _specialty(knowledge: Knowledge, key: str) -> str:
    known = knowledge.content.specialties
    return known[key].name.es if key in known else key


def _stop(knowledge: Knowledge, waits_at: str) -> str:
    """The name of the flow and the step in it."""
    flow, _dot, step = waits_at.partition(".")
    known = knowledge.conversation.flows.flows.get(flow)
    return f"{(known.name or known.about) if known else flow} · {step}"


def _row_chart(knowledge: Knowledge, cross: Cross, rows: Dimension) -> str:
    values = [(_name(knowledge, rows, key), cross.of_row(key)) for key in cross.rows]
    if rows == "month":
        return charts.columns(_("Reportes por mes"), values)
    return charts.bars(_("Reportes, los más primero"), values[:BARS])
