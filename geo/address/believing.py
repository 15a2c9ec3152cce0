"""Say what a name in a folded text is, and believe it only where a place can be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from geo.address.clauses import AsideSpan
from geo.address.details import leads_in
from geo.address.forms import Entry
from geo.address.normalise import SEPARATOR
from geo.address.types import MatchType, PlaceKind

# A bare name that runs on like this is the head of another name: 和平|路, 德胜|营.
_RUNS_ON = re.compile(
    r"村|社区|小区|镇|乡|苏木|路(?![灯口边上面过])|大?街|巷|大道|营|沟|庄|屯|湾|尧|窑|圪|花园|家园"
    r"|苑|公寓|大厦|桥|门|旗|县|市|区|省|国"
)
# Behind an everyday word only these show that an address is meant: the end, a mark, a group.
_ENDS_NAME = re.compile(
    r"$|\||第?[0-9一二三四五六七八九十]{1,3}(?:[组队社]|号?网格)|村民|的?(?:网格|群众|居民)"
)
# 就是双龙那个: who says so means the place.
_POINTED_AT = re.compile(r"那[个边头儿]")
# Direction, size, age and number are part of a name: 东+磴口村 is another village.
_MODIFIERS = frozenset("东西南北上下前后大小新老旧一二三四五六七八九十两0123456789")
# … unless the character before makes it a word of its own: 晚上, 以后, 午后.
_BEFORE_MODIFIER = frozenset(
    "晚早路网街马地楼身线世以之车天今然最雨雪饭午目年日半电面背一底脚手如树桥"
)

_SHORT_NAME = 2  # characters
_VARIANT = 0.9  # how much of a name is right that is spelled with variants


Span = tuple[int, int]


class Role(StrEnum):
    """Name what a name stands for: a place, the county, one above it, or another county."""

    PLACE = "place"
    COUNTY = "county"
    ABOVE = "above"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Form:
    """Hold what one written form may mean; ``local`` are readings by the area they hold in."""

    role: Role
    entries: tuple[Entry, ...] = ()
    local: Mapping[str, Sequence[Entry]] | None = None
    # Whether at least one reading needs no support from its surroundings.
    full: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Look at the readings once: each form comes again and again."""
        full = self.role is Role.PLACE and any(not entry.bare for entry in self.entries)
        object.__setattr__(self, "full", full)

    @property
    def is_road(self) -> bool:
        """Say whether it is a street: 京藏高速 before 高速萨拉齐收费站 is no other place."""
        return all(entry.place.kind is PlaceKind.ROAD for entry in self.entries)


class Mention(NamedTuple):
    """Hold one name in the folded text: its span and its readings."""

    start: int
    end: int
    role: Role
    entries: tuple[Entry, ...] = ()


class Findings(NamedTuple):
    """Hold the names found, in order, and the spans refused as parts of unknown names.

    ``asides`` are the clauses in which places are only mentioned, ``kind_words`` where 村, 小区 …
    stand, ``spoken`` is the text with the variants of names as one.
    """

    mentions: tuple[Mention, ...]
    refused: tuple[Span, ...]
    asides: tuple[AsideSpan, ...]
    kind_words: tuple[Span, ...]
    spoken: str


Raw = tuple[int, int, Form]
"""Where a form stands."""


def believed(
    text: str, chosen: Sequence[Raw], refused: Iterable[Span]
) -> tuple[tuple[Mention, ...], tuple[Span, ...]]:
    """Return the names among the forms of a text that their surroundings bear out.

    With them the ``refused`` spans and those of the names that are but parts of others, in order.
    """
    mentions: list[Mention] = []
    spans = list(refused)
    starts = {start for start, _, _ in chosen}
    ends = {end for _, end, _ in chosen}
    for start, end, form in chosen:
        if start not in ends and is_modified(text, start):
            spans.append((start - 1, end))
            continue
        if form.role is Role.PLACE and _is_tail(text, start, ends, form):
            spans.append((start - 1, end))
            continue
        follows, leads = start in ends, end in starts
        kept = _believable(text, (start, end, form), follows=follows, leads=leads)
        if kept is not None:
            mentions.append(kept)
    return tuple(mentions), tuple(sorted(spans))


def is_modified(text: str, start: int) -> bool:
    """Say whether a direction, size or number before a name makes it another name."""
    if start == 0 or text[start - 1] not in _MODIFIERS:
        return False
    return text[max(start - 2, 0) : start - 1] not in _BEFORE_MODIFIER


def _is_tail(text: str, start: int, ends: set[int], form: Form) -> bool:
    """Say whether a short village's name is but the tail of an unknown one: 沙海子村.

    One character stands before it in the same breath, and none that leads in to a name.
    """
    before = start - 1
    if before < 0 or text[before] == SEPARATOR or start in ends:
        return False
    opens = before == 0 or text[before - 1] == SEPARATOR or before in ends
    return opens and not leads_in(text[before]) and all(map(_is_short_village, form.entries))


def _is_short_village(entry: Entry) -> bool:
    village = entry.place.kind is PlaceKind.COMMUNITY
    return village and len(entry.form.removesuffix("村")) <= _SHORT_NAME


def _believable(text: str, raw: Raw, *, follows: bool, leads: bool) -> Mention | None:
    """Drop the readings that their surroundings do not bear out; None when none is left.

    ``follows`` and ``leads`` say that another name stands directly before and behind.
    """
    start, end, form = raw
    written: tuple[Entry, ...] = ()
    if form.role is Role.PLACE:
        written = _as_written(form.entries, text[start:end])
        if not [entry for entry in written if entry.bare]:
            return Mention(start, end, form.role, written) if written else None
    runs_on = not leads and _RUNS_ON.match(text, end) is not None
    if form.role is not Role.PLACE:
        return None if runs_on else Mention(start, end, form.role, form.entries)
    opens = follows or start == 0 or text[start - 1] == SEPARATOR
    addressed = opens and (leads or _ENDS_NAME.match(text, end) is not None)
    addressed = addressed or _POINTED_AT.match(text, end) is not None
    entries = [
        entry
        for entry in written
        if not entry.bare or (not runs_on and (addressed or not entry.everyday))
    ]
    return Mention(start, end, form.role, tuple(entries)) if entries else None


def _as_written(entries: tuple[Entry, ...], words: str) -> tuple[Entry, ...]:
    """Keep the readings spelled exactly so; where there are none, all are variants."""
    exact = tuple([entry for entry in entries if entry.form == words])
    if exact:
        return exact
    heard = (MatchType.HOMOPHONE, MatchType.FALLBACK)
    return tuple(
        entry
        if entry.match_type in heard
        else entry._replace(match_type=MatchType.ALIAS, likeness=_VARIANT)
        for entry in entries
    )
