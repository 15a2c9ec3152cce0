"""Group units of households into connected, compact groups of like size.

A compact seed (a power diagram: nearest centre, with a handicap for centres that have too many),
then moves and swaps of single units across the groups' borders, each keeping both connected,
that bring sizes together and shorten what the borders cost. No step is random but the first
centres, which follow the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Costs = Sequence[dict[int, float]]
Points = NDArray[np.float64]

# How much one group's being off by all its size weighs against border, in typical block edges;
# the later rounds care for sizes only.
_WEIGHTS = (300.0, 3_000.0, 30_000.0, 3e6)
_MOST_SWEEPS = 25


def group_units(
    places: Points,
    households: NDArray[np.int64],
    costs: Costs,
    count: int,
    *,
    within: tuple[float, float],
    seed: int,
) -> NDArray[np.int64]:
    """Return the group (0 to ``count`` - 1) of each unit.

    ``places`` (n, 2) metres, ``costs`` the graph of neighbours, ``within`` the smallest and
    largest number of households that is aimed at. Every group is connected in the graph wherever
    its units are.
    """
    owners = _compact_seed(places, households, count, seed)
    groups = _Groups(owners.tolist(), households.tolist(), costs, count, within)
    groups.connect()
    for weight in _WEIGHTS:
        groups.descend(weight)
        if groups.fits():
            break
    else:
        groups.swap_until_fitting()
    groups.smooth()
    return np.array(groups.owners, dtype=np.int64)


def _compact_seed(
    places: Points, households: NDArray[np.int64], count: int, seed: int
) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    mass = np.maximum(households.astype(np.float64), 1e-3)
    centres = _first_centres(places, mass, count, rng)
    wanted = mass.sum() / count
    handicap = np.zeros(count)
    step = float(np.ptp(places, axis=0).prod()) / count * 0.3 + 1.0
    owners = np.zeros(len(places), dtype=np.int64)
    for turn in range(150):
        # The square of the distance but for the unit's own part, which every centre shares.
        squares = (centres**2).sum(axis=1) - 2.0 * places @ centres.T
        owners = np.argmin(squares + handicap, axis=1)
        held = np.bincount(owners, weights=mass, minlength=count)
        handicap += step * np.clip(held / wanted - 1, -1, 1)
        step *= 0.98
        if turn % 3 == 0 and turn < 120:
            sums = np.stack(
                [np.bincount(owners, weights=mass * axis, minlength=count) for axis in places.T],
                axis=1,
            )
            full = held > 0
            centres[full] = sums[full] / held[full, None]
    return _with_all(owners, count)


def _with_all(owners: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the owners with a unit of the fullest group given to each empty one."""
    for group in range(count):
        held = np.bincount(owners, minlength=count)
        if not held[group]:
            owners[np.flatnonzero(owners == held.argmax())[0]] = group
    return owners


def _first_centres(places: Points, mass: Points, count: int, rng: np.random.Generator) -> Points:
    """Draw centres one by one, far from those that are there (k-means++)."""
    chosen = [int(rng.choice(len(places), p=mass / mass.sum()))]
    while len(chosen) < count:
        squares = ((places[:, None, :] - places[chosen][None, :, :]) ** 2).sum(axis=2).min(axis=1)
        odds = squares * mass
        if odds.sum() == 0:
            odds = mass
        chosen.append(int(rng.choice(len(places), p=odds / odds.sum())))
    return places[chosen].copy()


