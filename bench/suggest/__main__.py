"""Time suggestions with 5,000 and 50,000 names: ``python -m bench.suggest``."""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.addresses.truth import demo_truth
from bench.county import read_county
from geo.address.gazetteer import Gazetteer
from geo.address.suggest import Box, Named, Suggester
from geo.address.typed_letters import cells

SIZES = (5_000, 50_000)
QUERIES = 1_000
_SEED = 20261121
_SCREEN_DEGREES = 0.05
# Put before a name so that a larger county has other names than the small one many times over.
_FIRST = "东西南北前后上下大小新老高白黑红"
_SECOND = "河山沟梁湾滩泉柳杨榆石沙羊马牛井"


def main() -> int:
    """Print build time, memory and the times of a look for each size."""
    table = Table(box=None)
    for title in ("names", "build s", "memory MB", "kind of query", "p50 ms", "p95 ms", "max ms"):
        table.add_column(title, justify="right")
    Suggester(names(10))  # the table of readings is not counted with the first
    for size in SIZES:
        named = names(size)
        tracemalloc.start()
        suggester = Suggester(named)
        memory = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        began = time.thread_time()
        suggester = Suggester(named)
        built = time.thread_time() - began
        for kind, queries in typed(named).items():
            times = np.array([_time(suggester, *query) for query in queries]) * 1000
            p50, p95 = np.percentile(times, (50, 95)).tolist()
            figures = (f"{p50:.2f}", f"{p95:.2f}", f"{times.max():.2f}")
            table.add_row(str(size), f"{built:.2f}", f"{memory:.0f}", kind, *figures)
    Console(width=120).print(table)
    return 0


def names(size: int) -> list[Named]:
    """Return the names of the demo county (示意数据), and variations of them up to ``size``."""
    county = read_county()
    places = list(demo_truth().places.values())
    gazetteer = Gazetteer(places)
    known = [
        Named(
            id=place.id,
            name=gazetteer.usual_name(place),
            kind=place.kind.value,
            area_code=place.area_code,
            box=(place.lon, place.lat, place.lon, place.lat),
            spellings=place.aliases,
        )
        for place in places
    ]
    rng = random.Random(_SEED)
    west, south, east, north = county.bounds
    made = known[:size]
    while len(made) < size:
        one = rng.choice(known)
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        name = rng.choice(_FIRST) + rng.choice(_SECOND) + one.name
        made.append(
            replace(one, id=f"x{len(made)}", name=name, box=(lon, lat, lon, lat), spellings=())
        )
    return made


def typed(named: Sequence[Named]) -> dict[str, list[tuple[str, Box | None]]]:
    """Return what people type on the way to names, by the way they type."""
    rng = random.Random(_SEED)
    ways = {
        "characters": lambda name: name,
        "pinyin": lambda name: cells(name).lower(),
        "initials": lambda name: "".join(c for c in cells(name) if not c.islower()).lower(),
        "inside": lambda name: name[1:],
        "unknown": lambda name: "".join(reversed(cells(name).lower())),
    }
    found: dict[str, list[tuple[str, Box | None]]] = {}
    for kind, way in ways.items():
        queries: list[tuple[str, Box | None]] = []
        while len(queries) < QUERIES:
            one = rng.choice(named)
            words = way(one.name.lower())
            part = words[: rng.randint(1, len(words))] if words else ""
            if part:
                lon, lat = one.box[0], one.box[1]
                near = _SCREEN_DEGREES * rng.random()
                screen = (lon - near, lat - near, lon + near, lat + near)
                queries.append((part, screen if rng.random() < 0.5 else None))
        found[kind] = queries
    return found


def _time(suggester: Suggester, words: str, view: Box | None) -> float:
    began = time.thread_time()
    suggester.suggest(words, view=view)
    return time.thread_time() - began


if __name__ == "__main__":
    sys.exit(main())
