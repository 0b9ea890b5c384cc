"""Words as they are compared: short forms written out, and Quechua and Spanish endings peeled off a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.language.codes import joined
from bot.language.folding import andean, fold

_ENDINGS = """
manta kama kuna nki yku ykuta ykita yki yta saq saqku sunki nchis nchik nkichis nkichik ychis ychik waychis
wayku shan chkan kashan shanku chkanku shani shanki ranku rqanku rqan ran rqani rani rqanki sqa pas pis raq
taq puni lla pi man paq wan ta qa pa q n m mi chu yuq niyuq pti qti spa sqan nan napaq naypaq nanku nqa nqaku
nku ni y way ykuy yta ya chun ña cha ymi nmi tan tam niy niyki waq yman nayki nin ninta nta
""".split()
ENDINGS = tuple(sorted({andean(fold(ending)) for ending in _ENDINGS}, key=lambda e: (-len(e), e)))
_BY_LAST: dict[str, tuple[str, ...]] = {
    last: tuple(e for e in ENDINGS if e[-1] == last) for last in {e[-1] for e in ENDINGS}
}
_SHORTEST_ROOT = 3
_SPANISH = sorted(
    "ando iendo aron ieron amos emos imos aba aban ado ada idos idas ados adas ar er ir as os es an en a o e s".split(),
    key=lambda ending: (-len(ending), ending),
)

NO_MORE = "mananya"
"""How manaña («no longer») is kept apart from mañana («tomorrow»), which folding would make one."""
_NO_MORE = re.compile(r"\bmanañ(?=a)", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_DENIES = re.compile(r"chu$|chis$|chik$")


def tokens(text: str, short: Mapping[str, str]) -> list[str]:
    """The folded words of a text, short forms written out, codes in one piece: `xq no ay` → porque no hay."""
    words: list[str] = []
    said = fold(_NO_MORE.sub("manany", text)).split()
    for word in joined(said) if _DIGIT.search(text) else said:
        words.extend(short[word].split() if word in short else (word,))
    if "manana" in words and "ñ" not in text:
        at = words.index("manana")
        if any(_DENIES.search(word) for word in words[at + 1 :]):
            words[at] = NO_MORE
    return words


@lru_cache(maxsize=3_000)
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


@lru_cache(maxsize=3_000)
def spanish_stem(word: str) -> str:
    """A folded word without its Spanish ending: `atendieron` → atend."""
    for ending in _SPANISH:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            return word[: -len(ending)]
    return word
