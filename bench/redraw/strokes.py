"""Draw random strokes on a county as an administrator's page would send them: JSON bodies."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw.sheet import Sheet

Body = dict[str, Any]
# How often each kind is drawn; what takes a whole community at once is rare in an office, too.
WEIGHTS: Mapping[str, float] = {
    "transfer": 22,
    "split": 20,
    "merge": 17,
    "reshape": 16,
    "move_node": 15,
    "assign_places": 2,
    "replan": 0.5,
    "partition": 0.5,
    "undo": 4,
    "redo": 3,
}
HOUSEHOLDS = {"community": 400, "rural": 85}


class Strokes:
    """Draw strokes on the sheet it is given, from a seed."""

    def __init__(
        self,
        seed: int,
        *,
        buildings: Mapping[str, tuple[float, float]],
        weights: Mapping[str, float] = WEIGHTS,
    ) -> None:
        """Keep where the buildings are (degrees, by id) and how often each kind is drawn."""
        self.chance = random.Random(seed)
        self._buildings = buildings
        self._ids = sorted(buildings)
        self._weights = weights
        self._makers: Mapping[str, Callable[[Sheet, str], Body | None]] = {
            "transfer": self._transfer,
            "split": self._split,
            "merge": self._merge,
            "reshape": self._reshape,
            "move_node": self._move_node,
            "assign_places": self._assign_places,
            "replan": self._replan,
            "partition": self._partition,
        }

    def draw(self, sheet: Sheet, *, area: str = "") -> tuple[str, Body | None]:
        """Return a kind and its body; None for ``undo``, ``redo``, and where none can be drawn.

        ``area`` is where the grid to begin with has to lie.
        """
        kinds = list(self._weights)
        kind = self.chance.choices(kinds, list(self._weights.values()))[0]
        if kind in ("undo", "redo"):
            return kind, None
        code = self.chance.choice(sorted(code for code in sheet if code.startswith(area)))
        body = self._makers[kind](sheet, code)
        return kind, None if body is None else {"op": kind, "crs": "cgcs2000", **body}

    def _somewhere(self, shape: BaseGeometry) -> tuple[float, float]:
        west, south, east, north = shape.bounds
        return self.chance.uniform(west, east), self.chance.uniform(south, north)

    def _sibling(self, sheet: Sheet, code: str) -> str | None:
        near = [c for c in sheet.meeting(sheet[code]) if c[:12] == code[:12] and c != code]
        return self.chance.choice(near) if near else None

    def _transfer(self, sheet: Sheet, code: str) -> Body:
        shape = sheet[code]
        middle = shapely.Point(self.chance.choice(shapely.get_coordinates(shape).tolist()))
        width = max(shape.bounds[2] - shape.bounds[0], 1e-4)
        reach = self.chance.uniform(0.05, 0.4) * width
        drawn = middle.buffer(reach, quad_segs=self.chance.choice([1, 2, 4]))
        return {"to": code, "area": as_json(drawn), "cross_parent": self.chance.random() < 0.3}

    def _split(self, sheet: Sheet, code: str) -> Body:
        shape = sheet[code]
        west, south, east, north = shape.bounds
        left, right = (self.chance.uniform(south, north) for _ in range(2))
        track = [(west - 1e-3, left), self._somewhere(shape), (east + 1e-3, right)]
        return {"grid": code, "line": as_json(shapely.LineString(track))}

    def _merge(self, sheet: Sheet, code: str) -> Body | None:
        other = self._sibling(sheet, code)
        return {"grids": [code, other], "keep": code} if other else None

    def _reshape(self, sheet: Sheet, code: str) -> Body | None:
        other = self._sibling(sheet, code)
        if other is None:
            return None
        both = shapely.union_all([sheet[code], sheet[other]])
        x, y = self._somewhere(both)
        angle, reach = self.chance.uniform(0, math.pi), both.length
        aside, above = math.cos(angle) * reach, math.sin(angle) * reach
        track = [(x - aside, y - above), self._somewhere(both), (x + aside, y + above)]
        return {"between": [code, other], "line": as_json(shapely.LineString(track))}

    def _move_node(self, sheet: Sheet, code: str) -> Body:
        lon, lat = self.chance.choice(shapely.get_coordinates(sheet[code]).tolist())
        far = self.chance.uniform(1e-7, 3e-4)
        end = [lon + self.chance.uniform(-far, far), lat + self.chance.uniform(-far, far)]
        return {"from": [lon, lat], "to": end, "cross_parent": self.chance.random() < 0.5}

    def _assign_places(self, sheet: Sheet, _code: str) -> Body | None:
        if not self._ids:
            return None
        building = self.chance.choice(self._ids)
        lon, lat = self._buildings[building]
        owner = sheet.owner(lon=lon, lat=lat)
        other = self._sibling(sheet, owner) if owner is not None else None
        return {"to": other, "places": [building]} if other else None

    def _replan(self, sheet: Sheet, code: str) -> Body:
        community = code[:12]
        land = shapely.coverage_union_all([sheet[c] for c in sheet if c.startswith(community)])
        west, south, east, north = land.bounds
        cuts = sorted(self.chance.uniform(west, east) for _ in range(self.chance.randrange(1, 4)))
        strips = [
            shapely.intersection(land, shapely.box(a, south, b, north))
            for a, b in zip([west, *cuts], [*cuts, east], strict=True)
        ]
        parts = [part for strip in strips for part in shapely.get_parts(strip).tolist()]
        features = [
            {"type": "Feature", "properties": {}, "geometry": as_json(part)}
            for part in parts
            if part.geom_type == "Polygon"
        ]
        return {
            "area": community,
            "grids": {"type": "FeatureCollection", "features": features},
        }

    def _partition(self, _sheet: Sheet, code: str) -> Body:
        # Below 200 in the third triple are the 社区 of towns, from 200 on the 嘎查村.
        kind = "community" if int(code[9:12]) < 200 else "rural"
        return {
            "area": code[:12],
            "households": HOUSEHOLDS[kind],
            "seed": self.chance.randrange(99),
        }


def as_json(shape: BaseGeometry) -> Any:
    """Return a shape as GeoJSON, every double in full."""
    return json.loads(shapely.to_geojson(shape))
