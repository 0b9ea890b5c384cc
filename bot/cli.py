"""The commands: `bot …`. Heavy rooms are imported inside each command, so that `bot --help` is quick."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import cli_notice
from bot.conversation.message import Medium
from bot.errors import Refusal
from bot.settings import Settings, from_environment

if TYPE_CHECKING:
    from bot.app import House
    from bot.records.staff import Role


_DAY = click.DateTime(formats=["%Y-%m-%d"])


class _Refusing(click.Group):
    """What a person can cause ends in one sentence and exit code 1, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read us has gone: click ends quietly
        except Refusal as refusal:
            click.echo(f"bot: {refusal}", err=True)
            ctx.exit(1)
        except OSError as error:
            click.echo(f"bot: {error.strerror or error}{f': {error.filename}' if error.filename else ''}.", err=True)
            ctx.exit(1)
        except Exception as error:
            from bot.records.store import Unavailable  # loads the database driver, which `bot --help` need not wait for

            if not isinstance(error, Unavailable):
                raise
            click.echo(f"bot: The database cannot be used now: {error}.", err=True)
            ctx.exit(1)


@click.group(cls=_Refusing, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Chaski: the text line of a rural Andean province."""
    ctx.obj = _house
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if stream is not None:  # closed by whoever started us
            stream.reconfigure(encoding="utf-8", errors=errors)  # type: ignore[union-attr]  # whatever the locale is


def _settings() -> Settings:
    return from_environment(os.environ)


@main.command()
@click.option("--role", type=click.Choice(["all"]), default="all", help="Everything in one process.")
def serve(role: str) -> None:
    """Run the service."""
    from bot import app

    settings = _settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    where = settings.public_url if settings.is_public else f"{settings.public_url}/telefono"

    def ready(password: str) -> None:
        if password:
            click.echo(
                f"Chaski: the desk is at {settings.public_url}: name admin, single-use password {password}", err=True
            )
        click.echo(f"Chaski: {where}  (Ctrl-C to stop)", err=True)

    asyncio.run(app.serve(settings, ready))


def _number(ctx: click.Context, option: click.Parameter, given: str) -> str:
    number = re.sub(r"[\s\-.]", "", given)
    if not re.fullmatch(r"\+?[0-9]{3,15}", number):
        raise click.BadParameter("a number has 3 to 15 digits, such as +51984000111.")
    return number


@main.command()
@click.option("--lang", "language", type=click.Choice(["es", "quz"]), help="Speak this language from the start.")
@click.option("--channel", "medium", type=click.Choice(["sms", "telegram"]), default="sms", show_default=True)
@click.option("--from", "number", default="+51984000111", show_default=True, callback=_number, help="Who writes.")
def chat(language: str | None, medium: Medium, number: str) -> None:
    """Text the service from the terminal: one line in, replies out, each begun with `< `."""
    from bot.app import House
    from bot.service.chat import TerminalPhone

    house = House(_settings())
    try:
        phone = TerminalPhone(house.inbox, house.store, house.clock, number, medium)
        if language:
            phone.speak(language)
        for line in _lines():
            for reply in phone.write(line):
                click.echo(reply)
    finally:
        house.close()


@main.command()
def understand() -> None:
    """One message a line in, one JSON object a line out: lang, intent, slots, confidence, text."""
    from bot.clock import Clock
    from bot.service import content, knowledge

    where = knowledge.files()
    loaded = content.load(where.flows / "content")
    reader = knowledge.reader(where, knowledge.lexicon(loaded))
    today = Clock(_settings().start).today().date()

    def answer(line: str) -> dict[str, Any]:
        reading = reader.read(line, None, today)
        return {
            "lang": reading.language,
            "intent": reading.intent,
            "slots": reading.slots,
            "confidence": round(reading.confidence, 3),
            "text": reading.text,
        }

    _each_line(answer)


@main.command()
@click.option("--as-is", is_flag=True, help="Count without folding and without normalising.")
def segments(as_is: bool) -> None:
    """One JSON string a line in, one JSON object a line out: encoding, segments, text, forced_by."""
    from bot.language import sms

    def answer(line: str) -> dict[str, Any]:
        try:
            text = json.loads(line)
        except (ValueError, RecursionError):
            raise Refusal(f"this line is no JSON string: {line[:60]}") from None
        if not isinstance(text, str):
            raise Refusal(f"this line is no JSON string: {line[:60]}")
        sent = text if as_is else sms.fold(text)
        count = sms.count(sent)
        return {
            "encoding": count.encoding,
            "segments": count.segments,
            "text": sent,
            "forced_by": list(count.forced_by),
        }

    _each_line(answer)


def _each_line(answer: Callable[[str], dict[str, Any]]) -> None:
    for line in _lines():
        if line.strip():
            click.echo(json.dumps(answer(line), ensure_ascii=False))


def _lines() -> Iterator[str]:
    for line in sys.stdin or ():  # none when whoever started us closed it
        yield line.rstrip("\n")


@main.command()
def check() -> None:
    """Flows, catalogues and content: every finding as `file:line: sentence`; exit code 1 when there is one."""
    from bot.service import checks

    findings = checks.findings()
    for finding in findings:
        click.echo(finding)
    if findings:
        raise SystemExit(1)


@main.command()
@click.argument("flow", required=False)
def draw(flow: str | None) -> None:
    """Mermaid text of one flow, or of all."""
    from bot.conversation import drawing, flows
    from bot.service import knowledge

    book = flows.load(knowledge.files().flows)
    if flow and flow not in book.flows:
        raise Refusal(f"There is no flow {flow}; the flows are {', '.join(book.flows)}.")
    click.echo("\n".join(drawing.mermaid(book.flows[name]) for name in ([flow] if flow else book.flows)))


@main.command()
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True, help="How far to look back.")
def review(days: int) -> None:
    """What staff should read: emergencies, then what was not understood, grouped, ready to become examples."""
    from bot.app import House
    from bot.service import review as reviews

    house = House(_settings())
    try:
        for line in reviews.lines(house.store.read, house.clock.now(), days):
            click.echo(line)
    finally:
        house.close()


@main.command()
def train() -> None:
    """Learn again from flows/understanding/examples; `bot check` says when it is due."""
    from bot.language.understanding import training
    from bot.service import content, knowledge

    where = knowledge.files()
    lexicon = knowledge.lexicon(content.load(where.flows / "content"))
    click.echo(training.train(where.flows / "understanding", lexicon))


@main.command(name="import")
@click.argument("kind", type=click.Choice(["works", "fairs", "campaigns", "comunidades", "promoters"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "apply_", is_flag=True, help="Write; without it only the report is made.")
def import_(kind: str, file: Path, apply_: bool) -> None:
    """Replace works, fairs, campaigns, comunidades or promoters from a .csv or .xlsx file: all of it or nothing."""
    from bot.app import House
    from bot.service import imports

    house = House(_settings())
    try:
        report = imports.run(house.store, house.library.content, kind, file, apply_, house.clock)
    finally:
        house.close()
    for line in report.lines():
        click.echo(line)
    if report.errors:
        raise SystemExit(1)


@main.command()
@click.argument("kind", type=click.Choice(["feedback", "appointments", "works"]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--mesa", "mesas", multiple=True, help="Reports of this mesa; may be given again.")
@click.option("--district", "districts", multiple=True, help="Only this district; may be given again.")
@click.option("--day", type=_DAY, help="Reports said, answered or closed on this day.")
@click.option("--from", "from_day", type=_DAY, help="From this day on.")
@click.option("--to", "to_day", type=_DAY, help="Until this day, included.")
def export(
    kind: str,
    file: Path,
    mesas: tuple[str, ...],
    districts: tuple[str, ...],
    day: datetime | None,
    from_day: datetime | None,
    to_day: datetime | None,
) -> None:
    """Write feedback, appointments or works to a .csv or .xlsx file. Feedback holds what people said: keep it safe."""
    from bot.service import exports

    with _house() as house:
        days = [each.date() if each else None for each in (from_day, to_day, day)]
        rows = exports.to_file(house.store, house.library, house.clock, kind, file, mesas, districts, *days)
    click.echo(f"{file}: {rows} rows.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to one file, also while the service runs. It holds all there is of everybody: keep it safe."""
    from bot.clock import Clock
    from bot.service import backups

    settings = _settings()
    made = backups.back_up(settings.database, file, Clock(settings.start))
    backups.note(settings.database, made)
    click.echo(f"{file}: {made.rows} rows, {made.size_bytes / 1e6:.1f} MB, read back and compared.")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="There is a database already: put the backup in its place, and keep it.")
