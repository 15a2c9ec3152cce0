"""Write a text in toneless syllables, one sign for each character, so that offsets hold.

Speakers of the north-west mix in and ing, en and eng, and dictation mixes z and zh: these are one
syllable here. A character that is no Chinese one stands for itself.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

_FIRST_SIGN = 0xE000  # the private area of Unicode: no text has its characters
_LAST_SIGN = 0xF8FF
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
# The signs that stand above vowels for the four tones; the two dots of ü are none of them.
_TONES: Final = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))
_signs: dict[str, str] = {}


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    """Return pypinyin's readings by character.

    Its module alone is read: with the package would come a table of phrases that nobody asks for,
    longer than all the rest of a command and 40 MB in each process.
    """
    package = find_spec("pypinyin")
    assert package is not None
    assert package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "pinyin_dict.py"
    alone = spec_from_file_location("pypinyin_readings_alone", file)
    assert alone is not None
    assert alone.loader is not None
    module = module_from_spec(alone)
    alone.loader.exec_module(module)
    readings: dict[int, str] = module.pinyin_dict
    return readings


@lru_cache(maxsize=65_536)
def syllable(char: str) -> str:
    """Return the commonest reading without its tone, or an empty string for no Chinese one."""
    code = ord(char)
    readings = _readings().get(code, "") if code > 0x2FFF else ""
    first = readings.split(",", 1)[0]
    plain = unicodedata.normalize("NFD", first).translate(_TONES)
    return unicodedata.normalize("NFC", plain).replace("ü", "v")


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
