"""Match an address text to a place of one county: exact names and aliases, never a guess.

The order of work: fold (``normalise``), find names (``mentions``), put them together (``chain``),
read the rest (``details``), answer. A matcher that knows more (sounds, typing errors, distances)
takes this one's place behind ``AddressMatcher``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Protocol

from geo.address.chain import (
    Anchor,
    Chains,
    Group,
    build_anchors,
    link,
    without_nested,
)
from geo.address.forms import Entry
from geo.address.gazetteer import Gazetteer
from geo.address.grid_names import grid_places
from geo.address.leftovers import narrowed, unexplained_words, without_names
from geo.address.mentions import Findings, Mention, NameFinder, Role
from geo.address.normalise import SEPARATOR, Normalised, normalise
from geo.address.types import (
    DEFAULT_RADIUS_M,
    AddressMatch,
    MatchType,
    Place,
    PlaceKind,
)
from geo.errors import GeoError

MAX_CHARACTERS = 20_000
COUNTY_LEVEL = "county"
_HINTS_IN_DETAIL = 5
_COARSE_FIRST = tuple(PlaceKind)


class AddressMatcher(Protocol):
    """Turn a text into a place, or say that it cannot."""

    def match(self, text: str) -> AddressMatch:
        """Return the match; raise GeoError only for a text that is too long."""
        ...

    def place_hint(self, place: Place) -> str:
        """Return what tells a place apart from its namesakes."""
        ...

    def without_places(self, text: str) -> str:
        """Return the folded text, a separator where the name of a place stood."""
        ...


class ExactMatcher:
    """Match exact names and aliases down to community, compound, numbered building and grid."""

    def __init__(
        self,
        places: Iterable[Place],
        *,
        county_code: str,
        county_names: tuple[str, ...],
        above_names: tuple[str, ...] = (),
        foreign_names: tuple[str, ...],
    ) -> None:
        """Index the places of the county of six digits; raise GeoError for one outside it.

        The first of ``county_names`` is what the county is called in an answer; ``above_names``
        are of the areas that contain it (its city, its region).
        """
        known = tuple(places)
        if any(not place.area_code.startswith(county_code[:6]) for place in known):
            raise GeoError("place_outside_county", "地名表中有不属于本旗县的地点。", field="places")
        self._county_names = county_names
        self._gazetteer = Gazetteer(known, county_names=(*county_names, *above_names))
        self._finder = NameFinder(
            self._gazetteer,
            county_names=county_names,
            above_names=above_names,
            foreign_names=foreign_names,
        )

    def with_grids(self, names: Mapping[str, str]) -> ExactMatcher | None:
        """Return a matcher that knows grids by these names and codes, too, for next to no time.

        None when that takes a matcher made anew: a grid without a number in its name.
        """
        grids = grid_places(names, self._gazetteer.by_id.values())
        gazetteer = self._gazetteer.with_grids(grids)
        if gazetteer is None:
            return None
        joined = copy(self)
        vars(joined).update(_gazetteer=gazetteer)
        return joined

    def place_hint(self, place: Place) -> str:
        """Return what tells a place apart from its namesakes, like 海子乡磴口村."""
        return self._gazetteer.place_hint(place)

    def without_places(self, text: str) -> str:
        """Return the folded text, a separator where the name of a place or a county stood.

        Linear in the length of the text; raises for no ``str``.
        """
        folded, kept = normalise(text).text, 0
        parts: list[str] = []
        for mention in self._finder.find(folded).mentions:
            parts.append(folded[kept : mention.start])
            kept = mention.end
        return SEPARATOR.join([*parts, folded[kept:]])

    def match(self, text: str) -> AddressMatch:
        """Return what ``text`` names; radius in metres, places in CGCS2000.

        Linear in the length of the text. Raises GeoError for more than 20,000 characters, and
        for no other text.
        """
        if len(text) > MAX_CHARACTERS:
            raise GeoError("text_too_long", f"地址文字最多{MAX_CHARACTERS}个字。", field="address")
        folded = normalise(text)
        if not folded.text.strip(SEPARATOR + "#"):
            return _nothing("没有可读的地址文字，请问清在哪个乡镇、哪个村或小区。")
        findings = self._finder.find(folded.text)
        anchors = build_anchors(folded.text, findings.mentions, self._gazetteer)
        foreign = [m for m in findings.mentions if m.role is Role.FOREIGN]
        if foreign and _is_outside(folded.text, foreign[0], findings, anchors):
            return _nothing("地址写明在旗外，不属本旗。", outside=True)
        if not anchors:
            return self._nothing_below(folded, findings)
        return self._answer(folded, findings, link(folded.text, anchors), foreign)

    def _answer(
        self,
        folded: Normalised,
        findings: Findings,
        chains: Chains,
        foreign: Sequence[Mention],
    ) -> AddressMatch:
        if chains.too_many:
            return _nothing("文字中提到的地点太多，请问清事发地。")
        if chains.refuted is not None:
            township = folded.words(chains.refuted.start, chains.refuted.end)
            return _nothing(f"写明的“{township}”与后面的地名对不上，请核对乡镇。")
        group = chains.groups[0]
        entries = without_nested([e for g in chains.groups for e in g.entries])
        anchor = group.anchor
        other: list[Mention | Anchor] = [*foreign]
        if chains.left_out is not None:
            other.append(chains.left_out)
        elif anchor.class_word and group.members == [anchor]:
            other.append(anchor)  # 公园 alone may be any; the list does not know them all
        if len(entries) == 1:
            unexplained = unexplained_words(narrowed(folded, group), findings, group, other)
            return self._one(entries[0], folded, anchor, unexplained)
        members = [member for g in chains.groups[1:] for member in g.members]
        unexplained = unexplained_words(without_names(folded, members), findings, group, other)
        return self._several(entries, folded, chains.groups, unexplained)

    def _nothing_below(self, folded: Normalised, findings: Findings) -> AddressMatch:
        """Say that no place was found, and whether the county itself is named."""
        named = next((m for m in findings.mentions if m.role is Role.COUNTY), None)
        if named is None:
            return _nothing(_unknown(folded, findings))
        name, words = self._county_names[0], folded.words(named.start, named.end)
        return replace(
            _nothing(_unknown(folded, findings, county=name)),
            name=name,
            anchor=words,
            match_type=MatchType.EXACT if words == name else MatchType.ALIAS,
        )

    def _one(
        self, entry: Entry, folded: Normalised, anchor: Anchor, unexplained: str | None
    ) -> AddressMatch:
        place = entry.place
        name = self._gazetteer.full_name(place)
        detail = f"地址写到“{self.place_hint(place)}”。"
        if anchor.missing and place.kind is PlaceKind.COMMUNITY:
            detail = f"“{self._gazetteer.usual_name(place)}”没有所写的网格，请核对网格名称。"
        elif anchor.missing:
            detail = f"“{name}”没有登记所写的楼号，只定位到小区，请问清楼号。"
        elif unexplained:
            detail += "后面的文字没有读懂，须由人确认。"
        return AddressMatch(
            level=place.kind.value,
            name=name,
            anchor=folded.words(anchor.start, anchor.end),
            match_type=entry.match_type,
            radius_m=place.radius_m if place.radius_m > 0 else DEFAULT_RADIUS_M[place.kind],
            places=(place,),
            unexplained=unexplained,
            detail=detail,
        )

    def _several(
        self,
        entries: Sequence[Entry],
        folded: Normalised,
        groups: Sequence[Group],
        unexplained: str | None,
    ) -> AddressMatch:
        places = sorted((e.place for e in entries), key=lambda p: (p.area_code, p.id))
        mentions = self._mentions(entries, folded, groups)
        names = {self._gazetteer.full_name(place) for place in places}
        hints = "、".join(self.place_hint(place) for place in places[:_HINTS_IN_DETAIL])
        more = "等" if len(places) > _HINTS_IN_DETAIL else ""
        lead = "文字中提到多个地点" if mentions else f"同名地点有{len(places)}处"
        return AddressMatch(
            level=min((p.kind for p in places), key=_COARSE_FIRST.index).value,
            name=names.pop() if len(names) == 1 else None,
            anchor=folded.words(groups[0].anchor.start, groups[0].anchor.end),
            match_type=entries[0].match_type,
            radius_m=None,
            places=tuple(places),
            mentions=mentions,
            unexplained=unexplained,
            detail=f"{lead}：{hints}{more}，请问清是哪一处。",
        )

    def _mentions(
        self, entries: Sequence[Entry], folded: Normalised, groups: Sequence[Group]
    ) -> tuple[str, ...]:
        """Return what the different places of a text are called; nothing for one name."""
        left = {entry.place.id for entry in entries}
        told: list[str] = []
        for group in sorted(groups, key=lambda g: g.anchor.start):
            places = [e.place for e in group.entries if e.place.id in left]
            if len(places) == 1:
                told.append(self._gazetteer.usual_name(places[0]))
            elif places:
                told.append(folded.words(group.anchor.start, group.anchor.end))
        if len(set(told)) < len(told):
            places = [entry.place for entry in entries]
            told = [self.place_hint(place) for place in places]
        return tuple(told) if len(told) > 1 else ()


def _nothing(detail: str, *, outside: bool = False) -> AddressMatch:
    return AddressMatch(
        level=COUNTY_LEVEL,
        name=None,
        anchor=None,
        match_type=None,
        radius_m=None,
        places=(),
        outside=outside,
        detail=detail,
    )


def _unknown(folded: Normalised, findings: Findings, county: str = "") -> str:
    if findings.refused:
        return f"“{folded.words(*findings.refused[0])}”不在地名库中，请核对地名。"
    if county:
        return f"只识别到{county}，请问清在哪个乡镇、哪个村或小区。"
    if findings.mentions:
        above = findings.mentions[-1]
        return (
            f"只识别到“{folded.words(above.start, above.end)}”，"
            "请问清在哪个旗县区、哪个乡镇、哪个村或小区。"
        )
    return "文字中没有地名库里的地点，请问清在哪个乡镇、哪个村或小区。"


def _is_outside(text: str, foreign: Mention, findings: Findings, anchors: Sequence[Anchor]) -> bool:
    """Say whether the other county is the place meant: alone, or written before our namesake.

    A name of ours that comes first, or after words in between (户口在东河区，现住萨拉齐镇…), is
    matched, and the other county's name forbids an automatic answer.
    """
    if not anchors:
        return True
    first = min(anchors, key=lambda a: a.start)
    ours = any(m.role in (Role.COUNTY, Role.ABOVE) and foreign.end <= m.start < first.start
               for m in findings.mentions)  # fmt: skip
    return (
        not ours
        and foreign.end <= first.start
        and SEPARATOR not in text[foreign.end : first.start]
        and not first.written_township
    )
