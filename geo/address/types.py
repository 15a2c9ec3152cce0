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


class Relation(StrEnum):
    """Name how the words behind an anchor lead from it to the spot that is meant."""

    AT = "at"
    """Nothing but the anchor, its door, gate or yard."""
    INSIDE = "inside"
    """A part of it without a border of its own: 村西头, 小区里, 北边那片地."""
    BESIDE = "beside"
    """Next to it: 隔壁, 旁边, 门前."""
    NEAR = "near"
    """Somewhere about it: 附近, 对面, 后头."""
    STEP = "step"
    """So many metres from it: 东200米, 往北二里地."""
    TOWARDS = "towards"
    """A direction and no distance: 往南走, 以西, 第二个涵洞."""


class Link(StrEnum):
    """Name what several places of one text have to do with each other."""

    NAMESAKES = "namesakes"
    """One name, several places."""
    ONE_OF = "one_of"
    """Different places, named as if any of them may be meant."""
    CROSSING = "crossing"
    """The crossing of these streets."""
    BETWEEN = "between"
    """A stretch, a border or a piece of land between these two."""
    BOTH = "both"
    """A matter of these two villages together."""
    MATTERS = "matters"
    """Several matters, each with a place of its own."""


class Lack(StrEnum):
    """Name what is written and not in the gazetteer."""

    BUILDING = "building"
    GRID = "grid"
    GROUP = "group"
    KILOMETRE_POST = "kilometre_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Hold one of several matters of a text: its own words, and what they name."""

    text: str
    match: AddressMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMatch:
    """Hold what a text names: one place, or several that it cannot tell apart.

    ``level`` is the kind of place, or ``county`` when nothing below is named; then ``name`` is the
    county's where it is written, else None. ``places`` has one entry when the text is
    unambiguous, several when it is not, none when nothing is known. ``mentions`` are the places
    as people call them, in the order of the text, when it names several different ones; it is
    empty when the places share one name. ``link`` says what several places have to do with each
    other (None for one). ``within`` is the code of the area that narrows a street: the part of
    站前街 in 柴火市社区.
    ``outside`` is set when the text names a place of another county. ``unexplained`` is text
    behind the anchor that looks like a finer place and was not understood; it forbids ``auto``.

    ``relation`` leads from the anchor to the spot: ``offset_m`` metres (None without a distance)
    to ``direction`` (one of eight winds, None when only a distance is said), give or take
    ``spread_m``, which the radius gains. ``spot`` are the words that say so (隔壁院, 西头),
    and ``office`` says that they count from the office of a village or community (村委会).
    ``possibly`` are places that a short name may mean too (茅庵: 上茅庵, 下茅庵). ``hearsay``
    says that only the speaker's own place is named (我是X村的), ``perceived`` that he smells or
    hears there what comes from he does not know where. ``lack`` is what is written and not known,
    ``building`` a building number without any compound (a position may tell whose).
    ``matters`` are the parts of a text with several matters. ``margin`` (0..1) is how far the
    best reading is ahead of the next, ``grounds`` are the steps of the score in Chinese words.
    """

    level: str
    name: str | None
    anchor: str | None
    match_type: MatchType | None
    radius_m: float | None
    places: tuple[Place, ...]
    mentions: tuple[str, ...] = ()
    link: Link | None = None
    within: str | None = None
    offset_m: float | None = None
    direction: str | None = None
    relation: Relation = Relation.AT
    spread_m: float = 0.0
    spot: str | None = None
    office: bool = False
    unexplained: str | None = None
    outside: bool = False
    hearsay: bool = False
    perceived: bool = False
    lack: Lack | None = None
    building: str | None = None
    possibly: tuple[Place, ...] = ()
    matters: tuple[Matter, ...] = ()
    margin: float | None = None
    grounds: tuple[str, ...] = ()
    detail: str = ""
