"""Read a text once: names, chains, what stands around them; keep the notes for answer and explain.

What is decided here is which places remain. Which verdict follows is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from geo.address.anchors import AREAS, Anchor, build_anchors, unique, without_nested
from geo.address.believing import Findings, Mention
from geo.address.chain import Chains, Group, contains, link
from geo.address.choosing import (
    is_minor,
    join_places,
    put_road_first,
    set_aside,
    without_excluded,
    without_minor,
)
from geo.address.clauses import AsideSpan, perceived_from_elsewhere
from geo.address.close_names import CloseNames
from geo.address.details import later_building, skip_inside_building
from geo.address.elsewhere import elsewhere_span, street_of_later
from geo.address.forms import Entry
from geo.address.gazetteer import Gazetteer
from geo.address.leftovers import narrowed, unexplained_span, without_names
from geo.address.mentions import NameFinder
from geo.address.normalise import Normalised, normalise
from geo.address.spots import Spot, read_spot
from geo.address.types import Link, MatchType, Place, PlaceKind, Relation

_NO_CHAINS = Chains(())
_WIDE = (*AREAS, PlaceKind.HAMLET, PlaceKind.GRID)


@dataclass(slots=True, kw_only=True)
class Reading:
    """Hold what was found in a text and what was made of it.

    ``groups`` are the places in question, the finest first; ``entries`` their readings; ``beside``
    are anchors that were named and not taken for the place.
    """

    folded: Normalised
    findings: Findings
    asides: tuple[AsideSpan, ...] = ()
    anchors: list[Anchor] = field(default_factory=list)
    beside: list[Anchor] = field(default_factory=list)
    foreign: tuple[Mention, ...] = ()
    chains: Chains = _NO_CHAINS
    groups: tuple[Group, ...] = ()
    entries: tuple[Entry, ...] = ()
    link: Link | None = None
    within: str | None = None
    spot: Spot | None = None
    unexplained: tuple[int, int] | None = None
    outside: bool = False
    hearsay: bool = False
    perceived: bool = False
    possibly: tuple[Place, ...] = ()

    @property
    def anchor(self) -> Anchor:
        """Return the finest name of the first group."""
        return self.groups[0].anchor

    def words(self, span: tuple[int, int] | None) -> str | None:
        """Return the original words of a span, None for none."""
        return self.folded.words(*span) or None if span else None


class Reader:
    """Read texts with the names of one county."""

    def __init__(self, gazetteer: Gazetteer, finder: NameFinder) -> None:
        """Take what finds names."""
        self._gazetteer = gazetteer
        self._finder = finder
        self._close = CloseNames(gazetteer)

    def read(self, text: str) -> Reading:
        """Return what ``text`` names; linear in its length, raises for no ``str``."""
        folded = normalise(text)
        findings = self._finder.find(folded.text)
        close = self._close.find(folded.text, findings)
        if close:
            mentions = sorted((*findings.mentions, *close), key=lambda m: m.start)
            findings = findings._replace(mentions=tuple(mentions))
        reading = Reading(folded=folded, findings=findings, asides=findings.asides)
        reading.anchors = build_anchors(
            folded.text, findings.mentions, reading.asides, self._gazetteer
        )
        set_aside(reading)
        if not reading.outside and reading.anchors:
            reading.chains = link(folded.text, reading.anchors)
            self._settle(reading)
            short = _short_name(reading)
            if short is not None:
                self._without(reading, short)
        return reading

    def _without(self, reading: Reading, short: Anchor) -> None:
        """Read again without a short name of which a township leaves one: nobody wrote 西."""
        span = (short.start, short.end)
        refused = (*reading.findings.refused, span)
        reading.findings = reading.findings._replace(refused=refused)
        reading.anchors = [anchor for anchor in reading.anchors if anchor is not short]
        reading.groups, reading.entries, reading.spot = (), (), None
        if reading.anchors:
            reading.chains = link(reading.folded.text, reading.anchors)
            self._settle(reading)

    def _settle(self, reading: Reading) -> None:
        """Choose between the groups, read what stands behind the place, and what is left over."""
        if not reading.chains.groups:
            return
        text = reading.folded.text
        reading.groups = without_minor(reading)
        reading.groups = without_excluded(reading)
        self._find_building(reading)
        join_places(reading)
        entries = [e for g in reading.groups for e in without_nested(g.entries)]
        reading.entries = unique(entries) if reading.link else without_nested(entries)
        reading.perceived = perceived_from_elsewhere(text)
        if len(reading.entries) == 1 and reading.link is None:
            put_road_first(reading)
        self._read_on(reading)
        if len(reading.entries) == 1:
            self._widen(reading)

    def _find_building(self, reading: Reading) -> None:
        """Take the one building number that stands further on for the only compound's."""
        anchor, text = reading.groups[0].anchor, reading.folded.text
        compounds = [e for e in reading.groups[0].entries if e.place.kind is PlaceKind.COMPOUND]
        if not compounds or len(reading.groups) > 1 or anchor.label is not None:
            return
        label = later_building(text, anchor.end, len(text))
        if label is None:
            return
        found = [(entry, self._gazetteer.building(entry.place, label)) for entry in compounds]
        if all(buildings for _, buildings in found):
            group = reading.groups[0]
            group.entries = tuple(
                Entry(building, entry.match_type, likeness=entry.likeness)
                for entry, buildings in found
                for building in buildings
            )
            anchor.entries, anchor.label = group.entries, label

    def _read_on(self, reading: Reading) -> None:
        """Read the way from the place to the spot; the house of a committee is a place then."""
        anchor = reading.anchor
        single = reading.entries[0] if len(reading.entries) == 1 else None
        wide = bool([entry for entry in reading.entries if entry.place.kind in _WIDE])
        reading.spot = _best_spot(reading.folded.text, anchor, wide=wide)
        spot = reading.spot
        if single is None or spot is None or not spot.office:
            return
        office = self._gazetteer.office(single.place)
        at_door = read_spot(reading.folded.text, spot.end) if spot.relation is Relation.AT else None
        if office is not None and (spot.relation is not Relation.AT or at_door is not None):
            reading.spot = _further(spot, at_door) if at_door else spot
            reading.entries = (single._replace(place=office),)

    def _widen(self, reading: Reading) -> None:
        """Note the places that a short name may mean too, where no area excludes them.

        茅庵村二组 and 茅庵村卫生室 may be those of 上茅庵 or 下茅庵 as well as 茅庵村 alone.
        """
        entry, anchor = reading.entries[0], reading.anchor
        village = self._gazetteer.village_of(entry.place)
        if village is None or anchor.confirmed:
            return
        written = reading.folded.text[anchor.start : anchor.end]
        members = self._gazetteer.short_for(village, written)
        if not members:
            reading.possibly = ()
            return
        named = [e for m in reading.groups[0].members if m is not reading.anchor for e in m.entries]
        inside = [e for e in members if all(contains(area, e) for area in named)]
        reading.possibly = tuple(e.place for e in inside if e.place.id != village.id)


