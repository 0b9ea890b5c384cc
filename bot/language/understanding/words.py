"""Words as they are compared: short forms written out, and Quechua and Spanish endings peeled off a key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bot.language.folding import andean, fold

_ENDINGS = """
manta kama kuna nki yku ykuta ykita yki yta saq saqku sunki nchis nchik nkichis nkichik ychis ychik waychis wayku
shan chkan kashan shanku chkanku shani shanki ranku rqanku rqan ran rqani rani rqanki sqa pas pis raq taq puni lla pi man
paq wan ta qa pa q n m mi chu yuq niyuq pti qti spa sqan nan napaq naypaq nanku nqa nqaku nku ni y way ykuy yta ya chun ña
cha ymi nmi tan tam niy niyki waq yman nayki nin ninta nta
""".split()
ENDINGS = tuple(sorted({andean(fold(ending)) for ending in _ENDINGS}, key=lambda e: (-len(e), e)))
_BY_LAST: dict[str, tuple[str, ...]] = {
    last: tuple(e for e in ENDINGS if e[-1] == last) for last in {e[-1] for e in ENDINGS}
}
_SHORTEST_ROOT = 3


def tokens(text: str, short: Mapping[str, str]) -> list[str]:
    """The folded words of a text, short forms written out: `xq no ay` → porque no hay."""
    words: list[str] = []
    for word in fold(text).split():
        words.extend(short[word].split() if word in short else (word,))
    return words


@lru_cache(maxsize=20_000)
def stems(key: str) -> tuple[str, ...]:
    """What is left of an andean key as its endings are peeled off one by one, longest ending first."""
    found = []
    for _ in range(4):
        for ending in _BY_LAST.get(key[-1:], ()):
            if key.endswith(ending) and len(key) - len(ending) >= _SHORTEST_ROOT:
                key = key[: -len(ending)]
                found.append(key)
                break
        else:
            break
    return tuple(found)