def restore(file: Path, replace: bool) -> None:
    """Put a backup in the place of the database. Afterwards nothing is sent until `bot release`."""
    from bot.clock import Clock
    from bot.service import restoring

    settings = _settings()
    done = restoring.restore(settings.database, settings.data, file, Clock(settings.start), replace=replace)
    click.echo(f"{file} is the database now, {_as_of(done.hold.made_at)}.")
    if done.kept:
        click.echo(f"What was there before is kept in {done.kept}; throw it away when it is not needed.")
    click.echo("Nothing is sent until `bot release`.")


@main.command()
def recover() -> None:
    """Ask the providers for messages that never reached us, and take them in. `bot serve` does so by itself."""
    from bot import app

    with _house() as house:
        found = asyncio.run(app.recover(house))
    for channel, recovered in found.items():
        click.echo(f"{channel}: {recovered.taken} messages taken in, {recovered.late} of them too late for an answer.")
    if not found:
        click.echo("No provider that keeps a list is set up; Telegram brings what it kept by itself.")


@main.command()
@click.option(
    "--drop-waiting/--send-waiting",
    "drop",
    default=None,
    help="What waited in the backup is never sent, or is sent though it may have left before.",
)
def release(drop: bool | None) -> None:
    """After a restore: show what waits, ask, and let messages leave again."""
    from bot.service import restoring

    with _house() as house:
        asked = restoring.question(house.store.read, house.clock.now())
        if asked is None:
            click.echo("Nothing is held.")
            return
        waiting = asked.waiting
        click.echo(f"A backup was restored, {_as_of(asked.hold.made_at)}. What waited in it may have left since:")
        click.echo(f"  {waiting.answers} answers, {waiting.notices} notices, {waiting.errands} errands")
        click.echo(
            f"Written since the restore, to be sent: {waiting.since}. Notices to many that pause: {asked.notices}."
        )
        if drop is None:
            drop = _ask_whether_to_drop(waiting.answers + waiting.notices + waiting.errands)
        with house.store.write() as tx:
            restoring.release(tx, house.clock, drop_waiting=drop)
    click.echo("Released: messages leave.")


