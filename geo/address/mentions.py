"""Find the names in a folded text: the longest ones, and only where a place can be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import ahocorasick

from geo.address.details import leads_in
from geo.address.forms import Entry
from geo.address.gazetteer import Gazetteer
from geo.address.normalise import SEPARATOR, normalise_name
from geo.address.sounds import SoundFinder
from geo.address.types import MatchType, PlaceKind
from geo.address.variants import vary

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

_MOST_NAMESAKES = 12  # of a local name that nothing tells apart; more say nothing
_SHORT_NAME = 2  # characters
_VARIANT = 0.9  # how much of a name is right that is spelled with variants


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


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold one name in the folded text: its span and its readings."""

    start: int
    end: int
    role: Role
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Hold the names found, in order, and the spans refused as parts of unknown names."""

    mentions: tuple[Mention, ...]
    refused: tuple[tuple[int, int], ...]


class NameFinder:
    """Find every form of a gazetteer in one pass; linear in the length of the text."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        *,
        county_names: Iterable[str],
        above_names: Iterable[str] = (),
        foreign_names: Iterable[str],
    ) -> None:
        """Build the automaton; names of the county and of others give way to no place."""
        self._gazetteer = gazetteer
        self._automaton = ahocorasick.Automaton()
        for keys in (gazetteer.forms, gazetteer.local):
            for key in keys:
                self._automaton.add_word(key, (len(key), key))
        self._roles: dict[str, Role] = {}
        known = (
            (Role.FOREIGN, foreign_names),
            (Role.ABOVE, above_names),
            (Role.COUNTY, county_names),
        )
        for role, names in known:
            for name in filter(None, map(normalise_name, names)):
                key = vary(name)
                self._roles[key] = role
                self._automaton.add_word(key, (len(key), key))
        self._automaton.make_automaton()
        self._sounds = SoundFinder(gazetteer.forms)
        # By the words of the automaton: no more than it holds.
        self._known: dict[str, Form] = {}

    def _form(self, key: str) -> Form:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._form_of(key)
        return known

    def _form_of(self, key: str) -> Form:
        role = self._roles.get(key)
        if role is not None:
            return Form(role)
        gazetteer = self._gazetteer
        return Form(Role.PLACE, gazetteer.readings(key), gazetteer.local.get(key))

    def find(self, text: str) -> Findings:
        """Return the names of the folded ``text``; overlapping ones yield to the longest."""
        if len(self._automaton) == 0:
            return Findings((), ())
        spoken = vary(text)
        raw = [
            (end + 1 - length, end + 1, self._form(key))
            for end, (length, key) in self._automaton.iter(spoken)
        ]
        written, refused = _longest(raw, len(text))
        chosen, refused = _with_heard(written, refused, self._heard(spoken))
        mentions: list[Mention] = []
        chosen = _in_scope(chosen)
        starts = {start for start, _, _ in chosen}
        ends = {end for _, end, _ in chosen}
        for start, end, form in chosen:
            if start not in ends and is_modified(text, start):
                refused.append((start - 1, end))
                continue
            if form.role is Role.PLACE and _is_tail(text, start, ends, form):
                refused.append((start - 1, end))
                continue
            follows, leads = start in ends, end in starts
            kept = _believable(text, (start, end, form), follows=follows, leads=leads)
            if kept is not None:
                mentions.append(kept)
        return Findings(tuple(mentions), tuple(sorted(refused)))

    def _heard(self, spoken: str) -> list[_Raw]:
        heard = self._sounds.find(spoken)
        return [(start, end, Form(Role.PLACE, entries)) for start, end, entries in heard]


_Raw = tuple[int, int, Form]
_Spans = list[tuple[int, int]]


