"""Build an index, or open one and ask it: the steps of bench.growth, a process each."""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.county import FloatArray
from bench.coverages import COUNTY, COUNTY_BENDS, Rings, large, make_rings
from bench.lookup_cells import Cells, top_level_bytes
from bench.lookup_engines import lowest
from bench.points import in_space_order
from bench.timing import Task, interleave
from geo.locate.index import GridIndex

MEGABYTE = 1e6
COMPARED = 100_000
PATCHES = 5
_OPENINGS = 7
# A turn of a million points is some hundredths of a second: several meet a machine's several paces.
_TURNS = 7
_WARM_CELLS, _WARM_BENDS = (6, 5), 8


def main() -> None:
    """Do one step and write down what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth_steps", description=__doc__)
    parser.add_argument("step", choices=("build", "ask"))
    parser.add_argument("polygons", type=int, help="0 for the county")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    _warm_up(chosen.folder)
    found = build(chosen) if chosen.step == "build" else ask(chosen)
    path = chosen.folder / f"{chosen.polygons}-{chosen.step}.json"
    path.write_text(json.dumps(found), "utf-8")


def build(chosen: argparse.Namespace) -> dict[str, Any]:
    """Build and save the index, patch it, and compare some of its answers with shapely's."""
    rings = _rings(chosen.polygons, chosen.seed)
    shapes = rings.polygons()
    given = shapes.tolist()
    gc.collect()
    held_before = forget_peak()
    cpu_s, began = time.process_time(), time.perf_counter()
    index = GridIndex(rings.codes, given)
    built_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_s
    peak = memory("VmHWM") - held_before
    gc.collect()
    held = memory("VmRSS") - held_before
    path = chosen.folder / f"{chosen.polygons}.index"
    began = time.perf_counter()
    index.save(path)
    saved_s = time.perf_counter() - began
    points = some_points(rings, chosen.seed)
    ours = index.owner_numbers(*points)
    expected = _by_shapely(shapes, points)
    np.savez(chosen.folder / f"{chosen.polygons}.npz", points=points, expected=expected)
    return {
        "build s": [built_s],
        "build cpu-s": [cpu_s],
        "build peak MB": [peak / MEGABYTE],
        "held MB": [held / MEGABYTE],
        "save s": [saved_s],
        "file MB": [path.stat().st_size / MEGABYTE],
        "patch of 3 ms": _patches(index, rings, shapes, chosen.seed),
        "compared": points.shape[1],
        "differences": int((ours != expected).sum()),
    }


def ask(chosen: argparse.Namespace) -> dict[str, Any]:
    """Open the file, and ask it in turn with that of the county."""
    loads, held = [], []
    for _ in range(_OPENINGS):
        gc.collect()
        before = memory("VmRSS")
        began = time.perf_counter()
        index = GridIndex.open(chosen.folder / f"{chosen.polygons}.index")
        west, south, east, north = index.bounds
        index.owner(lon=(west + east) / 2, lat=(south + north) / 2)
        loads.append(time.perf_counter() - began)
        held.append((memory("VmRSS") - before) / MEGABYTE)
    before = memory("VmRSS")
    county = GridIndex.open(chosen.folder / "0.index")
    kept = np.load(chosen.folder / f"{chosen.polygons}.npz")
    differences = int((index.owner_numbers(*kept["points"]) != kept["expected"]).sum())
    rates = _rates(index, county, chosen)
    return {
        "load s": loads,
        "loaded MB": [held[0]],
        "compared": kept["points"].shape[1],
        "differences": differences,
        "rates": rates,
    }


