"""How much one sender gets: floods, echoes and autoresponders are stored but no longer answered."""

from __future__ import annotations

import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE, HOUR, ECHO = timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=10)
ANSWERS_PER_MINUTE = 12
ANSWERS_PER_HOUR = 80
SAME_TEXTS = 5
LONGEST_COMMAND = 12  # characters: a person may well send MENU ten times, a machine sends sentences
UNANSWERED_IN_A_ROW = 6
SENDERS_REMEMBERED = 20_000


@dataclass(slots=True)
class _Sender:
    answered: deque[datetime] = field(default_factory=deque)
    texts: deque[tuple[datetime, int]] = field(default_factory=deque)


class Limits:
    """Counters in memory: they may be lost at a restart, which costs a few answers too many and nothing else."""

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._senders: OrderedDict[str, _Sender] = OrderedDict()

    def may_answer(self, address: str, text: str, now: datetime) -> bool:
        """Whether this message is to be answered; counts it when it is."""
        if not self._is_on:
            return True
        sender = self._sender(address)
        while sender.answered and not now - HOUR < sender.answered[0]:
            sender.answered.popleft()
        while sender.texts and not now - ECHO < sender.texts[0][0]:
            sender.texts.popleft()
        in_last_minute = sum(1 for at in sender.answered if at > now - MINUTE)
        mark = zlib.crc32(text.encode())
        echoes = sum(1 for _, seen in sender.texts if seen == mark) if len(text) > LONGEST_COMMAND else 0
        if in_last_minute >= ANSWERS_PER_MINUTE or len(sender.answered) >= ANSWERS_PER_HOUR or echoes >= SAME_TEXTS:
            return False
        sender.answered.append(now)
        sender.texts.append((now, mark))
        return True

    def _sender(self, address: str) -> _Sender:
        sender = self._senders.pop(address, None) or _Sender()
        self._senders[address] = sender
        if len(self._senders) > SENDERS_REMEMBERED:
            self._senders.popitem(last=False)
        return sender
