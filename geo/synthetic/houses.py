"""Build what people name instead of an address: pump houses, clinics, shops, gates, stations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geo.address.types import LocalAlias, Place, PlaceKind
from geo.synthetic import geography, spoken
from geo.synthetic.county import stream
from geo.synthetic.dwellings import Building
from geo.synthetic.ground import Ground
from geo.synthetic.units import Unit

_STREAM = 11
_RADIUS_M = 40.0
_GATE_RADIUS_M = 25.0
_GATES = (("南门", 0.0, -1.0), ("东门", 1.0, 0.0))
_GATES_OF = 2
_BEYOND_M = 28.0
_TOWNSHIP_STEP_M = 90.0


def houses(ground: Ground) -> list[Place]:
    """Return the points of interest that are made by rule, township by township."""
    found: list[Place] = []
    for unit in ground.county.units:
        if unit.level == "township":
            found += _of_township(ground, unit)
        elif unit.level == "community":
            found += _of_town(ground, unit) if unit.is_urban else _of_village(ground, unit)
    return found + list(_gates(ground))


def poi(
    ground: Ground,
    place_id: str,
    name: str,
    where: tuple[float, float],
    *,
    radius_m: float = _RADIUS_M,
    aliases: tuple[str, ...] = (),
    local_aliases: tuple[LocalAlias, ...] = (),
) -> Place:
    """Return a point of interest in the grid that covers it; raise ValueError outside."""
    grid = ground.grid_at(*where).code
    return Place(
        id=place_id,
        name=name,
        kind=PlaceKind.POI,
        lon=where[0],
        lat=where[1],
        radius_m=radius_m,
        area_code=grid,
        grids=(grid,),
        aliases=aliases,
        local_aliases=local_aliases,
    )


def local(names: tuple[str, ...], scope: str) -> tuple[LocalAlias, ...]:
    """Return names that mean a place only where ``scope`` is known."""
    return tuple(LocalAlias(name, scope) for name in names)


def _of_township(ground: Ground, unit: Unit) -> Iterator[Place]:
    """Put the offices of a township in a row behind its seat."""
    short = unit.name.removesuffix("生态管理区").rstrip("镇乡")
    (seat,) = (t.seat for t in geography.TOWNSHIPS if t.code == unit.code)
    grid = ground.grid_at(*seat).code
    yard = min(ground.buildings(grid), key=lambda b: (round(_gap(b, seat), 1), b.id))
    kinds = list(spoken.TOWNSHIP_HOUSES)
    if unit.code in spoken.GRANARIES:
        kinds.append(("粮库", ("老粮站", "粮站")))
    for number, (kind, said) in enumerate(kinds, start=1):
        where = ground.beside(yard, _TOWNSHIP_STEP_M * (number - 4) + 20, 25.0)
        if not ground.grid_at(*where).code.startswith(unit.code):
            raise ValueError(f"an office outside its township: {short}{kind}")
        yield poi(ground, f"P{unit.code}{number:02d}", short + kind, where,
                  aliases=(unit.name + kind,) if unit.name != short else (),
                  local_aliases=local(said, unit.code))  # fmt: skip


def _gap(building: Building, seat: tuple[float, float]) -> float:
    return float(np.hypot((building.lon - seat[0]) * 84_720, (building.lat - seat[1]) * 111_040))


def _of_village(ground: Ground, unit: Unit) -> Iterator[Place]:
    rng = stream(_STREAM, int(unit.code))
    grids = ground.county.grids_of(unit.code)
    central = ground.grid_at(*ground.centre(unit)).code
    number = 0
    for kind, said, likely in spoken.VILLAGE_HOUSES:
        number += 1
        chance, where = rng.random(), _somewhere(ground, central, rng)
        if chance < likely:
            yield poi(ground, f"P{unit.code}{number:02d}", unit.short_name + kind, where,
                      local_aliases=local(said, unit.code))  # fmt: skip
    wells = ("东井房", "西井房") if len(grids) > 5 else ("井房",)
    # West to east, as the grids of a village are counted.
    ends = (grids[-1], grids[0]) if len(wells) == 2 else (grids[int(rng.integers(len(grids)))],)
    for kind, grid in zip(wells, ends, strict=True):
        number += 1
        said = tuple(dict.fromkeys((kind, "井房", "机井房")))
        where = _somewhere(ground, grid.code, rng)
        yield poi(ground, f"P{unit.code}{number:02d}", unit.short_name + kind, where,
                  local_aliases=local(said, unit.code))  # fmt: skip


def _of_town(ground: Ground, unit: Unit) -> Iterator[Place]:
    rng = stream(_STREAM, int(unit.code))
    grids = ground.county.grids_of(unit.code)
    short = spoken.SPECIAL_SHORT.get(unit.code, unit.short_name.removesuffix("社区"))
    order = [u.code for u in ground.communities() if u.is_urban].index(unit.code)
    chain = spoken.SHOP_CHAINS[order % len(spoken.SHOP_CHAINS)]
    wanted = [
        *((f"{short}社区{kind}", (), said) for kind, said in spoken.TOWN_HOUSES),
        (f"{spoken.KINDERGARTENS[order]}幼儿园", (), ("幼儿园",)),
        (f"{chain}（{short}店）", (chain,), ()),
    ]
    for number, (name, aliases, said) in enumerate(wanted, start=1):
        grid = grids[int(rng.integers(len(grids)))]
        yield poi(ground, f"P{unit.code}{number:02d}", name, _somewhere(ground, grid.code, rng),
                  aliases=aliases, local_aliases=local(said, unit.code))  # fmt: skip


def _somewhere(ground: Ground, grid: str, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place beside one of the houses of a grid."""
    buildings = ground.buildings(grid)
    building = buildings[int(rng.integers(len(buildings)))]
    east_m, north_m = np.round(rng.uniform(-30.0, 30.0, 2), 1).tolist()
    return ground.beside(building, east_m, north_m)


def _gates(ground: Ground) -> Iterator[Place]:
    """Give the first compounds of each community in town a gate in the south and in the east."""
    seen: dict[str, int] = {}
    for compound in ground.dwellings.compounds:
        seen[compound.community] = seen.get(compound.community, 0) + 1
        if seen[compound.community] > _GATES_OF:
            continue
        mine = [b for b in ground.dwellings.buildings if b.compound == compound.id]
        for number, (side, east, north) in enumerate(_GATES, start=1):
            outermost = max(mine, key=lambda b: (round(b.lon * east + b.lat * north, 6), b.id))
            where = ground.beside(outermost, east * _BEYOND_M, north * _BEYOND_M)
            yield poi(ground, f"G{compound.id[1:]}{number}", compound.name + side, where,
                      radius_m=_GATE_RADIUS_M,
                      aliases=(f"{compound.name}{side}口",))  # fmt: skip
