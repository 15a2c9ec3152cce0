"""Say what lies inside a grid, so that a person can tell the candidates of a text apart.

A caller knows 锦绣花园 and 5号楼, nobody knows 第三网格. The places of the gazetteer are put into
the grids of the revision in question by their points, not by the grid that they lay in when they
were entered.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from weakref import WeakKeyDictionary

from geo.address.details import building_label
from geo.address.normalise import normalise_name
from geo.address.types import Place, PlaceKind
from geo.crs import metres_per_degree
from geo.locate.county_map import CountyMap
from geo.locate.types import Candidate

MOST_NAMED: Final = 3
_KINDS: Final = (PlaceKind.COMPOUND, PlaceKind.HAMLET, PlaceKind.POI, PlaceKind.LANE)
_GATE = re.compile(r"[东西南北正]门$|门口$")
_LONGEST_STREET_M: Final = 4_000.0
"""Above this radius a road bends too much for one side of it to have a name."""
_ON_THE_ROAD: Final = 0.15
_MOST_TOLD: Final = 1024
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class _Held:
    """Hold the places in a grid, and their names, the best known first."""

    places: list[Place]
    names: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """Hold what lies in the grids of one map, found once: by community, and by compound."""

    held: dict[str, dict[str, _Held]] = field(default_factory=dict)
    numbered: dict[str, dict[str, str]] = field(default_factory=dict)
    told: dict[tuple[str, object], tuple[Place, tuple[Candidate, ...]]] = field(
        default_factory=dict
    )


class Landmarks:
    """Hold the places by their community, and the numbered buildings by their compound."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        """Sort the places of a gazetteer; linear in their number, does not copy them."""
        self._by_community: dict[str, list[Place]] = defaultdict(list)
        self._buildings: dict[str, list[tuple[str, Place]]] = defaultdict(list)
        self._labelled: dict[str, list[Place]] = defaultdict(list)
        self._compounds: dict[str, str] = {}
        # Of a map that nobody needs any more nothing is kept: an index is large.
        self._found: WeakKeyDictionary[CountyMap, _Found] = WeakKeyDictionary()
        for place in places:
            if place.kind is PlaceKind.BUILDING and place.parent_id:
                label = building_label(normalise_name(place.name))
                if label:
                    self._buildings[place.parent_id].append((label, place))
                    self._labelled[label].append(place)
            elif _is_known(place):
                if place.kind is PlaceKind.COMPOUND:
                    self._compounds[place.id] = place.name
                self._by_community[place.area_code[:12]].append(place)

    def inside(self, county: CountyMap, codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the names of the best known places in each grid: compounds before shops."""
        communities = {code[:12]: None for code in codes}
        held = [self._held_in(county, community) for community in communities]
        found: dict[str, tuple[str, ...]] = {}
        for code in codes:
            # A place may lie in a grid of the community next to its own.
            inside = [one[code] for one in held if code in one]
            if len(inside) == 1:
                found[code] = inside[0].names
            else:
                found[code] = _names_of(place for one in inside for place in one.places)
        return found

    def _held_in(self, county: CountyMap, community: str) -> dict[str, _Held]:
        """Return the places of a community by the grids in which they lie."""
        places = self._by_community.get(community)
        if not places:
            return {}
        found = self._found_in(county)
        known = found.held.get(community)
        if known is None:
            owners = county.index.owners([p.lon for p in places], [p.lat for p in places])
            by_grid: dict[str, list[Place]] = defaultdict(list)
            for place, owner in zip(places, owners.tolist(), strict=True):
                if owner is not None:
                    by_grid[owner].append(place)
            known = {code: _Held(inside, _names_of(inside)) for code, inside in by_grid.items()}
            found.held[community] = known
        return known

    def _found_in(self, county: CountyMap) -> _Found:
        found = self._found.get(county)
        return found if found is not None else self._found.setdefault(county, _Found())

    def buildings_of(
        self, county: CountyMap, compound: Place, codes: Sequence[str]
    ) -> dict[str, str]:
        """Return which numbered buildings of a compound lie in each grid: 1—4号楼、7号楼."""
        numbers = self._numbers_of(county, compound.id)
        return {code: numbers[code] for code in numbers if code in codes}

    def _numbers_of(self, county: CountyMap, compound: str) -> dict[str, str]:
        buildings = self._buildings.get(compound)
        if not buildings:
            return {}
        found = self._found_in(county)
        known = found.numbered.get(compound)
        if known is not None:
            return known
        held: dict[str, list[str]] = defaultdict(list)
        for label, place in buildings:
            owner = county.index.owner(lon=place.lon, lat=place.lat)
            if owner is not None:
                held[owner].append(label)
        numbers = {code: _ranges(labels) for code, labels in held.items()}
        found.numbered[compound] = numbers
        return numbers

    def told(
        self,
        county: CountyMap,
        place: Place,
        asked: object,
        tell: Callable[[], tuple[Candidate, ...]],
    ) -> tuple[Candidate, ...]:
        """Return how the grids of a place are told apart, told once by ``tell``.

        ``asked`` says which grids. Another place of the same id is told anew.
        """
        found = self._found_in(county)
        known = found.told.get((place.id, asked))
        if known is not None and known[0] is place:
            return known[1]
        told = tell()
        if len(found.told) >= _MOST_TOLD:
            found.told = {}
        found.told[place.id, asked] = place, told
        return told

    def building_near(self, label: str, *, lon: float, lat: float, within_m: float) -> Place | None:
        """Return the only building of this number near a point in CGCS2000, by its full name.

        None when there is none, or several: 6号楼 of two compounds side by side.
        """
        per_lon, per_lat = metres_per_degree(lat)
        near = [
            place
            for place in self._labelled.get(label, ())
            if math.hypot((place.lon - lon) * per_lon, (place.lat - lat) * per_lat) <= within_m
        ]
        if len(near) != 1:
            return None
        compound = self._compounds.get(near[0].parent_id or "", "")
        named = near[0].name.startswith(compound)
        return near[0] if named else replace(near[0], name=compound + near[0].name)


