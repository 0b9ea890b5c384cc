"""A bad moment for the whole process: killed or stopped under load, it owes every acknowledged message one answer."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import ClientError

from tests.fakes import FakeTwilio
from tests.running import free_port, served, until, with_twilio

PEOPLE = [f"+519840{number:05}" for number in range(200)]
QUESTION = "obras agua 2008"


async def arrive(twilio: FakeTwilio, port: int, acknowledged: list[str]) -> None:
    """200 people text, 20 in flight; those whose text was acknowledged are noted."""
    room = asyncio.Semaphore(20)

    async def one(person: str) -> None:
        async with room:
            try:
                if await twilio.text(f"http://127.0.0.1:{port}", person, QUESTION) == 200:
                    acknowledged.append(person)
            except (ClientError, OSError):
                return  # the service is gone: nobody was told that this text is safe

    await asyncio.gather(*(one(person) for person in PEOPLE))


def answers(twilio: FakeTwilio) -> Counter[str]:
    """How many messages each person was really sent, as the provider has it."""
    return Counter(str(message["to"]) for message in twilio.messages)


async def served_again(twilio: FakeTwilio, acknowledged: list[str], environment: dict[str, str]) -> float:
    """Start the service anew until everybody acknowledged has an answer; the seconds that took."""
    begun = time.monotonic()
    with served(**environment):
        await until(lambda: answers(twilio).keys() >= set(acknowledged), 20)
        await asyncio.sleep(0.5)  # time for an answer too many
        return time.monotonic() - begun


@pytest.mark.parametrize("taken_before_the_kill", [20, 80, 150])
async def test_killed_while_200_texts_arrive_every_acknowledged_one_is_answered_once(
    tmp_path: Path, taken_before_the_kill: int
) -> None:
    async with FakeTwilio() as twilio:
        environment = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
        acknowledged: list[str] = []
        with served(**environment) as process:
            arriving = asyncio.create_task(arrive(twilio, int(environment["PORT"]), acknowledged))
            await until(lambda: len(acknowledged) >= taken_before_the_kill, 20)
            process.send_signal(signal.SIGKILL)
            await arriving
        assert taken_before_the_kill <= len(acknowledged) < len(PEOPLE)
        took_seconds = await served_again(twilio, acknowledged, environment)
        sent = answers(twilio)
        assert {person: sent[person] for person in acknowledged} == dict.fromkeys(acknowledged, 1)
        assert max(sent.values()) == 1
        assert took_seconds < 15, "what was in hand must not wait for its lease"


async def test_stopped_under_load_it_ends_in_time_and_owes_nothing(tmp_path: Path) -> None:
    async with FakeTwilio() as twilio:
        environment = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
        acknowledged: list[str] = []
        with served(**environment) as process:
            arriving = asyncio.create_task(arrive(twilio, int(environment["PORT"]), acknowledged))
            await until(lambda: len(acknowledged) >= 60, 20)
            begun = time.monotonic()
            process.terminate()
            try:
                code = await asyncio.to_thread(process.wait, 10)
            except subprocess.TimeoutExpired:
                pytest.fail("SIGTERM was not obeyed within 10 s")
            await arriving
        assert code == 0
        assert time.monotonic() - begun < 10
        await served_again(twilio, acknowledged, environment)
        sent = answers(twilio)
        assert {person: sent[person] for person in acknowledged} == dict.fromkeys(acknowledged, 1)


async def test_what_was_acknowledged_and_had_not_left_leaves_at_the_next_start(tmp_path: Path) -> None:
    """Killed at a pace so slow that nearly all of it waits, some of it in hand by a lease of a minute."""
    async with FakeTwilio() as twilio:
        environment = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
        acknowledged: list[str] = []
        with served(**environment | {"TWILIO_SEGMENTS_PER_SECOND": "0.01"}) as process:
            await arrive(twilio, int(environment["PORT"]), acknowledged)
            process.send_signal(signal.SIGKILL)
        assert len(acknowledged) == len(PEOPLE)
        assert len(twilio.messages) < 10
        assert await served_again(twilio, acknowledged, environment) < 15
        assert answers(twilio) == dict.fromkeys(PEOPLE, 1)
