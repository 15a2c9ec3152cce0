"""Write a text in toneless syllables, one sign for each character, so that offsets hold.

Speakers of the north-west mix in and ing, en and eng, and dictation mixes z and zh: these are one
syllable here. A character that is no Chinese one stands for itself.
"""

from __future__ import annotations

from functools import lru_cache

_FIRST_SIGN = 0xE000  # the private area of Unicode: no text has its characters
_LAST_SIGN = 0xF8FF
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_signs: dict[str, str] = {}


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    # Imported when first needed: reading its table takes longer than most commands.
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


@lru_cache(maxsize=65_536)
def syllable(char: str) -> str:
    """Return the commonest reading without its tone, or an empty string for no Chinese one."""
    from pypinyin import Style
    from pypinyin.style import convert

    code = ord(char)
    readings = _readings().get(code, "") if code > 0x2FFF else ""
    first = readings.split(",", 1)[0]
    return convert(first, Style.NORMAL, strict=False) if first else ""


def _heard(char: str) -> str:
    heard = syllable(char)
    for written, spoken in _MERGED:
        if heard.startswith(written):
            heard = spoken + heard[len(written) :]
    return heard[:-1] if heard.endswith(("ing", "eng")) else heard


class _Signs(dict[int, str]):
    """Translate characters into signs of their syllables, made when first seen."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        heard = _heard(char)
        sign = char
        if heard and _FIRST_SIGN + len(_signs) <= _LAST_SIGN:
            sign = _signs.setdefault(heard, chr(_FIRST_SIGN + len(_signs)))
        self[code] = sign
        return sign


_SIGNS = _Signs()


def sound(folded: str) -> str:
    """Return the signs of the syllables of a folded text, as long as the text."""
    return folded.translate(_SIGNS)


def alike(typed: str, name: str) -> bool:
    """Say whether two characters are pronounced alike."""
    return sound(typed) == sound(name)
