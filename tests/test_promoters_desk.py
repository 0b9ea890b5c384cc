"""Promoters at the desk through a real server: written, found, given a PIN, taken away; who may do what."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.records import agenda, audit, pins
from bot.records.agenda import Comunidad, Promoter
from bot.service import pins as proofs
from bot.service.accounts import Wish
from tests.running import bot, count, everything, say
from tests.test_agenda_desk import send, text_of
from tests.test_desk import PAGE_BYTES, WISHES, Browser, add, another, desk

LUZ: dict[str, Any] = {
    "nombre": "Luz Huamán",
    "celular": "984 000 444",
    "idioma": "quz",
    "comunidades": ["compone", "inquilpata"],
}
PHONE = "+51984000444"
NEW = "/agenda/promotoras/nueva"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


def promoters(house: House) -> dict[str, Promoter]:
    return {each.phone: each for each in agenda.all_promoters(house.store.read)}


async def address_of(browser: Browser, name: str) -> str:
    """Where her page is, as the list says it."""
    found = re.search(rf'href="(/agenda/promotoras/[0-9a-f]+)">{name}<', await text_of(browser, "/agenda/promotoras"))
    assert found, name
    return found[1]


async def pin_from(browser: Browser, address: str) -> str:
    page = await send(browser, f"{address}/pin", 200)
    found = re.search(r'class="una-vez">(\d{4})<', page)
    assert found, page
    return found[1]


def forget_pin(house: House) -> None:
    """Somebody says another PIN than hers until it is locked."""
    with house.store.write() as tx:
        for _ in range(pins.MOST_WRONG):
            proofs.prove(tx, "telegram:4711", PHONE, "0000", house.clock.now())


# ── written, changed, taken away ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_promoter_is_written_and_known_at_once(admin: Browser) -> None:
    assert say(admin.house, "REG Juana Quispe 34 compone", PHONE) != []
    before = count(admin.house.store, "patients")
    page = await send(admin, NEW, **LUZ)
    assert "Está anotada. Dele ahora su PIN." in page
    assert "••• ••• 444" in page
    assert promoters(admin.house)[PHONE] == Promoter(PHONE, "Luz Huamán", ("compone", "inquilpata"), "quz")
    say(admin.house, "REG Juana Quispe 34 compone", PHONE)
    assert count(admin.house.store, "patients") == before + 1


async def test_a_promoter_is_changed_but_for_her_number(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    address = await address_of(admin, "Luz Huamán")
    changed = LUZ | {"nombre": "Luz Mamani", "idioma": "es", "comunidades": ["compone"], "celular": "984000999"}
    assert "Está guardado." in await send(admin, address, **changed)
    assert promoters(admin.house)[PHONE] == Promoter(PHONE, "Luz Mamani", ("compone",), "es")
    assert "+51984000999" not in promoters(admin.house)
    kept = [
        (each.before is None, each.after) for each in agenda.changes_of(admin.house.store.read, "promoters", "···444")
    ]
    assert kept == [(False, {"comunidades": ["compone"], "language": "es"}), (True, kept[1][1])]


async def test_she_is_taken_away_only_when_it_was_asked_and_those_she_registered_stay(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    say(admin.house, "REG Juana Quispe 34 compone", PHONE)
    address = await address_of(admin, "Luz Huamán")
    await pin_from(admin, address)
    asked = await text_of(admin, f"{address}/quitar")
    assert "Las personas que registró y sus citas se quedan" in asked
    assert "Su cuenta del escritorio" not in asked
    assert PHONE in promoters(admin.house)
    assert "Ya no está entre las promotoras." in await send(admin, f"{address}/quitar")
    assert PHONE not in promoters(admin.house)
    assert count(admin.house.store, "patients", "promoter = ?", PHONE) == 1
    assert count(admin.house.store, "promoter_pins") == 0
    assert (await admin.get(address)).status == 404
    await send(admin, NEW, **LUZ)
    assert await address_of(admin, "Luz Huamán") == address
    assert "todavía no tiene pin" in (await text_of(admin, address)).lower()


async def test_who_has_an_account_keeps_it(admin: Browser) -> None:
    address = await address_of(admin, "Paula")
    assert "Su cuenta del escritorio sigue" in await text_of(admin, f"{address}/quitar")
    await send(admin, f"{address}/quitar")
    paula = another(admin)
    assert (await paula.log_in("Paula")).status == 303


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"nombre": ""}, "nombre", "Escriba su nombre"),
        ({"nombre": "x" * 161}, "nombre", "Hasta 160 letras"),
        ({"celular": "084 123456"}, "celular", "no es de un celular"),
        ({"celular": ""}, "celular", "no es de un celular"),
        ({"celular": WISHES["promoter"].phone}, "celular", "ya es de otra promotora"),
        ({"idioma": ""}, "idioma", "Elija el idioma"),
        ({"idioma": "fr"}, "idioma", "Elija el idioma"),
        ({"comunidades": []}, "comunidades", "por lo menos una comunidad"),
        ({"comunidades": ["lima"]}, "comunidades", "por lo menos una comunidad"),
    ],
)
async def test_what_cannot_be_a_promoter_is_said_beside_its_field(
    admin: Browser, fields: dict[str, Any], field: str, said: str
) -> None:
    before = promoters(admin.house)
    page = await send(admin, NEW, 400, **LUZ | fields)
    assert f'id="{field}-error"' in page
    assert said in page
    assert promoters(admin.house) == before


async def test_comunidades_are_filtered_without_losing_those_that_are_chosen(admin: Browser) -> None:
    before = promoters(admin.house)
    page = await send(admin, NEW, 200, **LUZ, filtro="ZURITE", filtrar="1")
    shown = re.findall(r'name="comunidades" value="(\w+)"( checked)?', page)
    assert {key for key, checked in shown if checked} == {"compone", "inquilpata"}
    district = {each.key: each.district for each in agenda.comunidades(admin.house.store.read)}
    others = {district[key] for key, checked in shown if not checked}
    assert others == {"zurite"}
    assert 'value="Luz Huamán"' in page
    assert promoters(admin.house) == before
    empty = await send(admin, NEW, 200, filtro="nada así", filtrar="1")
    assert "No hay ninguna así" in empty


# ── the PIN ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_pin_is_shown_once_and_is_hers(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    address = await address_of(admin, "Luz Huamán")
    assert "sin PIN" in await text_of(admin, "/agenda/promotoras")
    pin = await pin_from(admin, address)
    for path in (address, "/agenda/promotoras", "/registro"):
        assert f">{pin}<" not in await text_of(admin, path)
    assert "Tiene PIN" in await text_of(admin, address)
    with admin.house.store.write() as tx:
        assert proofs.prove(tx, f"tel:{PHONE}", PHONE, pin, admin.house.clock.now()) == "right"
    assert "Dio un PIN nuevo" in await text_of(admin, "/registro")
    [entry] = audit.newest(admin.house.store.read, action="promoter_pin_given")
    assert (entry.actor.name, entry.object) == ("Ana", "···444")


async def test_a_locked_pin_is_told_until_there_is_a_new_one(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    address = await address_of(admin, "Luz Huamán")
    await pin_from(admin, address)
    assert "PIN bloqueado" not in await text_of(admin, "/")
    forget_pin(admin.house)
    assert re.search(r"PIN bloqueado:</strong> Luz Huamán", await text_of(admin, "/"))
    assert "bloqueado hoy" in await text_of(admin, "/agenda/promotoras")
    assert "Hoy se dijo mal cinco veces" in await text_of(admin, address)
    marta = another(admin)
    await marta.log_in("Marta")
    assert "PIN bloqueado" not in await text_of(marta, "/")
    await pin_from(admin, address)
    assert "PIN bloqueado" not in await text_of(admin, "/")


# ── the list, and who may do what ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_is_searched_by_what_it_shows(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    with admin.house.store.write() as tx:
        agenda.link_promoter(tx, "telegram:4711", PHONE, admin.house.clock.now())
    page = await text_of(admin, "/agenda/promotoras")
    for shown in ("2 promotoras de salud", "Luz Huamán", "••• ••• 444", "Compone, Inquilpata", "quechua", "enlazado"):
        assert shown in page
    assert PHONE[3:] not in page.replace(" ", "")
    for query, found in (("busca=HUAMAN", 1), ("busca=inquilpata", 1), ("busca=444", 1), ("distrito=anta", 2)):
        searched = await text_of(admin, f"/agenda/promotoras?{query}")
        assert f"{found} promotora" in searched, query
    for query in ("busca=984000", "distrito=zurite", "busca=luz&distrito=zurite"):
        assert "No hay ninguna así" in await text_of(admin, f"/agenda/promotoras?{query}"), query
    entry = audit.newest(admin.house.store.read, action="searched")[0]
    assert (entry.object, entry.details) == ("promotoras", {"district": "zurite"})


async def test_a_mesa_reads_those_of_her_districts_and_changes_nothing(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    address = await address_of(admin, "Luz Huamán")
    add(admin.house, Wish("Zoila", "mesa", mesas=("salud",), districts=("zurite",)))
    for name, is_shown in (("Marta", True), ("Zoila", False)):
        her = another(admin)
        await her.log_in(name)
        assert 'href="/agenda/promotoras"' in await text_of(her, "/agenda")
        page = await text_of(her, "/agenda/promotoras")
        assert ("Luz Huamán" in page) == is_shown
        assert address not in page
        assert "Nueva promotora" not in page
        for path in (address, NEW, f"{address}/quitar"):
            assert (await her.get(path)).status == 403
        for path in (address, NEW, f"{address}/quitar", f"{address}/pin"):
            assert (await her.post(path, **LUZ)).status == 403
    assert promoters(admin.house)[PHONE].name == "Luz Huamán"
    for name in ("Paula", "Rita"):
        her = another(admin)
        await her.log_in(name)
        assert "Promotoras" not in await text_of(her, "/agenda")
        assert (await her.get("/agenda/promotoras")).status == 403


async def test_no_address_and_no_row_of_the_desk_holds_her_number_or_name(admin: Browser) -> None:
    await send(admin, NEW, **LUZ)
    address = await address_of(admin, "Luz Huamán")
    assert "984000444" not in address
    await pin_from(admin, address)
    await send(admin, f"{address}/quitar")
    written = [line for line in everything(admin.house.store).splitlines() if line.startswith(("audit", "agenda_ch"))]
    assert not [line for line in written if "Luz" in line or "984000444" in line]
    actions = {"promoters_added", "promoter_pin_given", "promoters_removed"}
    assert actions <= {entry.action for entry in audit.newest(admin.house.store.read, name="Ana")}


async def test_pages_are_light_with_two_promoters_to_each_comunidad(admin: Browser) -> None:
    comunidades = [Comunidad(f"comunidad_{n}", f"Comunidad número {n}", "anta") for n in range(76)]
    many = [
        Promoter(
            f"+51984{n:06}", f"María Quispe Huamán {n}", (comunidades[n // 2].key, comunidades[n // 2 - 1].key), "es"
        )
        for n in range(2, 152)
    ]
    with admin.house.store.write() as tx:
        agenda.put_comunidades(tx, comunidades)
        agenda.put_promoters(tx, many)
        agenda.raise_version(tx)
    for page in ("", "?pagina=2", "/nueva"):
        assert len(await text_of(admin, f"/agenda/promotoras{page}")) < PAGE_BYTES
    assert "Después" in await text_of(admin, "/agenda/promotoras")


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_command_gives_a_pin_and_refuses_strangers(tmp_path: Path) -> None:
    data = {"CHASKI_DATA": str(tmp_path)}
    bot("staff", "add", "Luz", "--role", "promoter", "--phone", "984000444", "--comunidad", "compone", **data)
    for phone in (PHONE, "984 000 444"):
        given = bot("promoters", "pin", phone, **data)
        assert (given.returncode, given.stderr) == (0, "")
        assert re.fullmatch(r"\d{4}\n", given.stdout)
    for phone in ("+51984000999", "nobody"):
        refused = bot("promoters", "pin", phone, **data)
        assert (refused.returncode, refused.stderr) == (1, f"bot: There is no promoter {phone}.\n")
