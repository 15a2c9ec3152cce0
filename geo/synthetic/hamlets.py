"""Name the villagers' groups: one in each rural grid, some with the name of a natural village."""

from __future__ import annotations

from collections import Counter

import numpy as np

from geo.address.types import LocalAlias, Place, PlaceKind
from geo.synthetic.county import Grid, stream
from geo.synthetic.ground import Ground
from geo.synthetic.plane import to_plane
from geo.synthetic.spoken import HAMLET_HEADS, HAMLET_STEMS, OLD_NAMES
from geo.synthetic.units import ordinal

_NAMED_SHARE = 0.3
_STREAM = 9
_MARGIN_M = 60.0


def hamlets(ground: Ground) -> list[Place]:
    """Return the groups in the order of their grids; a group is numbered as its grid is."""
    rural = [grid for grid in ground.county.grids if grid.kind == "rural"]
    names = _natural_names(ground, rural)
    counts = Counter(names.values())
    found: list[Place] = []
    for grid in rural:
        name = names.get(grid.code)
        alone = name is not None and counts[name] == 1
        found.append(_hamlet(ground, grid, name, alone=alone))
    return found


def _natural_names(ground: Ground, grids: list[Grid]) -> dict[str, str]:
    """Return names by grid, each once in a village; none is the name of a village."""
    villages = {unit.short_name.removesuffix("村") for unit in ground.communities()}
    villages |= {name.removesuffix("村") for names in OLD_NAMES.values() for name in names}
    names: dict[str, str] = {}
    for grid in grids:
        rng = stream(_STREAM, int(grid.code))
        if rng.random() >= _NAMED_SHARE:
            continue
        name = str(rng.choice(HAMLET_HEADS)) + str(rng.choice(HAMLET_STEMS))
        taken = {n for code, n in names.items() if code.startswith(grid.parent)}
        if name not in taken and name not in villages:
            names[grid.code] = name
    return names


def _hamlet(ground: Ground, grid: Grid, name: str | None, *, alone: bool) -> Place:
    unit = ground.unit(grid.parent)
    rows = ground.buildings(grid.code)
    metres = to_plane(np.array([[row.lon, row.lat] for row in rows]))
    gaps = np.sqrt(((metres - metres.mean(axis=0)) ** 2).sum(axis=1))
    middle = rows[int(np.argmin(np.round(gaps)))]
    return Place(
        id=f"H{grid.code}",
        name=f"{unit.short_name}{ordinal(int(grid.code[12:]))}组",
        kind=PlaceKind.HAMLET,
        lon=round(middle.lon, 6),
        lat=round(middle.lat, 6),
        radius_m=float(round(gaps.max() + _MARGIN_M)),
        area_code=grid.code,
        grids=(grid.code,),
        parent_id=f"V{grid.parent}",
        aliases=(name,) if name and alone else (),
        local_aliases=(LocalAlias(name, grid.parent),) if name and not alone else (),
    )
