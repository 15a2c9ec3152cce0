"""Draw what an import would do, as GeoJSON for a map: areas, moved land, what differs from now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.repair import Move
from geo.codes import parent_of
from geo.coverage import area_m2
from geo.redraw.county_update import CountyUpdate
from geo.redraw.sheet import Sheet

# A map needs no more: a centimetre.
_DECIMALS: Final = 7
# Less land than this is rounding, not a place to look at.
_WORTH_M2: Final = 0.01
_MOST_LISTED: Final = 5_000

Feature = dict[str, Any]


def _feature(shape: BaseGeometry, properties: Mapping[str, Any]) -> Feature:
    return {
        "type": "Feature",
        "properties": dict(properties),
        "geometry": _rounded(json.loads(shapely.to_geojson(shape))),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    return value


def _collection(features: Sequence[Feature]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def areas(features: Sequence[BoundaryFeature]) -> str:
    """Return the areas of a file with row, code and name."""
    return _collection(
        [
            _feature(f.geometry, {"row": f.number, "code": f.code, "name": f.name})
            for f in features
            if f.geometry is not None and not f.geometry.is_empty
        ]
    )


def moves(
    moved: Sequence[Move], before: Sequence[BoundaryFeature], after: Sequence[BoundaryFeature]
) -> str:
    """Return the land that a repair gives to each area; what one wins another loses or nobody."""
    old = {f.number: f.geometry for f in before}
    new = {f.number: f.geometry for f in after}
    drawn: list[Feature] = []
    for move in moved[:_MOST_LISTED]:
        one, other = old.get(move.row), new.get(move.row)
        if one is None or other is None:
            continue
        sound = one if one.is_valid else shapely.make_valid(one)
        for part, land in (
            ("gained", shapely.difference(other, sound)),
            ("lost", shapely.difference(sound, other)),
        ):
            shape = _polygons(land)
            if shape is not None:
                size = round(area_m2(shape), 3)
                properties = {"row": move.row, "area": move.area, "part": part, "size_m2": size}
                drawn.append(_feature(shape, properties))
    return _collection(drawn)


def _polygons(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the polygons of a result that may hold lines and points too; None without any."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0]
    return shapely.MultiPolygon(parts) if parts else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold what differs between a file and the grids there are: as plain values, and drawn."""

    summary: dict[str, Any]
    drawn: str


def compare(sheet: Sheet, pieces: Mapping[str, BaseGeometry], update: CountyUpdate) -> Comparison:
    """Return what ``update`` would do to ``sheet``, grid by grid, and what it leaves alone."""
    changed: list[dict[str, Any]] = []
    drawn: list[Feature] = []
    touched = sorted({code for step in update.steps for code in step.outcome.meant})
    for code in touched:
        old, new = sheet.shapes.get(code), update.sheet.shapes.get(code)
        won = _won(old, new)
        state = "created" if old is None else "retired" if new is None else "changed"
        if won is not None:
            drawn.append(_feature(won, {"code": code, "state": state, "part": "gained"}))
        changed.append(
            {
                "code": code,
                "state": state,
                "area_before_m2": _size(old),
                "area_after_m2": _size(new),
                "won_m2": _size(won),
                "lost_m2": _size(_won(new, old)),
            }
        )
    drawn += [
        _feature(r.where, {"state": "refused", "reason": r.reason, "message": r.message})
        for r in update.refused
        if r.where is not None and not r.where.is_empty
    ]
    outside = _outside(sheet, pieces)
    if outside is not None:
        drawn.append(_feature(outside, {"state": "outside"}))
    changed.sort(key=lambda entry: -entry["won_m2"] - entry["lost_m2"])
    return Comparison(_summary(sheet, pieces, update, changed, outside), _collection(drawn))


def _summary(
    sheet: Sheet,
    pieces: Mapping[str, BaseGeometry],
    update: CountyUpdate,
    changed: list[dict[str, Any]],
    outside: BaseGeometry | None,
) -> dict[str, Any]:
    in_file = {parent_of(code) for code in pieces}
    communities = {parent_of(code) for code in sheet}
    return {
        "present": len(sheet.shapes),
        "file": len(pieces),
        "matching": sum(code in sheet for code in pieces),
        "unchanged": sum(code in sheet for code in pieces)
        - sum(entry["state"] == "changed" for entry in changed),
        "changed": changed[:_MOST_LISTED],
        "counts": {
            state: sum(entry["state"] == state for entry in changed)
            for state in ("changed", "created", "retired")
        },
        "moved_m2": round(sum(entry["won_m2"] for entry in changed), 1),
        "communities_left": len(communities - in_file),
        "moved_borders": [list(pair) for pair in update.moved_borders],
        "outside_m2": _size(outside),
        "refused": [
            {
                "reason": r.reason,
                "message": r.message,
                "codes": list(r.codes)[:20],
                "communities": list(r.communities)[:20],
            }
            for r in update.refused
        ],
        "warnings": [
            {"reason": w.reason, "message": w.message, "codes": list(w.codes), "area_m2": w.area_m2}
            for step in update.steps
            for w in step.outcome.warnings
        ][:_MOST_LISTED],
        "outer_nodes": sum(len(step.outcome.outer_nodes) for step in update.steps),
    }


def _won(old: BaseGeometry | None, new: BaseGeometry | None) -> BaseGeometry | None:
    if new is None or old is None:
        return new
    return _polygons(shapely.difference(new, old))


def _size(shape: BaseGeometry | None) -> float:
    return 0.0 if shape is None else round(area_m2(shape), 2)


def _outside(sheet: Sheet, pieces: Mapping[str, BaseGeometry]) -> BaseGeometry | None:
    """Return the land of the file beyond the county's border, which no import moves."""
    county = shapely.coverage_union_all(list(sheet.shapes.values()))
    whole = shapely.coverage_union_all(list(pieces.values()))
    beyond = _polygons(shapely.difference(whole, county))
    return beyond if beyond is not None and area_m2(beyond) >= _WORTH_M2 else None
