"""What other people and staff do while a talk goes on: `given clinic …`, `given taken 3`, `given freed` and so on."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

from bot.clock import LIMA, Clock
from bot.conversation.message import Inbound
from bot.records import agenda, appointments, cases, messages, notices, people, quiet_days, staff, topics
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Patient
from bot.records.cases import Case
from bot.records.notices import Notice, Template
from bot.records.quiet_days import QuietDay
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service import pins as proofs
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.feedback.answering import Answering
from bot.service.notices import steering
from bot.service.notices.events import event

if TYPE_CHECKING:
    from tests.talks import Stage

OTHERS = "María Juana Luisa Carmen Elsa Dina Flor Nilda Yeny Sonia".split()


def clinic(on: Stage, tx: Tx, specialty: str, district: str, day: str, places: str, per_hour: str = "") -> None:
    """`given clinic pediatria zurite 2027-03-12 1 [2]`: a day with so many places, the sample days gone."""
    if not on.campaign:
        agenda.remove_samples(tx, "campaigns")
    on.campaign = f"{specialty}_{district}_{day}"
    place = on.house.library.knowledge(tx).place_name(district)
    one = Clinic(specialty, int(places), int(per_hour) if per_hour else None, age_to_years=17)
    campaign = Campaign(
        key=on.campaign,
        name=Name("Campaña de salud"),
        topic="especialistas",
        district=district,
        place=f"posta de {place}",
        date=date.fromisoformat(day),
        opens=time(8),
        closes=time(12),
        clinics=(replace(one, age_to_years=17 if specialty == "pediatria" else None),),
        bring=Name("DNI"),
    )
    Changes(tx, on.clock, on.clock.now(), "staff").put(campaign)


def taken(on: Stage, tx: Tx, how_many: str) -> None:
    """`given taken 3`: so many other phones have a place at the last clinic, or wait there."""
    for _ in range(int(how_many)):
        n = len(on.others)
        phone = people.create(tx, on.clock.new_id(), f"tel:+5198400{n:04}", on.clock.now())
        new = Patient(on.clock.new_id(), phone.id, OTHERS[n % len(OTHERS)], age_months=36)
        appointments.add_patient(tx, new, on.clock.now())
        booking = Booking(tx, on.clock, on.clock.now())
        held = booking.take(on.campaign, on.campaign.split("_")[0], new.id, "person", or_wait=True).appointment
        assert held
        on.others.append(held.id)


def freed(on: Stage, tx: Tx, how_many: str = "1") -> None:
    """`given freed`: others give theirs up, the first first."""
    for _ in range(int(how_many)):
        held = appointments.one(tx, on.others.pop(0))
        assert held
        assert Booking(tx, on.clock, on.clock.now()).cancel(held, "person")


def promoter(on: Stage, tx: Tx, name: str, *comunidades: str) -> None:
    """`given promoter Elena compone`: this phone is hers."""
    agenda.put_promoters(tx, [Promoter(on.number, name, comunidades, "es")])


def suspended(on: Stage, tx: Tx) -> None:
    """`given suspended`: staff cancel the last clinic's day."""
    Changes(tx, on.clock, on.clock.now(), "staff").cancel_day(on.campaign)


def moved(on: Stage, tx: Tx, day: str) -> None:
    """`given moved 2027-03-13`: staff put the last clinic's day off."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    Changes(tx, on.clock, on.clock.now(), "staff").put(replace(old, date=date.fromisoformat(day)))


def places(on: Stage, tx: Tx, how_many: str) -> None:
    """`given places 2`: staff change how many the last clinic takes; the last to come wait again where it is fewer."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    new = replace(old, clinics=tuple(replace(each, places=int(how_many)) for each in old.clinics))
    changes = Changes(tx, on.clock, on.clock.now(), "staff")
    for short in changes.shortages(new):
        changes.to_the_list(new.key, short.specialty, short.too_many)
    changes.put(new)


def from_age(on: Stage, tx: Tx, years: str) -> None:
    """`given from_age 40`: staff keep the last clinic for people of so many years and more."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    new = replace(old, clinics=tuple(replace(each, age_from_years=int(years)) for each in old.clinics))
    Changes(tx, on.clock, on.clock.now(), "staff").put(new)


def quiet(on: Stage, tx: Tx, day: str) -> None:
    """`given quiet 2027-03-12`: staff set a day on which nothing leaves but answers."""
    quiet_days.put(tx, QuietDay(date.fromisoformat(day), "fiesta", "staff"))


def answered(on: Stage, tx: Tx, *words: str) -> None:
    """`given answered es "Iremos a ver." quz "Qhawaq risaqku." last`: the Mesa answers the case that this phone spoke
    of last, and whatever is joined with it; `last` asks whether it helped."""
    said = shlex.split(" ".join(words))
    bodies = {language: said[said.index(language) + 1] for language in ("es", "quz") if language in said}
    _desk(on, tx).answer(_answering(on, tx), bodies.get("es", ""), bodies.get("quz", ""), is_last=said[-1:] == ["last"])


def joined(on: Stage, tx: Tx) -> None:
    """`given joined`: what this phone said last is the same problem as the first case of all."""
    first = cases.every(tx, cases.Filter())[0]
    _desk(on, tx).join(first, [_last_case(on, tx)])


def closed(on: Stage, tx: Tx) -> None:
    """`given closed`: the Mesa closes this phone's last case without an answer."""
    _desk(on, tx).close(_answering(on, tx), "")


