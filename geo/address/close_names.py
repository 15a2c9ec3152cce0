"""Find names with one mistake in them, inside an area that the text names, and nowhere else.

Only words that look like a place are tried: right behind the area, or before 村, 小区, 家园 …;
what tells names apart (``kept_characters``) and the word for the kind of place are never mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from geo.address.believing import Findings, Mention, Role, is_modified
from geo.address.details import leads_in
from geo.address.forms import Entry, ending_of
from geo.address.gazetteer import Gazetteer
from geo.address.kept_characters import keeps
from geo.address.normalise import SEPARATOR
from geo.address.types import MatchType, PlaceKind
from geo.address.variants import vary

_MOST_AREAS = 4
_MOST_WORDS = 12
_SHORTEST = 3
_LONGEST = 9
_LEAD = 4  # characters that may lead in to a name
_LINK = re.compile(r"[|]?(?:的|辖区|境内|内)?")
_NOTHING = ("", SEPARATOR)
_AREAS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
_SURE = (MatchType.EXACT, MatchType.ALIAS)


@dataclass(slots=True)
class _Names:
    """Hold the names of one area by their first character and by all but the first.

    The word for the kind of place is never mended: by the first character and that word.
    """

    by_first: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    by_rest: dict[str, list[str]] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        form = vary(entry.form)
        known = self.entries.get(form)
        if known is not None:
            known.append(entry)
            return
        self.entries[form] = [entry]
        self.by_first.setdefault((form[0], ending_of(form)), []).append(form)
        self.by_rest.setdefault(form[1:], []).append(form)

    def near(self, words: str, ending: str) -> list[str]:
        """Return each name that may be one mistake away from ``words``, which end in ``ending``."""
        rest = words[1:]
        names = [
            form
            for form in self.by_first.get((words[0], ending), ())
            if -1 <= len(form) - len(words) <= 1
        ]
        names += self.by_rest.get(rest, ())
        names += self.by_rest.get(words, ())
        if rest in self.entries:
            names.append(rest)
        return names


class CloseNames:
    """Find misspelt names inside the areas of a text; linear in the length of the text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Index nothing yet: the names of an area are sorted when it is first named."""
        self._gazetteer = gazetteer
        self._names: dict[str, _Names] = {}

    def find(self, text: str, findings: Findings) -> tuple[Mention, ...]:
        """Return the misspelt names of the folded text, without those that overlap others."""
        areas = _areas(findings.mentions)
        if not areas or not _is_open(findings, areas):
            return ()
        spoken = findings.spoken
        taken = bytearray(len(text))
        for mention in findings.mentions:
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
        found: list[Mention] = []
        names = [self._names_in(code) for code, _ in areas]
        for start, end in _windows(findings, areas, taken):
            entries = _near(spoken[start:end], names)
            # Nearly always there is none: what it costs more to find out comes last.
            if (
                entries
                and taken.find(1, start, end) < 0
                and not is_modified(text, start)
                and _opens(text, taken, start)
            ):
                found.append(Mention(start, end, Role.PLACE, entries))
                taken[start:end] = b"\1" * (end - start)
        return tuple(sorted(found, key=lambda mention: mention.start)) if found else ()

    def _names_in(self, code: str) -> _Names:
        names = self._names.get(code)
        if names is None:
            names = _Names()
            for entry in self._gazetteer.names_below(code):
                names.add(entry)
            self._names[code] = names
        return names


def _near(words: str, areas: Iterable[_Names]) -> tuple[Entry, ...]:
    """Return the readings of the names of ``areas`` that are one mistake away from ``words``."""
    kept: dict[str, Entry] = {}
    ending = ending_of(words)
    for names in areas:
        for form in names.near(words, ending):
            if _is_close(words, form, ending):
                for entry in names.entries[form]:
                    likeness = 1 - 1 / len(form)
                    fuzzy = entry._replace(match_type=MatchType.FUZZY, likeness=likeness)
                    kept.setdefault(entry.place.id, fuzzy)
    return tuple(kept.values()) if kept else ()


def _areas(mentions: Iterable[Mention]) -> list[tuple[str, int]]:
    """Return the codes of the areas that are named for sure, with the ends of their names."""
    areas: dict[str, int] = {}
    for _, end, role, entries in mentions:
        if len(entries) != 1 or role is not Role.PLACE:
            continue
        entry = entries[0]
        sure = entry.place.kind in _AREAS and entry.match_type in _SURE
        if sure and len(areas) < _MOST_AREAS:
            areas.setdefault(entry.place.area_code, end)
    return list(areas.items())


def _begin(text: str, area_end: int) -> int:
    """Return where a name can begin behind that of its area."""
    link = _LINK.match(text, area_end)
    return link.end() if link else area_end


def _is_open(findings: Findings, areas: Iterable[tuple[str, int]]) -> bool:
    """Say whether any words that may hold a name are left; in most texts all belong to names."""
    ends = {mention.end for mention in findings.mentions}
    if [end for _, end in findings.kind_words if end not in ends]:
        return True
    text, starts = findings.spoken, {mention.start for mention in findings.mentions}
    begins = [_begin(text, area_end) for _, area_end in areas]
    return bool([at for at in begins if at not in starts and text[at : at + 1] not in _NOTHING])


def _windows(
    findings: Findings, areas: Sequence[tuple[str, int]], taken: bytearray
) -> Iterator[tuple[int, int]]:
    """Yield spans that may hold a name, the longest of one place first."""
    text = findings.spoken
    for _, area_end in areas:
        begin = stop = _begin(text, area_end)
        last = min(len(text), begin + _LONGEST)
        while stop < last and not taken[stop] and text[stop] != SEPARATOR:
            stop += 1
        for end in range(stop, begin + _SHORTEST - 1, -1):
            yield begin, end
    for begins, end in findings.kind_words[:_MOST_WORDS]:
        if taken[end - 1]:
            continue
        begin = max(
            end - _LONGEST,
            text.rfind(SEPARATOR, 0, begins) + 1,
            # No name begins before the end of one that reaches in.
            taken.rfind(1, max(end - _LONGEST, 0), end) + 1,
        )
        for start in range(begin, begins - 1):
            yield start, end


def _opens(text: str, taken: bytearray, start: int) -> bool:
    """Say whether a name can begin here: 申气村 of 小板申气村 is no name."""
    begin = start
    while begin > max(start - _LEAD, 0) and not taken[begin - 1] and text[begin - 1] != SEPARATOR:
        begin -= 1
    return leads_in(text[begin:start])


def _is_close(words: str, form: str, ending: str) -> bool:
    """Say whether ``words``, ending in ``ending``, are ``form`` but for a mistake to be mended."""
    if int(OSA.distance(words, form, score_cutoff=1)) != 1:
        return False
    if ending_of(form) != ending or keeps(words, form):
        return False
    # 惠氏家园: two characters suffice before a word of two; 马场村 would be any 马…村.
    return len(form) - len(ending) >= (_SHORTEST if len(ending) < 2 else _SHORTEST - 1)
