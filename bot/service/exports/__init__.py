"""What leaves the house as a file: reports of the Mesas, appointments without names, works, and published months."""

from bot.service.exports.files import filters, made, to_file
from bot.service.exports.spreadsheets import FORMS, MEDIA_TYPES, Form, Table, form_of, written
from bot.service.exports.tables import Wish, months

__all__ = [
    "FORMS",
    "MEDIA_TYPES",
    "Form",
    "Table",
    "Wish",
    "filters",
    "form_of",
    "made",
    "months",
    "to_file",
    "written",
]
