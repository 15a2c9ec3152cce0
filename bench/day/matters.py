"""Make up what people report in a day: seeded, of every kind, in grids whose workers are there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import shapely

from bench.county import FloatArray, mixed_points, read_county

# Wordings of our own; the places come from the points.
_TEXTS = (
    ("路灯不亮，晚上看不见路", "cg01"),
    ("垃圾桶满了没人清运", "cg03"),
    ("下水堵了，污水流到路上", "cg04"),
    ("楼道里堆满了杂物", "aq01"),
    ("电动车在楼道里充电", "aq02"),
    ("井盖松动，车过就响", "cg02"),
    ("路面结冰，老人滑倒", "cg09"),
    ("停水两个小时了", "ms02"),
    ("想问医保怎么交", "zx01"),
    ("邻居噪声扰民", "cg07"),
)
_WITH_WORKERS = 0.7
_BY_WORDS = 0.08
_WITHOUT_CALLER = 0.25
_BATCH = 4096


class Matters:
    """Hand out the body of report after report; the same seed gives the same ones."""

    def __init__(self, seed: int, grids: Sequence[str]) -> None:
        """Prepare points of the whole county and inside ``grids``."""
        county = read_county()
        shapes = dict(zip(county.codes, county.shapes, strict=True))
        self._inside = [shapely.point_on_surface(shapes[grid]) for grid in grids]
        self._points: FloatArray = mixed_points(county, seed, _BATCH)
        self._communities = [name for code, name in county.names.items() if len(code) == 12]
        self._seed = seed

    def body(self, number: int, run: str) -> dict[str, Any]:
        """Return the report of a number."""
        chance = random.Random(f"{self._seed} matter {number}")
        text, category = chance.choice(_TEXTS)
        body: dict[str, Any] = {
            "channel": chance.choice(("walk_in", "hotline_12345")),
            "text": f"{run} {number} {text}",
            "category": category,
        }
        if chance.random() > _WITHOUT_CALLER:
            body["reporter"] = {"name": "示意", "phone": f"0000{chance.randrange(10**7):07d}"}
        if chance.random() < _BY_WORDS:
            return {**body, "address": chance.choice(self._communities)}
        lon, lat, accuracy_m = self._place(chance)
        position = {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": accuracy_m}
        return {**body, "position": position}

    def _place(self, chance: random.Random) -> tuple[float, float, float]:
        if self._inside and chance.random() < _WITH_WORKERS:
            point = chance.choice(self._inside)
            return point.x, point.y, 0.0
        lon, lat = self._points[:, chance.randrange(_BATCH)].tolist()
        return lon, lat, chance.choice((0.0, 10.0, 20.0, 50.0))
