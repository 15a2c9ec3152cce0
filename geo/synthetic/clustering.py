"""Divide scattered points among centres: by capacity, or into compact groups of like weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry import Polygon

from geo.synthetic.plane import Points, settle

Owners = NDArray[np.int64]


def scatter(region: Polygon, *, spacing_m: float, rng: np.random.Generator) -> Points:
    """Return jittered points about ``spacing_m`` apart inside ``region``."""
    west, south, east, north = region.bounds
    xs = np.arange(west, east, spacing_m)
    ys = np.arange(south, north, spacing_m)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    points = settle(grid + rng.uniform(0, spacing_m, grid.shape))
    return points[contains_xy(region, points[:, 0], points[:, 1])]


def squared_distances(points: Points, centres: Points) -> Points:
    """Return the (n, k) squared distances in square metres."""
    squared: Points = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return squared


def squared_segment_distances(points: Points, segments: Points) -> Points:
    """Return the (n, k) squared distances to k segments, an array of shape (k, 2, 2)."""
    start = segments[:, 0][None]
    along = (segments[:, 1] - segments[:, 0])[None]
    offset = points[:, None, :] - start
    share = (offset * along).sum(axis=2) / (along**2).sum(axis=2)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    squared: Points = ((points[:, None, :] - nearest) ** 2).sum(axis=2)
    return squared


def divide_by_capacity(squared: Points, shares: NDArray[np.float64]) -> Owners:
    """Return an owner per point so that each centre gets its share of the points.

    A power diagram: each centre has a weight that is subtracted from its squared distances and
    raised while the centre has too few points.
    """
    wanted = shares / shares.sum()
    weights = np.zeros(len(shares))
    step_m2 = 6e7
    owners: Owners = np.argmin(squared, axis=1)
    for _ in range(120):
        held = np.bincount(owners, minlength=len(shares)) / len(owners)
        weights = np.round(weights + step_m2 * np.clip((wanted - held) / wanted, -1, 1))
        owners = np.argmin(squared - weights, axis=1)
        step_m2 *= 0.97
    return owners


def group(
    points: Points,
    mass: NDArray[np.float64],
    count: int,
    *,
    rng: np.random.Generator,
    fixed: Points | None = None,
    rounds: int = 12,
) -> tuple[Points, Owners]:
    """Return ``count`` centres of compact groups of like mass, and the group of each point.

    The first centres stay where ``fixed`` puts them. Few rounds leave the groups as uneven as
    villages are.
    """
    held = np.empty((0, 2)) if fixed is None else fixed
    centres = _spread(points, mass, count, held, rng)
    owners: Owners = np.argmin(squared_distances(points, centres), axis=1)
    for _ in range(rounds):
        for index in range(len(held), count):
            mine = owners == index
            if mine.any():
                part = mass[mine][:, None]
                centres[index] = settle((points[mine] * part).sum(axis=0) / part.sum())
        owners = np.argmin(squared_distances(points, centres), axis=1)
    return centres, owners


def _spread(
    points: Points,
    mass: NDArray[np.float64],
    count: int,
    held: Points,
    rng: np.random.Generator,
) -> Points:
    """Choose starting centres: of eight random points, the one farthest from the others."""
    odds = np.cumsum(mass)
    chosen = list(held)
    while len(chosen) < count:
        draw = points[np.searchsorted(odds, rng.uniform(0, odds[-1], 8)).clip(max=len(points) - 1)]
        if not chosen:
            chosen.append(draw[0])
            continue
        gaps = squared_distances(draw, np.array(chosen)).min(axis=1)
        density = mass[np.argmin(squared_distances(draw, points), axis=1)]
        chosen.append(draw[int(np.argmax(gaps * density))])
    return np.array(chosen, dtype=np.float64)
