"""Answer point → owner in this process: our index, shapely, geopandas.

An engine answers with the number of the owning grid in the order of codes, −1 for none, where the
owner is the grid that covers the point and the lowest code on a border. ``load`` is not timed:
the grids are known and, for an engine that keeps tables, so are the points.
"""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

import time
from typing import Protocol

import geopandas
import numpy as np
import shapely

from bench.county import County, FloatArray
from bench.results import IntArray
from geo.locate.index import GridIndex

CRS = "EPSG:4490"


class LookupEngine(Protocol):
    """Say what every engine can do.

    ``calls`` is how many single questions a round asks; 0 for a second form of the same engine.
    """

    name: str
    calls: int

    def load(self, points: FloatArray) -> None:
        """Take the points of the next runs; shape (2, n)."""

    def run(self) -> IntArray | None:
        """Answer all points; where the answers stay inside the engine, return None."""

    def answers(self) -> IntArray:
        """Return the answers of the last run."""

    def single(self, lon: float, lat: float) -> int:
        """Answer one point."""

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far by all processes of the engine."""

    def close(self) -> None:
        """Let go of what the engine holds."""


class _InProcess:
    """Keep points and answers of an engine that works on arrays here."""

    calls = 2000

    def __init__(self) -> None:
        self._points: FloatArray = np.empty((2, 0))
        self._answers: IntArray = np.empty(0, dtype=np.int64)

    def load(self, points: FloatArray) -> None:
        self._points = points

    def answers(self) -> IntArray:
        return self._answers

    def cpu_s(self) -> float:
        return time.process_time()

    def close(self) -> None:
        return


class OurIndex(_InProcess):
    """Ask the index that the service answers from."""

    name = "wangge"

    def __init__(self, county: County) -> None:
        super().__init__()
        self._index = GridIndex(county.codes, county.shapes)
        self._number = {code: number for number, code in enumerate(self._index.codes)}

    def run(self) -> IntArray | None:
        self._answers = self._index.owner_numbers(*self._points)
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        code = self._index.owner(lon=lon, lat=lat)
        return -1 if code is None else self._number[code]


class ShapelyTree(_InProcess):
    """Ask shapely's tree the plain way: all points with a predicate."""

    name = "shapely-tree"
    calls = 0

    def __init__(self, county: County) -> None:
        super().__init__()
        self._count = len(county.codes)
        self._tree = shapely.STRtree(np.array(county.shapes))

    def run(self) -> IntArray | None:
        points = shapely.points(*self._points)
        point_at, grid_at = self._tree.query(points, predicate="intersects")
        self._answers = lowest(point_at, grid_at, len(points), self._count)
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        hit = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return int(hit.min()) if hit.size else -1


class Shapely(ShapelyTree):
    """Ask shapely the fastest way we know: sort by longitude, then polygon by polygon."""

    name = "shapely"
    calls = 2000

    def __init__(self, county: County) -> None:
        super().__init__(county)
        # Copies: a prepared geometry remembers it, and the others must not profit.
        self._shapes = shapely.from_wkb(shapely.to_wkb(np.array(county.shapes)))
        shapely.prepare(self._shapes)
        self._boxes = shapely.bounds(self._shapes)

    def run(self) -> IntArray | None:
        order = np.argsort(self._points[0], kind="stable")
        x, y = self._points[0][order], self._points[1][order]
        first = np.searchsorted(x, self._boxes[:, 0], "left")
        last = np.searchsorted(x, self._boxes[:, 2], "right")
        answers = np.full(len(x), -1, dtype=np.int64)
        # From the highest code down, so that the lowest is written last.
        for number in range(len(self._shapes) - 1, -1, -1):
            south, north = self._boxes[number, 1], self._boxes[number, 3]
            strip = y[first[number] : last[number]]
            inside = np.flatnonzero((strip >= south) & (strip <= north)) + first[number]
            hit = shapely.intersects_xy(self._shapes[number], x[inside], y[inside])
            answers[order[inside[hit]]] = number
        self._answers = answers
        return answers


class Geopandas(_InProcess):
    """Ask geopandas for a spatial join, its usual way."""

    name = "geopandas"
    calls = 500

    def __init__(self, county: County) -> None:
        super().__init__()
        numbers = np.arange(len(county.codes))
        self._grids = geopandas.GeoDataFrame(
            {"number": numbers}, geometry=list(county.shapes), crs=CRS
        )
        self._tree = self._grids.sindex

    def run(self) -> IntArray | None:
        x, y = self._points
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y, crs=CRS))
        joined = self._grids.sjoin(points, predicate="covers")
        owners = joined.groupby("index_right")["number"].min()
        self._answers = np.full(len(x), -1, dtype=np.int64)
        self._answers[owners.index.to_numpy()] = owners.to_numpy()
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        hit = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return int(hit.min()) if hit.size else -1


def lowest(point_at: IntArray, grid_at: IntArray, points: int, grids: int) -> IntArray:
    """Return for each point the lowest of its grids, −1 for none."""
    owners = np.full(points, grids, dtype=np.int64)
    np.minimum.at(owners, point_at, grid_at)
    owners[owners == grids] = -1
    return owners
