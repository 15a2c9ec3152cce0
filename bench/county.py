"""Read the demo county and make seeded points on it: ordinary ones, and the hardest ones."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from api.settings import PROJECT_DIR
from geo.codes import parse_code
from geo.lattice import snap_values
from geo.locate.county_map import CountyMap

FOLDER = PROJECT_DIR / "data" / "boundaries" / "demo"
FloatArray = NDArray[np.float64]
# Shares of the mixed points; the rest lies anywhere in the county's box.
NEAR_BUILDINGS = 0.49
NEAR_BORDERS = 0.01
SPREAD_DEGREES = 0.0008  # about 80 m around a building
_BORDER_DEGREES = 0.00003  # about 3 m beside a border


@dataclass(frozen=True, slots=True)
class County:
    """Hold the grids in the order of their codes, and the buildings (CGCS2000 degrees)."""

    codes: tuple[str, ...]
    shapes: tuple[BaseGeometry, ...]
    names: dict[str, str]
    kinds: dict[str, str]
    buildings: FloatArray

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north."""
        west, south, east, north = shapely.total_bounds(np.array(self.shapes)).tolist()
        return west, south, east, north

    def edges(self) -> FloatArray:
        """Return every edge of every ring as lon, lat, lon, lat; shape (n, 4)."""
        rings = shapely.get_rings(shapely.get_parts(np.array(self.shapes)))
        corners, ring_at = shapely.get_coordinates(rings, return_index=True)
        same = ring_at[:-1] == ring_at[1:]
        pairs: FloatArray = np.hstack([corners[:-1][same], corners[1:][same]])
        return pairs

    def as_map(self) -> CountyMap:
        """Return the county as the service holds it in memory."""
        return CountyMap(
            revision="bench",
            codes=self.codes,
            geometries=self.shapes,
            names=self.names,
            kinds=self.kinds,
        )


def read_county() -> County:
    """Read the stored demo county (示意数据)."""
    features = json.loads((FOLDER / "grids.geojson").read_text("utf-8"))["features"]
    features.sort(key=lambda feature: feature["properties"]["code"])
    grids = [feature["properties"] for feature in features]
    names = {grid["code"]: grid["name"] for grid in grids}
    with (FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        for unit in csv.DictReader(file):
            names[parse_code(unit["code12"])] = unit["name"]
    with (FOLDER / "buildings.csv").open(encoding="utf-8", newline="") as file:
        buildings = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)]
    texts = [json.dumps(feature["geometry"]) for feature in features]
    shapes: list[BaseGeometry] = shapely.from_geojson(texts).tolist()
    return County(
        codes=tuple(grid["code"] for grid in grids),
        shapes=tuple(shapes),
        names=names,
        kinds={grid["code"]: grid["kind"] for grid in grids},
        buildings=np.array(buildings),
    )


def mixed_points(county: County, seed: int, count: int) -> FloatArray:
    """Return points as they come in: half anywhere, half near buildings, one in 100 at a border.

    Shape (2, n): longitudes and latitudes, in random order.
    """
    source = np.random.default_rng(seed)
    near = round(count * NEAR_BUILDINGS)
    border = round(count * NEAR_BORDERS)
    west, south, east, north = county.bounds
    anywhere = source.uniform((west, south), (east, north), (count - near - border, 2))
    homes = county.buildings[source.integers(len(county.buildings), size=near)]
    homes = homes + source.normal(0, SPREAD_DEGREES, homes.shape)
    beside = beside_edges(county, source, border)
    points: FloatArray = np.concatenate([anywhere, homes, beside])
    source.shuffle(points)
    return np.ascontiguousarray(points.T)


def border_points(county: County, seed: int, count: int) -> FloatArray:
    """Return the points where engines part: vertices, points on edges, one lattice step beside.

    Shape (2, n). A third each; the points on edges lie on them as exactly as a double can.
    """
    source = np.random.default_rng(seed)
    edges = county.edges()
    third = count // 3
    vertices = edges[source.integers(len(edges), size=count - 2 * third), :2]
    along = on_edges(county, source, third)
    steps = source.integers(-1, 2, (third, 2)) * 1e-8
    beside = snap_values(edges[source.integers(len(edges), size=third), :2] + steps)
    points: FloatArray = np.concatenate([vertices, along, beside])
    source.shuffle(points)
    return np.ascontiguousarray(points.T)


def beside_edges(county: County, source: np.random.Generator, count: int) -> FloatArray:
    """Return points within metres of a border; shape (n, 2)."""
    points = on_edges(county, source, count)
    points += source.uniform(-_BORDER_DEGREES, _BORDER_DEGREES, points.shape)
    return points


def on_edges(county: County, source: np.random.Generator, count: int) -> FloatArray:
    """Return points on edges, as exactly as a double can; shape (n, 2)."""
    edges = county.edges()
    chosen = edges[source.integers(len(edges), size=count)]
    share = source.random((count, 1))
    points: FloatArray = chosen[:, :2] + share * (chosen[:, 2:] - chosen[:, :2])
    return points