def passed_on(on: Stage, tx: Tx, mesa: str) -> None:
    """`given passed_on turismo`: the case belongs to another Mesa."""
    _desk(on, tx).move(_answering(on, tx), mesa, "")


def head(on: Stage, tx: Tx, mesa: str) -> None:
    """`given head salud`: this phone is hers who heads that Mesa."""
    account = Staff(on.clock.new_id(), "Elsa", "mesa", "-", False, on.clock.now(), phone=on.number, mesas=(mesa,))
    assert staff.insert(tx, account)
    mesas = [replace(each, head_staff_id=account.id) if each.key == mesa else each for each in cases.mesas(tx)]
    cases.put_mesas(tx, mesas)


NOTICES = {
    "campaign": ("Hay pediatra el {fecha}, {hora}, en {lugar}.", "{fecha}, {hora}: pediatra {lugar}pi."),
    "work": ("El puente se cierra por trabajos.", "Puente wisq'akunqa obra rayku."),
    "fair": ("El domingo hay feria en {lugar}.", "Domingo feria kan {lugar}pi."),
    "": ("Mañana no habrá agua.", "Paqarin mana unu kanqachu."),
}
"""What staff tell, in Spanish and Quechua, of each kind of event."""


def notice(on: Stage, tx: Tx, about: str = "") -> None:
    """`given notice campaign`, `given notice work:puente`, `given notice fair:izcuchaca`, `given notice`: staff tell
    everybody of the last clinic's day, of a row of the agenda, or of nothing that can be asked for."""
    named = f"campaign:{on.campaign}" if about == "campaign" else about
    knowledge, now = on.house.library.knowledge(tx), on.clock.now()
    found = event(tx, knowledge, named, now)
    es, quz = NOTICES[about.partition(":")[0]]
    new = Notice(on.clock.new_id(), "Aviso", "Ana", about=named, topic="campaigns", text_es=es, text_quz=quz)
    new = replace(new, fields=found.fields if found else {})
    notices.add(tx, new, now)
    assert steering.launch(tx, knowledge, new, now, wants_approval=False) == "scheduled"


def vaccination(on: Stage, tx: Tx, district: str, day: str) -> None:
    """`given vaccination zurite 2027-03-12`: a campaign without appointments, for `given notice campaign`."""
    on.campaign = f"vacunacion_{district}_{day}"
    place = f"posta de {on.house.library.knowledge(tx).place_name(district)}"
    when = (date.fromisoformat(day), time(8), time(12))
    agenda.put_campaigns(tx, [Campaign(on.campaign, Name("Vacunación"), "vacunacion", district, place, *when)])
    agenda.raise_version(tx)


class Drawn(Clock):
    """Chance that gives the digits that a talk has chosen."""

    def __init__(self, digits: str) -> None:
        super().__init__()
        self._digits = digits

    def randbelow(self, limit: int) -> int:
        return int(self._digits)


def pin(on: Stage, tx: Tx, digits: str) -> None:
    """`given pin 4826`: the municipality gives this phone's promoter her PIN."""
    proofs.new_pin(tx, Drawn(digits), on.number, on.clock.now())


def proven(on: Stage, tx: Tx) -> None:
    """`given proven`: this phone's promoter has said her PIN today."""
    pin(on, tx, "4826")
    assert proofs.prove(tx, on.address, on.number, "4826", on.clock.now()) == "right"


def readers(on: Stage, tx: Tx, comunidad: str, language: str, how_many: str, channel: str = "terminal") -> None:
    """`given readers compone quz 5 [simulator]`: so many people of a comunidad who have written to us by a channel."""
    district = on.house.library.knowledge(tx).district_of(comunidad)
    for _ in range(int(how_many)):
        person_id = on.clock.new_id()
        address = f"tel:+5197{len(on.neighbours):07}"
        people.create(tx, person_id, address, on.clock.now())
        people.set_language(tx, person_id, language, is_chosen=False)
        people.set_place(tx, person_id, district, comunidad)
        wrote = Inbound(channel, "sms", address, str(person_id), "hola")
        messages.record(tx, on.clock.new_id(), wrote, person_id, "answered", on.clock.now())
        on.neighbours.append(person_id)