def _short_name(reading: Reading) -> Anchor | None:
    """Return the anchor whose only reading lacks the direction that its name has, or None."""
    if len(reading.entries) != 1 or reading.entries[0].match_type is not MatchType.FALLBACK:
        return None
    community = reading.entries[0].place.kind is PlaceKind.COMMUNITY
    return reading.anchor if community and reading.anchor.label is None else None


def _best_spot(text: str, anchor: Anchor, *, wide: bool) -> Spot | None:
    """Return the spot behind the name or one of its repeats that says most."""
    ends = [(anchor.name_end, anchor.end)]
    if anchor.again:
        ends += [(name_end, end) for _, name_end, end in anchor.again]
    best: Spot | None = None
    for name_end, end in ends:
        starts = (name_end, end) if name_end < end and anchor.label is None else (end,)
        if anchor.is_building:
            starts = (skip_inside_building(text, end),)
        for start in starts:
            spot = read_spot(text, start, wide=wide)
            if spot is not None and (best is None or _says_more(spot, best)):
                best = spot
    return best


def _says_more(spot: Spot, than: Spot) -> bool:
    return than.relation is Relation.AT and spot.relation is not Relation.AT


def _further(office: Spot, door: Spot) -> Spot:
    """Return the spot at the door of an office, as the office's."""
    return Spot(
        start=office.start,
        end=door.end,
        relation=door.relation,
        direction=door.direction,
        offset_m=door.offset_m,
        spread_m=door.spread_m,
        reference=office.reference,
        office=True,
    )


def leave_over(reading: Reading) -> None:
    """Find the words around the place that nobody has understood."""
    chains, anchor = reading.chains, reading.anchor
    group = reading.groups[0]
    other: list[Mention | Anchor] = [*reading.foreign]
    if chains.left_out is not None and not is_minor(reading, chains.left_out):
        other.append(chains.left_out)
    elif anchor.class_word and group.members == [anchor]:
        other.append(anchor)  # 公园 alone may be any; the list does not know them all
    if other:
        reading.unexplained = (other[0].start, other[0].end)
        return
    text, mentions = reading.folded.text, reading.findings.mentions
    away = elsewhere_span(text, anchor, group.members, reading.spot, mentions)
    reading.unexplained = away or street_of_later(text, anchor, group.members)
    if reading.unexplained is not None:
        reading.hearsay = reading.hearsay or away is not None
        return
    if reading.link is not None and not reading.findings.refused:
        return  # the words that join the places are understood
    if len(reading.entries) == 1:
        folded = narrowed(reading.folded, group)
    else:
        rest = [member for g in reading.groups[1:] for member in g.members]
        folded = without_names(reading.folded, rest)
    known = [*reading.beside, *(m for g in reading.groups for m in g.members if m is not anchor)]
    reading.unexplained = unexplained_span(
        without_names(folded, known), reading.findings, group, reading.spot
    )
