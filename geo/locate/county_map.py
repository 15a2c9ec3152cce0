"""Hold one revision of the boundaries, with names, ready to answer.

Nothing here changes after construction: a new revision is a new ``CountyMap``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from shapely.geometry.base import BaseGeometry

from geo.codes import Level, level_of, lineage_of
from geo.locate.index import GridIndex

_MOST_PLACED = 65_536
_OFFICE_ENDINGS = (
    ("居民委员会", ""),
    ("村民委员会", "村"),
    ("居委会", ""),
    ("村委会", "村"),
)


def short_name(name: str) -> str:
    """Return a unit's name as people say it: without the ending of its committee."""
    for ending, kept in _OFFICE_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            stem = name.removesuffix(ending)
            return stem if stem.endswith(kept) else stem + kept
    return name


class CountyMap:
    """Hold the grids of one revision with the names of all levels above them.

    ``codes`` and ``geometries`` (CGCS2000 degrees, on the lattice) are the grids, or the units of
    any one level; ``names`` and ``kinds`` are by code, for all levels. ``root`` is the county, or
    None when the map holds several. Raises CoverageError as ``GridIndex`` does.
    """

    __slots__ = (
        "__weakref__",
        "_labels",
        "_placed",
        "_short",
        "index",
        "kinds",
        "level",
        "names",
        "revision",
        "root",
    )

    def __init__(
        self,
        *,
        revision: str,
        codes: Sequence[str],
        geometries: Sequence[BaseGeometry],
        names: Mapping[str, str],
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """Index the grids and copy the names, so that no later change reaches them."""
        self._fill(GridIndex(codes, geometries), revision, names, kinds)

    @classmethod
    def of_index(
        cls,
        index: GridIndex,
        *,
        revision: str,
        names: Mapping[str, str],
        kinds: Mapping[str, str] | None = None,
    ) -> CountyMap:
        """Return the map of an index that is there already: from a file, or changed."""
        fresh: CountyMap = object.__new__(cls)
        fresh._fill(index, revision, names, kinds)
        return fresh

    def _fill(
        self,
        index: GridIndex,
        revision: str,
        names: Mapping[str, str],
        kinds: Mapping[str, str] | None,
    ) -> None:
        self.revision = revision
        self.index = index
        self.level: Level = level_of(self.index.codes[0])
        self.names: Mapping[str, str] = MappingProxyType(dict(names))
        self.kinds: Mapping[str, str] = MappingProxyType(dict(kinds or {}))
        counties = {code[:6] for code in self.index.codes}
        self.root: str | None = counties.pop() if len(counties) == 1 else None
        self._labels: dict[str, str] = {}
        self._short: dict[str, str] = {}
        self._placed: dict[str, tuple[object, tuple[str, ...]]] = {}

    def changed(
        self,
        changes: Mapping[str, BaseGeometry | None],
        *,
        revision: str,
        names: Mapping[str, str],
        kinds: Mapping[str, str] | None = None,
    ) -> CountyMap:
        """Return the map of another revision: polygons replaced, added or (None) taken away.

        The same as a map made from all polygons of that revision, for the price of the changed.
        """
        index = self.index.changed(changes) if changes else self.index
        return CountyMap.of_index(index, revision=revision, names=names, kinds=kinds)

    def path(self, code: str) -> tuple[str, ...]:
        """Return the codes from the county down to ``code``."""
        return lineage_of(code)

    def grids_below(self, area_code: str) -> tuple[str, ...]:
        """Return the grids in an area of any level, or the grid itself, lowest code first."""
        codes = self.index.codes
        first = bisect_left(codes, area_code)
        # ":" follows "9": the first code that no longer starts with the area's digits.
        return codes[first : bisect_left(codes, area_code + ":")]

    def grids_of(
        self, key: str, place: object, find: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """Return in which grids a place lies, found once by ``find``: the map never changes.

        ``key`` names the place; another place of the same key is found anew.
        """
        known = self._placed.get(key)
        if known is not None and known[0] is place:
            return known[1]
        found = find()
        if len(self._placed) >= _MOST_PLACED:
            self._placed = {}
        self._placed[key] = place, found
        return found

    def name(self, code: str) -> str:
        """Return the short name of a unit, or its code when it has no name."""
        known = self._short.get(code)
        if known is None:
            if len(self._short) >= _MOST_PLACED:
                self._short = {}
            known = self._short[code] = short_name(self.names.get(code, code))
        return known

    def label(self, code: str) -> str:
        """Return a name that tells a unit apart inside the county: 萨拉齐镇振华社区第三网格.

        The county is left out except for itself, and a community that the grid's name repeats.
        """
        known = self._labels.get(code)
        if known is None:
            if len(self._labels) >= _MOST_PLACED:
                self._labels = {}
            known = self._labels[code] = self._label(code)
        return known

    def _label(self, code: str) -> str:
        parts: list[str] = []
        for unit in lineage_of(code)[1:] or (code,):
            name = self.name(unit)
            if parts and name.startswith(parts[-1]):
                parts[-1] = name
            else:
                parts.append(name)
        return "".join(parts)
