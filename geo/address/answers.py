"""Turn what was read in a text into the answer: one place, several, or nothing and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geo.address.anchors import Anchor, without_nested
from geo.address.believing import Role
from geo.address.chain import Group, contains
from geo.address.details import lone_building
from geo.address.displacement import radius_at, radius_of
from geo.address.forms import Entry
from geo.address.gazetteer import Gazetteer
from geo.address.reading import Reading, leave_over
from geo.address.scoring import (
    Circumstances,
    Score,
    doubt,
    margin,
    mentioned_score,
    score,
)
from geo.address.types import (
    AddressMatch,
    Lack,
    Link,
    MatchType,
    Place,
    PlaceKind,
    Relation,
)

COUNTY_LEVEL = "county"
_HINTS_IN_DETAIL = 5
_COARSE_FIRST = tuple(PlaceKind)
_LACKS = {
    Lack.GRID: "“{}”没有所写的网格，请核对网格名称。",
    Lack.GROUP: "“{}”没有登记所写的村民小组，只定位到村，请问清哪个组。",
    Lack.BUILDING: "“{}”没有登记所写的楼号，只定位到小区，请问清楼号。",
    Lack.KILOMETRE_POST: "“{}”没有登记所写的公里桩，请问清位置。",
}


def nothing(detail: str, *, outside: bool = False) -> AddressMatch:
    """Return the answer for a text that names no place of the county."""
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


class Answerer:
    """Put readings into answers with the names of one gazetteer."""

    def __init__(self, gazetteer: Gazetteer, county_name: str) -> None:
        """Take what names places, and what the county is called."""
        self._gazetteer = gazetteer
        self._county_name = county_name

    def answer(self, reading: Reading) -> AddressMatch:
        """Return what was read, weighed."""
        if reading.outside:
            return nothing("地址写明在旗外，不属本旗。", outside=True)
        if not reading.anchors:
            return self._nothing_below(reading)
        chains = reading.chains
        if chains.too_many:
            return nothing("文字中提到的地点太多，请问清事发地。")
        if chains.refuted is not None:
            township = reading.words((chains.refuted.start, chains.refuted.end))
            return nothing(f"写明的“{township}”与后面的地名对不上，请核对乡镇。")
        leave_over(reading)
        return self._one(reading) if len(reading.entries) == 1 else self._several(reading)

    def called(self, place: Place) -> tuple[str, str]:
        """Return the full name of a place, and what tells it apart from its namesakes."""
        return self._gazetteer.full_name(place), self._gazetteer.place_hint(place)

    def scores(self, reading: Reading) -> list[tuple[Entry, Anchor, Score]]:
        """Return the readings that remain with their scores, in the order of the answer."""
        return [(entry, anchor, told) for entry, anchor, told, _ in self._weighed(reading)]

    def _weighed(self, reading: Reading) -> list[tuple[Entry, Anchor, Score, Circumstances]]:
        """Return the scores with what speaks for and against each reading."""
        weighed: list[tuple[Entry, Anchor, Score, Circumstances]] = []
        entries = reading.entries
        if len(entries) > 1:
            entries = tuple(sorted(entries, key=lambda e: (e.place.area_code, e.place.id)))
        for entry in entries:
            group = reading.groups[0]
            if len(reading.groups) > 1:
                group = next((g for g in reading.groups if _names(g, entry.place)), group)
            around = self._around(reading, group.anchor, group.members, entry)
            told = score(entry, group.anchor, around)
            weighed.append((entry, group.anchor, told, around))
        return weighed

    def _around(
        self, reading: Reading, anchor: Anchor, members: Sequence[Anchor], entry: Entry
    ) -> Circumstances:
        """Return what speaks for and against a reading: the finest other name that holds it."""
        holding = [
            (m, e)
            for m in members
            if m is not anchor and not m.class_word
            for e in m.entries
            if e.likeness == 1.0 and contains(e, entry)
        ]
        best = holding[0] if holding else None
        if len(holding) > 1:
            best = max(holding, key=lambda pair: (pair[0].rank, -pair[0].start))
        return Circumstances(
            borne_out=self._gazetteer.usual_name(best[1].place) if best else None,
            hearsay=reading.hearsay,
            unexplained=reading.unexplained is not None,
        )

    def _lead(self, reading: Reading, entry: Entry, best: Score, around: Circumstances) -> float:
        """Return how far the only reading is ahead of whatever else may be meant."""
        rivals = [mentioned_score(beside) for beside in reading.beside]
        rivals += [best.value - 0.05 for _ in reading.possibly]
        rivals.append(doubt(entry, around))
        return margin(best.value, rivals)

    def _one(self, reading: Reading) -> AddressMatch:
        entry, anchor = reading.entries[0], reading.anchor
        place, spot = entry.place, reading.spot
        _, group_anchor, told, around = self._weighed(reading)[0]
        relation = spot.relation if spot else Relation.AT
        moved = spot is not None and spot.office and spot.relation is not Relation.AT
        office = moved and place.kind is PlaceKind.COMMUNITY
        first = reading.groups[0]
        if group_anchor is not first.anchor:
            around = self._around(reading, group_anchor, first.members, entry)
        return AddressMatch(
            level=place.kind.value,
            name=self._gazetteer.full_name(place)
            if not moved
            else self._gazetteer.usual_name(self._named(reading)),
            anchor=reading.words(spot.reference if spot and moved else (anchor.start, anchor.end)),
            match_type=entry.match_type,
            radius_m=radius_of(place)
            if spot is None
            else radius_at(
                place,
                relation=relation,
                offset_m=spot.offset_m,
                direction=spot.direction,
                spread_m=spot.spread_m,
                office=office,
            ),
            places=(place,),
            link=None,
            within=reading.within if place.kind is PlaceKind.ROAD else None,
            offset_m=spot.offset_m if spot else None,
            direction=spot.direction if spot else None,
            relation=relation,
            spread_m=spot.spread_m if spot else 0.0,
            spot=reading.words((spot.start, spot.end)) if spot else None,
            office=office,
            unexplained=reading.words(reading.unexplained),
            hearsay=reading.hearsay,
            perceived=reading.perceived,
            lack=anchor.lack if entry.match_type is MatchType.FALLBACK else None,
            possibly=reading.possibly,
            margin=self._lead(reading, entry, told, around),
            grounds=told.grounds,
            detail=self._detail(reading, entry),
        )

    def _named(self, reading: Reading) -> Place:
        """Return the place whose name was written: the village of a committee's house."""
        places = [entry.place for entry in reading.groups[0].entries]
        if len(places) == 1:
            return places[0]
        return min(places, key=lambda place: (_COARSE_FIRST.index(place.kind), place.area_code))

    def _detail(self, reading: Reading, entry: Entry) -> str:
        lack = reading.anchor.lack
        if lack is not None and entry.match_type is MatchType.FALLBACK:
            return _LACKS[lack].format(self._gazetteer.usual_name(entry.place))
        detail = f"地址写到“{self._gazetteer.place_hint(entry.place)}”。"
        return detail + "后面的文字没有读懂，须由人确认。" if reading.unexplained else detail

    def _several(self, reading: Reading) -> AddressMatch:
        told = self.scores(reading)
        places = [entry.place for entry, _, _ in told]
        mentions = self._mentions(reading)
        names = {self._gazetteer.full_name(place) for place in places}
        hints = "、".join(self._gazetteer.place_hint(place) for place in places[:_HINTS_IN_DETAIL])
        more = "等" if len(places) > _HINTS_IN_DETAIL else ""
        lead = "文字中提到多个地点" if mentions else f"同名地点有{len(places)}处"
        anchor, spot = reading.anchor, reading.spot
        link = reading.link or (Link.ONE_OF if mentions else Link.NAMESAKES)
        joined = reading.link is not None
        return AddressMatch(
            level=min((p.kind for p in places), key=_COARSE_FIRST.index).value,
            name=names.pop() if len(names) == 1 else None,
            anchor=reading.words((anchor.start, anchor.end)),
            match_type=_worst(reading.entries),
            radius_m=None,
            places=tuple(places),
            mentions=mentions,
            link=link,
            offset_m=spot.offset_m if spot and not joined else None,
            direction=spot.direction if spot and not joined else None,
            relation=spot.relation if spot and not joined else Relation.AT,
            spread_m=spot.spread_m if spot and not joined else 0.0,
            spot=reading.words((spot.start, spot.end)) if spot and not joined else None,
            unexplained=reading.words(reading.unexplained),
            hearsay=reading.hearsay,
            perceived=reading.perceived,
            margin=0.0,
            grounds=told[0][2].grounds,
            detail=f"{lead}：{hints}{more}，请问清是哪一处。",
        )

    def _mentions(self, reading: Reading) -> tuple[str, ...]:
        """Return what the different places of a text are called; nothing for one name."""
        left = {entry.place.id for entry in reading.entries}
        told: list[str] = []
        for group in sorted(reading.groups, key=lambda g: g.anchor.start):
            places = [e.place for e in without_nested(group.entries) if e.place.id in left]
            if group.anchor.listed:
                told += [self._gazetteer.usual_name(place) for place in places]
            elif len(places) == 1:
                told.append(self._gazetteer.usual_name(places[0]))
            elif places:
                told.append(reading.words((group.anchor.start, group.anchor.end)) or "")
        if len(set(told)) < len(told):
            told = [self._gazetteer.place_hint(entry.place) for entry in reading.entries]
        return tuple(told) if len(told) > 1 else ()

    def _nothing_below(self, reading: Reading) -> AddressMatch:
        """Say that no place was found, and whether the county itself is named."""
        mentions = reading.findings.mentions
        named = next((m for m in mentions if m.role is Role.COUNTY), None)
        if named is None:
            alone = lone_building(reading.folded.text)
            return replace(nothing(_unknown(reading)), building=alone)
        words = reading.words((named.start, named.end))
        return replace(
            nothing(_unknown(reading, county=self._county_name)),
            name=self._county_name,
            anchor=words,
            match_type=MatchType.EXACT if words == self._county_name else MatchType.ALIAS,
        )


def _names(group: Group, place: Place) -> bool:
    return any(entry.place.id == place.id for entry in group.entries)


def _worst(entries: Sequence[Entry]) -> MatchType:
    """Return how the least sure of several places was met."""
    order = tuple(MatchType)
    return max((entry.match_type for entry in entries), key=order.index)


def _unknown(reading: Reading, county: str = "") -> str:
    findings = reading.findings
    if findings.refused:
        return f"“{reading.words(findings.refused[0])}”不在地名库中，请核对地名。"
    if county:
        return f"只识别到{county}，请问清在哪个乡镇、哪个村或小区。"
    above = [m for m in findings.mentions if m.role is Role.ABOVE]
    if above:
        return (
            f"只识别到“{reading.words((above[-1].start, above[-1].end))}”，"
            "请问清在哪个旗县区、哪个乡镇、哪个村或小区。"
        )
    if reading.beside:
        beside = reading.beside[0]
        return (
            f"只顺便提到“{reading.words((beside.start, beside.end))}”，没有说明事发地，"
            "请问清在哪个乡镇、哪个村或小区。"
        )
    return "文字中没有地名库里的地点，请问清在哪个乡镇、哪个村或小区。"
