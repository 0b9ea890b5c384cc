"""`bot notice …`: what it prints, how it ends, and that a mistake is one sentence."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import cli_notice
from bot.app import House
from bot.errors import Refusal
from bot.records import audit, notices
from bot.records.notices import Notice
from bot.service.notices import terminal
from bot.service.notices.checks import Problem
from bot.settings import Settings
from tests.crowds import launched, settle
from tests.fakes import FakeTwilio
from tests.running import BOT, bot, built, environment, free_port, served, with_twilio
from tests.talks import MONDAY
from tests.test_cli import assert_refused_in_a_sentence

TEXTS = ["--name", "Faena", "--es", "Faena el {fecha} en {lugar}.", "--quz", "{fecha} faena {lugar}pi."]
FIELDS = ["--field", "fecha=2027-03-12", "--field", "lugar=Zurite"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A province of 30 telephones, five of them with Telegram."""
    with closing(built(Settings(data=tmp_path, start=MONDAY))) as made:
        settle(made, 30, by_telegram=5)
        yield made


def run(house: House, *arguments: str) -> Result:
    """A command on this house, within the test."""
    return CliRunner().invoke(cli_notice.notice, arguments, obj=lambda: nullcontext(house))


def said(house: House, *arguments: str) -> str:
    done = run(house, *arguments)
    assert (done.exit_code, done.exception) == (0, None), done.output
    return done.output


def latest(house: House) -> Notice:
    return notices.latest(house.store.read, 1)[0]


def actions(house: House) -> list[str]:
    return [entry.action for entry in audit.newest(house.store.read) if entry.actor.name == "bot notice"][::-1]


def test_a_new_one_is_priced_and_kept_as_a_draft(house: House) -> None:
    shown = said(house, "new", *TEXTS, *FIELDS)
    assert "'Faena el viernes 12 de marzo en Zurite.'" in shown
    assert re.search(r"all +30 +25 +6\.25\n", shown)
    assert "true      until 2027-03-03 09:00" in shown
    draft = latest(house)
    assert draft.state == "draft"
    assert f"Notice {draft.id} is kept as a draft" in shown
    assert actions(house) == ["notice_written"]
    assert said(house, "list") == f"{draft.id}\tdraft\t-\tbot notice\tFaena\n"
    again = said(house, "show", str(draft.id))
    assert "to        everybody" in again
    assert re.search(r"all +30 +25 +6\.25\n", again)


def test_with_yes_it_is_sent_off_and_led(house: House) -> None:
    where = [
        "--district",
        "zurite",
        "--comunidad",
        "Compone",
        "--at",
        "2027-03-02T08:00",
        "--until",
        "2027-03-02T18:00",
    ]
    shown = said(house, "new", *TEXTS, *FIELDS, *where, "--yes")
    sent = latest(house)
    assert (sent.state, sent.audience.districts, sent.audience.comunidades) == ("scheduled", ("zurite",), ("compone",))
    assert f"Notice {sent.id}: It leaves 2027-03-02 08:00" in shown
    assert "to        Zurite and Compone" in shown
    assert said(house, "cancel", str(sent.id)) == "Cancelled: whoever has not heard it will not.\n"
    assert latest(house).state == "cancelled"
    assert actions(house) == ["notice_written", "notice_sent", "notice_cancelled"]


def test_above_the_ceiling_it_waits_for_somebody_at_the_desk(house: House) -> None:
    house.settings = replace(house.settings, notice_ceiling_soles=1.0)
    shown = said(house, "new", *TEXTS, *FIELDS, "--yes")
    assert latest(house).state == "awaiting"
    assert "It costs more than S/ 1.00: somebody else has to approve it at the desk." in shown
    assert actions(house)[-1] == "notice_submitted"


def test_what_it_is_about_gives_its_fields_and_topic(house: House) -> None:
    key = house.store.read.one("SELECT key FROM campaigns WHERE held_on > '2027-03-02' ORDER BY held_on LIMIT 1")
    assert key
    shown = said(house, "new", *TEXTS, "--about", f"campaign:{key['key']}")
    draft = latest(house)
    assert (draft.about, draft.topic) == (f"campaign:{key['key']}", "campaigns")
    assert set(draft.fields) == {"fecha", "lugar"}
    assert f"about     campaign:{key['key']}\ntopic     campaigns\n" in shown


