"""The one place where the parts are built and joined, started and closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.channels.base import Channel, Remembering
from bot.channels.simulator import SimulatorChannel
from bot.clock import Clock
from bot.conversation.message import Inbound
from bot.errors import Refusal, SendError
from bot.records import backups as backup_rows
from bot.records import messages
from bot.records.store import Store
from bot.service import accounts, knowledge, pace, privacy
from bot.service.backups import Backups
from bot.service.clockwork import Clockwork
from bot.service.commits import Commits
from bot.service.content import seed
from bot.service.inbox import Inbox
from bot.service.knowledge import Library
from bot.service.limits import Limits
from bot.service.notices.preview import Tariff
from bot.service.notices.sending import Broadcaster
from bot.service.outbox import Attachments, Sender
from bot.service.outreach import Outreach
from bot.service.recovery import Recovered, Recovery
from bot.service.secrets import promoter_key
from bot.service.turns import Watch, unwatched
from bot.service.ways import Ways
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp import web

    from bot.channels.telegram import TelegramChannel

log = logging.getLogger(__name__)

TELEGRAM_MESSAGES_PER_SECOND = 30.0
TELEGRAM_CHAT_SECONDS = 1.0  # between two messages to one chat
SIMULATOR_MESSAGES_PER_SECOND = 1000.0
REQUESTS_SECONDS = 3.0  # for requests under way when we are told to stop
SHUTDOWN_SECONDS = 9.5


class House:
    """Everything a running service is made of, on one database.

    `watch` is shown every turn; a `library` that was loaded before, for a like database, need not be loaded again.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        watch: Watch = unwatched,
        library: Library | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock(settings.start)
        self.library = library or Library(
            knowledge.files(), with_samples=not settings.is_public, office_phone=settings.office_phone
        )
        self.store = Store(settings.database)
        with self.store.write() as tx:
            seed(tx, self.library.content, self.clock.now())
            privacy.keep_wordings(tx, self.library.knowledge(tx))
            promoter_key(tx)  # made now, because pages that only read need it
        self.commits = Commits(self.store)
        self.senders: dict[str, Sender] = {}
        self.inbox = Inbox(
            self.commits,
            self.clock,
            self.library.knowledge,
            Limits(settings.limits),
            timedelta(hours=settings.session_hours),
            self._wake,
            watch,
            Tariff.of(settings),
        )

        ways = Ways.of(settings)
        outreach = Outreach(self.clock, self.library.knowledge, ways, watch)
        kept = timedelta(days=settings.retention_days)
        self.clockwork = Clockwork(self.commits, self.clock, outreach, self._wake, kept)

        self.broadcaster = Broadcaster(self.commits, self.clock, self.library.knowledge, self._wake, self._is_on, ways)

    def _wake(self, channel: str) -> None:
        sender = self.senders.get(channel)
        if sender:
            sender.wake()

    def _is_on(self, channel: str) -> bool:
        """Whether somebody sends by this channel; a house without senders does not know."""
        return not self.senders or channel in self.senders

    def backups(self) -> Backups | None:
        """Who makes them by itself, when a folder is set."""
        settings = self.settings
        if settings.backup_dir is None:
            return None
        every = timedelta(hours=settings.backup_hours)
        return Backups(self.commits, self.clock, settings.database, settings.backup_dir, every, settings.backup_keep)

    def close(self) -> None:
        self.store.close()


