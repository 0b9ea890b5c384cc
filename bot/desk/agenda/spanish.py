"""What is wrong with a file, as the desk says it: the terminal's sentences in Spanish."""

from __future__ import annotations

import re

from bot.desk.pages import gettext as _

_NAMES = {
    "district": _("distrito"),
    "district (leave it empty outside the province)": _("distrito (fuera de la provincia, déjelo vacío)"),
    "comunidad": _("comunidad"),
    "fund": _("fondo"),
    "topic of works": _("tema de obras"),
    "specialty": _("especialidad"),
    "product": _("producto"),
}

SENTENCES = {
    r"is empty\.": _("Está vacío."),
    r"is empty; year and amount belong together\.": _("Está vacío: el año y el monto van juntos."),
    r"has (.+) letters, at most (.+) fit\.": _("Tiene {0} letras y caben {1}."),
    r"'(.*)' must be lower case letters without accents, digits and _(?:, such as (.+))?\.": _(
        "«{0}» debe llevar solo minúsculas sin tilde, cifras y _. {1}"
    ),
    r"there is no (.+?) '(.*)'; there are (.+)\.": _("No hay {0} «{1}». Hay: {2}."),
    r"'(.*)' is not a year such as 2008\.": _("«{0}» no es un año como 2008."),
    r"'(.*)' is not an amount in whole soles such as 1493413\.": _("«{0}» no son soles enteros como 1493413."),
    r"'(.*)' is not a whole number from 0 to (\d+)\.": _("«{0}» no es un número de 0 a {1}."),
    r"'(.*)' is no day of the calendar\.": _("«{0}» no existe en el calendario."),
    r"'(.*)' is not a day such as .*": _("«{0}» no es una fecha como 12/03/2027."),
    r"'(.*)' is not an hour such as 08:00\.": _("«{0}» no es una hora como 08:00."),
    r"'(.*)' is not a Peruvian mobile number such as 984000111\.": _("«{0}» no es un celular del Perú como 984000111."),
    r"'(.*)' is not a language; write es or quz\.": _("«{0}» no es un idioma: escriba es o quz."),
    r"(\d\d:\d\d) is not after (\d\d:\d\d)\.": _("{0} no es después de {1}."),
    r"'(.*)' is the key of a district; write (\S+) or the like\.": _("«{0}» es un distrito: escriba {1} u otra clave."),
    r"'(.*)': an earlier row has this key with another .*": _(
        "«{0}»: otra fila de arriba tiene esta clave con otro nombre, tema, distrito, estado o fuente."
    ),
    r"'(.*)': an earlier row has this key and year already\.": _("«{0}»: otra fila de arriba ya tiene ese año."),
    r"'(.*)': this key stands in an earlier row already\.": _("«{0}»: otra fila de arriba ya tiene esta clave."),
    r"no day is given; .*": _("Faltan los días: por ejemplo, domingo o primer domingo del mes."),
    r"'(.*)' is not a day of the week; .*": _("«{0}» no es un día de la semana. Escriba, por ejemplo, martes;viernes."),
    r"(?:this rule|FREQ|INTERVAL|\w+ is not understood in a rule|a (?:weekly|monthly|yearly)).*": _(
        "La regla no se entiende. Escriba los días con palabras: por ejemplo, primer domingo del mes."
    ),
    r"has more cells than the (\d+) columns; .*": _(
        "Tiene más celdas que las {0} columnas: ponga comillas a los textos."
    ),
    r"holds a character that is not text\.": _("Lleva un signo que no es texto."),
    r"there are no rows under the header\.": _("No hay filas debajo del encabezado."),
    r"this column is missing; .*": _("Falta esta columna."),
    r"unknown column; .*": _("Esta columna sobra."),
    r"this column stands twice\.": _("Esta columna está dos veces."),
    r"(?:'(.*)' )?(\S+): (\d+) people have an appointment, and this leaves (\d+) places; .*": _(
        "{1}: {2} personas tienen cita y así quedan {3} lugares. Decida primero por ellas en Citas."
    ),
    r".* has more than ([\d,]+) rows; split it\.": _("Tiene más de {0} filas: divídalo."),
    r".* cannot be read as an Excel file .*": _("No se puede leer como archivo de Excel (.xlsx)."),
    r".* cannot be read as CSV: .*": _("No se puede leer como CSV."),
    r".* is neither \.xlsx nor CSV .*": _("No es .xlsx ni CSV: guárdelo otra vez como uno de los dos."),
}
"""Each sentence of an import, as a pattern, with what the desk says for it."""


def in_spanish(sentence: str) -> str:
    """The sentence of an import as the desk says it; as it is where it has no words of ours."""
    for pattern, said in SENTENCES.items():
        found = re.fullmatch(pattern, sentence, re.DOTALL)
        if found:
            return said.format(*(_NAMES.get(part or "", part or "") for part in found.groups())).strip()
    return sentence
