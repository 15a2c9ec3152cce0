"""Find names with one mistake in them, inside an area that the text names, and nowhere else.

Only words that look like a place are tried: right behind the area, or before 村, 小区, 家园 …;
what tells names apart (``kept_characters``) and the word for the kind of place are never mended.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from geo.address.details import leads_in
from geo.address.forms import ENDINGS, Entry, ending_of
from geo.address.gazetteer import Gazetteer
from geo.address.kept_characters import keeps
from geo.address.mentions import Findings, Mention, Role, is_modified
from geo.address.normalise import SEPARATOR
from geo.address.types import MatchType, PlaceKind
from geo.address.variants import vary

_MOST_AREAS = 4
_MOST_WORDS = 12
_SHORTEST = 3
_LONGEST = 9
_LEAD = 4  # characters that may lead in to a name
_ENDS = re.compile("|".join(ENDINGS))
_LINK = re.compile(r"[|]?(?:的|辖区|境内|内)?")
_AREAS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
_SURE = (MatchType.EXACT, MatchType.ALIAS)


@dataclass(slots=True)
class _Names:
    """Hold the names of one area by their first character and by all but the first."""

    by_first: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)
    by_rest: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        form = vary(entry.form)
        known = self.entries.get(form)
        if known is not None:
            known.append(entry)
            return
        self.entries[form] = [entry]
        self.by_first.setdefault(form[0], {})[form] = self.entries[form]
        self.by_rest[form[1:]].append(form)

    def near(self, words: str) -> Iterator[str]:
        """Yield each name that may be one mistake away from ``words``."""
        yield from self.by_first.get(words[0], ())
        yield from self.by_rest.get(words[1:], ())
        yield from self.by_rest.get(words, ())
        if words[1:] in self.entries:
            yield words[1:]


class CloseNames:
    """Find misspelt names inside the areas of a text; linear in the length of the text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Index nothing yet: the names of an area are sorted when it is first named."""
        self._gazetteer = gazetteer
        self._names: dict[str, _Names] = {}

    def find(self, text: str, findings: Findings) -> tuple[Mention, ...]:
        """Return the misspelt names of the folded text, without those that overlap others."""
        areas = _areas(findings.mentions)
        if not areas:
            return ()
        spoken = vary(text)
        taken = bytearray(len(text))
        for mention in findings.mentions:
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
        found: list[Mention] = []
        for start, end in _windows(spoken, areas, taken):
            if (
                taken.find(1, start, end) >= 0
                or is_modified(text, start)
                or not _opens(text, taken, start)
            ):
                continue
            entries = self._entries(spoken[start:end], areas)
            if entries:
                found.append(Mention(start, end, Role.PLACE, entries))
                taken[start:end] = b"\1" * (end - start)
        return tuple(sorted(found, key=lambda mention: mention.start))

    def _entries(self, words: str, areas: Sequence[tuple[str, int]]) -> tuple[Entry, ...]:
        kept: dict[str, Entry] = {}
        for code, _ in areas:
            names = self._names_in(code)
            for form in names.near(words):
                if _is_close(words, form):
                    for entry in names.entries[form]:
                        likeness = 1 - 1 / len(form)
                        fuzzy = entry._replace(match_type=MatchType.FUZZY, likeness=likeness)
                        kept.setdefault(entry.place.id, fuzzy)
        return tuple(kept.values())

    def _names_in(self, code: str) -> _Names:
        names = self._names.get(code)
        if names is None:
            names = _Names()
            for entry in self._gazetteer.names_below(code):
                names.add(entry)
            self._names[code] = names
        return names


def _areas(mentions: Iterable[Mention]) -> list[tuple[str, int]]:
    """Return the codes of the areas that are named for sure, with the ends of their names."""
    areas: dict[str, int] = {}
    for mention in mentions:
        entries = [e for e in mention.entries if e.place.kind in _AREAS and e.match_type in _SURE]
        sure = mention.role is Role.PLACE and len(entries) == len(mention.entries) == 1
        if sure and len(areas) < _MOST_AREAS:
            areas.setdefault(entries[0].place.area_code, mention.end)
    return list(areas.items())


def _windows(
    text: str, areas: Sequence[tuple[str, int]], taken: bytearray
) -> Iterator[tuple[int, int]]:
    """Yield spans that may hold a name, the longest of one place first."""
    for _, area_end in areas:
        link = _LINK.match(text, area_end)
        begin = link.end() if link else area_end
        stop = begin
        while (
            stop < min(len(text), begin + _LONGEST) and not taken[stop] and text[stop] != SEPARATOR
        ):
            stop += 1
        for end in range(stop, begin + _SHORTEST - 1, -1):
            yield begin, end
    for count, found in enumerate(_ENDS.finditer(text)):
        if count >= _MOST_WORDS:
            return
        end = found.end()
        begin = max(
            end - _LONGEST,
            text.rfind(SEPARATOR, 0, found.start()) + 1,
            # No name begins before the end of one that reaches in.
            taken.rfind(1, max(end - _LONGEST, 0), end) + 1,
        )
        for start in range(begin, found.start() - 1):
            yield start, end


def _opens(text: str, taken: bytearray, start: int) -> bool:
    """Say whether a name can begin here: 申气村 of 小板申气村 is no name."""
    begin = start
    while begin > max(start - _LEAD, 0) and not taken[begin - 1] and text[begin - 1] != SEPARATOR:
        begin -= 1
    return leads_in(text[begin:start])


def _is_close(words: str, form: str) -> bool:
    """Say whether ``words`` are ``form`` but for one mistake that may be mended."""
    if int(OSA.distance(words, form, score_cutoff=1)) != 1:
        return False
    ending = ending_of(form)
    if ending_of(words) != ending or keeps(words, form):
        return False
    # 惠氏家园: two characters suffice before a word of two; 马场村 would be any 马…村.
    return len(form) - len(ending) >= (_SHORTEST if len(ending) < 2 else _SHORTEST - 1)
