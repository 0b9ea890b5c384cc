"""The mobile number that somebody writes inside a message."""

from __future__ import annotations

import re

import phonenumbers

MOBILE = re.compile(r"(?<!\d)(?:\+?51[\s.-]?)?9(?:[\s.-]?\d){8}(?!\d)")
"""Nine digits from 9 on, in whatever groups, with or without the country's 51."""


def phone(text: str) -> str | None:
    """The first Peruvian mobile number of a text in E.164: `984 123 456` → +51984123456; None when it has none."""
    for match in MOBILE.finditer(text):
        number = phonenumbers.parse(match[0], "PE")
        if phonenumbers.is_valid_number(number) and number.country_code == 51:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
