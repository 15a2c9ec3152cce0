"""Read the official table of units and derive the short names that people use."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from geo.codes import parse_code

_DIGITS = "零一二三四五六七八九"
_ENDINGS = (
    ("居民委员会", ""), ("居委会", ""), ("村民委员会", "村"), ("村委会", "村"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold one official unit: unfilled code, official name, kind of the table."""

    code: str
    name: str
    level: str
    kind: str

    @property
    def short_name(self) -> str:
        """Return the name without the word for its committee, 社区 and 村 kept."""
        for ending, rest in _ENDINGS:
            if self.name.endswith(ending):
                stem = self.name.removesuffix(ending)
                return stem.removesuffix(rest) + rest
        return self.name

    @property
    def is_urban(self) -> bool:
        """Say whether its grids are community grids: residents' committees and special units."""
        return self.level == "community" and self.kind != "villagers_committee"


def read_units(path: Path) -> list[Unit]:
    """Read the table of official units in the order of the file, codes unfilled."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Unit(parse_code(row["code12"]), row["name"], row["level"], row["kind"])
            for row in csv.DictReader(lines)
        ]


def ordinal(number: int) -> str:
    """Return the Chinese numeral of 1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")
