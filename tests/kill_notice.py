"""`python -m tests.kill_notice [--people N] [--kills N] [--seed N] [--postgresql]`: nobody hears a notice twice.

A notice goes to made-up people by a real `bot serve`, which is killed (-9) at random moments and started again; the two
providers' stand-ins answer late, lose answers and fail. In the end each person has exactly one accepted message, or one
row that says `unknown`: never two. Prints what it did; exit code 1 when somebody was told twice or not at all.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.app import House
from bot.records import notices
from bot.records.notices import Audience, Notice
from bot.service.notices import steering
from bot.settings import Settings
from tests.crowds import Resident, launched, settle
from tests.fakes import BOT_TOKEN, FakeTelegram, FakeTwilio, Fault
from tests.running import built, free_port, served, until, with_twilio
from tests.servers import postgres_server

SLOWEST_SECONDS = 0.03
"""How long a provider takes at most before it accepts a message, and again before it says so."""

MOST_FAULTS = 3
PATIENCE_SECONDS = 180.0
FAULTS = (Fault("lose"), Fault("lose"), Fault("drop"), Fault("status", 500, 20500))
TELEGRAM_FAULTS = (Fault("lose"), Fault("drop"), Fault("status", 429, message="Too Many Requests", retry_after=1))


@dataclass
class _SlowTwilio(FakeTwilio):
    chance: random.Random = field(default_factory=random.Random)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        await asyncio.sleep(self.chance.uniform(0, SLOWEST_SECONDS))
        answer = await super().answer(request, fields)
        await asyncio.sleep(self.chance.uniform(0, SLOWEST_SECONDS))
        return answer


@dataclass
class _SlowTelegram(FakeTelegram):
    chance: random.Random = field(default_factory=random.Random)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        await asyncio.sleep(self.chance.uniform(0, SLOWEST_SECONDS))
        answer = await super().answer(request, fields)
        await asyncio.sleep(self.chance.uniform(0, SLOWEST_SECONDS))
        return answer


@dataclass
class Trial:
    """People, notices to them, and what came of it."""

    house: House
    residents: list[Resident]
    sent_off: list[Notice]
    chance: random.Random
    twilio: _SlowTwilio
    telegram: _SlowTelegram
    kills: int = 0
    resumed: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    async def run(self, kills: int, given: Mapping[str, str]) -> None:
        """Serve and kill, `kills` times; then serve until every notice is done."""
        for share in self._moments(kills):
            async with AsyncExitStack() as stack:
                await asyncio.to_thread(stack.enter_context, served(**given))
                await self._wait_for(int(share * len(self.residents)))
                self._fail()
                await asyncio.sleep(self.chance.uniform(0, 2 * SLOWEST_SECONDS))
                self.kills += 1
        self.twilio.faults.clear()
        self.telegram.faults.clear()
        async with AsyncExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, served(**given))
            await until(self._are_done, PATIENCE_SECONDS)
            await asyncio.sleep(0.5)  # time for a message too many
        self.fates = self._fates()

    def _moments(self, kills: int) -> list[float]:
        """Shares of the people that have been told when the next kill comes: some at the very beginning."""
        return sorted(max(0.0, self.chance.uniform(-0.1, 1.0)) for _ in range(kills))

    async def _wait_for(self, told: int) -> None:
        if told == 0:
            await asyncio.sleep(self.chance.uniform(0, 1.0))  # while it starts, or its audience is frozen
            return
        await until(lambda: self._are_done() or sum(self.told().values()) >= told, PATIENCE_SECONDS)

    def _fail(self) -> None:
        """The next requests meet a fault, just before the service is killed."""
        faults = self.chance.randint(0, MOST_FAULTS)
        self.twilio.fail("POST Messages.json", *self.chance.choices(FAULTS, k=faults))
        self.telegram.fail("sendMessage", *self.chance.choices(TELEGRAM_FAULTS, k=faults // 2))

    def _are_done(self) -> bool:
        """Whether all notices have come to their end; one that stopped by itself is told to go on."""
        states = []
        for each in self.sent_off:
            now = notices.one(self.house.store.read, each.id)
            assert now is not None
            states.append(now.state)
            if now.state == "paused":
                with self.house.store.write() as tx:
                    self.resumed += steering.resume(tx, now, self.house.clock.now())
        return set(states) == {"done"}

    # -- what came of it

    def told(self) -> Counter[str]:
        """How many messages the providers accepted for each address."""
        by_sms = Counter(f"tel:{message['to']}" for message in self.twilio.messages)
        return by_sms + Counter(f"telegram:{fields['chat_id']}" for fields in self.telegram.sent)

    def _fates(self) -> Counter[str]:
        """(accepted messages, states of the rows) of each person, counted."""
        rows = self.house.store.read.all("SELECT person_id, state FROM outbox WHERE notice_id IS NOT NULL")
        states: dict[int, list[str]] = {}
        for row in rows:
            states.setdefault(row["person_id"], []).append(row["state"])
        told = self.told()
        return Counter(
            f"{told[each.address]} accepted, row {'+'.join(states.get(each.id, ['none']))}" for each in self.residents
        )

    def wrong(self) -> list[str]:
        """Fates that nobody may have."""
        right = {"1 accepted, row sent", "1 accepted, row unknown", "0 accepted, row unknown"}
        return [fate for fate in self.fates if fate not in right]


async def tried(
    data: Path, *, people: int, by_telegram: int, kills: int, seed: int, by_district: bool = False, database: str = ""
) -> Trial:
    """A trial that has been run. `by_district`: a notice for each district instead of one for all."""
    chance = random.Random(seed)  # noqa: S311  repeated with the same seed
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(_SlowTwilio(chance=chance))
        telegram = await stack.enter_async_context(_SlowTelegram(chance=chance))
        given = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(data), "DATABASE_URL": database}
        given |= {"TELEGRAM_TOKEN": BOT_TOKEN, "TELEGRAM_API_URL": telegram.url}
        house = stack.enter_context(closing(built(Settings(data=data, database_url=database))))
        residents = settle(house, people, by_telegram=by_telegram, seed=seed)
        districts = sorted({each.district for each in residents})
        audiences = [Audience(districts=(each,)) for each in districts] if by_district else [Audience()]
        sent_off = [launched(house, audience=audience) for audience in audiences]
        trial = Trial(house, residents, sent_off, chance, twilio, telegram)
        await trial.run(kills, given)
    return trial


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options.add_argument("--postgresql", action="store_true")
    given = options.parse_args(arguments)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # that a client was killed is no news here
    sys.stdout.write(f"seed {given.seed}\n")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = stack.enter_context(postgres_server()) if given.postgresql else ""
        trial = asyncio.run(
            tried(
                Path(folder),
                people=given.people,
                by_telegram=given.people // 5,
                kills=given.kills,
                seed=given.seed,
                database=database,
            )
        )
    took = time.monotonic() - begun
    sys.stdout.write(f"{trial.kills} kills, {trial.resumed} times told to go on, {took:.0f} s\n")
    for fate, people_of_it in sorted(trial.fates.items()):
        sys.stdout.write(f"{people_of_it:6} {fate}{'   WRONG' if fate in trial.wrong() else ''}\n")
    return 1 if trial.wrong() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