def _names_of(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_said(place) for place in sorted(places, key=_best_first)))


def _is_known(place: Place) -> bool:
    """Say whether people find their way by a place: not by the south gate of a compound."""
    below = place.kind in _KINDS and len(place.area_code) >= 12
    return below and _GATE.search(place.name) is None


def _said(place: Place) -> str:
    """Return the name; of a group of a village the name that people give it, too."""
    own = (*place.aliases, *(alias.name for alias in place.local_aliases))
    return f"{place.name}（{own[0]}）" if own and place.kind is PlaceKind.HAMLET else place.name


def _best_first(place: Place) -> tuple[int, float, str]:
    return _KINDS.index(place.kind), -place.radius_m, place.id


def _ranges(labels: Iterable[str]) -> str:
    """Return numbers in a row as 1—4号楼, single ones and letters by themselves."""
    numbers = sorted({int(label) for label in labels if _NUMBER.fullmatch(label)})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs]
    told += sorted({label.upper() for label in labels if not _NUMBER.fullmatch(label)})
    return "、".join(told) + "号楼" if told else ""


def road_sides(county: CountyMap, road: Place, codes: Sequence[str]) -> dict[str, str]:
    """Return on which side of a street each grid lies: 路北, 路南; nothing for one on it.

    The street is taken as the line through its point in the direction in which its grids are
    spread the most: true for a street of a town, not for a national road.
    """
    if road.radius_m > _LONGEST_STREET_M or len(codes) < 2:
        return {}
    per_lon, per_lat = metres_per_degree(road.lat)
    middles: dict[str, tuple[float, float]] = {}
    for code in codes:
        west, south, east, north = county.index.box(code)
        middles[code] = (
            ((west + east) / 2 - road.lon) * per_lon,
            ((south + north) / 2 - road.lat) * per_lat,
        )
    east_m, north_m = _axis(list(middles.values()))
    spread = max(math.hypot(x, y) for x, y in middles.values())
    sides: dict[str, str] = {}
    for code, (x, y) in middles.items():
        off = east_m * y - north_m * x
        if abs(off) > _ON_THE_ROAD * spread:
            along_east = abs(east_m) >= abs(north_m)
            names = ("北", "南") if along_east else ("东", "西")
            first = (off > 0) == (east_m > 0 if along_east else north_m < 0)
            sides[code] = "路" + names[0 if first else 1]
    return sides


def _axis(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the direction of length one in which points are spread the most."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    xx = sum((x - mean_x) ** 2 for x in xs)
    yy = sum((y - mean_y) ** 2 for y in ys)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    return math.cos(angle), math.sin(angle)
