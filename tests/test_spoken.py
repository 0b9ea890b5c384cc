"""What is read aloud: numbers in words and back, hours, days, money, telephones and short forms, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.catalogue import LANGUAGES
from bot.language.numerals import LARGEST, Gender, words
from bot.language.spoken import spoken
from bot.language.voice import phone
from bot.records.store import Store
from bot.service import knowledge
from bot.service.knowledge import Knowledge, Library
from bot.service.notices.aloud import LONGEST_TWICE, aloud

SPANISH = {
    "a whole number": ("0, 15, 22, 100, 999", "cero, quince, veintidós, cien, novecientos noventa y nueve"),
    "the largest": ("999,999 ovejas", "novecientas noventa y nueve mil novecientas noventa y nueve ovejas"),
    "years": ("Plan 2007-2010, año 1995", "Plan dos mil siete a dos mil diez, año mil novecientos noventa y cinco"),
    "one and a noun": ("1 vacuna, 1 año, 1 y 2", "una vacuna, un año, uno y dos"),
    "one that is an answer": ("Responda 1 para su cita.", "Responda uno para su cita."),
    "twenty-one": ("21 personas, 21 años, 21 de marzo", "veintiuna personas, veintiún años, veintiuno de marzo"),
    "masculine in -a": ("21 problemas, 31 días", "veintiún problemas, treinta y un días"),
    "hundreds": ("200 familias, 500 cuyes", "doscientas familias, quinientos cuyes"),
    "thousands": ("21,000 alpacas, 1.500 soles", "veintiún mil alpacas, mil quinientos soles"),
    "hours of the morning": (
        "a las 8:00, 08:30, 8 am",
        "a las ocho de la mañana, ocho y media de la mañana, ocho de la mañana",
    ),
    "hours of the afternoon": (
        "14:30, 2:30 pm, 1 p.m. en",
        "dos y media de la tarde, dos y media de la tarde, una de la tarde en",
    ),
    "one o'clock": ("a las 13:00, a la 1 pm", "a la una de la tarde, a la una de la tarde"),
    "noon and midnight": (
        "12:00, 8 am a 12 m, 00:15",
        "doce del mediodía, ocho de la mañana a doce del mediodía, doce y cuarto de la noche",
    ),
    "the evening": ("19:45 hrs", "siete y cuarenta y cinco de la noche"),
    "an hour that leaves the part of the day open": ("a las 2:30", "a las dos y media"),
    "the part of the day said already": ("a las 8:00 de la noche", "a las ocho de la noche"),
    "from and until": (
        "08:00 a 13:00, 8:00-13:00",
        "ocho de la mañana a una de la tarde, ocho de la mañana a una de la tarde",
    ),
    "the dot that ends a sentence": ("Es a las 8 a.m. Traiga DNI.", "Es a las ocho de la mañana. Traiga DNI."),
    "a date": (
        "12/03/2027 o 2027-03-12",
        "doce de marzo de dos mil veintisiete o doce de marzo de dos mil veintisiete",
    ),
    "a date in words": ("viernes 12 de marzo de 2027", "viernes doce de marzo de dos mil veintisiete"),
    "a short date": ("vie 12 mar, 1/05, 12/9", "viernes doce de marzo, primero de mayo, doce de setiembre"),
    "the first": ("el 1 de marzo", "el primero de marzo"),
    "no date": ("31/13/2027", "treinta y uno sobre trece sobre dos mil veintisiete"),
    "money": ("S/ 25.50, S/21, S/. 1", "veinticinco soles con cincuenta céntimos, veintiún soles, un sol"),
    "céntimos": ("S/ 0.50, S/ 2.01", "cincuenta céntimos, dos soles con un céntimo"),
    "much money": (
        "S/ 1,493,413",
        "un millón cuatrocientos noventa y tres mil cuatrocientos trece soles",
    ),
    "millions": ("S/ 2.5 millones, S/ 2,000,000", "dos punto cinco millones de soles, dos millones de soles"),
    "soles after": ("3.50 soles, 21 soles", "tres soles con cincuenta céntimos, veintiún soles"),
    "a mobile": ("984 000 111", "nueve ocho cuatro, cero cero cero, uno uno uno"),
    "a mobile with its country": ("+51984000111", "nueve ocho cuatro, cero cero cero, uno uno uno"),
    "a fixed telephone": ("084-201234", "cero ocho cuatro, dos cero uno, dos tres cuatro"),
    "a short number": ("Llame al 106. Mensaje al 31313.", "Llame al ciento seis. Mensaje al tres uno tres uno tres."),
    "a document": ("DNI 45678912", "DNI cuatro cinco seis siete ocho nueve uno dos"),
    "a code": ("Código K7M4", "Código K siete M cuatro"),
    "per cent": ("35% y 2.5 %", "treinta y cinco por ciento y dos punto cinco por ciento"),
    "units": (
        "1 km, 5km, 2 kg, 100 m2, 20 °C",
        "un kilómetro, cinco kilómetros, dos kilos, cien metros cuadrados, veinte grados",
    ),
    "metres": ("a 12 m de la posta", "a doce metros de la posta"),
    "ordinals": ("3er grado, 2da dosis, 5° A", "tercer grado, segunda dosis, quinto A"),
    "short forms": ("Sr. Quispe, Dra. Rosa, N° 5, Av. Grau", "señor Quispe, doctora Rosa, número cinco, avenida Grau"),
    "no word for it": ("24/7", "veinticuatro sobre siete"),
}
QUECHUA = {
    "a whole number": ("0, 15, 22, 100", "ch'usaq, chunka pichqayuq, iskay chunka iskayniyuq, pachak"),
    "a number with an ending": ("30kama, 2kuna", "kimsa chunkakama, iskaykuna"),
    "a year": ("2027 watapi", "iskay waranqa iskay chunka qanchisniyuq watapi"),
    "years": ("plan 2007-2010", "plan iskay waranqa qanchisniyuqmanta iskay waranqa chunkakama"),
    "no plural": ("3 wawa, 4 watayuq", "kimsa wawa, tawa watayuq"),
    "an hour": ("Hora: 8:00.", "Hora: pusaq hora."),
    "an hour whose part of the day is said": ("9:00 tutamanta, 3:00 tarde", "isqun hora tutamanta, kimsa hora tarde"),
    "an hour of 24": ("14:30, 19:00", "iskay hora kimsa chunka minutoyuq tarde, qanchis hora tuta"),
    "am": ("8 am", "pusaq hora tutamanta"),
    "from and until": ("8:00manta 1:30kama", "pusaq horamanta huk hora kimsa chunka minutoyuqkama"),
    "from and until of 24": (
        "08:00 a 13:00, 8:00-13:00",
        "pusaq horamanta tarde huk horakama, pusaq horamanta tarde huk horakama",
    ),
    "hora said already": ("8:00 horamanta, 8:00 hospitalpi", "pusaq horamanta, pusaq hora hospitalpi"),
    "a day": ("viernes 12 marzo", "viernes chunka iskayniyuq marzo"),
    "a date": ("12/03/2027manta", "chunka iskayniyuq marzo iskay waranqa iskay chunka qanchisniyuq watamanta"),
    "a short day": ("sab 13 mar", "sabado chunka kimsayuq marzo"),
    "money": ("S/ 25.50, S/ 25ta", "iskay chunka pichqayuq sol pichqa chunka centimoyuq, iskay chunka pichqayuq solta"),
    "much money": ("S/ 1,500,000", "huk millon pichqa pachak waranqa sol"),
    "millions": ("S/ 2 millones", "iskay millones sol"),
    "a mobile": ("984000111man", "isqun pusaq tawa, ch'usaq ch'usaq ch'usaq, huk huk hukman"),
    "a short number": ("51234 numeroman", "pichqa huk iskay kimsa tawa numeroman"),
    "per cent": ("35%", "kimsa chunka pichqayuq por ciento"),
    "units without plural": ("2.5 km, 20 ha", "iskay punto pichqa kilometro, iskay chunka hectarea"),
    "short forms without accents": ("Sr. Quispe, N° 5", "señor Quispe, numero pichqa"),
}


@pytest.mark.parametrize(("text", "said"), SPANISH.values(), ids=SPANISH)
def test_in_spanish(text: str, said: str) -> None:
    assert spoken(text, "es") == said


@pytest.mark.parametrize(("text", "said"), QUECHUA.values(), ids=QUECHUA)
def test_in_quechua(text: str, said: str) -> None:
    assert spoken(text, "quz") == said


# -- whatever is written

PIECES = (
    *"0 1 2 7 12 27 005 2027 984000111 8:00 13:00 +51 (084) , . : / - — % ° º ² ٣ ' x K ñ \n".split(" "),
    *("am", " pm", " p.m.", " a ", "las ", "S/", "S/ ", " soles", " mil", " millones", "km", " m2", " h", "C", "N°"),
    *("Sr.", "etc.", "c/u", "ro", "manta", "kama", "ta", " hora", " de marzo", "vie ", " mar", "numero ", " personas"),
)
texts = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@given(texts, st.sampled_from(LANGUAGES))
def test_no_digit_survives_and_twice_is_once(text: str, language: str) -> None:
    said = spoken(text, language)
    assert not any(character.isdigit() for character in said)
    assert spoken(said, language) == said


@given(st.text(alphabet="aeiou ñáéstrnm,;¿?", max_size=60), st.sampled_from(LANGUAGES))
def test_plain_words_stay(text: str, language: str) -> None:
    assert spoken(text, language) == text


# -- numbers and back

UNITS = {
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince".split(),
    "quz": "ch'usaq huk iskay kimsa tawa pichqa suqta qanchis pusaq isqun".split(),
}
TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
IRREGULAR = {"un": 1, "cien": 100, "ciento": 100, "quinientos": 500, "setecientos": 700, "novecientos": 900}
ACCENTS = str.maketrans("áéíóú", "aeiou")


def read_spanish(said: str) -> int:
    total = part = 0
    for word in said.translate(ACCENTS).replace("dieci", "diez ").replace("veinti", "veinte ").split():
        if word == "mil":
            total, part = (part or 1) * 1000, 0
        elif word != "y":
            part += _spanish_word(word)
    return total + part


def _spanish_word(word: str) -> int:
    if word in UNITS["es"]:
        return UNITS["es"].index(word)
    if word in TENS:
        return 10 * (TENS.index(word) + 2)
    return IRREGULAR.get(word) or 100 * UNITS["es"].index(word.removesuffix("cientos"))


def read_quechua(said: str) -> int:
    total = count = 0
    for word in said.split():
        bare = word.removesuffix("yuq")
        unit = bare if bare in UNITS["quz"] else bare.removesuffix("ni")
        if unit in UNITS["quz"]:
            count = UNITS["quz"].index(unit)
        elif word == "waranqa":
            total, count = (total + count or 1) * 1000, 0
        else:
            total, count = total + (count or 1) * {"chunka": 10, "pachak": 100}[word], 0
    return total + count


READ = {"es": read_spanish, "quz": read_quechua}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_understood(language: str) -> None:
    assert [number for number in range(10_000) if READ[language](words(number, language)) != number] == []


@given(st.integers(0, 999_999), st.sampled_from(LANGUAGES))
def test_great_numbers_are_understood(number: int, language: str) -> None:
    assert READ[language](words(number, language)) == number


@given(st.integers(0, LARGEST), st.sampled_from(("", "m", "f")))
def test_only_a_final_one_and_hundreds_agree(number: int, gender: Gender) -> None:
    plain, agreed = words(number, "es").split(), words(number, "es", gender).split()
    assert len(plain) == len(agreed)
    changed = {was for was, now in zip(plain, agreed, strict=True) if was != now}
    assert all(word.endswith(("uno", "ientos")) for word in changed)


@given(st.integers(900_000_000, 999_999_999), st.sampled_from(LANGUAGES))
def test_a_number_to_call_can_be_dialled(number: int, language: str) -> None:
    dialled = phone(f"+51{number}", language).replace(",", "").split()
    assert "".join(str(UNITS[language].index(word)) for word in dialled) == str(number)


# -- the whole text of a notice

NOTICE = {
    "es": "Campaña de pediatría en Compone, viernes 12 de marzo, de 08:00 a 13:00. Traiga DNI.",
    "quz": "Componepi salud campaña: pediatra. Viernes 12 marzo, 8:00manta 1:00kama. DNIykita apamuy.",
}
SAID_IN = {
    "es": (
        "viernes doce de marzo, de ocho de la mañana a una de la tarde",
        "nueve ocho cuatro, cero cero cero, uno uno uno",
    ),
    "quz": (
        "Viernes chunka iskayniyuq marzo, pusaq horamanta huk horakama",
        "isqun pusaq tawa, ch'usaq ch'usaq ch'usaq, huk huk huk",
    ),
}
NUMBER = "+51984000111"


@pytest.fixture(scope="module")
def known() -> Knowledge:
    library = Library(knowledge.files(), with_samples=True, office_phone="")
    with Store(":memory:").write() as tx:
        return library.knowledge(tx)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_notice_is_read_twice_with_the_number_to_write_to(known: Knowledge, language: str) -> None:
    text = aloud(known, NOTICE[language], language, place="Compone", number=NUMBER)
    notice, number = SAID_IN[language]
    assert text.count(notice) == 2
    assert number in text
    assert "nueve ocho cuatro, cero cero cero, uno uno uno" in text
    assert not any(character.isdigit() or character in "{}" for character in text)


def test_the_text_is_read_as_it_stands(known: Knowledge) -> None:
    assert aloud(known, NOTICE["es"], "es", place="Compone", number="51234").split("\n\n") == [
        "Un saludo a los vecinos y vecinas de Compone. La municipalidad de Anta les informa:",
        "Campaña de pediatría en Compone, viernes doce de marzo, de ocho de la mañana a una de la tarde. Traiga DNI.",
        "Otra vez: Campaña de pediatría en Compone, viernes doce de marzo, de ocho de la mañana a una de la tarde. "
        "Traiga DNI.",
        "Para preguntar o responder, escriba un mensaje de texto al número cinco uno dos tres cuatro. El número, otra "
        "vez: cinco uno dos tres cuatro. Cada SMS le cuesta lo que cobra su operador. Gracias por escuchar.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_promoter_speaks_and_can_be_asked(known: Knowledge, language: str) -> None:
    text = aloud(known, NOTICE[language], language, place="Compone", number=NUMBER, promoter_name="Rosa Quispe")
    assert text.count("Rosa Quispe") == 2
    assert "municipalidad" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_province_is_greeted_without_a_place(known: Knowledge, language: str) -> None:
    assert " ." not in aloud(known, NOTICE[language], language, place="", number=NUMBER)


def test_of_a_long_notice_only_when_and_how_many_is_said_again(known: Knowledge) -> None:
    about = "La carretera estará cerrada porque se arregla el puente de la entrada del pueblo. "
    text = aloud(known, about * 5 + "Será el 12 de marzo. Tenga paciencia.", "es", place="Zurite", number=NUMBER)
    assert "\n\nOtra vez: Será el doce de marzo.\n\n" in text


def test_a_long_notice_without_numbers_is_said_once(known: Knowledge) -> None:
    text = aloud(known, "a" * LONGEST_TWICE + " b", "es", place="Zurite", number=NUMBER)
    assert "Otra vez:" not in text
