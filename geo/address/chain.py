"""Put the names of a text together: township, community, compound, building make one place.

Names that lie in one another are one place. Names that do not are several, and nobody chooses
between them. A township that is written out and fits none of the names refutes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from geo.address.details import building_at
from geo.address.forms import Entry
from geo.address.gazetteer import Gazetteer
from geo.address.grid_names import grid_at
from geo.address.mentions import Mention, Role
from geo.address.types import MatchType, Place, PlaceKind

_AREAS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
# More distinct places in one text say nothing about where something happened.
MAX_PLACES = 40
RANK: dict[PlaceKind, int] = {
    PlaceKind.TOWNSHIP: 0,
    PlaceKind.ROAD: 1,
    PlaceKind.COMMUNITY: 2,
    PlaceKind.HAMLET: 3,
    PlaceKind.LANE: 3,
    PlaceKind.POI: 3,
    PlaceKind.KILOMETRE_POST: 3,
    PlaceKind.COMPOUND: 3,
    PlaceKind.GRID: 4,
    PlaceKind.BUILDING: 5,
}
# What may stand between two links of one address.
_LINK = re.compile(r"\|?(?:的|辖区|境内|内|[^|]{1,6}(?:路|街|大道|巷)[0-9]{0,4}号?)?\|?")
_CLOSE_LINK = re.compile(r"(?:的|辖区|境内)?")


@dataclass(slots=True)
class Anchor:
    """Hold one name with the places it may mean, narrowed as the chain is read.

    ``label`` is the number of a building or grid behind it; ``missing`` says that no such one is
    known. ``confirmed`` says that the area written directly before it contains it, ``stated``
    that it is the township of the name written directly behind it, right or wrong.
    """

    start: int
    end: int
    entries: tuple[Entry, ...]
    label: str | None = None
    missing: bool = False
    confirmed: bool = False
    stated: bool = False

    @property
    def rank(self) -> int:
        """Return how fine the coarsest reading is."""
        return min(RANK[entry.place.kind] for entry in self.entries)

    @property
    def class_word(self) -> bool:
        """Say whether the name is only short for any place of its kind."""
        return all(entry.class_word for entry in self.entries)

    @property
    def is_building(self) -> bool:
        """Say whether a numbered building was found."""
        return any(entry.place.kind is PlaceKind.BUILDING for entry in self.entries)

    @property
    def written_township(self) -> bool:
        """Say whether the name can only be a township: by its suffix, or by where it stands."""
        return self.stated or all(
            e.place.kind is PlaceKind.TOWNSHIP and not e.bare for e in self.entries
        )

    @property
    def may_be_township(self) -> bool:
        """Say whether all readings are one township or lie in it: 海子 and its village 海子."""
        kinds = [entry.place.kind for entry in without_nested(self.entries)]
        return bool(kinds) and all(kind is PlaceKind.TOWNSHIP for kind in kinds)


@dataclass(slots=True)
class Group:
    """Hold anchors that are one place; ``anchor`` is the finest of them."""

    anchor: Anchor
    entries: tuple[Entry, ...]
    members: list[Anchor] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chains:
    """Hold the places of a text; ``refuted`` is the township that fits none of them.

    ``left_out`` is a class word that was named beside them and not believed.
    """

    groups: tuple[Group, ...]
    refuted: Anchor | None = None
    left_out: Anchor | None = None
    too_many: bool = False


def build_anchors(text: str, mentions: Iterable[Mention], gazetteer: Gazetteer) -> list[Anchor]:
    """Return the places of the mentions, buildings resolved, repeats left out."""
    seen: set[tuple[int, str | None]] = set()
    anchors: list[Anchor] = []
    for mention in mentions:
        if mention.role is not Role.PLACE:
            continue
        anchor = _with_number(text, mention, gazetteer)
        key = (hash(tuple(e.place.id for e in anchor.entries)), anchor.label)
        if key not in seen:
            seen.add(key)
            anchors.append(anchor)
        if len(anchors) > MAX_PLACES:
            break
    return anchors


def _with_number(text: str, mention: Mention, gazetteer: Gazetteer) -> Anchor:
    anchor = Anchor(mention.start, mention.end, mention.entries)
    kinds = {entry.place.kind for entry in mention.entries}
    if PlaceKind.COMPOUND in kinds:
        return _with_building(text, anchor, gazetteer)
    return _with_grid(text, anchor, gazetteer) if PlaceKind.COMMUNITY in kinds else anchor


def _with_grid(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    """Read the number of a grid; one of the namesakes without such a grid stays as it is."""
    communities = [e for e in anchor.entries if e.place.kind is PlaceKind.COMMUNITY]
    number = grid_at(text, anchor.end)
    if number is None or not any(gazetteer.has_numbered_grids(e.place) for e in communities):
        return anchor
    resolved: list[Entry] = []
    for entry in communities:
        grid = gazetteer.grid(entry.place, number[0])
        resolved.append(
            Entry(grid, entry.match_type) if grid else Entry(entry.place, MatchType.FALLBACK)
        )
    anchor.label = number[0]
    anchor.missing = all(entry.place.kind is not PlaceKind.GRID for entry in resolved)
    anchor.entries = tuple(resolved)
    if not anchor.missing:
        anchor.end = number[1]
    return anchor


def _with_building(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    number = building_at(text, anchor.end)
    if number is None:
        return anchor
    anchor.label = number[0]
    resolved: list[Entry] = []
    for entry in anchor.entries:
        buildings = gazetteer.building(entry.place, number[0])
        resolved += [Entry(b, entry.match_type) for b in buildings]
        if not buildings:
            resolved.append(Entry(entry.place, MatchType.FALLBACK))
    anchor.missing = all(e.place.kind is not PlaceKind.BUILDING for e in resolved)
    anchor.entries = tuple(resolved)
    if not anchor.missing:
        anchor.end = number[1]
    return anchor


def contains(outer: Entry, inner: Entry) -> bool:
    """Say whether the place of ``inner`` lies, or may lie, in the place of ``outer``."""
    whole, part = outer.place, inner.place
    if RANK[whole.kind] >= RANK[part.kind]:
        return False
    if whole.kind is PlaceKind.ROAD:
        # A street passes many places; it never speaks against a compound, but may against a
        # community through which it does not run.
        if part.kind is not PlaceKind.COMMUNITY or not whole.grids:
            return True
        return any(grid.startswith(part.area_code) for grid in whole.grids)
    if whole.kind in (*_AREAS, PlaceKind.GRID):
        codes = (part.area_code, *part.grids)
        return any(code.startswith(whole.area_code) for code in codes)
    if part.kind is PlaceKind.GRID:
        # A compound that a grid border cuts is narrowed by the grid that is named beside it.
        return part.area_code == whole.area_code or part.area_code in whole.grids
    # Two names inside one and the same grid do not change its owner.
    return part.parent_id == whole.id or (len(whole.grids) == 1 and whole.grids == part.grids)


def link(text: str, anchors: Sequence[Anchor]) -> Chains:
    """Narrow neighbours by each other, then gather what belongs together.

    Class words come last: they count where nothing else is named, or behind the one place that
    holds them. 磴口村扬水站 must not choose that 磴口 whose pumping station happens to be listed.
    """
    if len(anchors) > MAX_PLACES:
        return Chains((), too_many=True)
    named = [anchor for anchor in anchors if not anchor.class_word]
    chains = _gather(text, named or anchors)
    if not named or len(named) == len(anchors) or chains.refuted is not None:
        return chains
    entries = without_nested([e for group in chains.groups for e in group.entries])
    words = [anchor for anchor in anchors if anchor.class_word]
    for word in words:
        inside = tuple(e for e in word.entries if len(entries) == 1 and contains(entries[0], e))
        behind = any(_LINK.fullmatch(text, name.end, word.start) for name in named)
        if not inside or not behind or len(words) > 1:
            return replace(chains, left_out=word)
        word.entries = inside
    return _gather(text, anchors)


def _gather(text: str, anchors: Sequence[Anchor]) -> Chains:
    """Group the anchors that can be one place, finest first."""
    _narrow_neighbours(text, anchors)
    groups: list[Group] = []
    for anchor in sorted(anchors, key=lambda a: (-a.rank, a.start)):
        # A list, not any(): an area may hold several of the groups.
        if [group for group in groups if _join(group, anchor)]:
            continue
        if anchor.written_township and _is_refuting(groups):
            return Chains((), refuted=anchor)
        groups.append(Group(anchor, anchor.entries, [anchor]))
    return Chains(tuple(groups))


def _narrow_neighbours(text: str, anchors: Sequence[Anchor]) -> None:
    """Let the area written directly before a name decide which namesake is meant."""
    before: Anchor | None = None
    for anchor in anchors:
        if before is not None and _LINK.fullmatch(text, before.end, anchor.start):
            pairs = [(o, i) for o in before.entries for i in anchor.entries if contains(o, i)]
            if pairs:
                before.entries = _unique(outer for outer, _ in pairs)
                anchor.entries = _unique(inner for _, inner in pairs)
                anchor.confirmed = before.confirmed or before.written_township
            elif _is_stated(text, before, anchor):
                before.stated = True
        if anchor.rank != RANK[PlaceKind.ROAD]:
            before = anchor


def _is_stated(text: str, township: Anchor, anchor: Anchor) -> bool:
    """Say whether a township stands as one before a name: 明沙淖磴口村, like 明沙淖乡磴口村."""
    finer = anchor.rank >= RANK[PlaceKind.COMMUNITY] and not anchor.may_be_township
    close = _CLOSE_LINK.fullmatch(text, township.end, anchor.start) is not None
    return finer and close and township.may_be_township


def _join(group: Group, anchor: Anchor) -> bool:
    """Narrow the group by the anchor and say whether they can be one place."""
    wanted = {entry.place.id for entry in anchor.entries}
    kept = tuple(e for e in group.entries if e.place.id in wanted)
    if not kept:
        kept = tuple(e for e in group.entries if any(contains(o, e) for o in anchor.entries))
    if not kept:
        return False
    group.entries = kept
    group.members.append(anchor)
    return True


def _is_refuting(groups: Sequence[Group]) -> bool:
    """Say whether a township that fits none of the groups leaves nothing to believe.

    A name behind its own township stands, and of two townships neither refutes the other.
    """
    members = [anchor for group in groups for anchor in group.members]
    finer = any(not anchor.written_township for anchor in members)
    return finer and not any(anchor.confirmed for anchor in members)


def _unique(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.place.id: entry for entry in entries}.values())


def without_nested(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Drop readings that surely lie inside another: 海子 is the township or a village in it."""
    kept = _unique(entries)
    return tuple(e for e in kept if not any(_lies_in(e.place, other.place) for other in kept))


def _lies_in(part: Place, whole: Place) -> bool:
    if whole.kind not in _AREAS:
        return part.parent_id == whole.id
    below = part.kind not in _AREAS or len(part.area_code) > len(whole.area_code)
    return below and part.area_code.startswith(whole.area_code)
