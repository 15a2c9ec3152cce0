"""Turn the names of a text into anchors: places with the building, group, grid or post behind."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from geo.address.believing import Mention, Role
from geo.address.clauses import Aside, AsideSpan
from geo.address.details import NUMBER_BEGINS, building_at
from geo.address.forms import OFFICES, Entry
from geo.address.gazetteer import Gazetteer
from geo.address.grid_names import grid_at
from geo.address.groups import group_at
from geo.address.kilometre_posts import post_at
from geo.address.types import Lack, MatchType, Place, PlaceKind

AREAS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
# More distinct places in one text say nothing about where something happened.
MAX_PLACES = 40
_MOST_REPEATS = 6  # of one name; what stands behind a later one is a story
RANK: dict[PlaceKind, int] = {
    PlaceKind.TOWNSHIP: 0,
    PlaceKind.ROAD: 1,
    PlaceKind.COMMUNITY: 2,
    PlaceKind.HAMLET: 3,
    PlaceKind.LANE: 4,
    PlaceKind.POI: 5,
    PlaceKind.KILOMETRE_POST: 5,
    PlaceKind.COMPOUND: 5,
    PlaceKind.GRID: 6,
    PlaceKind.BUILDING: 7,
}
_MOST_LISTED = 9
_ANDS = frozenset("|和与及跟")
_AND = re.compile(r"[|和与及跟]?")
_NEAR_ASIDES = 12
_GUESSES = (MatchType.HOMOPHONE, MatchType.FUZZY)
_FIRST_VILLAGE = "200"  # committees from here on are villagers'


@dataclass(slots=True)
class Anchor:
    """Hold one name with the places it may mean, narrowed as the chain is read.

    ``label`` is the number of a building, grid, group or post behind it; ``lack`` says that no
    such one is known. ``confirmed`` says that the area written directly before it contains it,
    ``stated`` that it is the township of the name written directly behind it, right or wrong.
    ``name_end`` is where the name ends without an office (村委会) and a number behind it;
    ``listed`` says that several numbers of one compound are written: all of them are meant.
    ``aside`` says that the name stands in a clause that only mentions it. ``again`` are start,
    name's end and end of its repeats.
    """

    start: int
    end: int
    entries: tuple[Entry, ...]
    label: str | None = None
    lack: Lack | None = None
    confirmed: bool = False
    stated: bool = False
    name_end: int = -1
    aside: Aside | None = None
    listed: bool = False
    again: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def rank(self) -> int:
        """Return how fine the coarsest reading is."""
        entries = self.entries
        if len(entries) == 1:
            return RANK[entries[0].place.kind]
        return min([RANK[entry.place.kind] for entry in entries])

    @property
    def class_word(self) -> bool:
        """Say whether the name is only short for any place of its kind."""
        return not [e for e in self.entries if not e.class_word and e.scope is None]

    @property
    def is_building(self) -> bool:
        """Say whether a numbered building was found."""
        entries = self.entries
        if len(entries) == 1:
            return entries[0].place.kind is PlaceKind.BUILDING
        return PlaceKind.BUILDING in [entry.place.kind for entry in entries]

    @property
    def guessed(self) -> bool:
        """Say whether no reading is of a name as it is written."""
        return not [entry for entry in self.entries if entry.match_type not in _GUESSES]

    @property
    def written_township(self) -> bool:
        """Say whether the name can only be a township: by its suffix, or by where it stands."""
        if self.stated:
            return True
        for entry in self.entries:
            if entry.bare or entry.place.kind is not PlaceKind.TOWNSHIP:
                return False
        return True

    @property
    def may_be_township(self) -> bool:
        """Say whether all readings are one township or lie in it: 海子 and its village 海子."""
        kinds = [entry.place.kind for entry in without_nested(self.entries)]
        return bool(kinds) and all(kind is PlaceKind.TOWNSHIP for kind in kinds)


def build_anchors(
    text: str, mentions: Iterable[Mention], asides: Sequence[AsideSpan], gazetteer: Gazetteer
) -> list[Anchor]:
    """Return the places of the mentions, numbers resolved, repeats left out."""
    seen: dict[tuple[str | None, ...], Anchor] = {}
    anchors: list[Anchor] = []
    for mention in mentions:
        if mention.role is not Role.PLACE:
            continue
        anchor = _with_number(text, mention, gazetteer)
        if asides:
            anchor.aside = aside_at(asides, mention)
        key = (*[entry.place.id for entry in anchor.entries], anchor.label)
        known = seen.get(key)
        if known is None:
            seen[key] = anchor
            anchors.append(anchor)
        else:
            if len(known.again) < _MOST_REPEATS:
                known.again.append((anchor.start, anchor.name_end, anchor.end))
            known.aside = known.aside if anchor.aside is not None else None
        if len(anchors) > MAX_PLACES:
            break
    return anchors


def aside_at(asides: Sequence[AsideSpan], mention: Mention) -> Aside | None:
    """Return why a name is only mentioned, or None when it may be the place.

    ``asides`` are sorted; only those that begin shortly before the name can hold it.
    """
    last = bisect_right(asides, mention.start, key=lambda aside: aside.start)
    near = asides[max(last - _NEAR_ASIDES, 0) : last]
    held = [aside.aside for aside in near if mention.end <= aside.end]
    return max(held, key=lambda aside: aside is Aside.PASSING, default=None)


def _with_number(text: str, mention: Mention, gazetteer: Gazetteer) -> Anchor:
    anchor = Anchor(mention.start, mention.end, mention.entries, name_end=mention.end)
    kinds = [entry.place.kind for entry in mention.entries]
    if PlaceKind.COMPOUND in kinds:
        return _with_building(text, anchor, gazetteer)
    if PlaceKind.COMMUNITY in kinds:
        name = text[anchor.start : anchor.end]
        if name.endswith(OFFICES):
            anchor.name_end -= next(len(end) for end in OFFICES if name.endswith(end))
        if text[anchor.end : anchor.end + 1] not in NUMBER_BEGINS:
            return anchor
        return _with_group(text, _with_grid(text, anchor, gazetteer), gazetteer)
    return _with_post(text, anchor, gazetteer) if PlaceKind.ROAD in kinds else anchor


def _resolved(
    anchor: Anchor, found: Iterable[tuple[Entry, Sequence[Place]]], number: tuple[str, int],
    lack: Lack,
) -> Anchor:  # fmt: skip
    """Put the numbered places in the place of those that hold them; what lacks one stays."""
    entries: list[Entry] = []
    known = False
    for entry, places in found:
        known = known or bool(places)
        entries += [Entry(place, entry.match_type, likeness=entry.likeness) for place in places]
        if not places:
            entries.append(Entry(entry.place, MatchType.FALLBACK, likeness=entry.likeness))
    anchor.label = number[0]
    anchor.lack = None if known else lack
    anchor.entries = tuple(entries)
    if known:
        anchor.end = number[1]
    return anchor


def _with_grid(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    """Read the number of a grid; one of the namesakes without such a grid stays as it is."""
    number = grid_at(text, anchor.end)
    if number is None:
        return anchor
    communities = [e for e in anchor.entries if e.place.kind is PlaceKind.COMMUNITY]
    if not any(gazetteer.has_numbered_grids(e.place) for e in communities):
        return anchor
    grids = [(e, [g] if (g := gazetteer.grid(e.place, number[0])) else []) for e in communities]
    return _resolved(anchor, grids, number, Lack.GRID)


def _with_group(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    """Read the number of a villagers' group, which is the number of its grid as well."""
    if anchor.label is not None:
        return anchor
    number = group_at(text, anchor.end)
    if number is None:
        return anchor
    villages = [
        e
        for e in anchor.entries
        if e.place.kind is PlaceKind.COMMUNITY and e.place.area_code[9:12] >= _FIRST_VILLAGE
    ]
    if not any(gazetteer.has_numbered_grids(e.place) for e in villages):
        return anchor
    groups = [(e, [g] if (g := gazetteer.group(e.place, number[0])) else []) for e in villages]
    return _resolved(anchor, groups, number, Lack.GROUP)


