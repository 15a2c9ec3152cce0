"""Bring phone numbers to one form, so that the same number is found however it was written."""

from __future__ import annotations

import re
import unicodedata

_NOT_A_DIGIT = re.compile(r"[^0-9]")
_WITH_COUNTRY = re.compile(r"^(?:00)?86(1[0-9]{10}|0[0-9]{9,11}|[2-9][0-9]{8,10})$")
# What is shorter is an extension or a slip: it would find strangers.
LEAST_DIGITS = 5


def phone_digits(phone: str | None) -> str | None:
    """Return the digits by which a number is known, None when there are too few of them.

    Full-width digits, blanks, dashes and brackets do not matter, nor does 86 before a Chinese
    number, after which a city's code is written without its zero.
    """
    if phone is None:
        return None
    digits = _NOT_A_DIGIT.sub("", unicodedata.normalize("NFKC", phone))
    abroad = _WITH_COUNTRY.match(digits)
    if abroad is not None:
        digits = abroad[1] if abroad[1][0] in "01" else f"0{abroad[1]}"
    return digits if len(digits) >= LEAST_DIGITS else None