def left(on: Stage, tx: Tx, how_many: str) -> None:
    """`given left 2`: so many of these say BAJA."""
    for person_id in on.neighbours[-int(how_many) :]:
        people.opt_out(tx, on.clock.new_id(), person_id, "baja", on.clock.now())


def carried(on: Stage, tx: Tx, failed: str = "0") -> None:
    """`given carried 1`: the carrier takes what waits for the other phones, and does not reach so many of them."""
    waiting = tx.all("SELECT id FROM outbox WHERE state = 'waiting' AND address <> ? ORDER BY id", on.address)
    for number, row in enumerate(waiting):
        if number < int(failed):
            messages.close(tx, row["id"], "failed", "BadAddress", "21211", on.clock.now())
        else:
            messages.sent(tx, row["id"], f"carried-{row['id']}", on.clock.now())


def template(on: Stage, tx: Tx, *words: str) -> None:
    """`given template "Pediatra" "Hay pediatra el {fecha}." "Pediatra kanqa: {fecha}."`: staff keep a text."""
    name, es, quz = shlex.split(" ".join(words))
    kept = Template(on.clock.new_id(), name, "campaigns", es, quz)
    assert notices.keep_template(tx, kept, None, "Ana", on.clock.now())


def answer_to_notice(on: Stage, person_id: int) -> str:
    """`then answer took`: what this phone answered to the last notice: wrote, took, stopped."""
    told = notices.last_heard(on.house.store.read, person_id)
    return told.answer if told else ""


def _desk(on: Stage, tx: Tx) -> Answering:
    return Answering(tx, on.clock, on.clock.now(), None)


def _last_case(on: Stage, tx: Tx) -> Case:
    person = people.load(tx, on.address)
    assert person
    return cases.of_person(tx, person.id, limit=1)[0]


def _answering(on: Stage, tx: Tx) -> Case:
    """The case that answers for this phone's last one: itself, unless it was joined to another."""
    last = _last_case(on, tx)
    return (cases.one(tx, last.joined_to) if last.joined_to else None) or last


DEEDS: dict[str, Callable[..., None]] = {
    "answered": answered,
    "joined": joined,
    "closed": closed,
    "passed_on": passed_on,
    "head": head,
    "clinic": clinic,
    "taken": taken,
    "freed": freed,
    "promoter": promoter,
    "suspended": suspended,
    "moved": moved,
    "places": places,
    "from_age": from_age,
    "quiet": quiet,
    "notice": notice,
    "pin": pin,
    "proven": proven,
    "readers": readers,
    "left": left,
    "carried": carried,
    "template": template,
    "vaccination": vaccination,
}


def appointments_of(on: Stage, person_id: int) -> str:
    """`then appointments Rosa Quispe booked, Luis waiting`: what this phone has, in order."""
    today = on.clock.now().astimezone(LIMA).date()
    held = appointments.open_of_person(on.house.store.read, person_id, today)
    return ", ".join(f"{each.patient.name or each.patient.kin or '-'} {each.state}" for each in held)


def cases_of(on: Stage, person_id: int) -> str:
    """`then cases salud complaint zurite open`: what this phone said, the oldest first; then what else is to be known
    of it: the work or campaign it is about, `unsure`, `anonymous`, `joined`, what she answered to «¿le sirvió?»."""
    said = sorted(cases.of_person(on.house.store.read, person_id), key=lambda each: each.id)
    return ", ".join(_case(each) for each in said)


def _case(each: Case) -> str:
    place = each.comunidad or each.district or "-"
    marks = {"unsure": not each.is_sure, "anonymous": each.is_anonymous, "joined": each.joined_to}
    words = [each.mesa, each.kind, place, each.state, each.about, *(mark for mark, holds in marks.items() if holds)]
    return " ".join(word for word in [*words, each.served] if word)


def topics_refused(on: Stage, person_id: int) -> str:
    """`then topics fairs works`: of what this phone wants no notices."""
    chosen = topics.choices(on.house.store.read, person_id)
    return " ".join(topic for topic, is_wanted in chosen.items() if not is_wanted)


def said_by(on: Stage, person_id: int) -> str:
    """`then said no hay agua | tampoco luz, la posta esta cerrada`: the words of each case in order, photos in
    brackets."""
    said = sorted(cases.of_person(on.house.store.read, person_id), key=lambda each: each.id)
    return ", ".join(" | ".join(_words_of(on, each)) for each in said)


def _words_of(on: Stage, case: Case) -> list[str]:
    entries = cases.entries(on.house.store.read, [case.id])
    hers = [entry for entry in entries if entry.kind in ("said", "photo")]
    return [f"({entry.file_id}) {entry.body}".strip() if entry.file_id else entry.body for entry in hers]