def _with_building(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    begins = text[anchor.end : anchor.end + 1] in NUMBER_BEGINS
    number = building_at(text, anchor.end) if begins else None
    if number is None:
        return anchor
    buildings = [(e, gazetteer.building(e.place, number[0])) for e in anchor.entries]
    return _with_more(text, _resolved(anchor, buildings, number, Lack.BUILDING), gazetteer)


def _with_more(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    """Read on in a list of buildings of one compound: 3号楼、5号楼和6号楼."""
    behind = text[anchor.end : anchor.end + 1]
    if behind in _ANDS:
        behind = text[anchor.end + 1 : anchor.end + 2]
    if behind not in NUMBER_BEGINS:
        return anchor
    compounds = {e.place.parent_id for e in anchor.entries}
    compound = gazetteer.by_id.get(compounds.pop() or "") if len(compounds) == 1 else None
    while compound is not None and anchor.lack is None and len(anchor.entries) < _MOST_LISTED:
        link = _AND.match(text, anchor.end)
        number = building_at(text, link.end()) if link else None
        buildings = gazetteer.building(compound, number[0]) if number else ()
        if number is None or not buildings:
            break
        first = anchor.entries[0]
        anchor.entries += tuple(first._replace(place=building) for building in buildings)
        anchor.label, anchor.end, anchor.listed = f"{anchor.label}、{number[0]}", number[1], True
    return anchor


def _with_post(text: str, anchor: Anchor, gazetteer: Gazetteer) -> Anchor:
    post = post_at(text, anchor.end)
    if post is None:
        return anchor
    roads = [e for e in anchor.entries if e.place.kind is PlaceKind.ROAD]
    spots = [(e, [p] if (p := gazetteer.on_road(e.place, post.metres)) else []) for e in roads]
    number = (f"{post.metres / 1_000:g}", post.end)
    return _resolved(anchor, spots, number, Lack.KILOMETRE_POST)


def unique(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the readings without those of a place that has one already."""
    if len(entries) < 2:
        return tuple(entries)
    kept: dict[str, Entry] = {}
    for entry in entries:
        kept.setdefault(entry.place.id, entry)
    return tuple(kept.values())


def without_nested(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Drop readings that surely lie inside another: 海子 is the township or a village in it."""
    kept = unique(entries)
    if len(kept) < 2:
        return kept
    return tuple(e for e in kept if not any(_lies_in(e.place, other.place) for other in kept))


def _lies_in(part: Place, whole: Place) -> bool:
    if whole.kind not in AREAS:
        return part.parent_id == whole.id
    below = part.kind not in AREAS or len(part.area_code) > len(whole.area_code)
    return below and part.area_code.startswith(whole.area_code)
