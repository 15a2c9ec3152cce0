"""Fold spellings that mean one name: 窑/尧, 仑/伦, 圪旦/疙旦; and write a number in every way.

``vary`` changes one character into one, so that offsets hold. It is meant for looking names up,
never for reading on: 卜 and 布 are one only inside a Mongolian name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from geo.address.details import read_number

# Each group is one sound of a local word or of a transliterated Mongolian one; the first stands
# for all. Directions, sizes, numbers and surnames are in none of them.
_GROUPS = (
    "尧窑", "伦仑沦", "圪疙纥", "旦蛋", "卜布", "壕濠", "岱代", "素苏", "犋具俱", "湾弯", "袄敖",
    "召昭",
)  # fmt: skip
_TABLE = {ord(char): group[0] for group in _GROUPS for char in group[1:]}
_VARIED = re.compile(f"[{''.join(map(chr, _TABLE))}]")
_NUMERALS = frozenset("一二三四五六七八九十百廿0123456789")
_NUMERAL = re.compile(r"[一二三四五六七八九十百廿]{1,4}|[0-9]{1,4}")
_FIGURES = "零一二三四五六七八九"
_LARGEST = 999


def vary(folded: str) -> str:
    """Return a folded text of the same length in which variants of one name are one."""
    return folded.translate(_TABLE) if _VARIED.search(folded) else folded


def other_numerals(name: str) -> Iterator[str]:
    """Yield a folded name with its number written otherwise: 廿四顷地, 二十四顷地, 24顷地."""
    if _NUMERALS.isdisjoint(name):
        return
    for found in _NUMERAL.finditer(name):
        value = read_number(found[0])
        if value is None or not 0 < value <= _LARGEST:
            continue
        written = {str(value), spelled(value), spelled(value).replace("二十", "廿")}
        for number in sorted(written - {found[0]}):
            yield name[: found.start()] + number + name[found.end() :]


def spelled(value: int) -> str:
    """Return a number below 1,000 in Chinese figures."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_FIGURES[hundreds]}百" if hundreds else ""
    if hundreds and 0 < rest < 10:
        words += "零"
    if tens:
        words += ("" if tens == 1 and not hundreds else _FIGURES[tens]) + "十"
    return words + (_FIGURES[ones] if ones else "")