@dataclass(slots=True)
class _Groups:
    """Hold the groups while units move between them."""

    owners: list[int]
    sizes: list[int]
    costs: Costs
    count: int
    within: tuple[float, float]

    def loads(self) -> list[int]:
        loads = [0] * self.count
        for unit, owner in enumerate(self.owners):
            loads[owner] += self.sizes[unit]
        return loads

    def fits(self) -> bool:
        low, high = self.within
        return all(low <= load <= high for load in self.loads())

    def connect(self) -> None:
        """Leave each group its largest piece; the other pieces join their dearest neighbour."""
        for _ in range(len(self.owners)):
            stray = self._stray_pieces()
            moved = False
            for piece in stray:
                shared: dict[int, float] = {}
                for unit in piece:
                    for other, cost in self.costs[unit].items():
                        if self.owners[other] != self.owners[unit]:
                            group = self.owners[other]
                            shared[group] = shared.get(group, 0.0) + cost
                if shared:
                    heir = max(sorted(shared), key=lambda group: shared[group])
                    for unit in piece:
                        self.owners[unit] = heir
                    moved = True
                    break
            if not moved:
                return

    def _stray_pieces(self) -> list[list[int]]:
        seen: set[int] = set()
        pieces: dict[int, list[list[int]]] = {}
        for unit, owner in enumerate(self.owners):
            if unit not in seen:
                piece = self._reach(unit, owner)
                seen.update(piece)
                pieces.setdefault(owner, []).append(sorted(piece))
        strays: list[list[int]] = []
        for held in pieces.values():
            held.sort(key=lambda piece: (-sum(self.sizes[u] for u in piece), piece[0]))
            strays += held[1:]
        return sorted(strays, key=lambda piece: (len(piece), piece[0]))

    def _reach(self, start: int, owner: int) -> set[int]:
        reached, stack = {start}, [start]
        while stack:
            for other in self.costs[stack.pop()]:
                if other not in reached and self.owners[other] == owner:
                    reached.add(other)
                    stack.append(other)
        return reached

    def may_leave(self, unit: int) -> bool:
        """Say whether the unit's group stays connected, and not empty, without it."""
        owner = self.owners[unit]
        ends = {other for other in self.costs[unit] if self.owners[other] == owner}
        if len(ends) < 2:
            return bool(ends)
        start = min(ends)
        reached, stack, missing = {start, unit}, [start], ends - {start}
        while stack and missing:
            for other in self.costs[stack.pop()]:
                if other not in reached and self.owners[other] == owner:
                    reached.add(other)
                    missing.discard(other)
                    stack.append(other)
        return not missing

    def _savings(self, unit: int) -> dict[int, float]:
        """Return what border the unit's going to each neighbouring group saves."""
        shared: dict[int, float] = {}
        for other, cost in self.costs[unit].items():
            shared[self.owners[other]] = shared.get(self.owners[other], 0.0) + cost
        kept = shared.pop(self.owners[unit], 0.0)
        return {group: cost - kept for group, cost in sorted(shared.items())}

    def descend(self, weight: float) -> None:
        """Move units while that brings sizes together more than it costs border."""
        loads = self.loads()
        mean = sum(loads) / self.count or 1.0
        edge = self._typical_edge()
        for _ in range(_MOST_SWEEPS):
            moves = 0
            for unit, size in enumerate(self.sizes):
                home = self.owners[unit]
                best, target = 1e-9, -1
                for group, saved in self._savings(unit).items():
                    evened = 2.0 * size * (loads[home] - loads[group] - size) / mean**2
                    gain = weight * evened + saved / edge
                    if gain > best:
                        best, target = gain, group
                if target >= 0 and self.may_leave(unit):
                    self._move(unit, target, loads)
                    moves += 1
            if not moves:
                return

    def smooth(self) -> None:
        """Move units that shorten the borders while no group leaves its limits."""
        loads = self.loads()
        low, high = self.within
        for _ in range(_MOST_SWEEPS):
            moves = 0
            for unit, size in enumerate(self.sizes):
                home = self.owners[unit]
                for group, saved in self._savings(unit).items():
                    fits = loads[home] - size >= low and loads[group] + size <= high
                    if saved > 1e-6 and fits and self.may_leave(unit):
                        self._move(unit, group, loads)
                        moves += 1
                        break
            if not moves:
                return

    def swap_until_fitting(self) -> None:
        """Exchange two units across a border where single moves are too coarse."""
        loads = self.loads()
        for _ in range(4 * self.count):
            if not any(self._swap_for(group, loads) for group in self._misfits(loads)):
                return
            self.descend(_WEIGHTS[-1])
            loads = self.loads()

    def _misfits(self, loads: Sequence[int]) -> list[int]:
        low, high = self.within
        off = [g for g in range(self.count) if not low <= loads[g] <= high]
        return sorted(off, key=lambda g: (-max(low - loads[g], loads[g] - high), g))

    def _swap_for(self, group: int, loads: list[int]) -> bool:
        """Do the best exchange between ``group`` and a neighbour; say whether there was one."""
        mean = sum(loads) / self.count
        rim = [u for u, owner in enumerate(self.owners) if owner == group and self._savings(u)]
        offers: list[tuple[float, int, int]] = []
        for unit in rim:
            for other in self._facing(unit, group):
                shift = self.sizes[other] - self.sizes[unit]
                beside = self.owners[other]
                was = (loads[group] - mean) ** 2 + (loads[beside] - mean) ** 2
                now = (loads[group] + shift - mean) ** 2 + (loads[beside] - shift - mean) ** 2
                if now < was - 1e-9:
                    offers.append((now - was, unit, other))
        return any(self._exchange(unit, other, loads) for _, unit, other in sorted(offers)[:200])

    def _facing(self, unit: int, group: int) -> list[int]:
        """Return the units on the rims of the groups beside ``unit`` that touch ``group``."""
        beside = set(self._savings(unit))
        return [
            other
            for other, owner in enumerate(self.owners)
            if owner in beside and any(self.owners[n] == group for n in self.costs[other])
        ]

    def _exchange(self, unit: int, other: int, loads: list[int]) -> bool:
        home, beside = self.owners[unit], self.owners[other]
        if not self.may_leave(unit):
            return False
        self._move(unit, beside, loads)
        touches = any(self.owners[n] == home for n in self.costs[other])
        if touches and self.may_leave(other):
            self._move(other, home, loads)
            return True
        self._move(unit, home, loads)
        return False

    def _move(self, unit: int, group: int, loads: list[int]) -> None:
        loads[self.owners[unit]] -= self.sizes[unit]
        loads[group] += self.sizes[unit]
        self.owners[unit] = group

    def _typical_edge(self) -> float:
        costs = [cost for near in self.costs for cost in near.values()]
        return float(np.median(costs)) if costs else 1.0
