"""Read administrative codes: county 6, township 9, community 12, grid 15 digits.

The first twelve digits follow the statistical bureau's codes for urban and rural divisions; the
last three number the grids inside a community. Zero-filled 12-digit forms of county and township
(``150221000000``) are accepted as input and never produced.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from geo.errors import CodeError


class Level(StrEnum):
    """Name the four levels of a county, from the whole to the grid."""

    COUNTY = "county"
    TOWNSHIP = "township"
    COMMUNITY = "community"
    GRID = "grid"


LEVELS: tuple[Level, ...] = (Level.COUNTY, Level.TOWNSHIP, Level.COMMUNITY, Level.GRID)
_DIGITS: dict[Level, int] = {
    Level.COUNTY: 6,
    Level.TOWNSHIP: 9,
    Level.COMMUNITY: 12,
    Level.GRID: 15,
}
_LEVEL_BY_DIGITS: dict[int, Level] = {digits: level for level, digits in _DIGITS.items()}


def parse_code(text: str) -> str:
    """Return the unfilled code of ``text``; raise CodeError for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) not in _LEVEL_BY_DIGITS:
        raise CodeError("bad_code", "编码应为6、9、12或15位数字。", field="code")
    if len(text) == 12 and text.endswith("000"):
        return text[:6] if text.endswith("000000") else text[:9]
    return text


def level_of(code: str) -> Level:
    """Return the level of an unfilled code; raise CodeError for another length."""
    try:
        return _LEVEL_BY_DIGITS[len(code)]
    except KeyError:
        raise _wrong_length() from None


def _wrong_length() -> CodeError:
    return CodeError("bad_code", "编码应为6、9、12或15位数字。", field="code")


def code_at(code: str, level: Level) -> str:
    """Cut ``code`` to ``level``; the code must be of that level or below it."""
    if len(code) < _DIGITS[level]:
        raise CodeError("bad_code", "编码的级别高于所需级别。", field="code")
    return code[: _DIGITS[level]]


def parent_of(code: str) -> str | None:
    """Return the code one level up, or None for a county."""
    digits = _DIGITS[level_of(code)]
    return None if digits == 6 else code[: digits - 3]


@lru_cache(maxsize=65_536)
def lineage_of(code: str) -> tuple[str, ...]:
    """Return the codes from the county down to ``code`` itself."""
    digits = _DIGITS[level_of(code)]
    return tuple(code[:length] for length in _LEVEL_BY_DIGITS if length <= digits)


def is_within(code: str, area: str) -> bool:
    """Say whether ``code`` is ``area`` or lies below it."""
    return code.startswith(area)


def lowest_common_area(codes: Iterable[str]) -> str | None:
    """Return the lowest area that contains every code; None for no codes or two counties."""
    held = [*codes]
    if not {*map(len, held)} <= _LEVEL_BY_DIGITS.keys():
        raise _wrong_length()
    if not held:
        return None
    # What the first and the last in order share, all between them share.
    low, high = min(held), max(held)
    for digits in sorted(_LEVEL_BY_DIGITS, reverse=True):
        if len(low) >= digits and low[:digits] == high[:digits]:
            return low[:digits]
    return None
