"""Draw the map before and after a plan: one sheet of A3, true to scale, that stands by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from maps.hatching import hatch
from maps.plan_frame import Panel
from maps.plan_panel import (
    COMMUNITY_LINE,
    FILLS,
    GRID_LINE,
    INKS,
    LAND,
    OLD_LINE,
    ROAD_LINE,
    SheetGrid,
    SheetRoad,
    draw_panel,
)
from maps.plane import Bounds, Plane, plane_for
from maps.svg import FONT, Attributes, Svg, joined, short, tag, width_of, words, wrapped

WIDTH_MM, HEIGHT_MM = 420.0, 297.0
_MARGIN = 10.0
_TOP, _PANEL_HEIGHT, _PANEL_WIDTH = 28.0, 188.0, 197.0
_STRIP = _TOP + _PANEL_HEIGHT + 5
_ROW, _ROWS, _KEY_WIDTH = 4.7, 11, 137.0
_FACT = 3.2
# Land around what changes, as a share of its extent.
_AROUND = 0.25
CHANGES = {"changed": "改动", "created": "新网格", "retired": "停用"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """Hold what the sheet says of one changed grid, beside its number on the map."""

    number: int
    change: str
    name: str
    code: str
    areas: str
    households: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """Hold everything that stands on the sheet; shapes in degrees of CGCS2000 (EPSG:4490)."""

    title: str
    subtitle: str
    captions: tuple[str, str]
    before: Sequence[SheetGrid]
    after: Sequence[SheetGrid]
    roads: Sequence[SheetRoad]
    rows: Sequence[KeyRow]
    facts: Sequence[tuple[str, str]]
    notice: str
    mark: str | None = None


def changed_bounds(shapes: Sequence[BaseGeometry]) -> Bounds:
    """Return west, south, east, north of what changes, with some land around it (degrees)."""
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
    lon, lat = (east - west) * _AROUND / 2, (north - south) * _AROUND / 2
    return west - lon, south - lat, east + lon, north + lat


def plane_of(bounds: Bounds) -> Plane:
    """Return the plane of the left half for these bounds in degrees; the right half has its own x.

    Names and bar stand inside the frame, so a little is left free above and below.
    """
    return plane_for(
        bounds,
        x=_MARGIN + _PANEL_WIDTH / 2,
        y=_TOP + _PANEL_HEIGHT / 2,
        width=_PANEL_WIDTH - 8,
        height=_PANEL_HEIGHT - 22,
    )


def window_of(bounds: Bounds) -> Bounds:
    """Return west, south, east, north of the land that a half shows for these bounds."""
    return plane_of(bounds).window(_PANEL_WIDTH, _PANEL_HEIGHT)


def draw_sheet(picture: PlanPicture) -> str:
    """Return the sheet as SVG of 420 by 297 millimetres; raise ValueError when nothing changes."""
    shapes = [grid.shape for grid in (*picture.before, *picture.after) if grid.change]
    if not shapes:
        raise ValueError("nothing changes")
    plane = plane_of(changed_bounds(shapes))
    right = Plane(
        lon=plane.lon,
        lat=plane.lat,
        x=WIDTH_MM - _MARGIN - _PANEL_WIDTH / 2,
        y=plane.y,
        scale=plane.scale,
    )
    old = [grid.shape for grid in picture.before if grid.change]

    def panel(of: Plane) -> Panel:
        left = of.x - _PANEL_WIDTH / 2
        return Panel(left=left, top=_TOP, width=_PANEL_WIDTH, height=_PANEL_HEIGHT, plane=of)

    halves = (
        draw_panel(
            panel(plane),
            name="before",
            caption=picture.captions[0],
            grids=picture.before,
            roads=picture.roads,
        ),
        draw_panel(
            panel(right),
            name="after",
            caption=picture.captions[1],
            grids=picture.after,
            roads=picture.roads,
            outlines=old,
        ),
    )
    return tag(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{short(WIDTH_MM)}mm",
            "height": f"{short(HEIGHT_MM)}mm",
            "viewBox": f"0 0 {short(WIDTH_MM)} {short(HEIGHT_MM)}",
            "font-family": FONT,
            "role": "img",
        },
        tag("title", {}, f"{picture.title}：{picture.subtitle}"),
        tag("rect", {"width": WIDTH_MM, "height": HEIGHT_MM, "fill": "#fff"}),
        _head(picture),
        *halves,
        _key(picture.rows),
        _legend(294),
        _facts(picture, plane.scale, 330),
        words(
            WIDTH_MM / 2, HEIGHT_MM - 8.5, picture.notice, size=4.2, anchor="middle", weight="700"
        ),
    )


def _head(picture: PlanPicture) -> Svg:
    room = WIDTH_MM - 2 * _MARGIN - (110 if picture.mark else 0)
    size = min(7.5, room / max(width_of(picture.title, 1), 1))
    parts = [
        words(WIDTH_MM / 2, 16.5, picture.title, size=size, anchor="middle", weight="700"),
        words(WIDTH_MM / 2, 23.6, picture.subtitle, size=4.2, anchor="middle", room=room),
    ]
    if picture.mark:
        wide = width_of(picture.mark, 4.6) + 6
        box: Attributes = {"x": WIDTH_MM - _MARGIN - wide, "y": 11.0, "width": wide, "height": 8.4}
        parts.append(tag("rect", {**box, "fill": "none", "stroke": "#b3261e", "stroke-width": 0.5}))
        parts.append(
            words(
                WIDTH_MM - _MARGIN - wide / 2,
                17,
                picture.mark,
                size=4.6,
                anchor="middle",
                weight="700",
                fill="#b3261e",
            )
        )
    return joined(parts)


def _key(rows: Sequence[KeyRow]) -> Svg:
    """Return the list of what changes; what finds no room is counted."""
    most = 2 * _ROWS
    shown = rows if len(rows) <= most else rows[: most - 1]
    columns = range(1 + (len(rows) > _ROWS))
    parts = [_key_head(column * _ROWS) for column in columns]
    parts += [_key_row(place, row) for place, row in enumerate(shown)]
    if len(shown) < len(rows):
        x, y = _key_place(most - 1)
        rest = f"另有{len(rows) - len(shown)}个网格，见前后对照表。"
        parts.append(words(x + 7, y, rest, size=_FACT))
    return joined(parts)


def _key_place(place: int) -> tuple[float, float]:
    column, row = divmod(place, _ROWS)
    return _MARGIN + column * (_KEY_WIDTH + 4), _STRIP + 9 + row * _ROW


def _key_head(place: int) -> Svg:
    x, y = _key_place(place)
    titles = ((7, "网格"), (50, "编码"), (80, "变化"), (93, "面积（公顷）"), (118, "户数"))
    return joined(words(x + at, y - _ROW, title, size=2.8, fill="#5a6473") for at, title in titles)


def _key_row(place: int, row: KeyRow) -> Svg:
    x, y = _key_place(place)
    ink = INKS[row.change]
    return joined(
        (
            words(x + 5, y, str(row.number), size=_FACT, anchor="end", weight="700", fill=ink),
            words(x + 7, y, row.name, size=_FACT, room=42),
            words(x + 50, y, row.code, size=_FACT),
            words(x + 80, y, CHANGES[row.change], size=_FACT, fill=ink),
            words(x + 93, y, row.areas, size=_FACT, room=24),
            words(x + 118, y, row.households, size=_FACT, room=_KEY_WIDTH - 118),
        )
    )


def _legend(x: float) -> Svg:
    y = _STRIP + 4
    parts = [words(x, y, "图例", size=3.6, weight="700")]
    for step, (change, label) in enumerate(CHANGES.items(), start=1):
        at = y + step * 6
        box: Attributes = {"x": x, "y": at - 3, "width": 9, "height": 4, "stroke": INKS[change]}
        box["stroke-width"] = 0.5
        parts.append(tag("rect", {**box, "fill": FILLS[change]}))
        swatch = shapely.box(x, at - 3, x + 9, at + 1)
        parts.append(hatch(change, swatch, INKS[change]))
        parts.append(words(x + 12, at, label, size=3.2))
    at = y + 24
    land: Attributes = {
        "x": x,
        "y": at - 3,
        "width": 9,
        "height": 4,
        "fill": LAND,
        "stroke": GRID_LINE,
    }
    parts.append(tag("rect", {**land, "stroke-width": 0.2}))
    parts.append(words(x + 12, at, "其他网格", size=3.2))
    lines = (
        ("村（社区）界", COMMUNITY_LINE, 0.7, "4 1 0.8 1"),
        ("原界线", OLD_LINE, 0.45, "2 1.2"),
        ("道路", ROAD_LINE, 1.0, None),
    )
    for step, (label, ink, width, dashes) in enumerate(lines, start=5):
        at = y + step * 6
        line: Attributes = {
            "d": f"M{short(x)},{short(at - 1)} h9",
            "stroke": ink,
            "stroke-width": width,
        }
        parts.append(tag("path", {**line, "stroke-dasharray": dashes}))
        parts.append(words(x + 12, at, label, size=3.2))
    return joined(parts)


def _facts(picture: PlanPicture, scale: float, x: float) -> Svg:
    ground = (
        ("比例尺", f"1:{short(scale)}（A3原大打印）"),
        ("坐标系", "CGCS2000 经纬度（EPSG:4490）"),
    )
    lines = [
        line
        for label, value in (*picture.facts, *ground)
        for line in wrapped(f"{label}：{value}", _FACT, WIDTH_MM - _MARGIN - x, 3)
    ]
    step = min(5.4, 58 / max(len(lines), 1))
    return joined(
        words(x, _STRIP + 4 + place * step, line, size=_FACT) for place, line in enumerate(lines)
    )
