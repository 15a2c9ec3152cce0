"""Fold an address text into one spelling and remember where each character came from.

Full-width forms become half-width (Unicode NFKC, one character at a time so that offsets hold),
traditional characters become simplified ones, letters become small, spaces and invisible
characters vanish, every other mark becomes one separator. A separator is never part of a name, so
no name is read across a comma. Nothing that carries meaning is dropped: directions, sizes and
numbers stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from opencc import OpenCC

SEPARATOR = "|"
_TWO_SEPARATORS = SEPARATOR * 2
NUMERALS = frozenset("〇零一二三四五六七八九十百廿")
# Marks that people put around or inside a name without ending it.
_TRANSPARENT = frozenset("·•‧・“”‘’\"'《》「」『』")
_SPACE = " "
# Spellings of one Mongolian word (kureen, an enclosure) in village names; equal in length, so
# that offsets stay right.
_VARIANTS: tuple[tuple[str, str], ...] = (("圐圙", "库伦"), ("库仑", "库伦"))
_VARIANT_SIGN = re.compile("[圙仑]")  # one of them is in each variant


class Normalised(NamedTuple):
    """Hold the folded text and, for each of its characters, the offset in the original."""

    original: str
    text: str
    offsets: tuple[int, ...]

    def words(self, start: int, end: int, *, limit: int = 40) -> str:
        """Return the original words behind ``text[start:end]``, printable characters only."""
        if start >= end:
            return ""
        raw = self.original[self.offsets[start] : self.offsets[end - 1] + 1]
        if raw.isprintable():
            return raw[:limit].strip()
        return "".join(char for char in raw if char.isprintable())[:limit].strip()


@lru_cache(maxsize=65_536)
def _fold(char: str) -> str:
    """Return what one character becomes: nothing, a space, a separator, or folded characters."""
    if char in _TRANSPARENT:
        return ""
    if unicodedata.category(char) == "No":
        # ① or ² beside a digit must not make another number of it.
        return (
            SEPARATOR + "".join(map(_fold_plain, unicodedata.normalize("NFKC", char))) + SEPARATOR
        )
    return "".join(map(_fold_plain, unicodedata.normalize("NFKC", char)))


def _fold_plain(char: str) -> str:
    """Fold a character that is already in compatibility form."""
    category = unicodedata.category(char)
    if char == "#":
        return char
    if category in {"Cf", "Mn", "Me", "Mc"}:
        return ""
    if category == "Zs":
        return _SPACE
    if char.isascii():
        return char.lower() if char.isalnum() else SEPARATOR
    return _converter().convert(char).lower() if char.isalnum() else SEPARATOR


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _counts(char: str) -> bool:
    return char in NUMERALS or (char.isascii() and char.isalnum())


class _Singles(dict[int, str]):
    """Translate characters that become just one and no space; ``_OTHER`` stands for the others."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        single = folded if len(folded) == 1 and folded != _SPACE else _OTHER
        if len(self) < _MOST_SINGLES:
            self[code] = single
        return single


_MOST_SINGLES = 65_536
_OFFSETS: Final = tuple(range(256))
_OTHER = "\0"  # no folded text has it: a control character becomes a separator
_singles = _Singles()


def normalise(text: str) -> Normalised:
    """Return the folded text with offsets; linear in its length, raises for no ``str``."""
    folded = text.translate(_singles)
    if _OTHER in folded or _TWO_SEPARATORS in folded:
        return _normalised(text)
    long = len(text)
    # Each stays where it is: nearly all texts are short, and share these numbers.
    offsets = _OFFSETS[:long] if long <= len(_OFFSETS) else tuple(range(long))
    return Normalised(text, _usual(folded), offsets)


def _normalised(text: str) -> Normalised:
    """Return the same, of characters that vanish, become several, or stand beside spaces."""
    chars: list[str] = []
    offsets: list[int] = []
    space_at = -1
    for index, source in enumerate(text):
        for char in _fold(source):
            if char == _SPACE:
                space_at = index
                continue
            if space_at >= 0 and chars and _counts(chars[-1]) and _counts(char):
                # "3 5号楼" is two numbers, never 35.
                chars.append(SEPARATOR)
                offsets.append(space_at)
            space_at = -1
            if char == SEPARATOR and chars and chars[-1] == SEPARATOR:
                continue
            chars.append(char)
            offsets.append(index)
    return Normalised(text, _usual("".join(chars)), tuple(offsets))


def _usual(folded: str) -> str:
    if _VARIANT_SIGN.search(folded):
        for variant, usual in _VARIANTS:
            folded = folded.replace(variant, usual)
    return folded


def normalise_name(name: str) -> str:
    """Return the folded spelling of a gazetteer name, without separators."""
    return _usual("".join(map(_fold, name)).replace(_SPACE, "").replace(SEPARATOR, ""))
