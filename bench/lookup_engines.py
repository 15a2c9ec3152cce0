"""Answer point → owner in this process: our index, shapely, geopandas.

An engine answers with the number of the owning grid in the order of codes, −1 for none, where the
owner is the grid that covers the point and the lowest code on a border. ``load`` is not timed:
the grids are known and, for an engine that keeps tables, so are the points.
"""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import geopandas
import numpy as np
import shapely

from bench.county import County, FloatArray
from bench.processes import NotMeasured
from bench.results import IntArray
from bench.run import say
from geo.locate.index import GridIndex

CRS = "EPSG:4490"


class LookupEngine(Protocol):
    """Say what every engine can do."""

    name: str

    def load(self, points: FloatArray) -> None:
        """Take the points of the next runs; shape (2, n)."""

    def run(self) -> IntArray | None:
        """Answer all points; where the answers stay inside the engine, return None."""

    def answers(self) -> IntArray:
        """Return the answers of the last run."""

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far by all processes of the engine."""

    def close(self) -> None:
        """Let go of what the engine holds."""


@runtime_checkable
class SingleEngine(LookupEngine, Protocol):
    """Say what an engine can do that is asked one by one as well, ``calls`` times a round."""

    calls: int

    def single(self, lon: float, lat: float) -> int:
        """Answer one point."""


@contextmanager
def opened(makers: Iterable[Callable[[], LookupEngine]]) -> Iterator[list[LookupEngine]]:
    """Make the engines, and close them; those that cannot be had here are named and left out."""
    engines: list[LookupEngine] = []
    try:
        for make in makers:
            try:
                engines.append(make())
            except NotMeasured as reason:
                say(f"not measured: {reason}")
        yield engines
    finally:
        for engine in engines:
            engine.close()


class InProcess:
    """Keep points and answers of an engine that works on arrays here."""

    name = ""

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


class OurIndex(InProcess):
    """Ask the index that the service answers from."""

    name = "wangge"
    calls = 2000

    def __init__(self, county: County) -> None:
        super().__init__()
        self.index = GridIndex(county.codes, county.shapes)
        self._number = {code: number for number, code in enumerate(self.index.codes)}

    def run(self) -> IntArray | None:
        self._answers = self.index.owner_numbers(*self._points)
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        code = self.index.owner(lon=lon, lat=lat)
        return -1 if code is None else self._number[code]


class OurIndexTwoThreads(InProcess):
    """Ask the same index with two threads."""

    name = "wangge-2-threads"

    def __init__(self, one: OurIndex) -> None:
        super().__init__()
        self._index = one.index

    def run(self) -> IntArray | None:
        self._answers = self._index.owner_numbers(*self._points, threads=2)
        return self._answers


class ShapelyTree(InProcess):
    """Ask shapely's tree the plain way: all points with a predicate."""

    name = "shapely-tree"

    def __init__(self, county: County) -> None:
        super().__init__()
        self._count = len(county.codes)
        self._tree = shapely.STRtree(np.array(county.shapes))

    def run(self) -> IntArray | None:
        points = shapely.points(*self._points)
        point_at, grid_at = self._tree.query(points, predicate="intersects")
        self._answers = lowest(point_at, grid_at, self._points.shape[1], self._count)
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        hit = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return int(hit.min()) if hit.size else -1


class ShapelyByLon(ShapelyTree):
    """Ask shapely a quick, well-known way: sort by longitude, then polygon by polygon."""

    name = "shapely-by-lon"

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


class Shapely(ShapelyByLon):
    """Ask shapely the fastest way we found: sort into tiles by radix, then polygon by polygon.

    The numbers of tiles fit 16 bits, which numpy sorts in linear time. A polygon is asked for the
    points of the tiles that its box meets, without those that a lower code owns already: from one
    third to one half more than a question a point, nearly all of it spent in GEOS.
    """

    name = "shapely"
    calls = 2000
    _COLUMNS, _ROWS = 64, 1024

    def run(self) -> IntArray | None:
        x, y = self._points
        columns, rows = self._tiles_of(x, 0, self._COLUMNS), self._tiles_of(y, 1, self._ROWS)
        tiles = columns.astype(np.uint16) * np.uint16(self._ROWS) + rows.astype(np.uint16)
        order = np.argsort(tiles, kind="stable")
        starts = np.zeros(self._COLUMNS * self._ROWS + 1, dtype=np.int64)
        np.cumsum(np.bincount(tiles, minlength=len(starts) - 1), out=starts[1:])
        x, y = x[order], y[order]
        west, east = self._tiles_of(self._boxes[:, ::2], 0, self._COLUMNS).T
        south, north = self._tiles_of(self._boxes[:, 1::2], 1, self._ROWS).T
        sorted_answers = np.full(len(x), -1, dtype=np.int64)
        for number, (left, low, right, high) in enumerate(self._boxes.tolist()):
            # In a column of tiles the points of the rows in question lie side by side.
            column = np.arange(west[number], east[number] + 1) * self._ROWS
            begin, end = starts[column + south[number]], starts[column + north[number] + 1]
            near = np.concatenate([np.arange(a, b) for a, b in zip(begin, end, strict=True)])
            near_x, near_y = x[near], y[near]
            inside = (near_x >= left) & (near_x <= right) & (near_y >= low) & (near_y <= high)
            near = near[inside & (sorted_answers[near] < 0)]
            hit = shapely.intersects_xy(self._shapes[number], x[near], y[near])
            sorted_answers[near[hit]] = number
        self._answers = np.empty_like(sorted_answers)
        self._answers[order] = sorted_answers
        return self._answers

    def _tiles_of(self, degrees: FloatArray, axis: int, tiles: int) -> IntArray:
        """Return in which column (axis 0) or row of tiles values lie; outside, the outermost."""
        low, high = self._boxes[:, axis].min(), self._boxes[:, axis + 2].max()
        numbers: IntArray = np.clip((degrees - low) * (tiles / (high - low)), 0, tiles - 1).astype(
            np.int64
        )
        return numbers


class Geopandas(InProcess):
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
