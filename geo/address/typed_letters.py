"""Read what is typed as pinyin, initials or a mix with characters: ``houtan``, ``ht``, ``后t``.

A name in cells is one cell for each character: its toneless syllable with a capital (后炭 is
``HouTan``), so that a letter typed either goes on in a syllable or begins the next one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from geo.address.syllables import syllable

LETTERS = re.compile(r"[a-z]")
# How characters are read in names of places besides their commonest reading.
_ALSO_READ = str.maketrans("藏朝行盖卜召堡解", "葬招杭格博绍普谢")
_UNREAD = "?"
_MOST_LETTERS = 24


class _Cells(dict[int, str]):
    """Translate a character into its cell, made when first seen."""

    def __init__(self, *, with_character: bool) -> None:
        super().__init__()
        self._with_character = with_character

    def __missing__(self, code: int) -> str:
        char = chr(code)
        read = char.upper() if char.isascii() and char.isalpha() else syllable(char).capitalize()
        if char.isascii() and char.isdigit():
            cell = char
        else:
            cell = (char if self._with_character else "") + (read if read.isascii() else _UNREAD)
        cell = cell or _UNREAD
        self[code] = cell
        return cell


_CELLS = _Cells(with_character=False)
_BOTH = _Cells(with_character=True)


def cells(form: str) -> str:
    """Return the syllables of a folded name, each with a capital."""
    return form.translate(_CELLS)


def readings(form: str) -> tuple[str, ...]:
    """Return the cells of a folded name in every way it is read."""
    return tuple(dict.fromkeys((cells(form), cells(form.translate(_ALSO_READ)))))


def both(form: str) -> str:
    """Return the characters of a folded name, each with its syllable behind it."""
    return form.translate(_BOTH)


def letters_pattern(typed: str) -> str | None:
    """Return what finds ``typed`` (letters and digits) in cells; None for too much or else."""
    if not typed.isascii() or not typed.isalnum() or len(typed) > _MOST_LETTERS:
        return None
    return _pattern(typed, mixed=False)


def mixed_pattern(typed: str) -> re.Pattern[str] | None:
    """Return what finds characters and letters in ``both``; None for too many."""
    return re.compile(_pattern(typed, mixed=True)) if len(typed) <= _MOST_LETTERS else None


@lru_cache(maxsize=512)
def _pattern(typed: str, *, mixed: bool) -> str:
    before = "." if mixed else ""
    parts: list[str] = []
    for place, char in enumerate(typed):
        if char.isascii() and char.isalpha():
            begins = f"{before}{char.upper()}"
            parts.append(f"(?:{char}|[a-z]*+{begins})" if place else begins)
        else:
            behind = "" if char.isascii() else "[A-Z?]"
            parts.append(("[a-z]*+" if place else "") + re.escape(char) + behind)
    return "".join(parts)


def heard_pattern(typed: str) -> str:
    """Return what finds the whole syllables of typed characters in cells."""
    return re.escape(cells(typed)) + "(?![a-z])"
