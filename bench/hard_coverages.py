"""Make a coverage harder: holes, enclaves, exclaves, a hole that touches its border, overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bench.county import County, FloatArray
from geo.lattice import snap_values

SHARE = 0.15  # of the polygons get a hole
CORNERS = 12
OVERLAPS = 200


def shuffled(county: County, seed: int) -> County:
    """Return the coverage with its codes dealt out anew: the lowest is not always the western."""
    dealt = np.random.default_rng(seed).permutation(len(county.codes)).tolist()
    return _ordered(county, county.codes, [county.shapes[number] for number in dealt])


def with_enclaves(county: County, seed: int) -> County:
    """Return the coverage with land inside of land, still without gap or overlap.

    In turn: an enclave of its own; an exclave of a polygon far away; an enclave around a piece of
    the polygon that surrounds it; an enclave that touches the border from inside in one node.
    """
    source = np.random.default_rng(seed)
    shapes = list(county.shapes)
    enclaves: list[BaseGeometry] = []
    count = round(SHARE * len(shapes))
    chosen: list[int] = source.choice(len(shapes), 2 * count, replace=False).tolist()
    for turn, (around, far) in enumerate(zip(chosen[:count], chosen[count:], strict=True)):
        shell = county.shapes[around]
        middle, reach = _room(shell)
        star = _star(source, middle, reach)
        if turn % 4 == 3:
            star = _touching(shell, middle, reach) or star
        outer = shapely.difference(shell, star)
        if turn % 4 == 1:
            shapes[far] = shapely.MultiPolygon([*shapely.get_parts(shapes[far]).tolist(), star])
        elif turn % 4 == 2:
            inner = _star(source, middle, reach / 4)
            enclaves.append(shapely.Polygon(star.exterior, [inner.exterior]))
            outer = shapely.MultiPolygon([*shapely.get_parts(outer).tolist(), inner])
        else:
            enclaves.append(star)
        shapes[around] = outer
    return _ordered(county, [*county.codes, *_more_codes(len(enclaves))], [*shapes, *enclaves])


def with_overlaps(county: County, seed: int) -> County:
    """Return polygons that overlap, as a table of foreign origin may hold them."""
    source = np.random.default_rng(seed)
    corners = shapely.get_coordinates(np.array(county.shapes))
    middles = corners[source.integers(len(corners), size=OVERLAPS)]
    stars = [_star(source, middle, 0.02) for middle in middles]
    codes = [*county.codes, *_more_codes(len(stars))]
    shapes = [*county.shapes, *stars]
    dealt = source.permutation(len(shapes)).tolist()
    return _ordered(county, codes, [shapes[number] for number in dealt])


def _more_codes(count: int) -> list[str]:
    return [f"{149000 + number // 900}999999{100 + number % 900:03d}" for number in range(count)]


def _ordered(county: County, codes: Sequence[str], shapes: Sequence[BaseGeometry]) -> County:
    order = sorted(range(len(codes)), key=codes.__getitem__)
    return County(
        codes=tuple(codes[number] for number in order),
        shapes=tuple(shapes[number] for number in order),
        names={},
        kinds={},
        buildings=county.buildings,
    )


def _room(shell: BaseGeometry) -> tuple[FloatArray, float]:
    """Return a place well inside a polygon, and how far from there nothing else is met."""
    middle = shapely.get_coordinates(shapely.point_on_surface(shell))[0]
    reach = float(shapely.distance(shapely.Point(middle), shapely.boundary(shell)))
    return middle, 0.6 * reach


def _star(source: np.random.Generator, middle: FloatArray, reach: float) -> shapely.Polygon:
    """Return a star-shaped polygon on the lattice, between half of ``reach`` and all of it."""
    angles = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    spokes = np.column_stack([np.cos(angles), np.sin(angles)])
    lengths = source.uniform(reach / 2, reach, (CORNERS, 1))
    return shapely.Polygon(snap_values(middle + lengths * spokes))


def _touching(shell: BaseGeometry, middle: FloatArray, reach: float) -> shapely.Polygon | None:
    """Return a triangle inside that shares one node with the border; None where none fits."""
    for node in shapely.get_coordinates(shell)[::7]:
        aside = np.array([middle[1] - node[1], node[0] - middle[0]])
        aside *= reach / 4 / max(float(np.hypot(*aside)), 1e-9)
        corners = np.array([node, *snap_values([middle + aside, middle - aside])])
        triangle = shapely.Polygon(corners)
        if shapely.relate_pattern(triangle, shell, "2FF10F212"):
            return triangle
    return None
