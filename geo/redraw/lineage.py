"""Tell where the land and the households of each grid went between two states of a coverage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo.coverage import area_m2
from geo.redraw.dwellings import Dwellings
from geo.redraw.proof import overlaps
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Heritage:
    """Hold what ``new`` has of ``old``: square metres, households, and shares of the old ones.

    ``household_share`` is None when nobody lived in the old grid, or it is not known.
    """

    old: str
    new: str
    area_m2: float
    area_share: float
    households: int
    household_share: float | None


def lineage(
    before: Sheet, after: Sheet, dwellings: Dwellings | None = None
) -> tuple[Heritage, ...]:
    """Return the links from the grids of ``before`` that changed to those of ``after``.

    Grids that stayed as they were, and grids that only got nodes on their border, are left out.
    A building counts for the lowest code that covers it, as a report from there would.
    """
    changed = [
        code for code in sorted(before) if code not in after or after[code] is not before[code]
    ]
    links: list[Heritage] = []
    for code in changed:
        old = before[code]
        heirs = [new for new in after.meeting(old) if overlaps(after[new], old)]
        if heirs == [code] and not overlaps_other(before, after, code):
            continue
        lived = _moved(before, after, code, dwellings)
        total = sum(lived.values())
        size = area_m2(old)
        for new in heirs:
            part = shapely.intersection(old, after[new]).area / old.area
            count = lived.get(new, 0)
            links.append(
                Heritage(
                    old=code,
                    new=new,
                    area_m2=part * size,
                    area_share=float(part),
                    households=count,
                    household_share=count / total if total else None,
                )
            )
    return tuple(links)


def origin_of(before: Sheet, shape: BaseGeometry) -> str | None:
    """Return the grid of ``before`` that held most of the land of ``shape``; None for no land."""
    shares = [
        (-float(shapely.intersection(before[code], shape).area), code)
        for code in before.meeting(shape)
    ]
    most = min((share for share in shares if share[0] < 0), default=None)
    return most[1] if most else None


def overlaps_other(before: Sheet, after: Sheet, code: str) -> bool:
    """Say whether the grid of today holds land that another one held before."""
    return any(
        other != code and overlaps(before[other], after[code])
        for other in before.meeting(after[code])
    )


def _moved(before: Sheet, after: Sheet, code: str, dwellings: Dwellings | None) -> dict[str, int]:
    """Return the households of the old grid by the grid that they are in now."""
    lived: dict[str, int] = defaultdict(int)
    for building in dwellings.inside(before[code]) if dwellings is not None else ():
        if before.owner(lon=building.lon, lat=building.lat) == code:
            new = after.owner(lon=building.lon, lat=building.lat)
            if new is not None:
                lived[new] += building.households
    return lived
