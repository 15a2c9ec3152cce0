"""List strokes on a plan that must be refused: each is a good one with a single defect."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from tests.http.demo_county import features, shape
from tests.http.hostile_values import BAD_CRS, MARKER

TOWNSHIP = "150221104"
COMMUNITY = "150221104001"
VILLAGE = "150221104200"
GRID = "150221104200001"
PAIR = ("150221104201001", "150221104201003")
SOMEWHERE = "150221104200007"
Body = dict[str, Any]


def drawn(geometry: BaseGeometry) -> Body:
    """Return a shape as a request draws it."""
    written: Body = json.loads(shapely.to_geojson(geometry))
    return written


def line(*places: tuple[float, float]) -> Body:
    return {"type": "LineString", "coordinates": [list(place) for place in places]}


def ring(*places: tuple[float, float]) -> Body:
    closed = [list(place) for place in (*places, places[0])]
    return {"type": "Polygon", "coordinates": [closed]}


@cache
def land(prefix: str) -> BaseGeometry:
    """Return the land of a community or township."""
    return shapely.coverage_union_all([shape(code) for code in features() if code[:12] == prefix])


def halves(prefix: str) -> list[Body]:
    """Return the features of a file that cuts a community in a western and an eastern half."""
    west, south, east, north = land(prefix).bounds
    middle = (west + east) / 2
    cuts = [
        land(prefix) & shapely.box(a, south, b, north) for a, b in ((west, middle), (middle, east))
    ]
    return [
        {
            "type": "Feature",
            "properties": {},
            "geometry": drawn(max(shapely.get_parts(cut), key=lambda part: float(part.area))),
        }
        for cut in cuts
    ]


def file_of(pieces: list[Any]) -> Body:
    return {"type": "FeatureCollection", "features": pieces}


def node_between() -> tuple[float, float]:
    """Return a node inside the border of the pair."""
    shared = shapely.line_merge(shape(PAIR[0]).boundary & shape(PAIR[1]).boundary)
    track = shapely.get_coordinates(shared).tolist()
    lon, lat = track[len(track) // 2]
    return lon, lat


@cache
def good_strokes() -> dict[str, Body]:
    """Return one stroke of each kind that is accepted."""
    west, south, east, north = shape(GRID).bounds
    middle = (south + north) / 2
    w, s, e, n = (shape(PAIR[0]) | shape(PAIR[1])).bounds
    lon, lat = node_between()
    return {
        "split": {
            "op": "split",
            "grid": GRID,
            "line": line((west - 0.01, middle), (east + 0.01, middle)),
            "crs": "cgcs2000",
            "keep_at": list(shapely.get_coordinates(shape(GRID).representative_point())[0]),
            "snap_m": 1.0,
        },
        "merge": {"op": "merge", "grids": list(PAIR), "keep": PAIR[0]},
        "transfer": {
            "op": "transfer",
            "to": PAIR[0],
            "area": drawn(shapely.Point(lon, lat).buffer(0.0005, quad_segs=2)),
            "crs": "cgcs2000",
            "snap_m": 1.0,
            "cross_parent": False,
        },
        "reshape": {
            "op": "reshape",
            "between": list(PAIR),
            "line": line((w - 0.01, (s + n) / 2), (e + 0.01, (s + n) / 2 + 3e-4)),
            "crs": "cgcs2000",
            "snap_m": 1.0,
            "cross_parent": False,
        },
        "move_node": {
            "op": "move_node",
            "from": [lon, lat],
            "to": [lon + 1e-5, lat + 1e-5],
            "crs": "cgcs2000",
            "cross_parent": False,
        },
        "assign_places": {
            "op": "assign_places",
            "to": "150221104001002",
            "places": ["150221104001001-01"],
            "cross_parent": False,
        },
        "replan": {
            "op": "replan",
            "area": VILLAGE,
            "grids": file_of(halves(VILLAGE)),
            "crs": "cgcs2000",
            "snap_m": 1.0,
        },
        "partition": {
            "op": "partition",
            "area": COMMUNITY,
            "households": 400,
            "tolerance": 0.1,
            "seed": 7,
        },
    }


_TEXTS = (None, True, 3, 1.5, [], {}, "", MARKER, f"<b>{MARKER}</b>", "9" * 100_000, [GRID])
_CODES = (*_TEXTS, VILLAGE, "１５０２２１１０４２００００１", GRID + "0", f" {GRID[1:]}", int(GRID))
_POINTS = (
    True, 3, "", [], {}, [110.5], [110.5, 40.5, 1, 2], {"lon": 110.5, "lat": 40.5}, "110.5,40.5",
    ["110.5", "40.5"], [True, False], [None, None], [200, 40], [110.5, 91], [10**19, 1],
    [[110.5, 40.5]], [40.5, 110.5], [1e308, -1e308],
)  # fmt: skip
_WHOLE = (None, True, "400", 1.5, -1, 2**31, 10**19, [], {}, MARKER)
_NUMBERS = (None, True, "1", [], {}, MARKER, [1])
_PAIRS = (
    None, True, 3, MARKER, {}, [], [GRID], [None, None], [3, 4], [MARKER, MARKER], [[GRID], [GRID]],
    [VILLAGE, GRID], ["9" * 100_000, GRID], [f"{number:015d}" for number in range(101)],
)  # fmt: skip
_LISTS = (None, True, 3, MARKER, {}, [], [3], [None], [["a"]], ["x" * 65], ["a"] * 2_001)
_FILES = (
    None, True, 3, MARKER, {}, [], {"features": None}, {"features": []}, {"features": {}},
    {"features": [None]}, {"features": [MARKER]}, {"features": [{}]}, {"features": [{}] * 501},
    {"features": [{"properties": {"code": MARKER}}]}, {"features": [{"properties": {"code": 3}}]},
    {"features": [{"properties": MARKER, "geometry": MARKER}]},
)  # fmt: skip
_BAD_MEMBERS: dict[str, tuple[Any, ...]] = {
    "grid": _CODES,
    "keep": _CODES,
    "crs": BAD_CRS,
    "keep_at": _POINTS,
    "from": (None, *_POINTS),
    "snap_m": _NUMBERS,
    "cross_parent": (None, 0, 1, "true", [], {}, MARKER),
    "grids": _PAIRS,
    "between": (*_PAIRS, [*PAIR, GRID]),
    "places": _LISTS,
    "households": _WHOLE,
    "seed": _WHOLE,
    "tolerance": _NUMBERS,
    "area": (*_TEXTS, "15022", "１５０２２１", GRID + "x"),
    "line": (None, True, 3, MARKER, [], {}, [[110, 40], [111, 41]]),
}
_DEFAULTED = {"keep_at", "snap_m", "cross_parent", "households", "tolerance", "seed"}


def bad_members(kind: str) -> Iterator[tuple[str, Body]]:
    """Yield strokes of a kind with one member missing, strange, or of the wrong type."""
    good = good_strokes()[kind]
    for member in good:
        if member not in _DEFAULTED:
            yield f"no {member}", {name: v for name, v in good.items() if name != member}
        if member != "op":
            for value in _bad_values(kind, member):
                yield f"{member}={value!r:.30}", {**good, member: value}
    for strange in ("keepAt", "cross-parent", "Op", MARKER, "__proto__", ""):
        yield f"unknown {strange}", {**good, strange: True}
    for op in (None, 5, "", "Split", "grow", MARKER, ["split"], "regroup", "split\x00"):
        yield f"op={op!r}", {**good, "op": op}


def _bad_values(kind: str, member: str) -> tuple[Any, ...]:
    if (kind, member) == ("replan", "grids"):
        return _FILES
    if (kind, member) == ("transfer", "area"):
        return _BAD_MEMBERS["line"]
    if member == "to":
        return (None, *_POINTS) if kind == "move_node" else _CODES
    return _BAD_MEMBERS[member]


def bad_drawings(path: Body) -> Iterator[tuple[str, Body]]:
    """Yield what is no drawing, made of a good line or polygon."""
    kind, track = path["type"], path["coordinates"]
    flat = track if kind == "LineString" else track[0]

    def of(points: Any) -> Body:
        return {"type": kind, "coordinates": points if kind == "LineString" else [points]}

    first = flat[0]
    yield "no points", of([])
    yield "one point", of([first])
    yield "null coordinates", {"type": kind, "coordinates": None}
    yield "no coordinates", {"type": kind}
    yield "swapped", of([point[::-1] for point in flat])
    yield "text", of([[str(lon), str(lat)] for lon, lat in flat])
    yield "bools", of([[True, False] for _ in flat])
    yield "one number a point", of([[lon] for lon, _ in flat])
    yield "four numbers a point", of([[lon, lat, 1, 2] for lon, lat in flat])
    yield "null among the points", of([*flat[:-1], None, flat[-1]])
    yield "beyond the Earth", of([[lon + 300, lat] for lon, lat in flat])
    yield "huge", of([[lon * 1e300, lat] for lon, lat in flat])
    yield "huge integers", of([[10**19, 10**19] for _ in flat])
    yield "too many points", of([first, *([[110.5, 40.5], [110.6, 40.5]] * 2_600), first])
    yield "a geometry of geometries", {"type": "GeometryCollection", "geometries": [path]}
    yield "a feature", {"type": "Feature", "properties": {}, "geometry": path}
    yield "a point", {"type": "Point", "coordinates": first}
    yield "a word for its kind", {"type": MARKER, "coordinates": track}
    yield "wrapped once more", {"type": kind, "coordinates": [track]}
    if kind == "Polygon":
        yield "not closed", of(flat[:-1])
        yield "a thousand rings", {"type": kind, "coordinates": track * 1_001}
        yield "rings of nothing", {"type": kind, "coordinates": [flat, []]}


def scribble(*, points: int = 4_900) -> list[tuple[float, float]]:
    """Return a track that crosses itself a million times over the pair."""
    west, south, east, north = (shape(PAIR[0]) | shape(PAIR[1])).bounds
    rng = random.Random(3)
    return [(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(points)]


def circle(radius_deg: float, *, points: int) -> list[tuple[float, float]]:
    """Return a ring around the middle of the pair."""
    lon, lat = node_between()
    turns = [2 * math.pi * number / points for number in range(points)]
    return [(lon + radius_deg * math.cos(t), lat + radius_deg * math.sin(t)) for t in turns]
