"""The words by which people say whose turn it is: `mi hija`, `wawaypaq`, `hatun mamaypaq`, `para mí`, `huk runapaq`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.folding import andean, fold
from bot.language.understanding import ages

_CHILD = (
    ("hijo", "hijo hijito ijo ijito", "churi qhari_wawa qhari_churi"),
    ("hija", "hija hijita ija ijita", "ususi warmi_wawa warmi_churi"),
    ("bebé", "bebe bebito bebita bebesito bebesita bebecito bebecita", ""),
    ("wawa", "wawa wawita wawito guagua guaguita", "wawa"),
    ("niño", "nino ninito chiquito", "irqi warma"),
    ("niña", "nina ninita chiquita", ""),
)
_OTHERS = (
    ("mamá", "mama mamita mamacita mami madre madrecita", "mama"),
    ("papá", "papa papito papacito papi padre", "tayta papa"),
    ("esposo", "esposo esposito marido", "qusa"),
    ("esposa", "esposa esposita mujer senora", "warmi"),
    ("pareja", "pareja conviviente", "yana"),
    ("abuela", "abuela abuelita", "awicha awila hatun_mama"),
    ("abuelo", "abuelo abuelito", "machula awilu hatun_tayta hatun_papa"),
    ("hermano", "hermano hermanito ermano", "tura wayqi wawqi qhari_sullka"),
    ("hermana", "hermana hermanita ermana", "pana ñaña warmi_sullka"),
    ("tío", "tio tiito", "kaka"),
    ("tía", "tia tiita", "ipa"),
    ("nieto", "nieto nietito nietecito", "willka haway"),
    ("nieta", "nieta nietita nietecita", ""),
    ("sobrino", "sobrino sobrinito", ""),
    ("sobrina", "sobrina sobrinita", ""),
    ("primo", "primo primito", ""),
    ("prima", "prima primita", ""),
    ("cuñado", "cunado", ""),
    ("cuñada", "cunada", ""),
    ("suegro", "suegro", ""),
    ("suegra", "suegra", ""),
    ("yerno", "yerno", "qatay"),
    ("nuera", "nuera", "qhachun"),
    ("ahijado", "ahijado", ""),
    ("ahijada", "ahijada", ""),
    ("vecino", "vecino vecinito", "vecino"),
    ("vecina", "vecina vecinita", "vecina"),
    ("amigo", "amigo amiguito", ""),
    ("amiga", "amiga amiguita", ""),
    ("compadre", "compadre", ""),
    ("comadre", "comadre comadrita", ""),
    ("", "persona familiar pariente paciente", "runa"),
)
_GROUPS = (("child", _CHILD), ("other", _OTHERS))
_SPANISH = {form: (group, kin) for group, rows in _GROUPS for kin, forms, _ in rows for form in forms.split()}
_QUECHUA = {
    tuple(andean(fold(part)) for part in form.split("_")): (group, kin)
    for group, rows in _GROUPS
    for kin, _, forms in rows
    for form in forms.split()
}
_MANY = andean("kuna")
_PAQ = r"paks?(?:ka|mi|pas)?"
_SMALL = "(?:ca|ya|itu|ita)?"
_MINE = "(?:niy|iy|y|iku|yku|niyku|(?:ni)?n?cis)"
_FOR = re.compile(rf"{_SMALL}{_MINE}?(?:ya)?{_PAQ}$")
_OF_MINE = re.compile(rf"{_SMALL}{_MINE}(?:ya)?(?:(?:ta|wan|pa|man|pi|n|mi|m|ka|pas|ki)(?:mi|ka|pas|n)?)?$")
_CALLED_SO = frozenset(
    map(andean, ("mamay", "taytay", "papay", "wayqiy", "panay", "turay", "ñañay", "mamayku", "yanay"))
)
"""Said to whom one speaks to: they name a relative only with an ending more, or alone in an answer."""
_SPOKEN_TO = frozenset("mamá papá vecino vecina amigo amiga compadre comadre hermano hermana tío tía".split())
_ALONE_AFTER: tuple[list[str], ...] = ([], ["huk"], ["uk"], ["juk"])
_SELF = re.compile(r"(?:nuka|kiki)(?:ya)?(?:niy|y)?(?:ya)?" + _PAQ + "$")
_I = re.compile(r"\b(?:yo|soy(?! de\b)|conmigo|me (?:ll|y)amo|mi nombre es|[nñ][uo]qa[mn]?|sutiy(?:mi|m|qa|ta)?)\b")
_MY, _FOR_WORDS = frozenset(("mi", "mis", "nuestro", "nuestra")), frozenset(("para", "pa", "pal"))
_ARTICLES = frozenset(
    "el la un una su otro otra tu mi este esta huk uk juk menor mayor ultimo ultima pequeno pequena".split()
)
_MINE_ONLY = frozenset(("mujer", "senora"))
_GLUED = re.compile(rf"(?:{_MINE})?(?:ya)?{_PAQ}$")


@dataclass(frozen=True, slots=True)
class Kin:
    """Words `start` to `stop` say who a person is to the writer; `for_her` when they say «for» as well."""

    relation: str
    kin: str
    start: int
    stop: int
    for_her: bool


def find(words: Sequence[str], *, alone: int | None = None) -> list[Kin]:
    """Everyone whom folded words name so; at the place `alone` the noun alone is enough: `mamá Juana 68`."""
    found: list[Kin] = []
    at = 0
    while at < len(words):
        kin = _spanish(words, at, alone) or _quechua(words, at, alone)
        if kin and not _are_many(words, kin.start):
            found.append(kin)
        at = kin.stop if kin else at + 1
    return found


def _are_many(words: Sequence[str], at: int) -> bool:
    """`iskay wawaypaq`: a number before a relative says that there are several."""
    return at > 0 and ages.number_at(words, at - 1)[0] > 1


def for_me(words: Sequence[str]) -> int | None:
    """Where the words say «for me» (`para mi`, `ñuqapaq`): the place after them; None when they do not."""
    for at, word in enumerate(words):
        if _SELF.match(andean(word)):
            return at + 1
        if word == "mi" and at and words[at - 1] in _FOR_WORDS:
            return at + 1
    return None


def is_me(word: str) -> bool:
    """Whether a folded word says «for me» by itself: `ñuqapaq`."""
    return bool(_SELF.match(andean(word)))


def is_first_person(words: Sequence[str]) -> bool:
    """Whether the writer speaks of herself: `soy Rosa Quispe`, `me llamo`, `mi nombre es`, `sutiymi`."""
    return bool(_I.search(" ".join(words)))


@lru_cache(maxsize=3_000)
def is_relative(word: str) -> bool:
    """Whether a folded word by itself is one for a relative or for oneself."""
    return bool(find([word], alone=0) or _SELF.match(andean(word)))


def _spanish(words: Sequence[str], at: int, alone: int | None) -> Kin | None:
    """`para mi hija`, `mi bebe`, `para otra persona`; as an answer `hija`, too."""
    known = _SPANISH.get(words[at])
    if known is None:
        return None
    start = at
    while start and words[start - 1] in _ARTICLES | _MY and at - start < 3:
        start -= 1
    for_her = start > 0 and words[start - 1] in _FOR_WORDS
    mine = any(word in _MY for word in words[start:at])
    if not (mine or for_her or start == alone):
        return None
    if words[at] in _MINE_ONLY and not mine:
        known = ("other", "señora")
    return Kin(*known, start - for_her, at + 1, for_her)


def _quechua(words: Sequence[str], at: int, alone: int | None) -> Kin | None:
    keys = tuple(andean(word) for word in words[at : at + 2])
    stands_alone = alone is not None and list(words[alone:at]) in _ALONE_AFTER
    for stems, known in _QUECHUA.items():
        last = len(stems) - 1
        if len(keys) <= last or keys[:last] != stems[:-1] or _MANY in keys[last]:
            continue
        if not keys[last].startswith(stems[-1]):
            continue
        ending = keys[last].removeprefix(stems[-1])
        for_her = bool(_FOR.fullmatch(ending))
        is_called = keys[last] in _CALLED_SO and at != alone
        is_mine = bool(known[1]) and not is_called and bool(_OF_MINE.fullmatch(ending))
        if for_her or is_mine or (stands_alone and not ending):
            return Kin(*known, at, at + len(stems), for_her)
    return _mixed(words, at, alone)


def _mixed(words: Sequence[str], at: int, alone: int | None) -> Kin | None:
    """A Spanish noun with a Quechua ending: `hijaypaq`, `esposoypa`, `mi mamay`."""
    for form, known in _SPANISH.items():
        if not words[at].startswith(form):
            continue
        ending = andean(words[at][len(form) :])
        if _GLUED.fullmatch(ending):
            return Kin(*known, at, at + 1, True)
        is_called = known[1] in _SPOKEN_TO and at != alone and words[max(0, at - 1)] != "mi"
        if not is_called and _OF_MINE.fullmatch(ending):
            return Kin(*known, at, at + 1, False)
    return None
