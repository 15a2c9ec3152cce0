"""Propose a repair of a messy coverage, say what it would move, and prove the result.

The tool is GEOS's coverage cleaning: it snaps near nodes together, gives an overlap to the
neighbour with the longest common border and closes narrow gaps. It moves valid land too, so
nothing here is applied by itself: the proposal tells, grid by grid, the square metres that change
hands and the farthest move of a border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import coverage_clean  # type: ignore[attr-defined] # newer than the stubs
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.refusal import FileRefused
from geo.coverage import CoverageReport, check_coverage
from geo.crs import metres_per_degree
from geo.lattice import STEPS_PER_DEGREE, snap

GAP_WIDTH_M: Final = 5.0
SNAP_M: Final = 0.05
# Rounding to the lattice may make a border touch itself again; a second pass on the lattice mends.
_ROUNDS: Final = 3
_MOVED_M: Final = 0.002

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Hold what a repair does to one area: land won and lost, the farthest move of its border."""

    row: int
    area: str
    gained_m2: float
    lost_m2: float
    max_move_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Hold a proposal: the areas as they would be, what moved, and the check of the result."""

    features: tuple[BoundaryFeature, ...]
    moves: tuple[Move, ...]
    vanished: tuple[str, ...]
    gap_width_m: float
    snap_m: float
    check: CoverageReport

    @property
    def is_proven(self) -> bool:
        """Say whether the result is a valid coverage in which every area still exists."""
        return self.check.is_valid and not self.vanished

    @property
    def moved_m2(self) -> float:
        """Return the square metres that change hands, each counted where it is won."""
        return sum(move.gained_m2 for move in self.moves)


def propose_repair(
    features: Sequence[BoundaryFeature],
    *,
    gap_width_m: float = GAP_WIDTH_M,
    snap_m: float = SNAP_M,
) -> Repair:
    """Return what cleaning would make of ``features``; they themselves stay as they are.

    Gaps narrower than ``gap_width_m`` are closed, nodes nearer than ``snap_m`` become one. Areas
    without a shape stay without. Raises FileRefused when cleaning itself fails.
    """
    places = [i for i, f in enumerate(features) if f.geometry is not None]
    before: Shapes = np.array([features[i].geometry for i in places], dtype=object)
    if len(before) == 0:
        raise FileRefused("nothing_to_repair", "没有可修复的面。")
    plane = _plane(before)
    sound: Shapes = np.array([_sound(shape) for shape in before], dtype=object)
    after = _clean(sound, plane, gap_width_m, snap_m)
    changed = list(features)
    moves: list[Move] = []
    vanished: list[str] = []
    for place, old, new in zip(places, sound.tolist(), after.tolist(), strict=True):
        feature = features[place]
        changed[place] = replace(feature, geometry=new)
        if new.is_empty:
            vanished.append(feature.label)
        elif not new.equals(old):
            move = _move(feature, _to_plane(old, plane), _to_plane(new, plane))
            moves += [move] if move.max_move_m > _MOVED_M else []
    check = check_coverage(
        [str(features[i].number) for i in places],
        list(after),
        multipart_codes=[str(features[i].number) for i in places if features[i].exclave],
    )
    moves.sort(key=lambda move: (-move.max_move_m, move.row))
    return Repair(
        features=tuple(changed),
        moves=tuple(moves),
        vanished=tuple(vanished),
        gap_width_m=gap_width_m,
        snap_m=snap_m,
        check=check,
    )


@dataclass(frozen=True, slots=True)
class _Plane:
    """Hold a local plane in metres: its origin in degrees and its scale."""

    origin: NDArray[np.float64]
    scale: NDArray[np.float64]


def _plane(shapes: Shapes) -> _Plane:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    middle = np.array([(west + east) / 2, (south + north) / 2])
    return _Plane(middle, np.array(metres_per_degree(float(middle[1]))))


def _to_plane(shape: BaseGeometry, plane: _Plane) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: (xy - plane.origin) * plane.scale)


def _sound(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape that may cross itself; the loops of a bow-tie stay land."""
    if shape.is_valid:
        return shape
    made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = [p for p in shapely.get_parts(made) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts) if len(parts) != 1 else parts[0]


def _clean(shapes: Shapes, plane: _Plane, gap_width_m: float, snap_m: float) -> Shapes:
    metres: Shapes = np.array([_to_plane(shape, plane) for shape in shapes], dtype=object)
    try:
        cleaned = coverage_clean(metres, gap_width=gap_width_m, snapping_distance=snap_m)
        degrees = shapely.transform(cleaned, lambda xy: xy / plane.scale + plane.origin)
        result: Shapes = np.array([snap(shape) for shape in degrees], dtype=object)
        for _ in range(_ROUNDS):
            if shapely.is_valid(result).all() and shapely.coverage_is_valid(result):
                break
            again = coverage_clean(result, snapping_distance=2 / STEPS_PER_DEGREE)
            result = np.array([snap(shape) for shape in again], dtype=object)
    except shapely.errors.GEOSException:
        raise FileRefused(
            "repair_failed", "图形过于混乱，无法自动修复，请先在原软件中改正。"
        ) from None
    return result


def _move(feature: BoundaryFeature, old: BaseGeometry, new: BaseGeometry) -> Move:
    return Move(
        row=feature.number,
        area=feature.label,
        gained_m2=float(shapely.difference(new, old).area),
        lost_m2=float(shapely.difference(old, new).area),
        max_move_m=float(shapely.hausdorff_distance(old.boundary, new.boundary)),
    )
