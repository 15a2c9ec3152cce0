"""Show the units of a map as answers name them: level, code and name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from weakref import WeakKeyDictionary

from geo.codes import level_of
from geo.locate.county_map import CountyMap

# Some three hundred bytes each: all of a county, some of a country.
_MOST_SHOWN: Final = 65_536


class _Units(dict[str, dict[str, str]]):
    """Hold the units of a map as answers show them, made once; too many are let go."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Begin with none."""
        super().__init__()
        self._names = names

    def __missing__(self, code: str) -> dict[str, str]:
        """Show a unit for the first time."""
        if len(self) >= _MOST_SHOWN:
            self.clear()
        unit = {"level": level_of(code).value, "code": code, "name": self._names[code]}
        self[code] = unit
        return unit


_shown_units: WeakKeyDictionary[CountyMap, _Units] = WeakKeyDictionary()


def units_of(county: CountyMap) -> Mapping[str, dict[str, str]]:
    """Return the units of a map by their codes, each shown once; nobody may change one."""
    units = _shown_units.get(county)
    if units is None:
        units = _shown_units.setdefault(county, _Units(county.names))
    return units
