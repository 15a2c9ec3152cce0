"""Choose which of the names of a text are the place: not the asides, not what is excluded.

A place that is only mentioned is left beside; two places that the text joins (a crossing, a road
from one to the other, a border) stay together; namesakes are never chosen from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from geo.address.anchors import AREAS, RANK, Anchor, aside_at, without_nested
from geo.address.asked import is_asked, is_person, only_speaks
from geo.address.believing import Mention, Role
from geo.address.chain import Group, contains
from geo.address.clauses import Aside
from geo.address.crossings import LONGEST_LINK, crossing_end, in_a_row, link_of
from geo.address.details import skip_inside_building
from geo.address.normalise import SEPARATOR
from geo.address.types import Link, PlaceKind

if TYPE_CHECKING:
    from geo.address.reading import Reading

_STREETS = (PlaceKind.ROAD, PlaceKind.LANE)
_ROADS = (PlaceKind.ROAD,)
_PROMINENT = RANK[PlaceKind.BUILDING]
_Span = tuple[int, int]


def set_aside(reading: Reading) -> None:
    """Leave out the names that are only mentioned, as long as others remain."""
    text = reading.folded.text
    foreign = [m for m in reading.findings.mentions if m.role is Role.FOREIGN]
    reading.anchors = [anchor for anchor in reading.anchors if not is_person(text, anchor)]
    asked = [anchor for anchor in reading.anchors if is_asked(text, anchor)]
    if not asked and not foreign and not reading.asides:
        return  # nothing is only mentioned
    main_foreign = [m for m in foreign if aside_at(reading.asides, m) is None]
    reading.anchors = [anchor for anchor in reading.anchors if anchor not in asked]
    main = [anchor for anchor in reading.anchors if anchor.aside is None]
    mentioned = [anchor for anchor in reading.anchors if anchor.aside is not None]
    speakers = [anchor for anchor in mentioned if anchor.aside is Aside.SPEAKER]
    if any(not anchor.written_township for anchor in main) or (main and not mentioned):
        reading.beside, reading.anchors = mentioned, main
    elif mentioned and not (main_foreign and not main):
        told = speakers or mentioned
        reading.beside = [anchor for anchor in mentioned if anchor not in told]
        reading.anchors = [anchor for anchor in reading.anchors if anchor not in reading.beside]
        reading.hearsay = not _is_home(text, told)
    else:
        reading.beside, reading.anchors = mentioned, main
        foreign = main_foreign or foreign
    reading.beside += asked
    reading.foreign = tuple(main_foreign if reading.anchors else foreign)
    outside = reading.foreign and _is_outside(text, reading.foreign[0], reading)
    reading.outside = bool(outside)


def _is_home(text: str, told: Sequence[Anchor]) -> bool:
    """Say whether a speaker names the house he lives in and goes nowhere else in his text."""
    finest = max(told, key=lambda anchor: anchor.rank)
    house = all(e.place.kind in _HOUSES for e in finest.entries)
    speaker = finest.aside is Aside.SPEAKER
    return house and speaker and _GOES.search(text, finest.end) is None


_HOUSES = (PlaceKind.COMPOUND, PlaceKind.BUILDING, PlaceKind.HAMLET, PlaceKind.GRID)
_GOES = re.compile(
    r"路过|途经|经过|出门|上班|散步|逛|遛|开车|走到|来到|去到|打工|务工|工头|工地|欠薪|出差"
)


def _is_outside(text: str, foreign: Mention, reading: Reading) -> bool:
    """Say whether the other county is the place meant: alone, or written before our namesake.

    A name of ours that comes first, or after words in between (户口在东河区，现住萨拉齐镇…), is
    matched, and the other county's name forbids an automatic answer.
    """
    if not reading.anchors:
        return True
    first = min(reading.anchors, key=lambda a: a.start)
    ours = any(m.role in (Role.COUNTY, Role.ABOVE) and foreign.end <= m.start < first.start
               for m in reading.findings.mentions)  # fmt: skip
    return (
        not ours
        and foreign.end <= first.start
        and SEPARATOR not in text[foreign.end : first.start]
        and not first.written_township
    )


def without_minor(reading: Reading) -> tuple[Group, ...]:
    """Leave out points of interest named after the building that the text is about."""
    groups = reading.chains.groups
    main = groups[0]
    if len(groups) == 1 or main.anchor.rank < _PROMINENT:
        return groups
    text, kept = reading.folded.text, [main]
    if _may_only_speak(text, main.anchor):
        return groups
    for group in groups[1:]:
        poi = all(entry.place.kind is PlaceKind.POI for entry in group.entries)
        later = SEPARATOR in text[main.anchor.end : group.anchor.start]
        if poi and later and len(group.members) == 1:
            reading.beside.append(group.anchor)
        else:
            kept.append(group)
    return tuple(kept)


def is_minor(reading: Reading, word: Anchor) -> bool:
    """Say whether a word for a kind of place, left out, comes up after the building in question."""
    main = reading.anchor
    if main.rank < _PROMINENT or _may_only_speak(reading.folded.text, main):
        return False
    return SEPARATOR in reading.folded.text[main.end : word.start]


def _may_only_speak(text: str, anchor: Anchor) -> bool:
    return only_speaks(text, skip_inside_building(text, anchor.end))


def without_excluded(reading: Reading) -> tuple[Group, ...]:
    """Drop the alternatives that a stated township excludes: 太平村还是太平庄，就是双龙那个."""
    groups = reading.groups
    if len(groups) < 2:
        return groups
    towns = [
        anchor
        for anchor in reading.anchors
        if all(e.place.kind is PlaceKind.TOWNSHIP for e in without_nested(anchor.entries))
    ]
    text = reading.folded.text
    for first, second in _neighbours(groups):
        if not any(_EITHER.fullmatch(text, a[1], b[0]) for a, b in _spans(first, second)):
            continue
        kept = [
            group
            for group in (first, second)
            if any(contains(t, e) for town in towns for t in town.entries for e in group.entries)
        ]
        if len(kept) == 1:
            gone = second if kept[0] is first else first
            reading.beside.append(gone.anchor)
            return tuple(
                group for group in groups if group is not gone and group.anchor not in towns
            )
    return groups


_EITHER = re.compile(r"[^|]{0,2}(?:还是|或者|或是|或|要么)[^|]{0,2}")


def join_places(reading: Reading) -> None:
    """Say what several places have to do with each other; only a joined pair remains."""
    groups = reading.groups
    if len(groups) == 1:
        _part_way(reading)
        return
    for first, second in _neighbours(groups):
        joined = _joined(reading.folded.text, first, second)
        if joined is not None:
            reading.link = joined
            kept = _row(reading, first, second) if joined is Link.BOTH else (first, second)
            reading.beside += [g.anchor for g in groups if not any(g is one for one in kept)]
            reading.groups = kept
            return


def _row(reading: Reading, first: Group, second: Group) -> tuple[Group, ...]:
    """Return a pair with the names listed before it: 甲村、乙村、丙村都停电了 is about three."""
    row = [first, second]
    for before in sorted(reading.groups, key=lambda group: group.anchor.start, reverse=True):
        at = (before.anchor.start, before.anchor.end)
        if at[0] < row[0].anchor.start and in_a_row(
            reading.folded.text, at, (row[0].anchor.start, row[0].anchor.end)
        ):
            row.insert(0, before)
    return tuple(row)


def _part_way(reading: Reading) -> None:
    """Take 从美岱召往沙图沟走 for a way from the town to its village, not for the village."""
    group, text = reading.groups[0], reading.folded.text
    for member in group.members:
        if member is group.anchor or member.start > group.anchor.start:
            continue
        again = member.again or group.anchor.again
        if not again and not 0 < group.anchor.start - member.end <= LONGEST_LINK:
            continue
        start = Group(member, member.entries, [member])
        if any((way := link_of(text, *pair)) and way[0] is Link.BETWEEN
               for pair in _spans(start, group)):  # fmt: skip
            reading.link = Link.BETWEEN
            rest = [m for m in group.members if m is not member]
            reading.groups = (Group(group.anchor, group.entries, rest), start)
            return


def _joined(text: str, first: Group, second: Group) -> Link | None:
    """Return what two places, or repeats of their names, have to do with each other."""
    streets = all(
        entry.place.kind in _STREETS for group in (first, second) for entry in group.entries
    )
    for one, other in _spans(first, second):
        if streets and crossing_end(text, one, other) is not None:
            return Link.CROSSING
        link = link_of(text, one, other)
        if link is not None:
            return link[0]
    return None


def _neighbours(groups: Sequence[Group]) -> Iterator[tuple[Group, Group]]:
    """Yield the groups two by two, as the text orders them."""
    yield from pairwise(sorted(groups, key=lambda group: group.anchor.start))


def _spans(first: Group, second: Group) -> Iterator[tuple[_Span, _Span]]:
    """Yield where the names of two groups stand, in pairs, the earlier name first."""
    for one in _places_of(first.anchor):
        for other in _places_of(second.anchor):
            yield (one, other) if one <= other else (other, one)


def _places_of(anchor: Anchor) -> list[_Span]:
    return [(anchor.start, anchor.end), *((start, end) for start, _, end in anchor.again)]


def _all_of(anchor: Anchor, kinds: Sequence[PlaceKind]) -> bool:
    return not [entry for entry in anchor.entries if entry.place.kind not in kinds]


def put_road_first(reading: Reading) -> None:
    """Answer the street that stands behind its community: 柴火市社区站前街路口 is on the street."""
    group = reading.groups[0]
    roads = [m for m in group.members if _all_of(m, _ROADS)]
    if not roads:
        return
    areas = [m for m in group.members if _all_of(m, AREAS)]
    if len(areas) + len(roads) < len(group.members):
        return
    road = roads[-1]
    before = [area for area in areas if area.end <= road.start and len(area.entries) == 1]
    if not before:
        return
    finest = max(before, key=lambda area: area.rank)
    place = road.entries[0].place
    if group.anchor is not road and finest is not group.anchor:
        return
    if len(finest.entries[0].place.area_code) > len(place.area_code):
        reading.within = finest.entries[0].place.area_code
    group.anchor, group.entries = road, road.entries
    reading.entries = without_nested(road.entries)
