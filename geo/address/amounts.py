"""Read a distance as people say it: 200米, 二百来米, 二里地 (1,000 m), 一里半, 1.5公里.

里 is the market unit of 500 metres, 华里 likewise; 公里 and 千米 are kilometres. What a speaker
rounds (来, 多, 几, 左右, a distance in 里) leaves a wider spread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LI_M: Final = 500.0
LONGEST_M: Final = 20_000.0
"""A longer distance is a journey, not an offset from a place."""

_FIGURES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS_M = {
    "米": 1.0, "m": 1.0, "公里": 1_000.0, "千米": 1_000.0, "km": 1_000.0,
    "里": LI_M, "里地": LI_M, "里路": LI_M, "华里": LI_M,
}  # fmt: skip
_NUMBER = r"[0-9]{1,5}(?:\.[0-9]{1,3})?|[〇零一二两三四五六七八九十百千半几]{1,8}"
# A point of 1.5 is folded to the separator; 里 before 面, 头 … is no unit.
_AMOUNT = re.compile(
    rf"(?P<about>约|大约|大概|差不多|不到)?(?P<number>[0-9]{{1,5}}\|[0-9](?=公里|千米|km|里)|{_NUMBER})"
    r"(?P<more>多|来|余|几)?(?P<unit>公里|千米|km(?![a-z])|米|m(?![a-z0-9])"
    r"|华里|里(?:地|路)|里(?![面头边屋院外弄子]))(?P<half>半)?(?:路)?(?P<some>多|左右|上下|来远|远|的?地方|处)?"
)
_ROUNDED: Final = 0.1
_VAGUE: Final = 0.2
_SOME: Final = 0.6


@dataclass(frozen=True, slots=True)
class Amount:
    """Hold a distance in metres and how far off the speaker may be; ``end`` is behind it."""

    metres: float
    spread_m: float
    end: int


def amount_at(text: str, start: int) -> Amount | None:
    """Return the distance written at ``start`` of a folded text, or None for none."""
    found = _AMOUNT.match(text, start)
    if found is None:
        return None
    value = _value(found["number"].replace("|", "."))
    if value is None:
        return None
    unit_m = _UNITS_M[found["unit"]]
    metres = (value + (0.5 if found["half"] else 0.0)) * unit_m
    if not 0.0 < metres <= LONGEST_M:
        return None
    vague = found["more"] or found["about"] or found["some"] in ("多", "左右", "上下", "来远")
    part = _VAGUE if vague or unit_m == LI_M else _ROUNDED
    if found["number"].startswith("几"):
        part = _SOME  # 几百米 is anything from 200 to 800
    return Amount(metres, metres * part, found.end())


def _value(number: str) -> float | None:
    """Return the value of a figure in either script (三四百 is 350, 几十 is 50), or None."""
    try:
        return float(number)
    except ValueError:
        return _spoken(number)


def _spoken(number: str) -> float | None:
    total, figures = 0.0, list[float]()
    for char in number:
        unit = {"十": 10, "百": 100, "千": 1_000}.get(char)
        if unit:
            total += unit * (_mean(figures) if figures else 1.0)
            figures = []
        elif char == "半":
            figures.append(0.5)
        elif char == "几":
            figures.append(5.0)
        else:
            figures.append(_FIGURES[char])
    if len(figures) > 2:
        return None
    return total + (_mean(figures) if figures else 0.0) * _last_unit(number)


def _mean(figures: list[float]) -> float:
    """Return the middle of 三四 (3.5)."""
    return sum(figures) / len(figures)


def _last_unit(number: str) -> float:
    """Return the unit that a speaker leaves out: 二百五 is 250, 一千二 is 1,200."""
    before = number[:-1]
    if number[-1] in "十百千" or not before:
        return 1.0
    return {"百": 10.0, "千": 100.0}.get(before[-1], 1.0)
