"""Make seeded points on a made county: anywhere, near buildings, along roads, on and at borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.county import SPREAD_DEGREES, County, FloatArray, beside_edges, on_edges

BORDER_SHARE = 0.01
ROAD_SHARE = 0.35
TOWNS = 60
_ROAD_WIDTH_DEGREES = 0.0002  # about 20 m


def uniform_points(county: County, seed: int, count: int) -> FloatArray:
    """Return points anywhere in the county's box, one in a hundred at a border; shape (2, n)."""
    source = np.random.default_rng(seed)
    border = round(count * BORDER_SHARE)
    west, south, east, north = county.bounds
    anywhere = source.uniform((west, south), (east, north), (count - border, 2))
    return _mixed(source, anywhere, beside_edges(county, source, border))


def clustered_points(county: County, seed: int, count: int) -> FloatArray:
    """Return points near buildings and along roads from town to town; shape (2, n)."""
    source = np.random.default_rng(seed)
    border, road = round(count * BORDER_SHARE), round(count * ROAD_SHARE)
    homes = county.buildings[source.integers(len(county.buildings), size=count - border - road)]
    homes = homes + source.normal(0, SPREAD_DEGREES, homes.shape)
    towns = county.buildings[source.integers(len(county.buildings), size=TOWNS)]
    begin, end = towns[source.integers(TOWNS, size=(2, road))]
    roads = begin + source.random((road, 1)) * (end - begin)
    roads += source.normal(0, _ROAD_WIDTH_DEGREES, roads.shape)
    return _mixed(source, homes, roads, beside_edges(county, source, border))


def edge_points(county: County, seed: int, count: int) -> FloatArray:
    """Return points on edges as exactly as a double can, and the doubles next to such points.

    Half each. Never whole numbers of the lattice: what is collinear in decimals need not be so in
    doubles.
    """
    source = np.random.default_rng(seed)
    on = on_edges(county, source, count)
    beside = on[: count // 2]
    beside[:] = np.nextafter(beside, beside + source.integers(-1, 2, beside.shape))
    return _mixed(source, on)


def vertex_points(county: County) -> FloatArray:
    """Return every vertex once; shape (2, n)."""
    edges = county.edges()
    return np.ascontiguousarray(np.unique(edges[:, :2], axis=0).T)


def in_space_order(points: FloatArray) -> FloatArray:
    """Return the points along a Z-curve over their box, as a sorted table holds them."""
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    cells = ((points - low) / np.maximum(high - low, 1e-12) * 1023).astype(np.int64)
    order = np.argsort(_spread(cells[0]) | (_spread(cells[1]) << 1), kind="stable")
    return np.ascontiguousarray(points[:, order])


def _spread(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put a zero between the ten bits of each number."""
    spread = numbers
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | (spread << shift)) & mask
    return spread


def _mixed(source: np.random.Generator, *parts: FloatArray) -> FloatArray:
    points: FloatArray = np.concatenate(parts)
    source.shuffle(points)
    return np.ascontiguousarray(points.T)
