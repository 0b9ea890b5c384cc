"""How much one sender gets: floods, echoes and autoresponders are stored but no longer answered."""

from __future__ import annotations

import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE, HOUR, DAY, ECHO = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(minutes=10)
ANSWERS_PER_MINUTE = 12
ANSWERS_PER_HOUR = 80
SAME_TEXTS, SAME_TEXTS_A_DAY, SAME_SENTENCES_A_DAY = 5, 6, 3
OUR_WORDS_A_DAY = 1  # a person may send back what we said; a machine of our own kind says it all day long
LONGEST_COMMAND = 12  # characters: a person may well send MENU ten times, a machine sends sentences
LONGEST_QUESTION = 40  # characters: nobody types more than that over and over
UNANSWERED_IN_A_ROW = 6
SENDERS_REMEMBERED = 20_000
TEXTS_REMEMBERED = 200
REPLIES_REMEMBERED = 5_000


@dataclass(slots=True)
class _Sender:
    answered: deque[datetime] = field(default_factory=deque)
    texts: deque[tuple[datetime, int]] = field(default_factory=lambda: deque(maxlen=TEXTS_REMEMBERED))


class Limits:
    """Counters in memory: they may be lost at a restart, which costs a few answers too many and nothing else."""

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self._replies: OrderedDict[int, None] = OrderedDict()

    def may_answer(self, address: str, text: str, now: datetime) -> bool:
        """Whether this message is to be answered; counts it when it is."""
        if not self._is_on:
            return True
        sender, mark = self._sender(address), _mark(text)
        while sender.answered and not now - HOUR < sender.answered[0]:
            sender.answered.popleft()
        in_last_minute = sum(1 for at in sender.answered if at > now - MINUTE)
        is_flood = in_last_minute >= ANSWERS_PER_MINUTE or len(sender.answered) >= ANSWERS_PER_HOUR
        if is_flood or (len(text) > LONGEST_COMMAND and self._is_echo(sender, text, mark, now)):
            return False
        sender.answered.append(now)
        sender.texts.append((now, mark))
        return True

    def remember(self, reply: str) -> None:
        """What we say ourselves: to hear it back is the sign of another service such as ours."""
        if self._is_on and len(reply) > LONGEST_COMMAND:
            self._replies[_mark(reply)] = None
            if len(self._replies) > REPLIES_REMEMBERED:
                self._replies.popitem(last=False)

    def _is_echo(self, sender: _Sender, text: str, mark: int, now: datetime) -> bool:
        seen = [at for at, known in sender.texts if known == mark and at > now - DAY]
        most = SAME_TEXTS_A_DAY if len(text) <= LONGEST_QUESTION else SAME_SENTENCES_A_DAY
        most = OUR_WORDS_A_DAY if mark in self._replies else most
        return len(seen) >= most or sum(at > now - ECHO for at in seen) >= SAME_TEXTS

    def _sender(self, address: str) -> _Sender:
        sender = self._senders.pop(address, None) or _Sender()
        self._senders[address] = sender
        if len(self._senders) > SENDERS_REMEMBERED:
            self._senders.popitem(last=False)
        return sender


def _mark(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))