MISTAKES = {
    "no such notice": ["show", "4711"],
    "nothing to watch": ["watch", "4711"],
    "a text is missing": ["new", "--name", "Faena", "--es", "Faena"],
    "a field is missing": ["new", *TEXTS],
    "no such day": ["new", *TEXTS, "--field", "fecha=mañana", "--field", "lugar=Zurite"],
    "no such field": ["new", "--name", "Faena", "--es", "{precios}", "--quz", "{precios}"],
    "no such event": ["new", *TEXTS, "--about", "campaign:nowhere"],
    "no such district": ["new", *TEXTS, *FIELDS, "--district", "atlantis"],
    "its end has passed": ["new", *TEXTS, *FIELDS, "--until", "2027-02-01T08:00"],
}
WRONG_USAGE = {
    "no name": ["new", "--es", "Faena"],
    "no moment": ["new", *TEXTS, "--at", "tomorrow"],
    "no field": ["new", *TEXTS, "--field", "lugar"],
    "no number": ["show", "Faena"],
    "no command": [],
}


def test_a_mistake_is_a_sentence_and_leaves_nothing(house: House) -> None:
    for label, call in MISTAKES.items():
        refusal = run(house, *call).exception
        assert isinstance(refusal, Refusal), label
        assert str(refusal).endswith(".") or "; there are " in str(refusal), f"{label}: {refusal}"
    for label, call in WRONG_USAGE.items():
        assert run(house, *call).exit_code == 2, label
    assert notices.latest(house.store.read, 9) == []


def test_every_reason_has_its_sentence(house: House) -> None:
    codes = set(re.findall(r"[a-z]+_?[a-z_]*", (Problem.__doc__ or "").partition("Codes:")[2].partition("(")[0]))
    for code in codes:
        assert code not in terminal.problem(Problem(code, "x")), code


def test_only_what_is_under_way_is_led(house: House) -> None:
    sent = launched(house)
    for verb in ("pause", "resume"):
        assert (
            str(run(house, verb, str(sent.id)).exception) == f"Notice {sent.id} is scheduled: {verb} is not for that."
        )
    with house.store.write() as tx:
        house.broadcaster.look(tx, house.clock.now())
    assert said(house, "pause", str(sent.id)).startswith("Paused")
    assert said(house, "resume", str(sent.id)) == "It goes on.\n"
    shown = said(house, "show", str(sent.id))
    assert "true      until" in shown
    assert "spent     0 segments, S/ 0.00" in shown


def test_it_is_a_command_like_the_others(tmp_path: Path) -> None:
    gone = bot("notice", "show", "4711", CHASKI_DATA=str(tmp_path))
    assert_refused_in_a_sentence(gone, "no such notice")
    assert gone.stderr == "bot: There is no notice 4711; `bot notice list` shows them.\n"


def watching(notice: Notice, output: int, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(BOT), "notice", "watch", str(notice.id)], env=environment(**env), stdout=output, text=True
    )


def test_who_was_not_reached_by_a_cancelled_one_waits_for_nothing(house: House) -> None:
    sent = launched(house)
    with house.store.write() as tx:
        for _ in ("begin", "freeze", "frozen"):
            house.broadcaster.look(tx, house.clock.now())
    said(house, "cancel", str(sent.id))
    assert "  not sent        30\n" in said(house, "show", str(sent.id))


async def test_watched_to_its_end_with_a_terminal_and_without(tmp_path: Path) -> None:
    with closing(built(Settings(data=tmp_path))) as house:
        settle(house, 12)
        sent = launched(house)
    async with FakeTwilio() as twilio:
        given = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
        ours, theirs = pty.openpty()
        plain, on_terminal = watching(sent, subprocess.PIPE, **given), watching(sent, theirs, **given)
        os.close(theirs)
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, served(**given))
            lines, _ = await asyncio.to_thread(plain.communicate, timeout=20)
            assert await asyncio.to_thread(on_terminal.wait, 20) == plain.returncode == 0
    told = lines.splitlines()
    assert told[-1].startswith(f"[{'#' * 24}] 100% of 12 · waiting 0, sent 12, delivered 0 · failed 0, unknown 0, ")
    assert told[-1].endswith(" · done")
    assert len(told) == len(set(told)), "a line only where something changed"
    drawn = os.read(ours, 65_536).decode()
    os.close(ours)
    assert drawn.startswith("\r[")
    assert drawn.endswith(f"{told[-1]}\x1b[K\r\n")
    assert drawn.count("\n") == 1, "the line stands still"
