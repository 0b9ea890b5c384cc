"""The commands as processes: what they print, how they end, and that nobody is ever shown a traceback."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.records.store import Store
from bot.settings import Settings
from tests.running import BOT, ROOT, bot, count, environment

INTENTS = set(
    "greeting menu help works_info campaign_info appointment_book appointment_cancel appointment_status fair_info"
    " feedback feedback_status language_switch opt_out opt_in thanks yes no emergency human out_of_scope".split()
)
Run = subprocess.CompletedProcess[str]


def all_at_once(calls: list[tuple[str, list[str], dict[str, Any]]]) -> dict[str, Run]:
    """Each labelled `bot …` with its environment; started together, because starting is most of the time."""
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(lambda call: bot(*call[1], **call[2]), calls)
        return dict(zip((label for label, *_ in calls), runs, strict=True))


def assert_refused_in_a_sentence(run: Run, label: str, code: int = 1) -> None:
    assert "Traceback" not in run.stderr, f"{label}: {run.stderr}"
    assert run.returncode == code, f"{label}: {run.returncode} {run.stderr}"
    assert run.stderr.strip(), label
    if code == 1:
        assert len(run.stderr.splitlines()) == 1, f"{label}: {run.stderr}"
        assert run.stderr.startswith("bot: "), f"{label}: {run.stderr}"


# ── help ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_names_every_command() -> None:
    shown = bot("--help")
    assert shown.returncode == 0
    for command in ("serve", "chat", "understand", "segments", "check", "draw", "import"):
        assert f"\n  {command} " in shown.stdout


def test_help_is_quick_because_it_loads_nothing_heavy() -> None:
    heavy = ("twilio", "telegram", "aiohttp", "babel", "sqlite3", "yaml", "jinja2", "pydantic")
    program = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert run.stderr.strip() == "[]"


def test_the_module_is_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "segments"], input='"ñ"\n', capture_output=True, text=True, cwd=ROOT
    )
    assert (run.returncode, run.stdout) == (0, bot("segments", said='"ñ"\n').stdout)


WRONG_USAGE = [
    ("no command", []),
    ("unknown command", ["sreve"]),
    ("unknown option", ["chat", "--colour"]),
    ("unknown language", ["chat", "--lang", "en"]),
    ("unknown channel", ["chat", "--channel", "pigeon"]),
    ("no number", ["chat", "--from", "Rosa"]),
    ("an empty number", ["chat", "--from", ""]),
    ("unknown role", ["serve", "--role", "everything"]),
    ("an argument too many", ["check", "all"]),
    ("an option too few", ["import", "works"]),
    ("unknown kind", ["import", "people", str(ROOT / "README.md")]),
    ("no such file", ["import", "works", "/no/such/file.csv"]),
    ("a folder for a file", ["import", "works", str(ROOT)]),
    ("days before the world", ["review", "--days", "999999999999"]),
]


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    runs = all_at_once([(label, call, {"CHASKI_DATA": str(tmp_path)}) for label, call in WRONG_USAGE])
    for label, run in runs.items():
        assert_refused_in_a_sentence(run, label, code=2)
    assert list(tmp_path.iterdir()) == []


# ── chat ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def chat(data: Path, said: str | bytes, *arguments: str, **more: str) -> Run:
    run = bot("chat", *arguments, said=said, CHASKI_DATA=str(data), **more)
    assert (run.returncode, run.stderr) == (0, "")
    return run


def replies(run: Run) -> list[str]:
    """The replies, each with all of its lines."""
    lines = run.stdout.splitlines()
    assert all(line.startswith(("<", "|")) for line in lines)
    return ("\n" + run.stdout.rstrip("\n")).split("\n<")[1:]


def test_chat_answers_each_line_and_makes_its_own_database(tmp_path: Path) -> None:
    run = chat(tmp_path / "new" / "folder", "MENU\n1\n")
    assert run.stdout.startswith("< ")
    assert "\n| 1 " in run.stdout
    assert len(replies(run)) >= 2
    assert (tmp_path / "new" / "folder" / "chaski.db").exists()


def test_chat_speaks_the_language_asked_for(tmp_path: Path) -> None:
    assert "¿Qué quiere saber?" in chat(tmp_path, "MENU\n", "--lang", "es").stdout
    quechua = chat(tmp_path, "MENU\n", "--lang", "quz", "--from", "+51984000222").stdout
    assert "¿Qué quiere saber?" not in quechua
    assert quechua.startswith("< ")


def test_chat_by_telegram_shows_buttons_by_number_and_presses_them(tmp_path: Path) -> None:
    run = chat(tmp_path, "MENU\n4\n", "--lang", "es", "--channel", "telegram")
    assert "| 4 Ferias" in run.stdout
    assert "Huancaro" in run.stdout
    store = Store(Settings(data=tmp_path).sqlite_path)
    assert count(store, "addresses", "address = 'telegram:51984000111'") == 1
    assert count(store, "inbound", "kind = 'press'") == 1
    store.close()


def test_chat_remembers_who_writes(tmp_path: Path) -> None:
    chat(tmp_path, "MENU\n", "--lang", "es", "--from", "+51984000777")
    assert "Elija su idioma" not in chat(tmp_path, "MENU\n", "--from", "+51 984-000-777").stdout
    assert "Elija su idioma" in chat(tmp_path, "MENU\n", "--from", "+51984000888").stdout


ODD_LINES = (
    "ma\xf1ana\n".encode("latin-1") + b"\xff\xfe\x00\n\n   \n\r\nhola\r\n" + b"a" * 20_000 + b"\n\xf0\x9f\x98\x80"
)


def test_chat_takes_whatever_is_typed(tmp_path: Path) -> None:
    assert len(replies(chat(tmp_path, ODD_LINES, "--lang", "es"))) >= 7
    assert chat(tmp_path, "").stdout == ""


def test_chat_goes_by_the_clock_it_is_given(tmp_path: Path) -> None:
    run = chat(tmp_path, "feria\n", "--lang", "es", CHASKI_NOW="2027-03-01T09:00")
    assert "jue 4 mar" in run.stdout


def test_chat_works_beside_a_running_service(tmp_path: Path) -> None:
    store = Store(Settings(data=tmp_path).sqlite_path)
    store.claim_service()
    assert chat(tmp_path, "MENU\n").stdout
    store.close()


# ── understand, segments, check, draw ─────────────────────────────────────────────────────────────────────────────────


def test_understand_answers_each_line_with_one_object() -> None:
    said = ["q dia ay pediatra en zurite", "zuritepi ima obran kashan", "", "obras agua 2008", "manana en la manana"]
    run = bot("understand", said="\n".join(said), CHASKI_NOW="2027-03-01T09:00")
    assert (run.returncode, run.stderr) == (0, "")
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == [text for text in said if text]
    for answer in answers:
        assert set(answer) == {"lang", "intent", "slots", "confidence", "text"}
        assert answer["lang"] in ("es", "quz", "mix")
        assert answer["intent"] in INTENTS
        assert 0 <= answer["confidence"] <= 1
    assert answers[0]["slots"] == {"specialty": "pediatria", "place": "zurite"}
    assert answers[2]["slots"]["year"] in ("2008", 2008)


def test_understand_reads_whatever_comes() -> None:
    run = bot("understand", said=ODD_LINES + b"\n\x00\n" + "\u202e😀".encode())
    assert (run.returncode, run.stderr) == (0, "")
    assert all(json.loads(line)["intent"] in INTENTS for line in run.stdout.splitlines())


SEGMENTS = [
    ("plain", "hola", [], ("GSM-7", 1, "hola", [])),
    ("folded", "mañana está", [], ("GSM-7", 1, "mañana esta", [])),
    ("not folded", "mañana está", ["--as-is"], ("UCS-2", 1, "mañana está", ["á"])),
    ("emoji", "😀", [], ("UCS-2", 1, "😀", ["😀"])),
    ("empty", "", [], None),
    ("161 signs", "a" * 161, [], ("GSM-7", 2, "a" * 161, [])),
    ("a newline", "a\nb", [], ("GSM-7", 1, "a\nb", [])),
    ("a lone surrogate", "\ud800", ["--as-is"], None),
    ("a lone surrogate, folded", "\udfff", [], None),
]


@pytest.mark.parametrize("options", [[], ["--as-is"]], ids=["folded", "as is"])
def test_segments_counts_what_would_be_sent(options: list[str]) -> None:
    cases = [(label, text, expected) for label, text, given, expected in SEGMENTS if given == options]
    run = bot("segments", *options, said="".join(json.dumps(text) + "\n" for _, text, _ in cases))
    assert (run.returncode, run.stderr) == (0, "")
    for (label, _, expected), line in zip(cases, run.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        assert set(answer) == {"encoding", "segments", "text", "forced_by"}
        if expected:
            assert tuple(answer[key] for key in ("encoding", "segments", "text", "forced_by")) == expected, label


NO_STRINGS = [("words", "hola"), ("a number", "7"), ("a list", "[1]"), ("null", "null"), ("brackets", "[" * 100_000)]


def test_segments_refuses_what_is_no_string() -> None:
    calls = [(label, ["segments"], {"said": f'"good"\n{line}\n'}) for label, line in NO_STRINGS]
    for label, run in all_at_once(calls).items():
        assert_refused_in_a_sentence(run, label)
        assert json.loads(run.stdout)["text"] == "good"


def test_check_finds_nothing_in_what_is_shipped() -> None:
    run = bot("check", CHASKI_DATA="/no/such/folder")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_draw_shows_one_flow_or_all() -> None:
    one, every = bot("draw", "menu").stdout, bot("draw").stdout
    assert one.count("flowchart") == 1
    assert one.strip() in every
    assert every.count("flowchart") == len(list((ROOT / "flows").glob("*.yaml")))
    refused = bot("draw", "no_such_flow")
    assert_refused_in_a_sentence(refused, "no such flow")
    assert "menu" in refused.stderr


# ── import ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PROMOTERS = "name,phone,comunidades,language\nRosa Quispe,+51984000111,{comunidad},quz\n"


def test_import_tries_first_and_writes_when_told(tmp_path: Path) -> None:
    file, data = tmp_path / "promoters.csv", str(tmp_path / "data")
    file.write_text(PROMOTERS.format(comunidad="compone"))
    tried = bot("import", "promoters", str(file), CHASKI_DATA=data)
    assert (tried.returncode, tried.stderr) == (0, "")
    assert "dry run" in tried.stdout
    store = Store(Path(data) / "chaski.db")
    assert count(store, "promoters") == 0
    written = bot("import", "promoters", str(file), "--apply", CHASKI_DATA=data)
    assert (written.returncode, written.stderr) == (0, "")
    assert "1 new" in written.stdout
    assert count(store, "promoters") == 1
    store.close()


def test_import_with_an_error_names_it_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "promoters.csv"
    good = "Juan Huaman,+51984000222,compone,es\n"
    file.write_text(PROMOTERS.format(comunidad="atlantis") + good)
    run = bot("import", "promoters", str(file), "--apply", CHASKI_DATA=str(tmp_path))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "atlantis" in run.stdout
    assert "nothing was written" in run.stdout
    store = Store(tmp_path / "chaski.db")
    assert count(store, "promoters") == 0
    store.close()


NO_TABLES = [
    ("empty.csv", b""),
    ("binary.csv", bytes(range(256)) * 20),
    ("torn.xlsx", b"PK\x03\x04" + b"\x00" * 500),
    ("other.csv", b"a,b,c\n1,2,3\n"),
    ("quote.csv", b'name,phone,comunidades,language\n"Rosa,+51984000111,compone,quz\n'),
]


def test_import_of_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for name, content in NO_TABLES:
        (tmp_path / name).write_bytes(content)
    data = {"CHASKI_DATA": str(tmp_path / "data")}
    bot("chat", **data)
    runs = all_at_once([(name, ["import", "promoters", str(tmp_path / name)], data) for name, _ in NO_TABLES])
    for name, run in runs.items():
        assert run.returncode == 1, f"{name}: {run.stdout}{run.stderr}"
        assert "Traceback" not in run.stderr, f"{name}: {run.stderr}"
        assert run.stdout or run.stderr.startswith("bot: "), name


# ── what a user can cause ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_setting_stops_every_command_that_needs_it(tmp_path: Path) -> None:
    wrong = [
        ("an unknown name", {"CHASKI_DATTA": "x"}),
        ("a port", {"PORT": "http"}),
        ("an address", {"PUBLIC_URL": "https://[::1"}),
        ("limits in public", {"CHASKI_LIMITS": "off", "PUBLIC_URL": "https://chaski.example"}),
    ]
    calls = [(f"serve with {label}", ["serve"], more) for label, more in wrong]
    calls += [(command, [command], {"CHASKI_DATTA": "x"}) for command in ("chat", "understand", "review")]
    for label, run in all_at_once(
        [(label, call, more | {"CHASKI_DATA": str(tmp_path)}) for label, call, more in calls]
    ).items():
        assert_refused_in_a_sentence(run, label)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "chaski.db").write_text("This is no database, however long it is. " * 200)
    (tmp_path / "folder" / "chaski.db").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    newer = Store(tmp_path / "newer" / "chaski.db")
    with newer.write() as tx:
        tx.run("INSERT INTO schema_version (number, name) VALUES (9999, 'later')")
    newer.close()
    folders = {
        "text for a database": tmp_path / "text",
        "a folder for a database": tmp_path / "folder",
        "a file for the folder": tmp_path / "file",
        "a folder that cannot be made": Path("/proc/chaski"),
        "a folder that cannot be written": Path("/proc/self"),
        "a device": Path("/dev/null/data"),
        "a newer database": tmp_path / "newer",
    }
    commands = [["chat"], ["serve"], ["import", "works", __file__]]
    calls = [
        (f"{command[0]} with {label}", command, {"CHASKI_DATA": str(folder), "PORT": "0"})
        for n, (label, folder) in enumerate(folders.items())
        for command in (commands if n == 0 else commands[n % 2 : n % 2 + 1])
    ]
    for label, run in all_at_once(calls).items():
        assert_refused_in_a_sentence(run, label)


def test_a_service_that_cannot_listen_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        calls: list[tuple[str, list[str], dict[str, Any]]] = [
            ("a port that is taken", ["serve"], {"CHASKI_DATA": str(tmp_path / "a"), "PORT": port}),
            ("an address that is not ours", ["serve"], {"CHASKI_DATA": str(tmp_path / "b"), "HOST": "203.0.113.1"}),
        ]
        for label, run in all_at_once(calls).items():
            assert_refused_in_a_sentence(run, label)


def test_a_stream_that_is_closed_harms_nothing(tmp_path: Path) -> None:
    env = environment(CHASKI_DATA=str(tmp_path))
    for command in (["chat"], ["segments"], ["check", "--help"]):
        run = subprocess.run(["sh", "-c", '"$@" <&-', "sh", BOT, *command], capture_output=True, text=True, env=env)  # noqa: S607
        assert (run.returncode, run.stderr) == (0, ""), command


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen([BOT, "segments"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b'"a"\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["text"] == "a"
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(b'"a"\n' * 5000)
    assert process.stderr
    with process.stderr as said:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        assert said.read() == b""
    process.wait(5)


def test_the_streams_are_in_utf8_whatever_the_locale() -> None:
    run = bot(
        "segments", "--as-is", said='"ñandú 😀"\n', LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii"
    )
    assert (run.returncode, json.loads(run.stdout)["text"]) == (0, "ñandú 😀")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_service_that_is_told_to_stop_ends_well(tmp_path: Path, sign: signal.Signals) -> None:
    process = subprocess.Popen(
        [BOT, "serve"], env=environment(CHASKI_DATA=str(tmp_path), PORT="0"), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    said = ""
    while "Ctrl-C" not in said:
        said = process.stderr.readline()
        assert said, "it did not start"
    begun = time.monotonic()
    process.send_signal(sign)
    rest = process.stderr.read()
    assert process.wait(10) == 0
    process.stderr.close()
    assert time.monotonic() - begun < 5
    assert "Traceback" not in rest