def _rates(
    index: GridIndex, county: GridIndex, chosen: argparse.Namespace
) -> dict[str, dict[str, list[float]]]:
    """Return millions of points a CPU second, in random order and in that of space.

    Beside it what reading one cell costs, in tables as large as the first levels of both.
    """
    source = np.random.default_rng(chosen.seed + 7)
    asked: dict[tuple[str, str], tuple[Callable[[FloatArray], object], FloatArray]] = {}
    for name, one in (("wangge", index), ("wangge-county", county)):
        cells = Cells(one.bounds, top_level_bytes(one))
        west, south, east, north = one.bounds
        random_order = source.uniform((west, south), (east, north), (chosen.points, 2)).T
        points = np.ascontiguousarray(random_order)
        asked[name, "Mpoint/cpu-s"] = (_owners_of(one), points)
        asked[name, "Mpoint/cpu-s sorted"] = (_owners_of(one), in_space_order(points))
        asked[name.replace("wangge", "cell"), "Mpoint/cpu-s"] = (cells.read, points)

    def task(answer: Callable[[FloatArray], object], points: FloatArray) -> Task:
        return Task(lambda: answer(points))

    tasks = {f"{name}|{unit}": task(*given) for (name, unit), given in asked.items()}
    laps = interleave(
        tasks,
        rounds=max(chosen.rounds, 3),
        chance=random.Random(chosen.seed),
        turns=dict.fromkeys(tasks, _TURNS),
    )
    rates: dict[str, dict[str, list[float]]] = {}
    for key, taken in laps.items():
        name, _, unit = key.partition("|")
        rates.setdefault(name, {})[unit] = [chosen.points / 1e6 / lap.cpu_s for lap in taken]
    return rates


def _owners_of(index: GridIndex) -> Callable[[FloatArray], object]:
    return lambda points: index.owner_numbers(*points)


def some_points(rings: Rings, seed: int) -> FloatArray:
    """Return points anywhere, vertices and points on edges to compare on; shape (2, n)."""
    source = np.random.default_rng(seed + 3)
    nodes = rings.nodes
    low, high = nodes.min(axis=(0, 1)), nodes.max(axis=(0, 1))
    anywhere = source.uniform(low, high, (COMPARED // 2, 2))
    ring = source.integers(len(nodes), size=COMPARED // 4)
    at = source.integers(nodes.shape[1] - 1, size=COMPARED // 4)
    begin, end = nodes[ring, at], nodes[ring, at + 1]
    along = begin + source.random((len(begin), 1)) * (end - begin)
    return np.ascontiguousarray(np.concatenate([anywhere, begin, along]).T)


def _rings(polygons: int, seed: int) -> Rings:
    return large(polygons, seed) if polygons else make_rings(COUNTY, COUNTY_BENDS, seed)


def _by_shapely(shapes: NDArray[np.object_], points: FloatArray) -> NDArray[np.int64]:
    tree = shapely.STRtree(shapes)
    point_at, shape_at = tree.query(shapely.points(*points), predicate="intersects")
    return lowest(point_at, shape_at, points.shape[1], len(shapes))


def _patches(index: GridIndex, rings: Rings, shapes: NDArray[np.object_], seed: int) -> list[float]:
    """Return the milliseconds until the index answers after three polygons have changed."""
    source = np.random.default_rng(seed + 5)
    taken = []
    for _ in range(PATCHES):
        # What was there moves to the neighbour: three polygons that are other ones than before.
        first = int(source.integers(len(rings.codes) - 3))
        changes = {rings.codes[first + step]: shapes[first + (step + 1) % 3] for step in range(3)}
        lon, lat = rings.nodes[first, 0].tolist()
        gc.collect()
        began = time.perf_counter()
        index.changed(changes).owner(lon=lon, lat=lat)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _warm_up(folder: Path) -> None:
    """Go through every step small: compiled code is read from its cache before the clock starts."""
    rings = make_rings(_WARM_CELLS, _WARM_BENDS, 1)
    shapes = rings.polygons()
    index = GridIndex(rings.codes, shapes.tolist())
    path = folder / "warm.index"
    index.save(path)
    index = GridIndex.open(path).changed({rings.codes[0]: shapes[0]})
    points = some_points(rings, 1)
    index.owner_numbers(*points, threads=2)
    index.owner(lon=float(points[0, 0]), lat=float(points[1, 0]))


def memory(name: str) -> int:
    """Return a line of /proc/self/status in bytes: VmRSS, or VmHWM for the peak (Linux)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return 0


def forget_peak() -> int:
    """Let the peak begin anew at what is held now, and return that (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return memory("VmRSS")


if __name__ == "__main__":
    main()
