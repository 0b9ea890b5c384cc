"""The form of a transcript: read, printed, written anew; what cannot be read is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.transcripts import Beat, NotAScript, Script, printed, read, rewritten

TALKS = """\
# Two talks.
== Rosa asks for the next fair
given language quz
> ima punchaw feria
< Compone feria:
| viernes 12 marzo
|
+ Astawan
* Astawan
<
wait 2 days
then language quz

== Another
> hola
"""


def test_a_file_is_read_as_talks_of_beats() -> None:
    assert read(TALKS) == [
        Script(
            "Rosa asks for the next fair",
            2,
            [
                Beat(3, "given", "language quz"),
                Beat(4, ">", "ima punchaw feria", ["< Compone feria:", "| viernes 12 marzo", "|", "+ Astawan"]),
                Beat(9, "*", "Astawan", ["<"]),
                Beat(11, "wait", "2 days"),
                Beat(12, "then", "language quz"),
            ],
        ),
        Script("Another", 14, [Beat(15, ">", "hola")]),
    ]


def test_nothing_is_no_talk() -> None:
    assert read("") == read("# a remark\n\n") == []


MISTAKES = {
    "something before the title": ("> hola\n", "line 1: a talk begins with"),
    "a reply to nothing": ("# a\n== a\n< hola\n", "line 3: a reply to nothing"),
    "a line of no kind": ("== a\n> hola\n\nhola\n", "line 4: 'hola' is no line of a talk"),
    "a mark without a space": ("== a\n>hola\n", "line 2: '>hola' is no line of a talk"),
    "a title without a space": ("==a\n", "line 1: a talk begins with"),
    "a long line is told in short": ("== a\n" + "x" * 100, f"line 2: '{'x' * 40}' is no line"),
}


@pytest.mark.parametrize(("text", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_line_that_cannot_be_read_is_named(text: str, sentence: str) -> None:
    with pytest.raises(NotAScript) as caught:
        read(text)
    assert str(caught.value).startswith(sentence)


def test_a_message_is_printed_with_its_lines_and_buttons() -> None:
    assert printed("¿Sigo?\n\n1 Sí", ("Sí", "No")) == ["< ¿Sigo?", "|", "| 1 Sí", "+ Sí", "+ No"]
    assert printed("") == ["<"]


def test_the_real_replies_take_the_place_of_those_written() -> None:
    real = {4: ["< Otra cosa"], 9: [], 15: ["< Hola", "| Rosa"]}
    assert rewritten(TALKS, real) == (
        TALKS.replace("< Compone feria:\n| viernes 12 marzo\n|\n+ Astawan\n", "< Otra cosa\n")
        .replace("* Astawan\n<\n", "* Astawan\n")
        .replace("> hola\n", "> hola\n< Hola\n| Rosa\n")
    )


def test_a_beat_that_was_not_played_keeps_its_replies() -> None:
    assert rewritten(TALKS, {}) == TALKS


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
MESSAGE = st.lists(LINE, min_size=1, max_size=4).map("\n".join)


@given(st.lists(st.lists(MESSAGE, max_size=3), min_size=1, max_size=5))
def test_what_was_written_anew_reads_as_what_was_said(answers: list[list[str]]) -> None:
    text = "== a\n" + "".join(f"> {number}\n< old\n| older\n" for number in range(len(answers)))
    real = {2 + 3 * number: [line for said in each for line in printed(said)] for number, each in enumerate(answers)}
    (script,) = read(rewritten(text, real))
    assert [beat.replies for beat in script.beats] == list(real.values())


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "conversations").glob("*.txt")), ids=lambda p: p.name)
def test_a_transcript_that_ships_is_named_by_flow_or_theme_and_language(path: Path) -> None:
    theme, _, language = path.stem.rpartition(".")
    assert (bool(theme), language in ("es", "quz")) == (True, True)
    assert path.with_name(f"{theme}.{'quz' if language == 'es' else 'es'}.txt").exists()
