"""By which channel somebody is written to: her last one while it is on, or for a notice the cheapest."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.message import Medium
from bot.records.notices.audience import Instead
from bot.settings import Settings

TWILIO, GATEWAY, SIMULATOR, TELEGRAM = "twilio", "gateway", "simulator", "telegram"
SMS = (TWILIO, GATEWAY)
"""The channels that reach telephones, the preferred one first; they share addresses, so that one stands for another."""


@dataclass(frozen=True, slots=True)
class Ways:
    """`sms` is for whoever has not written yet; `on` are the SMS channels that can send now, `cheapest` is one of them.

    Where none is on everything stays as it is: the telephones are those of the browser.
    """

    sms: str
    on: tuple[str, ...] = ()
    cheapest: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Ways:
        has = {TWILIO: settings.has_twilio, GATEWAY: settings.has_gateway}
        price = {TWILIO: settings.sms_price_soles, GATEWAY: settings.gateway_price_soles}
        on = tuple(channel for channel in SMS if has[channel])
        return cls(next(iter(on), SIMULATOR), on, min(on, key=price.__getitem__, default=""))

    @property
    def is_choice(self) -> bool:
        """Whether there is a cheaper and a dearer way."""
        return len(self.on) > 1

    def to(self, channel: str, medium: Medium) -> str:
        """The channel for somebody who wrote last by this one (empty: never)."""
        if not channel:
            return TELEGRAM if medium == "telegram" else self.sms
        return dict(self.instead()).get(channel, channel)

    def instead(self, *, by_cheapest: bool = False) -> Instead:
        """What is used in place of channels that are off, or of all that cost more."""
        if not self.on:
            return ()
        kept = (self.cheapest,) if by_cheapest else self.on
        return tuple((channel, kept[0]) for channel in SMS if channel not in kept)
