"""Groups of households are connected, of like size where that can be, and the same each time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.redraw.balance import group_units


def mesh(across: int, seed: int) -> tuple[np.ndarray, np.ndarray, tuple[dict[int, float], ...]]:
    rng = np.random.default_rng(seed)
    places = np.array([(i, j) for i in range(across) for j in range(across)], dtype=float) * 30
    costs: tuple[dict[int, float], ...] = tuple({} for _ in places)
    for i in range(across):
        for j in range(across):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < across and j + dj < across and rng.random() < 0.85:
                    one, other = i * across + j, (i + di) * across + j + dj
                    costs[one][other] = costs[other][one] = float(rng.uniform(5, 30))
    return places, rng.integers(1, 9, len(places)), costs


def components(nodes: set[int], costs: tuple[dict[int, float], ...]) -> int:
    count = 0
    while nodes:
        stack = [nodes.pop()]
        count += 1
        while stack:
            for other in costs[stack.pop()]:
                if other in nodes:
                    nodes.discard(other)
                    stack.append(other)
    return count


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1_000), across=st.integers(2, 12), count=st.integers(1, 6))
def test_every_group_is_connected_wherever_its_units_are(
    seed: int, across: int, count: int
) -> None:
    places, households, costs = mesh(across, seed)
    count = min(count, len(places))
    mean = households.sum() / count
    owners = group_units(
        places, households, costs, count, within=(0.9 * mean, 1.1 * mean), seed=seed
    )
    assert len(owners) == len(places)
    islands = components(set(range(len(places))), costs)
    pieces = sum(
        components(set(np.flatnonzero(owners == group).tolist()), costs)
        for group in np.unique(owners)
    )
    assert pieces <= count + islands - 1 + (islands > 1) * count
    if islands == 1:
        assert pieces == len(np.unique(owners)) == count
    again = group_units(
        places, households, costs, count, within=(0.9 * mean, 1.1 * mean), seed=seed
    )
    assert (owners == again).all()


def test_a_full_mesh_is_shared_out_within_the_tolerance() -> None:
    places, households, costs = mesh(30, 4)
    mean = households.sum() / 9
    owners = group_units(places, households, costs, 9, within=(0.9 * mean, 1.1 * mean), seed=1)
    sizes = np.bincount(owners, weights=households)
    lone = [unit for unit, near in enumerate(costs) if not near]
    assert (np.abs(sizes / mean - 1) <= 0.1).all() or lone


def test_buildings_too_large_for_single_moves_are_exchanged() -> None:
    # Two towers of 50 on one side, two houses of 40 on the other: only an exchange evens it out.
    places = np.array([(0, 0), (0, 30), (60, 0), (60, 30)], dtype=float)
    costs = ({1: 30.0, 2: 1.0}, {0: 30.0, 3: 1.0}, {0: 1.0, 3: 30.0}, {1: 1.0, 2: 30.0})
    owners = group_units(places, np.array([50, 50, 40, 40]), costs, 2, within=(85.0, 95.0), seed=0)
    assert sorted(np.bincount(owners, weights=[50, 50, 40, 40]).tolist()) == [90, 90]
