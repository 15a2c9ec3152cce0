"""Make random coverages for property tests: odd shapes, holes, grids in several parts."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

WEST, SOUTH, STEP = 110.5, 40.25, 0.004


def random_coverage(
    seed: int, *, across: int = 5, codes: int = 8
) -> tuple[list[str], list[BaseGeometry]]:
    """Return codes and shapes of a valid coverage on the 1e-8 lattice.

    A mesh of jittered quadrangles is dealt out to ``codes`` owners at random, so that owners may
    have several parts and holes; some faces belong to nobody.
    """
    rng = random.Random(seed)
    nodes = {
        (i, j): (
            round((WEST + (i + rng.uniform(-0.3, 0.3)) * STEP) * 1e8) / 1e8,
            round((SOUTH + (j + rng.uniform(-0.3, 0.3)) * STEP) * 1e8) / 1e8,
        )
        for i in range(across + 1)
        for j in range(across + 1)
    }
    held: dict[str, list[Polygon]] = {}
    for i in range(across):
        for j in range(across):
            number = rng.randrange(codes + 1)
            if number == codes:
                continue
            ring = [nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]]
            held.setdefault(f"150221104001{number + 1:03d}", []).append(Polygon(ring))
    names = list(held)
    rng.shuffle(names)
    shapes = [shapely.coverage_union_all(np.array(held[name], dtype=object)) for name in names]
    return names, shapes


def telling_points(shapes: list[BaseGeometry], seed: int) -> list[tuple[float, float]]:
    """Return vertices, points on edges, and points anywhere in and around a coverage."""
    rng = random.Random(seed)
    points: list[tuple[float, float]] = []
    for shape in shapes:
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            corners = shapely.get_coordinates(ring).tolist()
            for (ax, ay), (bx, by) in pairwise(corners):
                part = rng.random()
                points += [(ax, ay), ((ax + bx) / 2, (ay + by) / 2)]
                points.append((ax + (bx - ax) * part, ay + (by - ay) * part))
    for _ in range(100):
        x, y = rng.uniform(-0.5, 5.5), rng.uniform(-0.5, 5.5)
        points.append((WEST + x * STEP, SOUTH + y * STEP))
    return points
