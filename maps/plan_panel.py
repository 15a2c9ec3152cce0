"""Draw one half of a plan's map: grids, borders, roads and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import Level
from geo.coverage import union_by_parent
from maps.hatching import hatch
from maps.plan_frame import Panel
from maps.plan_furniture import furniture
from maps.svg import Attributes, Svg, joined, short, tag, width_of

# Colour says it once, the hatching again for those who print in black.
FILLS = {"changed": "#e9defb", "created": "#cdf1ec", "retired": "#fbd9d3"}
INKS = {"changed": "#5b2fb0", "created": "#00695f", "retired": "#a3261a"}
LAND, GRID_LINE, COMMUNITY_LINE, OLD_LINE = "#f7f7f4", "#9aa3b0", "#33415a", "#0a5fbf"
ROAD_LINE, ROAD_INK = "#d8b365", "#7a5a12"
ROADS = {"motorway": 1.2, "national": 1.0, "secondary": 0.8, "railway": 0.6}
_NAME, _NEAR_NAME = 3.2, 2.3
# From this scale on there are more communities than thick lines have room for.
_CROWDED = 60_000
# Lines nearer than this, in millimetres, are one line on paper.
_SAME_LINE = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetGrid:
    """Hold one grid to be drawn: ``shape`` in degrees of CGCS2000, its ``label`` on the map.

    ``change`` is ``changed``, ``created``, ``retired`` or empty for a neighbour.
    """

    code: str
    label: str
    community: str
    shape: BaseGeometry
    change: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRoad:
    """Hold one road: its name, class and line in degrees of CGCS2000."""

    name: str
    road_class: str
    shape: BaseGeometry


Laid = tuple[SheetGrid, BaseGeometry]


def draw_panel(
    panel: Panel,
    *,
    name: str,
    caption: str,
    grids: Sequence[SheetGrid],
    roads: Sequence[SheetRoad],
    outlines: Sequence[BaseGeometry] = (),
) -> Svg:
    """Return one half; what is no border any more of ``outlines``, shapes of before, is dashed."""
    laid = [(grid, panel.plane.on_paper(grid.shape)) for grid in grids]
    seen = [(grid, shape) for grid, shape in laid if shapely.intersects(shape, panel.frame)]
    seen.sort(key=lambda pair: bool(pair[0].change))
    changed = [pair for pair in seen if pair[0].change]
    near = [pair for pair in seen if not pair[0].change]
    visible = _visible_roads(panel, roads)
    communities = _communities(seen)
    parts = [
        tag("rect", {**panel.rect, "fill": "#fff"}),
        *(_area(shape, fill=LAND, stroke=GRID_LINE, width=0.15) for _, shape in near),
        *(_changed_area(grid, shape) for grid, shape in changed),
        *(_road(road, line) for road, line in visible),
        *_community_lines(panel, communities),
        _gone_borders(panel, outlines, changed),
        *(_label(panel, grid, shape) for grid, shape in changed),
        *_community_names(panel, seen, communities),
        *(_road_name(panel, road.name, line) for road, line in visible),
        *(_near_label(panel, grid, shape) for grid, shape in near),
    ]
    clip = f"clip-{name}"
    return tag(
        "g",
        {"id": name},
        tag("clipPath", {"id": clip}, tag("rect", panel.rect)),
        tag("g", {"clip-path": f"url(#{clip})"}, joined(parts)),
        furniture(panel, caption),
    )


def path_of(shape: BaseGeometry) -> str:
    """Return the rings or lines of a shape (millimetres) as path data; equal points once."""
    data = []
    for part in shapely.get_parts(shape):
        lines = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for line in lines:
            points = np.round(shapely.get_coordinates(line), 2)
            keep = np.ones(len(points), dtype=bool)
            keep[1:] = (points[1:] != points[:-1]).any(axis=1)
            steps = " ".join(f"{short(x)},{short(y)}" for x, y in points[keep].tolist())
            data.append(f"M{steps}" + ("Z" if part.geom_type == "Polygon" else ""))
    return "".join(data)


def _area(shape: BaseGeometry, *, fill: str, stroke: str, width: float) -> Svg:
    return tag(
        "path",
        {
            "d": path_of(shape),
            "fill": fill,
            "fill-rule": "evenodd",
            "stroke": stroke,
            "stroke-width": width,
            "stroke-linejoin": "round",
        },
    )


def _changed_area(grid: SheetGrid, shape: BaseGeometry) -> Svg:
    ink = INKS[grid.change]
    return joined(
        (
            _area(shape, fill=FILLS[grid.change], stroke=ink, width=0.5),
            hatch(grid.change, shape, ink),
        )
    )


def _gone_borders(panel: Panel, outlines: Sequence[BaseGeometry], changed: Sequence[Laid]) -> Svg:
    """Return the borders of before that now run inside a grid, dashed."""
    old = np.array([shapely.boundary(panel.plane.on_paper(o)) for o in outlines], dtype=object)
    inner = np.array([shapely.buffer(s, -_SAME_LINE) for _, s in changed], dtype=object)
    if not old.size or not inner.size:
        return Svg()
    now_at, old_at = shapely.STRtree(old).query(inner, predicate="intersects")
    # Two grids had the border: it is drawn once.
    gone = shapely.union_all(shapely.intersection(inner[now_at], old[old_at]))
    if gone.is_empty:
        return Svg()
    line: Attributes = {"fill": "none", "stroke": OLD_LINE, "stroke-width": 0.6}
    return tag("path", {"d": path_of(gone), **line, "stroke-dasharray": "2 1.2"})


def _communities(seen: Sequence[Laid]) -> dict[str, BaseGeometry]:
    """Return the outlines of communities by code; of those cut off, what lies in the frame."""
    shapes = [shape for _, shape in seen]
    return union_by_parent([grid.code for grid, _ in seen], shapes, Level.COMMUNITY)


def _community_lines(panel: Panel, communities: Mapping[str, BaseGeometry]) -> list[Svg]:
    width = 0.35 if panel.plane.scale > _CROWDED else 0.7
    line: Attributes = {"fill": "none", "stroke": COMMUNITY_LINE, "stroke-width": width}
    return [
        tag("path", {"d": path_of(shape), **line, "stroke-dasharray": "4 1 0.8 1"})
        for _, shape in sorted(communities.items())
    ]


def _community_names(
    panel: Panel, seen: Sequence[Laid], communities: Mapping[str, BaseGeometry]
) -> list[Svg]:
    """Return the names of communities, each on its own land and beside the names of grids."""
    names = {grid.code[:12]: grid.community for grid, _ in seen}
    size = 2.6 if panel.plane.scale > _CROWDED else 3.6
    written = []
    for code, shape in sorted(communities.items()):
        x, y, radius = panel.middle(shape, size)
        rows = (y + step * size for step in (0, -1.5, 1.5, -3, 3)) if radius else ()
        own = (row for row in rows if shapely.intersects_xy(shape, x, row))
        place = next((row for row in own if panel.take(x, row, names[code], size)), None)
        if place is not None:
            written.append(panel.write(x, place, names[code], size, COMMUNITY_LINE))
    return written


def _visible_roads(
    panel: Panel, roads: Sequence[SheetRoad]
) -> list[tuple[SheetRoad, BaseGeometry]]:
    cut = [
        (road, shapely.intersection(panel.plane.on_paper(road.shape), panel.frame))
        for road in roads
    ]
    return [(road, line) for road, line in cut if line.length > 0]


def _road(road: SheetRoad, line: BaseGeometry) -> Svg:
    style: Attributes = {"fill": "none", "stroke": ROAD_LINE, "stroke-linejoin": "round"}
    width = ROADS.get(road.road_class, 0.5)
    return tag("path", {"d": path_of(_lines(line)), **style, "stroke-width": width})


def _lines(shape: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]
    return shapely.MultiLineString(parts)


def _road_name(panel: Panel, name: str, line: BaseGeometry) -> Svg:
    if line.length < 2 * width_of(name, _NEAR_NAME):
        return Svg()
    longest = max(shapely.get_parts(_lines(line)), key=lambda part: float(part.length))
    middle = longest.interpolate(0.5, normalized=True)
    if not panel.take(middle.x, middle.y, name, _NEAR_NAME):
        return Svg()
    return panel.write(middle.x, middle.y, name, _NEAR_NAME, ROAD_INK)


def _label(panel: Panel, grid: SheetGrid, shape: BaseGeometry) -> Svg:
    """Return number and name of a changed grid; where there is no room, the number alone."""
    x, y, radius = panel.middle(shape, 0)
    if radius == 0:
        return Svg()
    text, size = f"{grid.number} {grid.label}", _NAME
    if width_of(text, _NAME) > 2.4 * radius or not panel.take(x, y, text, _NAME):
        text, size = str(grid.number), _NEAR_NAME
        panel.take(x, y, text, size)
    return panel.write(x, y, text, size, INKS[grid.change], bold=True)


def _near_label(panel: Panel, grid: SheetGrid, shape: BaseGeometry) -> Svg:
    x, y, radius = panel.middle(shape, width_of(grid.label, _NEAR_NAME) / 2)
    if radius == 0:
        return Svg()
    if not panel.take(x, y, grid.label, _NEAR_NAME):
        return Svg()
    return panel.write(x, y, grid.label, _NEAR_NAME, "#5a6473")