class Service:
    """`bot serve`: the house with its channels, its web application and its background tasks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.channels: dict[str, Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._telegram: TelegramChannel | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Open for messages; returns when the address answers. Raises Refusal when another service has the file."""
        house, settings = self.house, self.house.settings
        house.store.claim_service()
        if not settings.is_public:
            self._add(SimulatorChannel(), pace.Pace(SIMULATOR_MESSAGES_PER_SECOND, pace.one))
        if settings.has_twilio:
            from bot.channels.twilio import TwilioChannel  # only a service that uses it pays for it

            self._add(
                TwilioChannel(settings, house.clock),
                pace.Pace(settings.twilio_segments_per_second, pace.segments),
            )
        if settings.has_gateway:
            from bot.channels.gateway import GatewayChannel

            self._add(
                GatewayChannel(settings, house.clock),
                pace.Pace(settings.gateway_segments_per_second, pace.segments),
            )
        await self._start_telegram()
        await self._start_web()
        for channel in self.channels.values():  # after it: loading a provider's library takes a while
            await channel.start()
        for sender in house.senders.values():
            self._run(sender.run())
        self._run(house.clockwork.run())
        self._run(house.broadcaster.run())
        for channel in self.channels.values():
            if isinstance(channel, Remembering):
                self._run(Recovery(house.commits, house.inbox, channel).run())
        if backups := house.backups():
            self._run(backups.run())
        if backup_rows.held(house.store.read):
            log.warning("a restored backup is held: nothing is sent until `bot release`")

    def _add(self, channel: Channel, channel_pace: pace.Pace) -> None:
        self.channels[channel.name] = channel
        house = self.house
        holiday_on = house.library.content.holiday_on
        files = self._files()
        house.senders[channel.name] = Sender(house.commits, house.clock, channel, channel_pace, holiday_on, files)

    def _files(self) -> Attachments:
        """What makes the files of messages; drawn at the desk, which the service itself knows nothing of."""
        from bot.desk.avisos.files import Files

        house = self.house
        return Files(house.settings, house.clock, house.store, house.library.knowledge, self._telegram_link)

    async def _telegram_link(self) -> str:
        return await self._telegram.link() if self._telegram else ""

    async def _start_telegram(self) -> None:
        settings = self.house.settings
        if not settings.has_telegram:
            return
        from bot.channels.telegram import TelegramChannel

        self._telegram = telegram = TelegramChannel(settings)
        self._add(
            telegram, pace.Pace(TELEGRAM_MESSAGES_PER_SECOND, pace.one, per_address_seconds=TELEGRAM_CHAT_SECONDS)
        )
        self._run(telegram.announce(self._commands()))
        if not settings.telegram_webhook_secret:
            self._run(telegram.run_polling(self._take, self._set_aside))

    def _commands(self) -> dict[str, list[tuple[str, str]]]:
        """The command menu of Telegram in both languages: (word, what it opens)."""
        conversation = self.house.library.knowledge(self.house.store.read).conversation
        flows = [flow for flow in conversation.flows.flows.values() if flow.command]
        return {
            language: [(flow.command, conversation.catalogue.text(flow.name or flow.about, language)) for flow in flows]
            for language in ("es", "quz")
        }

    async def _take(self, message: Inbound) -> None:
        await self.house.inbox.receive(message)

    async def _set_aside(self, raw: object, reason: str) -> None:
        clock = self.house.clock
        await self.house.commits.run(
            lambda tx: messages.set_aside(tx, clock.new_id(), "telegram", repr(raw), reason, clock.now())
        )

    async def _start_web(self) -> None:
        from aiohttp import web  # a quarter of a second that `bot chat` need not wait

        from bot.desk.parts import Parts
        from bot.desk.web import application

        house, settings = self.house, self.house.settings
        parts = Parts(settings, house.clock, house.store, house.commits, house.inbox, house.library.knowledge)
        routes = application(parts, self._telegram, self._take, self._set_aside)
        self._runner = web.AppRunner(routes, access_log=None, handle_signals=False, shutdown_timeout=REQUESTS_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, settings.host, settings.port)
        await site.start()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_tell)
        self._tasks.append(task)

    async def stop(self) -> None:
        """No new messages; what runs is finished; then everything is let go."""
        if self._runner:
            await self._runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self.channels.values():
            await channel.close()
        self.house.close()


async def recover(house: House) -> dict[str, Recovered]:
    """`bot recover`: what each provider that keeps a list has for us and we have not. Raises Refusal, Unavailable."""
    if not house.settings.has_twilio:
        return {}
    from bot.channels.twilio import TwilioChannel  # as above

    channel = TwilioChannel(house.settings, house.clock)
    try:
        return {channel.name: await Recovery(house.commits, house.inbox, channel).look()}
    except SendError as error:
        raise Refusal(f"{channel.name} could not be asked: {error}") from None
    finally:
        await channel.close()


def _tell(task: asyncio.Task[None]) -> None:
    """A task that ends by itself says why: nobody waits for it."""
    if not task.cancelled() and task.exception():
        log.error("a background task ended", exc_info=task.exception())


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run the service until SIGTERM or SIGINT; `ready` is called once the address answers, with the single-use password
    of the first account at the desk when one had to be made up."""
    service = Service(House(settings))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stopped.set)
    try:
        await service.start()
        gc.freeze()  # flows, models and pages stay for as long as we do: no collection need look at them again
        made_up = accounts.first_admin(service.house.store, service.house.clock, settings.admin_password)
        log.info("ready at %s", settings.public_url)
        ready(made_up)
        await stopped.wait()
    finally:
        try:
            await asyncio.wait_for(service.stop(), SHUTDOWN_SECONDS)
        except TimeoutError:
            log.error("not everything could be finished in time; its rows are taken up at the next start")