def _longest(raw: list[_Raw], length: int) -> tuple[list[_Raw], _Spans]:
    """Keep the longest of overlapping names; report full names cut in half by a longer one."""
    owner = [-1] * length
    chosen: list[_Raw] = []
    refused: _Spans = []
    for start, end, form in sorted(raw, key=lambda m: (m[0] - m[1], not m[2].full, m[0])):
        owners = set(owner[start:end])
        if owners == {-1}:
            owner[start:end] = [len(chosen)] * (end - start)
            chosen.append((start, end, form))
        elif len(owners) > 1 and form.full and not form.is_road:
            refused.append((start, end))
    return sorted(chosen, key=lambda m: m[0]), refused


def _with_heard(
    written: list[_Raw], refused: _Spans, heard: list[_Raw]
) -> tuple[list[_Raw], _Spans]:
    """Add the names found by sound, where no name is written or only a part of theirs."""
    if not heard:
        return written, refused
    chosen = list(written)
    for start, end, form in sorted(heard, key=lambda m: (m[0] - m[1], m[0])):
        met = [name for name in chosen if name[0] < end and start < name[1]]
        if all(start <= s and e <= end and e - s < end - start for s, e, _ in met):
            chosen = [name for name in chosen if name not in met]
            chosen.append((start, end, form))
            refused = [span for span in refused if span[1] <= start or end <= span[0]]
    return sorted(chosen, key=lambda m: m[0]), refused


def _in_scope(chosen: list[_Raw]) -> list[_Raw]:
    """Give each local name the readings of the areas named beside it; all of them, if few."""
    if all(form.local is None for _, _, form in chosen):
        return chosen
    codes: dict[str, None] = {}
    for _, _, form in chosen:
        for entry in form.entries[:_MOST_NAMESAKES]:
            code = entry.place.area_code
            codes.update({code[:length]: None for length in (12, 9) if len(code) >= length})
    told: list[_Raw] = []
    for start, end, form in chosen:
        if form.local is None:
            told.append((start, end, form))
            continue
        near = [e for code in codes for e in form.local.get(code, ())]
        if not near and sum(map(len, form.local.values())) <= _MOST_NAMESAKES:
            near = [e for scope in sorted(form.local) for e in form.local[scope]]
        if near or form.entries:
            told.append((start, end, replace(form, entries=(*form.entries, *near))))
    return told


def is_modified(text: str, start: int) -> bool:
    """Say whether a direction, size or number before a name makes it another name."""
    before = text[max(start - 2, 0) : start]
    return before[-1:] in _MODIFIERS and before[:-1] not in _BEFORE_MODIFIER


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


def _believable(text: str, raw: _Raw, *, follows: bool, leads: bool) -> Mention | None:
    """Drop the readings that their surroundings do not bear out; None when none is left.

    ``follows`` and ``leads`` say that another name stands directly before and behind.
    """
    start, end, form = raw
    mention = Mention(start, end, form.role, form.entries)
    runs_on = not leads and _RUNS_ON.match(text, end) is not None
    if form.role is not Role.PLACE:
        return None if runs_on else mention
    opens = follows or start == 0 or text[start - 1] == SEPARATOR
    addressed = opens and (leads or _ENDS_NAME.match(text, end) is not None)
    addressed = addressed or _POINTED_AT.match(text, end) is not None
    entries = tuple(
        entry
        for entry in _as_written(form.entries, text[start:end])
        if not entry.bare or (not runs_on and (addressed or not entry.everyday))
    )
    return Mention(start, end, form.role, entries) if entries else None


def _as_written(entries: tuple[Entry, ...], words: str) -> tuple[Entry, ...]:
    """Keep the readings spelled exactly so; where there are none, all are variants."""
    exact = tuple(entry for entry in entries if entry.form == words)
    if exact:
        return exact
    heard = (MatchType.HOMOPHONE, MatchType.FALLBACK)
    return tuple(
        entry
        if entry.match_type in heard
        else entry._replace(match_type=MatchType.ALIAS, likeness=_VARIANT)
        for entry in entries
    )
