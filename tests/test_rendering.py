"""What is said, as messages: parts, joining, lists in pages, options as lines or buttons, within budget."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import session
from bot.conversation.engine import Conversation
from bot.conversation.flows import Flows, Part
from bot.conversation.message import Medium
from bot.conversation.rendering import (
    ITEMS_PER_PAGE,
    MESSAGES_PER_TURN,
    MORE_NUMBER,
    SEGMENTS_PER_MESSAGE,
    Bubble,
    Offer,
    Renderer,
    Utterance,
)
from bot.conversation.session import Values
from bot.language import sms
from bot.language.catalogue import Catalogue
from tests.sketches import Rosa, always, book, flow, speech

SPANISH = Catalogue({})
MEDIA: tuple[Medium, ...] = ("sms", "telegram")
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=120)
PAGED = flow(
    "  a: {do: find.all, outcomes: {done: b}}\n"
    "  b: {pick: '¿Cuál?', items: found, save: it, then: c}\n  c: {say: '{it}'}\n"
)


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Flows:
    return book(tmp_path_factory.mktemp("flows"), PAGED)


def said(text: str, *, offers: tuple[Offer, ...] = (), more: Offer | None = None, **values: object) -> Utterance:
    return Utterance((Part(text=text),), values, offers, more)


def offers(*labels: str) -> tuple[Offer, ...]:
    return tuple(Offer(number, label, {}, f"a.b.{number}") for number, label in enumerate(labels, start=1))


def rendered(*utterances: Utterance, medium: Medium = "sms") -> list[str]:
    return [bubble.text for bubble in Renderer(SPANISH, "es", medium).render(utterances)]


# -- sentences


PARTS: dict[str, tuple[tuple[Part, ...], Values, str]] = {
    "one after the other": ((Part(text="Hola."), Part(text="¿Qué tal?")), {}, "Hola. ¿Qué tal?"),
    "when a value is there": ((Part(text="Hasta {until}.", when="until"),), {"until": "las 3"}, "Hasta las 3."),
    "when it is not": ((Part(text="Hola."), Part(text="Hasta {until}.", when="until")), {}, "Hola."),
    "when it is empty": ((Part(text="Hola."), Part(text="Hasta {until}.", when="until")), {"until": ""}, "Hola."),
    "unless a value is there": ((Part(text="Hola."), Part(text="No sé.", unless="until")), {"until": "3"}, "Hola."),
    "unless, and it is not": ((Part(text="No sé.", unless="until"),), {"until": None}, "No sé."),
    "once for each item": (
        (Part(text="Montos:"), Part(text="{year}: {sum} de {all}.", each="sums")),
        {"sums": [{"year": 2007, "sum": 1}, {"year": 2008, "sum": 2}], "all": 3},
        "Montos: 2007: 1 de 3. 2008: 2 de 3.",
    ),
    "each of nothing": ((Part(text="Hola."), Part(text="{year}.", each="sums")), {"sums": []}, "Hola."),
    "each of what is not there": ((Part(text="{year}.", each="sums"),), {}, ""),
    "each, when": ((Part(text="{year}.", each="sums", when="told"),), {"sums": [{"year": 1}]}, ""),
}


@pytest.mark.parametrize(("parts", "values", "text"), PARTS.values(), ids=PARTS)
def test_a_message_is_its_parts(parts: tuple[Part, ...], values: Values, text: str) -> None:
    assert Renderer(SPANISH, "es", "sms").sentences(parts, values) == text


def test_what_says_nothing_is_no_message() -> None:
    assert rendered(said(""), said("{nada}"), said("Hola.")) == ["Hola."]
    assert rendered(said("{nada}")) == []


# -- messages


def test_what_fits_into_one_message_is_one() -> None:
    assert rendered(said("Hola."), said("Adiós.")) == ["Hola.\nAdiós."]


def test_what_does_not_fit_is_a_second_message_and_never_a_third() -> None:
    long = "a" * 200
    assert rendered(said(long), said(long)) == [long, long]
    assert rendered(said(long), said(long), said(long)) == [long, f"{long}\n{long}"]


@settings(deadline=None)
@given(st.lists(LABELS, max_size=8), st.sampled_from(MEDIA))
def test_a_turn_has_two_messages_at_most_and_says_everything(texts: list[str], medium: Medium) -> None:
    told = [text.strip().replace("{", "(") for text in texts]
    messages = rendered(*(said(text) for text in told), medium=medium)
    assert len(messages) <= MESSAGES_PER_TURN
    assert "\n".join(messages) == "\n".join(text for text in told if text)


# -- options


OPTIONS = {
    "yes and no stand in a row": (("Sí", "No"), "¿Sigo?\n1 Sí 2 No"),
    "three short ones stand in a row": (("uno", "dos", "tres"), "¿Sigo?\n1 uno 2 dos 3 tres"),
    "four do not": (("a", "b", "c", "d"), "¿Sigo?\n1 a\n2 b\n3 c\n4 d"),
    "two long ones do not": (("Campañas de salud", "Ferias"), "¿Sigo?\n1 Campañas de salud\n2 Ferias"),
    "none": ((), "¿Sigo?"),
}


@pytest.mark.parametrize(("labels", "text"), OPTIONS.values(), ids=OPTIONS)
def test_options_are_numbered_lines_of_an_sms(labels: tuple[str, ...], text: str) -> None:
    assert rendered(said("¿Sigo?", offers=offers(*labels))) == [text]


def test_on_telegram_options_are_buttons_without_numbers() -> None:
    bubbles = Renderer(SPANISH, "es", "telegram").render([said("¿Sigo?", offers=offers("Sí", "No"))])
    assert [(bubble.text, [(o.label, o.data) for o in bubble.options]) for bubble in bubbles] == [
        ("¿Sigo?", [("Sí", "a.b.1"), ("No", "a.b.2")])
    ]


def test_on_telegram_the_buttons_stand_under_the_last_message() -> None:
    bubbles = Renderer(SPANISH, "es", "telegram").render([said("Hola."), said("¿Sigo?", offers=offers("Sí"))])
    assert bubbles == [Bubble("Hola.\n¿Sigo?", bubbles[0].options)]
    assert [option.label for option in bubbles[0].options] == ["Sí"]


# -- lists


MORE = Offer(MORE_NUMBER, "Más", {}, "a.b.more")


def test_six_items_are_a_page_and_a_seventh_makes_a_second() -> None:
    names = [f"Feria {n}" for n in range(1, 9)]
    lines = "".join(f"\n{n} Feria {n}" for n in range(1, 7))
    assert rendered(said("¿Cuál?", offers=offers(*names[:6]), more=MORE)) == ["¿Cuál?" + lines]
    assert rendered(said("¿Cuál?", offers=offers(*names), more=MORE)) == ["¿Cuál?" + lines + "\n7 Más"]


def test_long_items_make_shorter_pages() -> None:
    renderer = Renderer(SPANISH, "es", "sms")
    (bubble,) = renderer.render([said("¿Cuál?", offers=offers(*["b" * 100] * 6), more=MORE)])
    assert (renderer.shown, bubble.text.splitlines()[-1]) == (2, "7 Más")
    assert sms.count(sms.fold(bubble.text)).segments == SEGMENTS_PER_MESSAGE


@pytest.mark.parametrize("medium", MEDIA)
@settings(deadline=None)
@given(labels=st.lists(LABELS, min_size=1, max_size=20))
def test_no_item_is_lost_over_the_pages(flows: Flows, medium: Medium, labels: list[str]) -> None:
    found = [{"key": str(number), "name": label} for number, label in enumerate(labels)]
    her = Rosa(Conversation(flows, SPANISH, {}), {"find.all": always("done", found=found)}, medium=medium)
    told, read = 0, her.texts("prueba")
    while told < len(found):
        now = session.load(her.state)
        page = found[now.page : now.page + now.shown]
        assert (now.page, 1 <= len(page) <= ITEMS_PER_PAGE) == (told, True)
        for number, each in enumerate(page, start=1):
            shown = each["name"].strip()
            assert shown in her.offered if medium == "telegram" else f"{number} {shown}" in read[0]
        assert _takes(her, len(page)) == page[-1]["key"]
        told += len(page)
        read = her.texts("7")


def _takes(her: Rosa, number: int) -> str:
    """The key that an answer with this number would take; she has not answered yet."""
    before = her.state
    (said,) = her.texts(str(number))
    her.state = before
    return said


@settings(deadline=None)
@given(st.lists(LABELS, min_size=1, max_size=12))
def test_a_page_fits_into_two_segments_unless_one_item_alone_does_not(labels: list[str]) -> None:
    renderer = Renderer(SPANISH, "es", "sms")
    bubbles = renderer.render(
        [said("¿Cuál?", offers=offers(*(label.replace("{", "(") for label in labels)), more=MORE)]
    )
    assert len(bubbles) == 1
    assert renderer.fits(bubbles[0].text) or renderer.shown == 1


def test_the_label_of_an_item_is_said_in_her_language(tmp_path: Path) -> None:
    words = speech(tmp_path, {"Feria de {name}": "{name} feria", "Más": "Astawan"})
    page = said("?", offers=(Offer(1, "Feria de {name}", {"name": {"es": "Anta", "quz": "Antapi"}}, "d"),), more=MORE)
    assert Renderer(words, "quz", "sms").render([page]) == [Bubble("?\n1 Antapi feria")]
    assert Renderer(words, "es", "sms").render([page]) == [Bubble("?\n1 Feria de Anta")]
