"""The desk through a real server: who may use which page, what a form needs, what is written down, what is shown."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.app import House
from bot.desk import guard
from bot.desk.guard import Route
from bot.desk.pages import STATIC
from bot.desk.web import DESK, LARGEST_BODY_BYTES, application
from bot.records import audit, staff
from bot.records.audit import Actor
from bot.records.staff import ROLES, Role, Staff
from bot.service import accounts
from bot.service.accounts import Wish
from tests.running import ROOT, bot, count, free_port, served, serving

PASSWORD, OTHER = "luna llena de agosto", "papa nativa y chuño"
HASH = accounts.hash_password(PASSWORD)
HTML = {"Accept": "text/html"}
WISHES: dict[Role, Wish] = {
    "admin": Wish("Ana", "admin"),
    "mesa": Wish("Marta", "mesa", mesas=("salud",)),
    "promoter": Wish("Paula", "promoter", phone="+51984000333", comunidades=("compone",)),
    "reader": Wish("Rita", "reader"),
}
PAGE_BYTES = 60 * 1024


@dataclass
class Browser:
    """Somebody at the desk: her cookie, and the token that the pages of her session carry."""

    web: ClientSession
    house: House
    cookie: str = ""
    csrf: str = ""

    @property
    def cookie_name(self) -> str:
        return guard.cookie_name(self.house.settings)

    async def send(self, method: str, path: str, form: Any = None, **headers: str) -> ClientResponse:
        headers = HTML | ({"Cookie": f"{self.cookie_name}={self.cookie}"} if self.cookie else {}) | headers
        url = f"http://127.0.0.1:{self.house.settings.port}{path}"
        answer = await self.web.request(method, url, data=form, headers=headers, allow_redirects=False)
        text = await answer.text()
        for line in answer.headers.getall("Set-Cookie", []):
            self.cookie = SimpleCookie(line)[self.cookie_name].value
        found = re.search(r'name="vale" value="([0-9a-f]+)"', text)
        self.csrf = found[1] if found else self.csrf
        return answer

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, **fields: Any) -> ClientResponse:
        """A form as the page would send it."""
        return await self.send("POST", path, {"vale": self.csrf} | fields)

    async def log_in(self, name: str, password: str = PASSWORD, path: str = "/entrar") -> ClientResponse:
        await self.get(path)
        answer = await self.post(path, nombre=name, contrasena=password)
        if answer.status == 303:
            await self.get("/clave")
        return answer


def add(house: House, wish: Wish, is_single_use: bool = False) -> Staff:
    with house.store.write() as tx:
        return accounts.create(tx, house.clock, Actor(None, "a test"), wish, HASH, is_single_use)


@asynccontextmanager
async def desk(data: Path, **more: Any) -> AsyncIterator[Browser]:
    """A service with an account of each role, and a browser before its login."""
    async with serving(data, **more) as house, ClientSession(cookie_jar=DummyCookieJar()) as web:
        for wish in WISHES.values():
            add(house, wish)
        yield Browser(web, house)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path) as made:
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


def another(browser: Browser) -> Browser:
    return Browser(browser.web, browser.house)


def rows(house: House) -> list[tuple[str, ...]]:
    """Everything that a page could change: all but what is written of reading and of being there."""
    tables = [row["name"] for row in house.store.read.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [
        (table, *map(str, tuple(row)))
        for table in tables
        if table not in ("audit", "desk_sessions")
        for row in house.store.read.all(f"SELECT * FROM {table}")  # noqa: S608  our own words
    ]
    sessions = house.store.read.all("SELECT token_hash, staff_id FROM desk_sessions ORDER BY token_hash")
    return kept + [tuple(map(str, tuple(row))) for row in sessions]


def path_of(route: Route) -> str:
    return re.sub(r"\{\w+\}", "1", route.path)


# ── who may use what ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_is_for_the_roles_of_the_table_and_no_others(browser: Browser, role: Role) -> None:
    await browser.log_in(WISHES[role].name)
    for route in [each for each in DESK if each.path not in ("/salir", "/entrar")]:
        answer = await browser.send(
            route.method, path_of(route), {"vale": browser.csrf} if route.method == "POST" else None
        )
        is_for_her = route.roles is None or role in route.roles
        assert (answer.status == 403) != is_for_her, f"{role} {route.method} {route.path}: {answer.status}"
        assert answer.status != 500
    assert (await browser.post("/salir")).status == 303


async def test_nobody_is_sent_to_the_login_from_everywhere(browser: Browser) -> None:
    before = rows(browser.house)
    for route in DESK:
        answer = await browser.send(route.method, path_of(route), {} if route.method == "POST" else None)
        if route.roles is None:
            assert answer.status == (200 if route.method == "GET" else 403)
        else:
            wanted = "" if route.method == "POST" or route.path == "/" else f"?{urlencode({'ir': path_of(route)})}"
            assert (answer.status, answer.headers["Location"]) == (303, f"/entrar{wanted}"), route.path
    assert rows(browser.house) == before


async def test_the_navigation_shows_what_may_be_used(browser: Browser) -> None:
    for role, wish in WISHES.items():
        her = another(browser)
        await her.log_in(wish.name)
        shown = re.findall(r'<li><a href="(/\w*)"', await (await her.get("/")).text())
        assert ("/equipo" in shown) == (role == "admin")
        assert "/" in shown
        for path in shown:
            assert (await her.get(path)).status == 200


async def test_what_is_not_there_and_what_is_not_hers_look_the_same(admin: Browser) -> None:
    for path in ("/equipo/1/desactivar", "/equipo/9223372036854775808/clave", "/equipo/x/clave", "/equipo/-1/clave"):
        answer = await admin.post(path)
        assert answer.status == 404
        assert "No está aquí" in await answer.text()


async def test_errors_are_pages_for_people_and_digits_for_programs(admin: Browser) -> None:
    page = await admin.get("/nada")
    assert page.status == 404
    assert "Equipo" in await page.text()  # in the shell, with her navigation
    program = await another(admin).get("/nada", Accept="*/*")
    assert (program.status, await program.text()) == (404, "404")
    wrong = await admin.send("PUT", "/equipo")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET,HEAD,POST")


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


POSTS = [route for route in DESK if route.method == "POST"]


@pytest.mark.parametrize("route", POSTS, ids=lambda route: route.path)
async def test_a_form_without_the_token_of_its_session_does_nothing(admin: Browser, route: Route) -> None:
    person = staff.find_by_name(admin.house.store.read, "Rita")
    assert person
    other = another(admin)
    await other.log_in("Marta")
    path = re.sub(r"\{\w+\}", str(person.id), route.path)
    fields = {"nombre": "Nueva", "papel": "reader", "ahora": PASSWORD, "nueva": OTHER, "otra_vez": OTHER}
    before = rows(admin.house)
    for token in (None, "", "0" * 64, other.csrf, "ñ"):
        form = fields | ({} if token is None else {"vale": token})
        answer = await admin.send("POST", path, form)
        assert answer.status == 403, token
        assert "El formulario ya no vale" in await answer.text()
        assert (await admin.send("POST", f"{path}?vale={admin.csrf}", form)).status == 403
    assert rows(admin.house) == before


async def test_no_page_changes_anything_by_being_looked_at(admin: Browser) -> None:
    person = staff.find_by_name(admin.house.store.read, "Rita")
    assert person
    before = rows(admin.house)
    for route in DESK:
        if route.method == "GET":
            assert (await admin.get(path_of(route))).status in (200, 303, 404)
        else:
            assert (await admin.get(re.sub(r"\{\w+\}", str(person.id), route.path))).status in (200, 303, 404, 405)
    assert rows(admin.house) == before


BROKEN = [
    ("JSON", b'{"vale": "x"}', "application/json"),
    ("multipart", b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ("Latin-1", b"vale=ma\xf1ana", "application/x-www-form-urlencoded"),
    ("escaped Latin-1", b"vale=ma%F1ana", "application/x-www-form-urlencoded"),
    ("501 fields", b"&".join(b"a%d=1" % n for n in range(501)), "application/x-www-form-urlencoded"),
    ("a large form", b"a=" + b"b" * (LARGEST_BODY_BYTES // 2), "application/x-www-form-urlencoded"),
    ("more than a mebibyte", b"a=" + b"b" * (LARGEST_BODY_BYTES + 1), "application/x-www-form-urlencoded"),
]


async def test_what_is_no_form_is_refused_on_a_page(admin: Browser) -> None:
    for label, body, kind in BROKEN:
        for path in ("/equipo", "/entrar"):
            answer = await admin.send("POST", path, io.BytesIO(body), **{"Content-Type": kind})
            assert answer.status == 400, label
            assert "No se pudo leer" in await answer.text(), label


async def test_a_body_that_breaks_off_is_refused_on_a_page(admin: Browser) -> None:
    answer = await admin.send("POST", "/equipo", b"not gzip", **{"Content-Encoding": "gzip"})
    assert answer.status == 400


# ── logging in ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_she_goes_on_to_the_page_that_she_wanted(browser: Browser) -> None:
    asked = await browser.get("/registro?que=login")
    assert asked.headers["Location"] == "/entrar?ir=%2Fregistro%3Fque%3Dlogin"
    answer = await browser.log_in("ana", path=asked.headers["Location"])
    assert (answer.status, answer.headers["Location"]) == (303, "/registro?que=login")


STRANGE = (
    *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/salir"),
    *("/\tx", "/\u202e", "//[", "x", "", "/entrar?ir=/entrar"),
)


async def test_she_never_goes_on_to_another_place(admin: Browser) -> None:
    for path in STRANGE:
        answer = await admin.get(f"/entrar?{urlencode({'ir': path})}")
        assert (answer.status, answer.headers["Location"]) == (303, "/"), path
        visitor = another(admin)
        await visitor.get(f"/entrar?{urlencode({'ir': path})}")
        form = await visitor.post(f"/entrar?{urlencode({'ir': path})}", nombre="Ana", contrasena=PASSWORD)
        assert form.headers["Location"] == "/", path


async def test_an_unknown_name_is_answered_like_a_wrong_password(browser: Browser) -> None:
    texts = []
    for name in ("Ana", "Nadie"):
        await browser.get("/entrar")
        answer = await browser.post("/entrar", nombre=name, contrasena=OTHER)
        assert answer.status == 401
        texts.append((await answer.text()).replace(name, "NAME"))
    assert texts[0] == texts[1]
    assert "no son correctos" in texts[0]
    assert OTHER not in texts[0]


async def test_too_many_tries_are_told_to_wait(browser: Browser) -> None:
    await browser.get("/entrar")
    answers = [await browser.post("/entrar", nombre="Rita", contrasena=OTHER) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "Espere 1 minuto" in await answers[-1].text()


async def test_a_login_gets_a_token_of_its_own(browser: Browser) -> None:
    await browser.get("/entrar")
    before = browser.cookie
    await browser.log_in("Ana")
    assert browser.cookie != before
    stranger = another(browser)
    stranger.cookie = before
    assert (await stranger.get("/equipo")).status == 303


async def test_to_log_out_ends_the_session_on_the_server(admin: Browser) -> None:
    token = admin.cookie
    assert (await admin.post("/salir")).headers["Location"] == "/entrar"
    admin.cookie = token
    assert (await admin.get("/")).headers["Location"] == "/entrar"


async def test_a_single_use_password_has_to_be_replaced_first(browser: Browser) -> None:
    add(browser.house, Wish("Sara", "admin"), is_single_use=True)
    assert (await browser.log_in("Sara")).status == 303
    for path in ("/", "/equipo", "/registro"):
        assert (await browser.get(path)).headers["Location"] == "/clave"
    assert (await browser.post("/equipo", nombre="Nueva", papel="reader")).headers["Location"] == "/clave"
    assert staff.find_by_name(browser.house.store.read, "Nueva") is None
    for new, again, said in (("corta", "corta", "por lo menos 10"), (OTHER, PASSWORD, "no son iguales")):
        refused = await browser.post("/clave", ahora=PASSWORD, nueva=new, otra_vez=again)
        assert refused.status == 400
        assert said in await refused.text()
    assert (await browser.post("/clave", ahora=PASSWORD, nueva=OTHER, otra_vez=OTHER)).headers["Location"] == "/"
    assert (await browser.get("/")).status == 200
    assert (await another(browser).log_in("Sara")).status == 401
    assert (await another(browser).log_in("Sara", OTHER)).status == 303


async def test_whoever_is_disabled_is_out_at_once(admin: Browser) -> None:
    rita = another(admin)
    await rita.log_in("Rita")
    person = staff.find_by_name(admin.house.store.read, "Rita")
    assert person
    answer = await admin.post(f"/equipo/{person.id}/desactivar")
    assert answer.headers["Location"] == "/equipo"
    shown = await (await admin.get("/equipo")).text()
    assert "Rita ya no puede entrar." in shown
    assert "Rita ya no puede entrar." not in await (await admin.get("/equipo")).text()  # said once
    assert (await rita.get("/")).headers["Location"] == "/entrar"
    assert (await another(admin).log_in("Rita")).status == 401


async def test_the_last_admin_cannot_disable_herself(admin: Browser) -> None:
    person = staff.find_by_name(admin.house.store.read, "Ana")
    assert person
    answer = await admin.post(f"/equipo/{person.id}/desactivar")
    assert answer.status == 400
    assert "última cuenta" in await answer.text()
    assert (await admin.get("/")).status == 200


async def test_a_new_person_gets_her_password_shown_once(admin: Browser) -> None:
    answer = await admin.post("/equipo", nombre="Nueva", papel="mesa", mesa="salud", distrito="zurite", celular="")
    shown = re.search(r"([a-z0-9]{4}-){3}[a-z0-9]{4}", await answer.text())
    assert shown
    assert answer.headers["Cache-Control"] == "no-store"
    person = staff.find_by_name(admin.house.store.read, "Nueva")
    assert person
    assert (person.role, person.mesas, person.districts) == ("mesa", ("salud",), ("zurite",))
    again = await admin.post(f"/equipo/{person.id}/clave")
    assert shown[0] not in await again.text()
    assert shown[0] not in await (await admin.get("/equipo")).text()
    assert (await another(admin).log_in("Nueva", shown[0])).status == 401
    reset = re.search(r"([a-z0-9]{4}-){3}[a-z0-9]{4}", await again.text())
    assert reset
    assert (await another(admin).log_in("Nueva", reset[0])).status == 303


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"nombre": "ana"}, "nombre", "Ya hay una cuenta"),
        ({"nombre": ""}, "nombre", "de 2 a 40 letras"),
        ({"papel": "king"}, "papel", "Elija qué hace"),
        ({"papel": "mesa"}, "mesa", "Elija por lo menos una mesa"),
        ({"papel": "mesa", "mesa": "nada"}, "mesa", "Esa mesa no existe"),
        ({"papel": "promoter"}, "celular", "necesita su celular"),
        ({"papel": "promoter", "celular": "984000111"}, "comunidad", "Elija por lo menos una comunidad"),
        ({"celular": "084-231234"}, "celular", "no es de un celular"),
        ({"celular": "984000333"}, "celular", "ya es de otra cuenta"),
        ({"distrito": "lima"}, "distrito", "no existe"),
    ],
)
async def test_what_is_wrong_with_a_new_account_is_said_at_its_field(
    admin: Browser, fields: dict[str, str], field: str, said: str
) -> None:
    answer = await admin.post("/equipo", **({"nombre": "Nueva", "papel": "reader"} | fields))
    text = await answer.text()
    assert answer.status == 400
    assert re.search(rf'<p class="error" id="{field}-error">[^<]*{said}', text)
    assert f'<a href="#{field}">' in text
    assert re.search(rf'id="{field}"[^>]*aria-describedby="{field}-error', text)
    assert count(admin.house.store, "staff") == len(WISHES)


# ── what is written down ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_saw_and_changed_what_is_written_down(admin: Browser) -> None:
    await admin.get("/equipo")
    await admin.post("/equipo", nombre="Nueva", papel="reader")
    await admin.get("/registro?quien=Ana&que=login")
    entries = [entry for entry in audit.newest(admin.house.store.read, "Ana") if entry.action != "login"]
    assert [(each.action, each.object, each.row_count) for each in reversed(entries)] == [
        ("saw", "equipo", 4),
        ("staff_added", "Nueva", None),
        ("saw", "registro", 1),
    ]
    assert entries[0].details == {"quien": "Ana", "que": "login"}
    assert {entry.actor.origin for entry in entries} == {"127.0.0.1"}
    assert "papel: reader" in await (await admin.get("/registro?que=staff_added&quien=Ana")).text()


async def test_the_audit_is_read_page_by_page(admin: Browser) -> None:
    for _ in range(audit.PAGE_ROWS):
        await admin.get("/equipo")
    assert "Más antiguo" not in await (await admin.get("/registro?que=saw")).text()  # which is one row more
    newest = await (await admin.get("/registro?que=saw")).text()
    assert newest.count('<td data-th="Persona">') == audit.PAGE_ROWS
    older = re.search(r'href="(/registro\?[^"]*antes=[^"]*)"', newest)
    assert older
    oldest = await (await admin.get(older[1].replace("&amp;", "&"))).text()
    assert oldest.count('<td data-th="Persona">') == 1
    assert "Lo más nuevo</a>" in oldest
    assert (await admin.get("/registro?antes=nada&que=%00&quien=%F1")).status == 200


async def test_logs_say_nothing_of_names_and_passwords(admin: Browser, caplog: pytest.LogCaptureFixture) -> None:
    await another(admin).log_in("Rita", OTHER)
    await another(admin).log_in("Rita")
    assert "Rita" not in caplog.text
    assert PASSWORD not in caplog.text


# ── how it is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_name_is_shown_as_text_everywhere(admin: Browser) -> None:
    name = "<b>R</b>\"'&{{7*7}}<script>x()</script>"
    answer = await admin.post("/equipo", nombre=name, papel="admin")
    wrong = await admin.post("/equipo", nombre=name, papel="admin")
    her = another(admin)
    add(admin.house, Wish("<i>x</i>", "admin"))
    person = staff.find_by_name(admin.house.store.read, name)
    assert person
    await admin.post(f"/equipo/{person.id}/desactivar")
    await her.log_in("<i>x</i>")
    pages = [answer, wrong, *[await admin.get(path) for path in ("/equipo", "/registro")]]
    pages += [await her.get(path) for path in ("/", "/clave")]
    pages.append(await another(admin).log_in(name))
    for page in pages:
        text = await page.text()
        assert not re.search(r"<b>R|<script>x|<i>x", text)
        assert "{{7*7}}" in text or "&lt;i&gt;x" in text


async def test_pages_are_small_sealed_and_not_kept(admin: Browser) -> None:
    shared = sum((STATIC / name).stat().st_size for name in ("chaski.css", "escritorio.css", "chaski.svg"))
    for path in ("/", "/equipo", "/registro", "/clave", "/nada"):
        answer = await admin.get(path)
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<script(?! src=)|<style| style=| on\w+=", text)
        assert len(text.encode()) + shared <= PAGE_BYTES
        assert all('name="vale"' in each for each in re.findall(r'<form method="post".*?</form>', text, re.DOTALL))


async def test_the_phone_is_one_step_away_where_there_is_one(browser: Browser, tmp_path: Path) -> None:
    assert 'href="/telefono"' in await (await browser.get("/entrar")).text()
    async with desk(tmp_path / "public", public_url="https://chaski.example") as public:
        assert "/telefono" not in await (await public.get("/entrar")).text()
        assert (await public.get("/telefono")).status == 404


async def test_the_cookie_is_shut_and_on_https_bound_to_the_host(browser: Browser, tmp_path: Path) -> None:
    plain = (await browser.get("/entrar")).headers["Set-Cookie"]
    assert plain.startswith("chaski=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} == set(plain.split("; ")[1:])
    async with desk(tmp_path / "public", public_url="https://chaski.example") as public:
        await public.get("/entrar")
        answer = await public.post("/entrar", nombre="Ana", contrasena=PASSWORD)
        sealed = answer.headers["Set-Cookie"]
        assert sealed.startswith("__Host-chaski=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} == set(sealed.split("; ")[1:])
        assert answer.headers["Strict-Transport-Security"]
        out = (await public.post("/salir")) if (await public.get("/clave")).status == 200 else None
        assert out is not None
        assert "Secure" in out.headers["Set-Cookie"]


FORWARDED: list[tuple[Mapping[str, str], str]] = [
    ({}, "127.0.0.1"),
    ({"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
    ({"X-Forwarded-For": "10.9.9.9, 203.0.113.9"}, "203.0.113.9"),
    ({"X-Forwarded-For": "nonsense"}, "127.0.0.1"),
    ({"X-Forwarded-For": "203.0.113.9, "}, "127.0.0.1"),
]


async def test_a_proxy_on_this_machine_is_believed_on_https_only(browser: Browser, tmp_path: Path) -> None:
    await browser.get("/entrar")
    for headers, _ in FORWARDED:
        await browser.send("POST", "/entrar", {"vale": browser.csrf, "nombre": "Nadie", "contrasena": "x"}, **headers)
    assert {each.actor.origin for each in audit.newest(browser.house.store.read, action="login_failed")} == {
        "127.0.0.1"
    }
    async with desk(tmp_path / "public", public_url="https://chaski.example") as public:
        await public.get("/entrar")
        for headers, origin in FORWARDED:
            form = {"vale": public.csrf, "nombre": f"x{origin}", "contrasena": "x"}
            await public.send("POST", "/entrar", form, **headers)
            assert audit.newest(public.house.store.read, action="login_failed")[0].actor.origin == origin


def test_the_template_of_the_desk_is_current() -> None:
    methods = [("bot/desk/templates/**.html", "jinja2"), ("bot/desk/**.py", "python")]
    found = {
        (each[2] if isinstance(each[2], str) else each[2][0])
        for each in extract_from_dir(str(ROOT), method_map=methods)
    }
    with (ROOT / "locales" / "desk.pot").open("rb") as pot:
        written = {each.id if isinstance(each.id, str) else each.id[0] for each in read_po(pot) if each.id}
    assert written == found, "pybabel extract -F babel.desk.toml --no-wrap --no-location -o locales/desk.pot ."


def test_every_route_of_the_desk_stands_once_in_the_table() -> None:
    assert len({(route.method, route.path) for route in DESK}) == len(DESK)
    assert application.__doc__


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_accounts_are_kept_by_commands(tmp_path: Path) -> None:
    data = {"CHASKI_DATA": str(tmp_path)}
    scopes = ["--mesa", "salud", "--mesa", "Educación", "--district", "zurite"]
    added = bot("staff", "add", "Rosa Quispe", "--role", "mesa", *scopes, **data)
    assert (added.returncode, added.stderr) == (0, "")
    assert re.fullmatch(r"([a-z0-9]{4}-){3}[a-z0-9]{4}\n", added.stdout)
    luz = ["--role", "promoter", "--phone", "984 000 111", "--comunidad", "Compone", "--comunidad", "inquilpata"]
    assert bot("staff", "add", "Luz", *luz, **data).returncode == 0
    assert bot("staff", "disable", "LUZ", **data).returncode == 0
    reset = bot("staff", "reset", "rosa quispe", **data)
    assert reset.stdout != added.stdout
    listed = bot("staff", "list", **data).stdout.splitlines()
    assert listed == [
        "Luz\tpromoter\tdisabled\t+51984000111\tcompone inquilpata",
        "Rosa Quispe\tmesa\tsingle-use\t-\teducacion salud zurite",
    ]


def test_what_a_command_cannot_do_is_said_in_a_sentence(tmp_path: Path) -> None:
    data = {"CHASKI_DATA": str(tmp_path)}
    bot("staff", "add", "Ana", "--role", "admin", **data)
    calls = [
        ["add", "ana", "--role", "reader"],
        ["add", "Luz", "--role", "mesa", "--mesa", "deportes"],
        ["add", "Luz", "--role", "promoter", "--comunidad", "compone"],
        ["add", "Luz", "--role", "promoter", "--comunidad", "compone", "--phone", "12"],
        ["disable", "Ana"],
        ["reset", "Nadie"],
    ]
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda call: bot("staff", *call, **data), calls))
    for run in runs:
        assert run.returncode == 1, run
        assert len(run.stderr.splitlines()) == 1
        assert run.stderr.startswith("bot: ")
    assert bot("staff", "add", "Luz", "--role", "king", **data).returncode == 2


def test_the_first_start_makes_an_admin(tmp_path: Path) -> None:
    port = free_port()
    with served(PORT=str(port), CHASKI_DATA=str(tmp_path), CHASKI_ADMIN_PASSWORD=PASSWORD):
        assert bot("staff", "list", CHASKI_DATA=str(tmp_path)).stdout == "admin\tadmin\tactive\t-\t-\n"
