"""Draw a county as a small text picture: each letter a grid, each cell a square.

North is up. Cells are ``cell_m`` metres wide and high, near 110.5°E 40.5°N; neighbouring cells of
one letter melt into one grid. A cell boundary keeps every crossing as a vertex, so that
neighbours share identical edges. ``.`` is nobody's land.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.address.types import AddressMatch, MatchType, Place, PlaceKind
from geo.crs import metres_per_degree
from geo.datums import from_cgcs2000
from geo.locate.county_map import CountyMap
from geo.position import Datum, Position

WEST, NORTH = 110.5, 40.5
NAMES = {
    "150221": "土默特右旗",
    "150221104": "萨拉齐镇",
    "150221104001": "振华社区居委会",
    "150221104002": "花苑社区居委会",
    "150221200": "海子乡",
    "150221200201": "磴口村委会",
}
CODES = {
    "A": "150221104001001",
    "B": "150221104001002",
    "C": "150221104002001",
    "D": "150221104002002",
    "K": "150221200201001",
    "L": "150221200201002",
}
GRID_NAMES = {
    "A": "振华社区第一网格",
    "B": "振华社区第二网格",
    "C": "花苑社区第一网格",
    "D": "花苑社区第二网格",
    "K": "磴口村第一网格",
    "L": "磴口村第二网格",
}


def rounded(value: float) -> float:
    """Return the double nearest to a multiple of 1e-8 degree."""
    return round(value * 1e8) / 1e8


@dataclass(frozen=True)
class TextMap:
    """Hold the drawn county and turn columns and rows of the picture into degrees."""

    picture: str
    cell_m: float = 100.0
    codes: Mapping[str, str] = field(default_factory=lambda: CODES)

    @property
    def rows(self) -> list[str]:
        """Return the lines of the picture, north first."""
        return [line.strip() for line in self.picture.strip().splitlines()]

    def at(self, column: float, row: float) -> tuple[float, float]:
        """Return lon and lat of a place in the picture; (0, 0) is its north-west corner."""
        per_lon, per_lat = metres_per_degree(NORTH)
        lon = WEST + column * self.cell_m / per_lon
        return rounded(lon), rounded(NORTH - row * self.cell_m / per_lat)

    def shapes(self) -> dict[str, BaseGeometry]:
        """Return the grids by code."""
        cells: dict[str, list[Polygon]] = {}
        for row, line in enumerate(self.rows):
            for column, letter in enumerate(line):
                if letter != ".":
                    cells.setdefault(self.codes[letter], []).append(self._cell(column, row))
        return {
            code: shapely.coverage_union_all(np.array(parts, dtype=object))
            for code, parts in cells.items()
        }

    def _cell(self, column: int, row: int) -> Polygon:
        corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
        return Polygon([self.at(*corner) for corner in corners])

    def county(self) -> CountyMap:
        """Return the drawn county ready to answer."""
        shapes = self.shapes()
        grids = {self.codes[letter]: name for letter, name in GRID_NAMES.items()}
        return CountyMap(
            revision="drawn",
            codes=list(shapes),
            geometries=list(shapes.values()),
            names={**NAMES, **grids},
        )

    def point(
        self,
        column: float,
        row: float,
        *,
        accuracy_m: float = 0.0,
        datum: Datum = Datum.CGCS2000,
        sent_as: Datum | None = None,
    ) -> Position:
        """Return a position as it would arrive, its numbers in ``datum``.

        ``sent_as`` is the datum it claims to be in, when that is another one.
        """
        lon, lat = self.at(column, row)
        lon, lat = from_cgcs2000(lon=lon, lat=lat, datum=datum)
        return Position(lon=lon, lat=lat, datum=sent_as or datum, accuracy_m=accuracy_m)

    def place(
        self,
        name: str,
        kind: PlaceKind,
        at: tuple[float, float],
        *,
        radius_m: float,
        area: str,
        grids: str = "",
    ) -> Place:
        """Return a place of the gazetteer; ``grids`` are letters of the picture."""
        lon, lat = self.at(*at)
        return Place(
            id=f"{kind.value}:{name}:{area}",
            name=name,
            kind=kind,
            lon=lon,
            lat=lat,
            radius_m=radius_m,
            area_code=area,
            grids=tuple(self.codes[letter] for letter in grids),
        )


def matched(
    *places: Place,
    match_type: MatchType | None = MatchType.EXACT,
    unexplained: str | None = None,
    outside: bool = False,
    offset_m: float | None = None,
    direction: str | None = None,
) -> AddressMatch:
    """Return what the address matcher would say of a text that names ``places``."""
    return AddressMatch(
        level=places[0].kind.value if places else "county",
        name=places[0].name if places else None,
        anchor=places[0].name if places else None,
        match_type=match_type if places else None,
        radius_m=places[0].radius_m if places else None,
        places=places,
        offset_m=offset_m,
        direction=direction,
        unexplained=unexplained,
        outside=outside,
    )
