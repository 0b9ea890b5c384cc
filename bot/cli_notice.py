"""`bot notice …`: notices at the terminal, written, priced, watched and led; heavy rooms are imported inside."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.app import House

Opened = Callable[[], "AbstractContextManager[House]"]
"""What opens the house for one command; the group above gives it."""

LOOK_SECONDS = 1.0
_ENDED = ("done", "cancelled")
ENDS = " · ends "
"""What comes after it changes by itself."""


@click.group()
def notice() -> None:
    """Notices to many people: list, show, new, watch, pause, resume, cancel."""


@notice.command(name="list")
@click.option("--last", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@click.pass_obj
def list_(opened: Opened, last: int) -> None:
    """The newest notices: number, state, when it leaves, author and name."""
    from bot.records import notices
    from bot.service.notices import terminal

    with opened() as house:
        for each in notices.latest(house.store.read, last):
            click.echo(terminal.row(each))


@notice.command()
@click.argument("notice_id", metavar="ID", type=int)
@click.pass_obj
def show(opened: Opened, notice_id: int) -> None:
    """Its text, who is to hear it, what it costs, and how far it is."""
    from bot.records import notices
    from bot.service.notices import terminal
    from bot.service.notices.preview import Tariff

    with opened() as house:
        tx, tariff = house.store.read, Tariff.of(house.settings)
        found, knowledge = terminal.named(tx, notice_id), house.library.knowledge(tx)
        plan = terminal.planned(tx, knowledge, found, tariff, house.clock.now())
        done = notices.progress(tx, notice_id)
        lines = terminal.about(knowledge, found, plan)
        lines += terminal.spent(found, done, tariff) if found.begun_at else terminal.cost(plan)
        lines += [] if found.begun_at else [terminal.problem(each) for each in plan.problems]
    click.echo("\n".join(lines))


def _moment(ctx: click.Context, option: click.Parameter, given: str | None) -> datetime | None:
    from bot.clock import LIMA

    try:
        moment = datetime.fromisoformat(given) if given else None
    except ValueError:
        raise click.BadParameter("a moment is written 2027-03-12T08:00.") from None
    return moment.replace(tzinfo=LIMA) if moment and moment.tzinfo is None else moment


def _fields(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(name and sign and value for name, sign, value in pairs):
        raise click.BadParameter("a field is written lugar='posta de Zurite'.")
    return {name: value for name, _, value in pairs}


@notice.command()
@click.option("--name", required=True, help="What staff call it.")
@click.option("--es", "text_es", default="", help="The Spanish text; fields such as {fecha} and {lugar} are filled in.")
@click.option("--quz", "text_quz", default="", help="The Quechua text.")
@click.option(
    "--about", default="", help="campaign:KEY, work:KEY or fair:KEY of the agenda: its fields, and what 1 is for."
)
@click.option("--topic", type=click.Choice(["campaigns", "fairs", "works", "cuts"]), help="Without it that of --about.")
@click.option("--field", "fields", multiple=True, callback=_fields, help="NAME=VALUE of a field; may be given again.")
@click.option("--district", "districts", multiple=True, help="Only this district; may be given again.")
@click.option("--comunidad", "comunidades", multiple=True, help="Only this comunidad; may be given again.")
@click.option("--at", "starts_at", callback=_moment, help="When it leaves, such as 2027-03-12T08:00; without it, now.")
@click.option("--until", "expires_at", callback=_moment, help="Until when it is worth hearing.")
@click.option("--yes", is_flag=True, help="Send it off; without it a draft is kept.")
@click.pass_obj
def new(
    opened: Opened,
    name: str,
    text_es: str,
    text_quz: str,
    about: str,
    topic: str | None,
    fields: dict[str, str],
    districts: tuple[str, ...],
    comunidades: tuple[str, ...],
    starts_at: datetime | None,
    expires_at: datetime | None,
    yes: bool,
) -> None:
    """Write a notice, see whom it reaches and what it costs, and send it off with --yes."""
    from bot.service.notices import terminal
    from bot.service.notices.preview import Tariff

    order = terminal.Order(
        name, text_es, text_quz, about, topic or "", fields, districts, comunidades, starts_at, expires_at
    )
    with opened() as house:
        tx, clock, tariff = house.store.read, house.clock, Tariff.of(house.settings)
        knowledge = house.library.knowledge(tx)
        draft = terminal.written(tx, knowledge, clock, order)
        plan = terminal.planned(tx, knowledge, draft, tariff, clock.now())
        click.echo("\n".join([*terminal.about(knowledge, draft, plan), *terminal.cost(plan)]))
        if plan.problems:
            raise Refusal(" ".join(map(terminal.problem, plan.problems)))
        with house.store.write() as writing:
            terminal.keep(writing, clock, draft)
        if not (yes or (sys.stdin.isatty() and click.confirm("Send it?"))):
            click.echo(f"Notice {draft.id} is kept as a draft: nobody hears it before it is sent from the desk.")
            return
        with house.store.write() as writing:
            said = terminal.launch(writing, knowledge, clock, draft, plan)
    click.echo(f"Notice {draft.id}: {said}")


@notice.command()
@click.argument("notice_id", metavar="ID", type=int)
@click.pass_obj
def watch(opened: Opened, notice_id: int) -> None:
    """How far it is, each second until it is done; without a terminal a line whenever something changes."""
    from bot.records import notices
    from bot.service.notices import terminal
    from bot.service.notices.preview import Tariff

    with opened() as house:
        tx, tariff = house.store.read, Tariff.of(house.settings)
        knowledge, shown = house.library.knowledge(tx), ""
        while True:
            found = terminal.named(tx, notice_id)
            if found.state in ("draft", "repeating"):
                raise Refusal(f"Notice {notice_id} is {found.state}: there is nothing to watch.")
            done = notices.progress(tx, notice_id)
            line = terminal.bar(tx, knowledge, found, done, tariff, house.clock.now())
            _show(line, shown, is_last=found.state in _ENDED)
            if found.state in _ENDED:
                return
            shown = line
            time.sleep(LOOK_SECONDS)


def _show(line: str, shown: str, *, is_last: bool) -> None:
    """On a terminal the line stands still; elsewhere it is printed when it says something new."""
    if not sys.stdout.isatty():
        if line.partition(ENDS)[0] != shown.partition(ENDS)[0]:
            click.echo(line)
        return
    width = get_terminal_size().columns - 1
    click.echo(f"\r{line if is_last else line[:width]}\x1b[K", nl=is_last)


def _lead(opened: Opened, notice_id: int, verb: str, said: str) -> None:
    from bot.service.notices import terminal

    with opened() as house, house.store.write() as tx:
        found = terminal.named(tx, notice_id)
        if not terminal.lead(tx, house.clock, found, verb):
            raise Refusal(f"Notice {notice_id} is {found.state}: {verb} is not for that.")
    click.echo(said)


@notice.command()
@click.argument("notice_id", metavar="ID", type=int)
@click.pass_obj
def pause(opened: Opened, notice_id: int) -> None:
    """Nothing more leaves until somebody resumes it."""
    _lead(opened, notice_id, "pause", "Paused: whoever has not heard it waits.")


@notice.command()
@click.argument("notice_id", metavar="ID", type=int)
@click.pass_obj
def resume(opened: Opened, notice_id: int) -> None:
    """Go on where it was paused; nobody hears it again."""
    _lead(opened, notice_id, "resume", "It goes on.")


@notice.command()
@click.argument("notice_id", metavar="ID", type=int)
@click.pass_obj
def cancel(opened: Opened, notice_id: int) -> None:
    """End it for whoever still waits; what has left cannot be called back."""
    _lead(opened, notice_id, "cancel", "Cancelled: whoever has not heard it will not.")
