"""Whatever is registered is walked by a transcript, in both languages, and has its line in docs/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli, settings
from bot.conversation import flows, transcripts
from bot.conversation.flows import PHRASES, Choose, Do, Say, parts
from bot.language import catalogue, sms
from bot.language.catalogue import LANGUAGES, PLACEHOLDER
from bot.service.actions import ACTIONS
from tests import conftest
from tests.talks import Differs

ROOT = Path(__file__).parent.parent
TALKS = sorted((ROOT / "tests" / "conversations").glob("*.txt"))
BOOK = flows.load(ROOT / "flows")

UNSPOKEN = {
    "step_gone": "a flow changes while somebody is asked; tests/test_engine_hearing.py",
    "broken": "a turn breaks; tests/test_inbox.py",
    "late": "the service was away; tests/test_recover.py",
    "aloud_opening": "read aloud, in no talk; tests/test_spoken.py",
    "aloud_again": "read aloud, in no talk; tests/test_spoken.py",
    "aloud_answer": "read aloud, in no talk; tests/test_spoken.py",
    "flyer_sender": "on paper; tests/test_flyer.py",
    "flyer_day": "on paper; tests/test_flyer.py",
    "flyer_hour": "on paper; tests/test_flyer.py",
    "flyer_hours": "on paper; tests/test_avisos_pages.py",
    "flyer_place": "on paper; tests/test_flyer.py",
    "flyer_bring": "on paper; tests/test_flyer.py",
    "flyer_cost": "on paper; tests/test_flyer.py",
    "flyer_write": "on paper; tests/test_flyer.py",
    "flyer_price": "on paper; tests/test_flyer.py",
}
"""Phrases that no talk can bring about, and where they are tried instead."""

UNREACHED = {
    "aviso.ver:gone": "a guard: an import has removed the row that the notice was about",
    "a_espera.ver:over": "a guard: the flow asks nothing, so that it has no old button",
    "dia_suspendido.ver:nothing": "a guard: staff have closed what it is about, and nobody can give it up again",
    "aviso_promotora.ver:over": "a guard: it is begun only for appointments that were just claimed",
    "cita.buscar:gone": "a guard: the clinic was found in the same turn",
    "consentir.anotar:gone": "a guard: consent and erasing share one session",
    "ferias.mostrar:day_unknown": "the fairs are imported anew between the list and the choice",
}
"""Outcomes that no talk can bring about, and why."""


@pytest.fixture(scope="module")
def walked() -> dict[str, set[str]]:
    """Every step, option and outcome that the talks go through, by language; no talk is played twice a session."""
    for path in TALKS:
        for script in transcripts.read(path.read_text(encoding="utf-8")):
            if (path, script.line) not in conftest.PLAYED:
                _play(path, script)
    return {language: conftest.WALKED.get(language, set()) for language in LANGUAGES}


def _play(path: Path, script: transcripts.Script) -> None:
    try:
        conftest.play(path, script)
    except Differs:
        return  # the talk itself fails, as a test of its own


def flows_walked() -> list[str]:
    """The flows that are conversations: all but the service's own phrases."""
    return [name for name in BOOK.flows if name != PHRASES]


def steps() -> Iterator[str]:
    for name in flows_walked():
        for step in BOOK.flows[name].steps:
            yield f"{name}.{step}"


def options() -> Iterator[str]:
    for name in flows_walked():
        for key, step in BOOK.flows[name].steps.items():
            if isinstance(step, Choose):
                yield from (f"{name}.{key}.{index}" for index in range(len(step.options)))


def outcomes() -> Iterator[str]:
    for name in flows_walked():
        for key, step in BOOK.flows[name].steps.items():
            if isinstance(step, Do):
                yield from (f"{name}.{key}:{outcome}" for outcome in step.outcomes)


# -- talks


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flow_is_walked_by_a_talk_of_each_language(walked: dict[str, set[str]], language: str) -> None:
    entered = {step.partition(".")[0] for step in walked[language]}
    assert [name for name in flows_walked() if name not in entered] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_walked_by_a_talk_of_each_language(walked: dict[str, set[str]], language: str) -> None:
    assert [step for step in steps() if step not in walked[language]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_taken_by_a_talk_of_each_language(walked: dict[str, set[str]], language: str) -> None:
    assert [option for option in options() if option not in walked[language]] == []


def test_every_outcome_of_every_action_is_met_by_a_talk(walked: dict[str, set[str]]) -> None:
    met = set().union(*walked.values())
    assert [outcome for outcome in outcomes() if outcome not in met and outcome not in UNREACHED] == []


def test_what_no_talk_can_reach_is_indeed_not_reached_and_still_there(walked: dict[str, set[str]]) -> None:
    met = set().union(*walked.values())
    assert [outcome for outcome in UNREACHED if outcome in met or outcome not in set(outcomes())] == []
    assert [phrase for phrase in UNSPOKEN if phrase not in BOOK.flows[PHRASES].steps] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_of_the_service_is_said_in_a_talk_of_each_language(language: str) -> None:
    words = catalogue.load(ROOT / "locales")
    written = [path.read_text(encoding="utf-8") for path in TALKS if path.stem.endswith(f".{language}")]
    said = sms.fold("\n".join(written))
    missing = []
    for name, step in BOOK.flows[PHRASES].steps.items():
        assert isinstance(step, Say)
        sentence = PLACEHOLDER.split(words.text(parts(step.say)[0].text, language))[0]
        if sms.fold(sentence) not in said and name not in UNSPOKEN:
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_asked_for_by_a_flow(action: str) -> None:
    done = {step.do for flow in BOOK.flows.values() for step in flow.steps.values() if isinstance(step, Do)}
    assert action in done


# -- docs


class _Asking(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override] # only text is asked
        self.asked.add(key)
        return super().get(key, default)


def settings_known() -> list[str]:
    """Every environment variable that the settings read."""
    environment = _Asking()
    settings.from_environment(environment)
    return sorted(environment.asked | settings.KNOWN)


def documented() -> Iterator[tuple[str, str]]:
    """(what, its name): whatever is registered somewhere."""
    yield from (("action", name) for name in ACTIONS)
    yield from (("step kind", name) for name in flows.KINDS)
    yield from (("setting", name) for name in settings_known())
    yield from (("command", f"bot {name}") for name in cli.main.commands)


@pytest.fixture(scope="module")
def docs() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize(("kind", "name"), [*documented()])
def test_what_is_registered_has_its_line_in_the_docs(kind: str, name: str, docs: str) -> None:
    assert re.search(rf"[`*]{re.escape(name)}\b", docs), f"docs/ says nothing of the {kind} {name}"


def test_the_settings_are_found_by_reading_them() -> None:
    assert {"PORT", "PUBLIC_URL", "TWILIO_FROM", "CHASKI_NOW"} <= set(settings_known())
    assert not [name for name in settings_known() if not name.isupper()]
