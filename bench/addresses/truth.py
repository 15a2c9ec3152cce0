"""Know the county without the matcher: where a place lies, and which grids its disc touches.

Labels are made from this. It shares no code with what it judges: shapes, points and names are
read from the files, areas of discs are measured in a plane of its own.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bench.county import FOLDER, read_county
from geo.address.places_file import read_places_csv
from geo.address.types import Place, PlaceKind

WINDS = {
    "东": (1.0, 0.0), "西": (-1.0, 0.0), "北": (0.0, 1.0), "南": (0.0, -1.0),
    "东北": (1.0, 1.0), "西北": (-1.0, 1.0), "东南": (1.0, -1.0), "西南": (-1.0, -1.0),
}  # fmt: skip
_EARTH_M = 6_371_000.0
# A disc lies in one grid when this much of it does, at the size that a generous reader gives it.
_SURE = 0.97
_SPLIT = 0.85
_SLIVER = 0.02


@dataclass(frozen=True, slots=True)
class Spread:
    """Hold the grids that a disc touches (share by code), at a narrow and at a generous radius."""

    owner: str
    narrow: Mapping[str, float]
    generous: Mapping[str, float]

    @property
    def sure(self) -> str | None:
        """Return the only grid that is meant, however wide the disc is taken."""
        return self.owner if self.generous.get(self.owner, 0.0) >= _SURE else None

    @property
    def split(self) -> bool:
        """Say whether several grids are meant, however narrow the disc is taken."""
        return self.narrow.get(self.owner, 0.0) < _SPLIT

    @property
    def touched(self) -> tuple[str, ...]:
        """Return every grid that the generous disc touches with more than a sliver."""
        return tuple(sorted(code for code, share in self.generous.items() if share > _SLIVER))

    @property
    def close(self) -> tuple[str, ...]:
        """Return every grid that the narrow disc touches with more than a sliver."""
        return tuple(sorted(code for code, share in self.narrow.items() if share > _SLIVER))


class Truth:
    """Hold the places by name and the grids by shape of one county."""

    def __init__(
        self,
        places: Iterable[Place],
        grids: Mapping[str, BaseGeometry],
        lines: Mapping[str, BaseGeometry],
    ) -> None:
        """Index places and grids; ``lines`` are the roads by name, in degrees."""
        self.places = {place.id: place for place in places}
        self.lines = lines
        self._codes = sorted(grids)
        self._tree = shapely.STRtree([grids[code] for code in self._codes])
        self._shapes = grids
        self._named: dict[tuple[PlaceKind, str], list[Place]] = defaultdict(list)
        self._children: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in self.places.values():
            self._named[place.kind, place.name].append(place)
            if place.parent_id:
                self._children[place.parent_id][place.name] = place

    def grids_of(self, area: str) -> tuple[str, ...]:
        """Return the codes of the grids in an area."""
        return tuple(code for code in self._codes if code.startswith(area))

    def named(self, kind: PlaceKind, name: str) -> list[Place]:
        """Return all places of a kind with a name; ``name@area`` those in an area of that name."""
        name, _, scope = name.partition("@")
        found = self._named.get((kind, name), [])
        return [p for p in found if p.area_code.startswith(self.area(scope))] if scope else found

    def one(self, kind: PlaceKind, name: str) -> Place:
        """Return the only place of a kind with a name; raise ValueError for none or several."""
        found = self.named(kind, name)
        if len(found) != 1:
            raise ValueError(f"{len(found)} places are called {name} ({kind.value})")
        return found[0]

    def child(self, parent: Place, name: str) -> Place:
        """Return the building, group or post of a name below a place; raise ValueError for none."""
        place = self._children[parent.id].get(name)
        if place is None:
            raise ValueError(f"{parent.name} has no {name}")
        return place

    def area(self, name: str) -> str:
        """Return the code of a township, or of a community (海子乡/磴口村 where names repeat)."""
        township, _, community = name.rpartition("/")
        if not township:
            towns = self._named.get((PlaceKind.TOWNSHIP, name), [])
            found = [*towns, *self._named.get((PlaceKind.COMMUNITY, name), [])]
        else:
            above = self.one(PlaceKind.TOWNSHIP, township).area_code
            found = [
                place
                for place in self._named.get((PlaceKind.COMMUNITY, community), [])
                if place.area_code.startswith(above)
            ]
        if len(found) != 1:
            raise ValueError(f"{len(found)} areas are called {name}")
        return found[0].area_code

    def owner(self, lon: float, lat: float) -> str:
        """Return the grid at a point, the lowest code on a border; raise ValueError outside."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        if not len(hits):
            raise ValueError(f"outside the county: {lon}, {lat}")
        return self._codes[int(min(hits))]

    def spread(self, lon: float, lat: float, narrow_m: float, generous_m: float) -> Spread:
        """Return the grids around a point at two radii."""
        return Spread(
            self.owner(lon, lat),
            self._shares(lon, lat, narrow_m),
            self._shares(lon, lat, generous_m),
        )

    def _shares(self, lon: float, lat: float, radius_m: float) -> dict[str, float]:
        disc = _disc(lon, lat, radius_m)
        hits = self._tree.query(disc, predicate="intersects")
        codes = [self._codes[int(hit)] for hit in hits]
        parts = [shapely.area(shapely.intersection(self._shapes[code], disc)) for code in codes]
        return {code: float(part / disc.area) for code, part in zip(codes, parts, strict=True)}

    def crossing(self, one: str, other: str) -> tuple[float, float]:
        """Return where two roads meet; raise ValueError when they do not, or at several places."""
        met = shapely.intersection(self.lines[one], self.lines[other])
        if not isinstance(met, shapely.Point):
            raise ValueError(f"{one} and {other} meet in {met.geom_type}")
        return met.x, met.y


def moved(lon: float, lat: float, wind: str, metres: float) -> tuple[float, float]:
    """Return the point ``metres`` away in a direction."""
    east, north = WINDS[wind]
    step = metres / math.hypot(east, north)
    degree_m = math.radians(1) * _EARTH_M
    return (
        lon + east * step / (degree_m * math.cos(math.radians(lat))),
        lat + north * step / degree_m,
    )


def _disc(lon: float, lat: float, radius_m: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    degree_m = math.radians(1) * _EARTH_M
    wide = radius_m / (degree_m * math.cos(math.radians(lat)))
    return shapely.Polygon(
        np.column_stack([lon + np.cos(turn) * wide, lat + np.sin(turn) * radius_m / degree_m])
    )


def demo_truth() -> Truth:
    """Return the demo county (示意数据) as it is stored."""
    stored = read_county()
    features = json.loads((FOLDER / "roads.geojson").read_text("utf-8"))["features"]
    return Truth(
        read_places_csv(FOLDER / "places.csv"),
        dict(zip(stored.codes, stored.shapes, strict=True)),  # type: ignore[arg-type]
        {
            feature["properties"]["name"]: shapely.from_geojson(json.dumps(feature["geometry"]))
            for feature in features
        },
    )
