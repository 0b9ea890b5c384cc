"""SMS is counted before it is sent: what a text becomes on the way out, and how many segments it will be charged as.

Sources: GSM 03.38 (= 3GPP TS 23.038) for the alphabet, 3GPP TS 23.040 for the parts of a long message, and Twilio's
segment calculator (npm sms-segments-calculator 1.3.0) for everything these leave open.
"""

# ruff: noqa: RUF001 - this is the room where look-alikes are told apart

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

GSM_SINGLE_SEPTETS = 160  # a message of one part: 140 octets of 8 bits, in septets of 7
GSM_PART_SEPTETS = 153  # each part of a longer message: 6 octets go to the header that joins the parts
UCS2_SINGLE_UNITS = 70  # the same 140 octets, in units of 16 bits
UCS2_PART_UNITS = 67

GSM_BASIC = (  # one septet each
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = "\f^{}\\[~]|€"  # two septets each: an escape, then the character

_GSM = frozenset(GSM_BASIC + GSM_EXTENSION)
_NOT_GSM = re.compile(f"[^{re.escape(GSM_BASIC + GSM_EXTENSION)}]")
_ESCAPED = re.compile(f"[{re.escape(GSM_EXTENSION)}]")


@dataclass(frozen=True, slots=True)
class Count:
    """What a text costs as SMS.

    `segments` is what the provider charges, at least 1. `units` are septets in GSM-7 (escapes included) and 16-bit
    units in UCS-2, headers left out. `forced_by` holds the distinct characters, as a reader sees them and in order of
    appearance, that made the text UCS-2; empty in GSM-7.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    forced_by: tuple[str, ...] = ()


def count(text: str) -> Count:
    """Count `text` exactly as given: whoever sends folds first. The empty text is one segment of 0 units."""
    return _count_ucs2(text) if _NOT_GSM.search(text) else _count_gsm(text)


def _count_gsm(text: str) -> Count:
    escapes = len(_ESCAPED.findall(text))
    units = len(text) + escapes
    if units <= GSM_SINGLE_SEPTETS:
        return Count("GSM-7", 1, units)
    if not escapes:
        return Count("GSM-7", -(-units // GSM_PART_SEPTETS), units)
    sizes = (2 if character in GSM_EXTENSION else 1 for character in text)
    return Count("GSM-7", _segments(sizes, GSM_SINGLE_SEPTETS, GSM_PART_SEPTETS), units)


def _count_ucs2(text: str) -> Count:
    clusters = _clusters(text)
    sizes = [len(cluster.encode("utf-16-le", "surrogatepass")) // 2 for cluster in clusters]
    forced_by = tuple(dict.fromkeys(cluster for cluster in clusters if cluster not in _GSM))
    return Count("UCS-2", _segments(sizes, UCS2_SINGLE_UNITS, UCS2_PART_UNITS), sum(sizes), forced_by)


def _segments(sizes: Iterable[int], single: int, part: int) -> int:
    """How many parts hold characters of these sizes, none of them cut in two; all in units of the encoding.

    The calculator fills the first part to `single` before it learns that a second is needed. Then it puts the header
    in, and what no longer fits beside it opens the second part, whatever its size.
    """
    segments, used, fits_beside_header = 1, 0, 0
    for size in sizes:
        if used + size > (single if segments == 1 else part):
            used = used - fits_beside_header if segments == 1 else 0
            segments += 1
        used += size
        if segments == 1 and used <= part:
            fits_beside_header = used
    return segments


# --- Grapheme clusters: what a reader sees as one character, and no part boundary may cut --------------------------
# These are the rules of Unicode 10 (UAX 29) as the calculator's grapheme-splitter 1.0.4 reads them, without Prepend
# (nineteen signs of Arabic and Indic scripts). Each character gets one letter for its kind; a pattern over the letters
# finds the clusters. Emoji younger than Unicode 10 take no skin tone there, hence the frozen lists.

_KIND = re.compile(
    "(?P<R>[🇦-🇿])"  # half of a flag
    "|(?P<M>[🏻-🏿])"  # skin tone
    "|(?P<B>[☝⛹✊-✍🎅🏂-🏄🏇🏊-🏌👂👃👆-👐👮👰-👸👼💁-💃💅-💇💪🕴🕵🕺"  # takes a tone
    "🖐🖕🖖🙅-🙇🙋-🙏🚣🚴-🚶🛀🛌🤘-🤜🤞🤟🤦🤰-🤹🤽🤾🧑-🧝])"
    "|(?P<Y>[👦-👩])"  # takes a tone, and clings to a joiner before it
    "|(?P<G>[♀♂⚕⚖✈❤🌈🌾🍳🎓🎤🎨🏫🏭💋💻💼🔧🔬🗨🚀🚒])"  # clings to a joiner before it
    "|(?P<Z>\u200d)"  # the joiner
    "|(?P<X>[\u200c\uff9e\uff9f\U000e0020-\U000e007f])"  # extends what stands before it, as combining marks do
    "|(?P<L>[\u1100-\u115f\ua960-\ua97c])"  # Hangul: lead, vowel, tail
    "|(?P<V>[\u1160-\u11a7\ud7b0-\ud7c6])"
    "|(?P<T>[\u11a8-\u11ff\ud7cb-\ud7fb])"
    "|(?P<H>[\uac00-\ud7a3])"
)
_KIND_OF_CATEGORY = {"Mn": "X", "Me": "X", "Mc": "X", "Cc": "C", "Cf": "C", "Cs": "C", "Zl": "C", "Zp": "C"}
_HANGUL_SYLLABLES_PER_VOWEL = 28

_CLUSTER = re.compile(
    """
      C                                         # a control stands alone
    | RR[XZ]?                                   # a flag
    | (?: L*(?:[VW]V*|U)T* | L+ | T+            # a Hangul syllable; W has lead and vowel, U all three
        | [BY]M?                                # a person, perhaps with a skin tone
        | [^CX] )?                              # any other character
      (?: Z | (?<=Z)(?:G|YM?) )*                # what joiners add: families, professions
      (?: (?<=[BY])XM | [XZ] | (?<=Z)[GY] )*    # marks, and the same once a mark was seen
    """,
    re.VERBOSE,
)


def _clusters(text: str) -> list[str]:
    kinds = "".join(map(_kind, text))
    return [text[found.start() : found.end()] for found in _CLUSTER.finditer(kinds) if found.group()]


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    """The letter that `_CLUSTER` knows this character by; O is any other."""
    found = _KIND.match(character)
    kind = found.lastgroup if found else None
    if kind == "H":
        return "U" if (ord(character) - ord("\uac00")) % _HANGUL_SYLLABLES_PER_VOWEL else "W"
    return kind or _KIND_OF_CATEGORY.get(unicodedata.category(character), "O")


# --- Folding: the nearest text that GSM-7 can carry ----------------------------------------------------------------

_STANDS_FOR = {
    "'": "’‘‚‛ʼʻʽʹʾʿˈ´`′‵‹›＇",
    '"': "“”„‟«»″‶＂",
    "-": "‐‑‒–—―−•·∙◦‣",
    "...": "…",
    "a": "ª",
    "o": "º°",
    "x": "×",
    "i": "ı",
    "l": "ł",
    "L": "Ł",
    "d": "đ",
    "D": "Đ",
    "oe": "œ",
    "OE": "Œ",
    "\n": "\u2028\u2029",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
}
_LATIN_WITH_MARKS = (range(0x00C0, 0x0250), range(0x1E00, 0x1F00))
_DROPPED = (
    *(range(0x00, 0x09), range(0x0B, 0x20), range(0x7F, 0xA0)),  # controls, the line feed and the tab excepted
    *(range(0x00AD, 0x00AE), range(0x180E, 0x180F), range(0xFEFF, 0xFF00)),  # soft hyphen and others without width
    *(range(0x200B, 0x200D), range(0x2060, 0x2065)),  # without width; the joiner U+200D is left to `_JOINED`
    *(range(0x061C, 0x061D), range(0x200E, 0x2010), range(0x202A, 0x202F), range(0x2065, 0x2070)),  # bidi controls
    range(0x0300, 0x0370),  # marks that found no letter to compose with
    range(0xD800, 0xE000),  # surrogates: lone, or Python would have joined them
)


def _without_marks(character: str) -> str:
    """Take marks off one by one until GSM-7 knows the letter: á gives a, ǖ gives ü; ŋ stays, nothing can be taken."""
    while character not in _GSM and (parts := unicodedata.decomposition(character)) and parts[0] != "<":
        character = chr(int(parts.split()[0], 16))
    return character


def _fold_table() -> dict[int, str]:
    table = {code: "" for codes in _DROPPED for code in codes}
    table |= {code: _without_marks(chr(code)) for codes in _LATIN_WITH_MARKS for code in codes if chr(code) not in _GSM}
    return table | {ord(character): plain for plain, characters in _STANDS_FOR.items() for character in characters}


_FOLD = _fold_table()
_NOT_PLAIN = re.compile(f"[^{re.escape(GSM_BASIC.replace(chr(0x0D), '') + GSM_EXTENSION.replace(chr(0x0C), ''))}]")
_SYMBOL = "[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff©®‼⁉™ℹ][\ufe0e\ufe0f]?[🏻-🏿]?"
_JOINED = re.compile(f"([0-9#*]\ufe0f?\u20e3|{_SYMBOL}(?:\u200d{_SYMBOL})*)|[\u200d\ufe00-\ufe0f]")


def fold(text: str) -> str:
    """`text` as an SMS carries it: Spanish and Quechua come out in GSM-7, what GSM-7 lacks falls to the nearest sign.

    á í ó ú lose their accent while é ñ ü ¿ ¡ stay, typographic quotes, dashes and spaces become plain ones, what has
    no width goes. Emoji and other scripts are kept, and make the text UCS-2. Folding twice changes nothing more.
    """
    if not _NOT_PLAIN.search(text):
        return text
    folded = unicodedata.normalize("NFC", text).translate(_FOLD)
    if not _NOT_PLAIN.search(folded):
        return folded
    return unicodedata.normalize("NFC", _JOINED.sub(r"\1", folded))
