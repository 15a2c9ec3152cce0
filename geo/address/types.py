"""Say what an address text can be matched to, and how well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """Name the kinds of place in the gazetteer, coarse to fine."""

    TOWNSHIP = "township"
    COMMUNITY = "community"
    ROAD = "road"
    HAMLET = "hamlet"
    LANE = "lane"
    POI = "poi"
    COMPOUND = "compound"
    GRID = "grid"
    BUILDING = "building"
    KILOMETRE_POST = "kilometre_post"


DEFAULT_RADIUS_M: dict[PlaceKind, float] = {
    PlaceKind.TOWNSHIP: 10_000.0,
    PlaceKind.COMMUNITY: 2_000.0,
    PlaceKind.ROAD: 2_000.0,
    PlaceKind.HAMLET: 1_000.0,
    PlaceKind.LANE: 200.0,
    PlaceKind.POI: 150.0,
    PlaceKind.COMPOUND: 200.0,
    PlaceKind.GRID: 1_000.0,
    PlaceKind.BUILDING: 30.0,
    PlaceKind.KILOMETRE_POST: 50.0,
}
"""How wide a place of a kind is when nobody has said it."""


class MatchType(StrEnum):
    """Name how the text met the name (facts: one opaque number helps nobody)."""

    EXACT = "exact"
    ALIAS = "alias"
    HOMOPHONE = "homophone"
    FUZZY = "fuzzy"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class LocalAlias:
    """Hold a name that means its place only where its scope, an area's code, is known.

    老粮站 is another one in each township.
    """

    name: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Hold one named place: where it is, which area it belongs to, how wide it is.

    ``lon``/``lat`` are CGCS2000 degrees. ``area_code`` is the lowest area that surely contains it
    (a grid for a building, a community for a compound cut by a grid border, the unit itself for a
    township or community). ``grids`` are the grids in which it lies (all grids of a community).
    ``parent_id`` is the compound of a building; ``buildings`` are the points (lon, lat) of the
    buildings of a compound, as far as they are known. ``parent_id`` is the road of a kilometre
    post, whose name is the number on it. ``aliases`` hold everywhere, ``local_aliases`` where
    their scope is known. A grid is known by its name alone: its point
    is its community's, and where it lies the boundaries say.
    """

    id: str
    name: str
    kind: PlaceKind
    lon: float
    lat: float
    radius_m: float
    area_code: str
    grids: tuple[str, ...] = ()
    parent_id: str | None = None
    aliases: tuple[str, ...] = ()
    local_aliases: tuple[LocalAlias, ...] = ()
    buildings: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMatch:
    """Hold what a text names: one place, or several that it cannot tell apart.

    ``level`` is the kind of place, or ``county`` when nothing below is named; then ``name`` is the
    county's where it is written, else None. ``places`` has one entry when the text is
    unambiguous, several when it is not, none when nothing is known. ``mentions`` are the places
    as people call them, in the order of the text, when it names several different ones; it is
    empty when the places share one name.
    ``outside`` is set when the text names a place of another county. ``unexplained`` is text
    behind the anchor that looks like a finer place and was not understood; it forbids ``auto``.
    """

    level: str
    name: str | None
    anchor: str | None
    match_type: MatchType | None
    radius_m: float | None
    places: tuple[Place, ...]
    mentions: tuple[str, ...] = ()
    offset_m: float | None = None
    direction: str | None = None
    unexplained: str | None = None
    outside: bool = False
    detail: str = ""
