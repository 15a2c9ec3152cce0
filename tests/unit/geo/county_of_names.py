"""Make small gazetteers and matchers for tests of names."""

from __future__ import annotations

from collections.abc import Iterable

from geo.address.matcher import Matcher
from geo.address.surroundings import surroundings_of
from geo.address.types import LocalAlias, Place, PlaceKind

_KINDS = {6: PlaceKind.TOWNSHIP, 9: PlaceKind.TOWNSHIP, 12: PlaceKind.COMMUNITY}


def place(code: str, name: str, kind: PlaceKind | None = None, **more: object) -> Place:
    """Return a place; of the level of its code when ``kind`` is missing."""
    values: dict[str, object] = {
        "id": f"{code}-{name}", "name": name, "kind": kind or _KINDS[len(code)], "lon": 110.5,
        "lat": 40.5, "radius_m": 0.0, "area_code": code, **more,
    }  # fmt: skip
    return Place(**values)  # type: ignore[arg-type]


def local(name: str, scope: str) -> LocalAlias:
    """Return a name that holds in one area."""
    return LocalAlias(name, scope)


def units(table: str) -> list[Place]:
    """Return townships and communities from lines of code and name."""
    rows = [line.split() for line in table.splitlines() if line.strip()]
    return [place(code, name) for code, name in rows]


def matcher_of(places: Iterable[Place]) -> Matcher:
    """Return a matcher of the demo county that knows only ``places``."""
    names = surroundings_of("150221")
    return Matcher(
        places,
        county_code="150221",
        county_names=names.county_names,
        above_names=names.above_names,
        foreign_names=names.foreign_names,
    )