def _ask_whether_to_drop(count: int) -> bool:
    if not sys.stdin.isatty():
        raise Refusal("say `--drop-waiting` or `--send-waiting`.")
    choices = ["drop", "send", "stop"] if count else ["release", "stop"]
    said = click.prompt("What waited in it" if count else "Now", type=click.Choice(choices), default=choices[0])
    if said == "stop":
        raise Refusal("nothing was released.")
    return bool(said != "send")


def _as_of(made_at: datetime | None) -> str:
    from bot.clock import LIMA

    return f"as of {made_at.astimezone(LIMA):%Y-%m-%d %H:%M}" if made_at else "of an unknown hour"


@main.group()
def staff() -> None:
    """Accounts at the desk: add, list, disable, reset."""


@contextmanager
def _house() -> Iterator[House]:
    from bot.app import House

    house = House(_settings())
    try:
        yield house
    finally:
        house.close()


@staff.command(name="add")
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "mesa", "promoter", "reader"]), required=True)
@click.option("--mesa", "mesas", multiple=True, help="A mesa she works for; may be given again.")
@click.option("--district", "districts", multiple=True, help="Only these districts; none means all.")
@click.option("--comunidad", "comunidades", multiple=True, help="A comunidad that a promoter stands for.")
@click.option("--phone", default="", help="Her mobile: by it a promoter is known on SMS.")
def staff_add(
    name: str,
    role: Role,
    mesas: tuple[str, ...],
    districts: tuple[str, ...],
    comunidades: tuple[str, ...],
    phone: str,
) -> None:
    """Create an account and print its single-use password."""
    from bot.service import accounts, scopes

    with _house() as house:
        wish = scopes.wish(house.library.knowledge(house.store.read), name, role, phone, mesas, districts, comunidades)
        password = accounts.make_password()
        hashed = accounts.hash_password(password)
        with house.store.write() as tx:
            accounts.create(tx, house.clock, accounts.TERMINAL, wish, hashed)
    click.echo(password)


@staff.command(name="list")
def staff_list() -> None:
    """Everybody with an account: name, role, state, mesas and places."""
    from bot.records import staff as records

    with _house() as house:
        people = records.everybody(house.store.read)
    for person in people:
        state = "disabled" if person.disabled_at else "single-use" if person.is_single_use else "active"
        scopes = " ".join((*person.mesas, *person.districts, *person.comunidades))
        click.echo("\t".join((person.name, person.role, state, person.phone or "-", scopes or "-")))


@staff.command(name="disable")
@click.argument("name")
def staff_disable(name: str) -> None:
    """Nobody logs in with this account any more; whoever is logged in is logged out."""
    from bot.service import accounts

    with _house() as house, house.store.write() as tx:
        accounts.disable(tx, house.clock, accounts.TERMINAL, accounts.named(tx, name))


@staff.command(name="reset")
@click.argument("name")
def staff_reset(name: str) -> None:
    """Print a new single-use password; a disabled account is let in again."""
    from bot.service import accounts

    password = accounts.make_password()
    hashed = accounts.hash_password(password)
    with _house() as house, house.store.write() as tx:
        accounts.reset(tx, house.clock, accounts.TERMINAL, accounts.named(tx, name), hashed)
    click.echo(password)


@main.group()
def promoters() -> None:
    """Health promoters: the PIN by which they are known each day."""


@promoters.command(name="pin")
@click.argument("phone")
def promoters_pin(phone: str) -> None:
    """Print a new PIN for the promoter with this mobile number; the one before is no good any more."""
    from bot.language import phones
    from bot.service import pins

    with _house() as house, house.store.write() as tx:
        pin = pins.give(tx, house.clock, pins.TERMINAL, phones.phone(phone) or phone)
    click.echo(pin)


main.add_command(cli_notice.notice)
