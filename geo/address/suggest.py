"""Suggest names while one is being typed: characters, pinyin, initials, from the front or inside.

All names stand one below the other in a few long strings, the likelier first, so that a look is a
scan by the machine's own search and stops at the first good ones; nothing is ever sorted twice.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from geo.address.normalise import SEPARATOR, normalise, normalise_name
from geo.address.typed_letters import (
    LETTERS,
    both,
    heard_pattern,
    letters_pattern,
    mixed_pattern,
    readings,
)
from geo.address.types import PlaceKind
from geo.address.variants import other_numerals, vary

Box = tuple[float, float, float, float]
"""West, south, east, north in CGCS2000 degrees."""

LONGEST_TYPED = 60
_UNITS = ("county", PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.GRID)
_LIKELIER_FIRST = (
    "county", PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.COMPOUND, PlaceKind.POI,
    PlaceKind.HAMLET, PlaceKind.ROAD, PlaceKind.LANE, PlaceKind.GRID, PlaceKind.BUILDING,
    PlaceKind.KILOMETRE_POST,
)  # fmt: skip
_RANKS = {str(kind): rank for rank, kind in enumerate(_LIKELIER_FIRST)}
_CODE = re.compile(r"[0-9]{6,15}")
_LONGEST_AREA = 16
_SHORTEST_HEARD = 2


class Found(StrEnum):
    """Name by what a name was found."""

    CODE = "code"
    CHARACTERS = "characters"
    LETTERS = "letters"
    SOUND = "sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Hold what can be suggested: a place or an area, where it is, what else it is called.

    ``box`` is what it takes up, a point twice for a place (CGCS2000 degrees).
    """

    id: str
    name: str
    kind: str
    area_code: str
    box: Box
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Hold a suggested name; ``spelling`` is the other name by which it was found, if any."""

    named: Named
    found: Found
    spelling: str | None = None


@dataclass(slots=True)
class _Lines:
    """Hold strings one below the other, and which line belongs to which spelling."""

    text: str
    starts: list[int]
    owners: list[int]

    @classmethod
    def of(cls, written: Iterable[tuple[str, int]]) -> _Lines:
        starts, owners, parts, at = [], [], [""], 1
        for words, owner in written:
            starts.append(at)
            owners.append(owner)
            parts.append(words)
            at += len(words) + 1
        return cls("\n".join((*parts, "")), starts, owners)

    def find(self, pattern: str) -> Iterator[int]:
        """Yield the owners of the lines in which ``pattern`` is found, in their order."""
        last = -1
        for hit in re.finditer(pattern, self.text):
            line = bisect_right(self.starts, hit.end() - 1) - 1
            if line != last:
                last = line
                yield self.owners[line]


@dataclass(slots=True)
class _Gathering:
    """Gather suggestions: of each way to be found those on screen first, no place twice."""

    limit: int
    view: Box | None
    within: tuple[tuple[str, ...], ...]
    items: list[Suggestion] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return len(self.items) >= self.limit

    def take(self, hits: Iterable[tuple[Named, Found, str | None]]) -> None:
        """Take what was found in one way, those on screen before all others."""
        near: list[Suggestion] = []
        beyond: list[Suggestion] = []
        room = self.limit - len(self.items)
        for named, found, spelling in hits:
            if named.id in self.seen or not self._inside(named.area_code):
                continue
            seen = self.view is None or _meets(named.box, self.view)
            if not seen and len(beyond) >= room:
                continue
            self.seen.add(named.id)
            (near if seen else beyond).append(Suggestion(named, found, spelling))
            if len(near) >= room:
                break
        self.items += [*near, *beyond][:room]

    def _inside(self, code: str) -> bool:
        return all(code.startswith(codes) for codes in self.within)


class Suggester:
    """Suggest the names of one county."""

    def __init__(self, named: Iterable[Named]) -> None:
        """Index ``named``; linear in their number but for one sorting."""
        spelled: list[tuple[tuple[object, ...], Named, str, str | None]] = []
        areas: dict[str, set[str] | None] = {}
        units: list[tuple[str, Named]] = []
        for one in named:
            rank = _RANKS.get(one.kind, len(_RANKS))
            if one.kind in _UNITS:
                units.append((one.area_code, one))
            for order, (form, spelling) in enumerate(_forms(one)):
                key = (spelling is not None, rank, len(form), one.name, one.id, order)
                spelled.append((key, one, form, spelling))
                _add_area(areas, form, one)
        spelled.sort(key=lambda row: row[0])
        self._spelled = [(one, spelling) for _, one, _, spelling in spelled]
        self._forms = [form for _, _, form, _ in spelled]
        self._characters = _Lines.of((vary(form), at) for at, form in enumerate(self._forms))
        self._sounds = _Lines.of(
            (read, at) for at, form in enumerate(self._forms) for read in readings(form)
        )
        self._areas = areas
        self._units = sorted(units, key=lambda unit: (len(unit[0]), unit[0]))

    def suggest(
        self, typed: str, *, view: Box | None = None, limit: int = 10
    ) -> tuple[Suggestion, ...]:
        """Return the likeliest names for what is typed so far, at most ``limit``.

        Earlier words may name the area (萨拉齐 yg). Nothing for more than 60 characters: that is
        no name. The same input gives the same answer.
        """
        words = [part for word in typed.split() for part in _folded(word).split(SEPARATOR) if part]
        if not words or len(typed) > LONGEST_TYPED:
            return ()
        joined = "".join(words)
        found = self._search(joined, (), view, limit)
        if not found:
            within, rest = self._areas_before(words)
            if rest != joined:
                found = self._search(rest, within, view, limit)
        return tuple(found)

    def _search(
        self, words: str, within: tuple[tuple[str, ...], ...], view: Box | None, limit: int
    ) -> list[Suggestion]:
        gathering = _Gathering(limit, view, within)
        for written in dict.fromkeys((words, *other_numerals(words))):
            for look in self._looks(written):
                gathering.take(look())
                if gathering.full:
                    return gathering.items
            if gathering.items:
                break
        return gathering.items

    def _looks(
        self, words: str
    ) -> Iterator[Callable[[], Iterator[tuple[Named, Found, str | None]]]]:
        """Yield the ways to look for words, the surest first."""
        if _CODE.fullmatch(words):
            yield lambda: (
                (one, Found.CODE, None) for code, one in self._units if code.startswith(words)
            )
        written = re.escape(vary(words))
        lettered = bool(LETTERS.search(words))
        yield lambda: self._in_characters(f"\n{written}(?=\n)")
        yield lambda: self._in_characters(f"\n{written}")
        if lettered:
            yield lambda: self._in_letters(words, whole=True)
        yield lambda: self._in_characters(written)
        if lettered:
            yield lambda: self._in_letters(words, whole=False)
        elif len(words) >= _SHORTEST_HEARD:
            yield lambda: self._heard(words)

    def _in_characters(self, pattern: str) -> Iterator[tuple[Named, Found, str | None]]:
        return self._named(self._characters.find(pattern), Found.CHARACTERS)

    def _in_letters(self, words: str, *, whole: bool) -> Iterator[tuple[Named, Found, str | None]]:
        """Find letters from the front of a name (``whole``) or inside it."""
        pattern = letters_pattern(words)
        if pattern is not None:
            found = self._sounds.find(f"\n{pattern}" if whole else pattern)
            return self._named(found, Found.LETTERS)
        mixed = mixed_pattern(words)
        if mixed is None:
            return iter(())
        known = max(re.split(r"[a-z]+", vary(words)), key=len)
        meets = mixed.match if whole else mixed.search
        owners = (
            owner
            for owner in self._characters.find(re.escape(known))
            if meets(both(self._forms[owner]))
        )
        return self._named(owners, Found.LETTERS)

    def _heard(self, words: str) -> Iterator[tuple[Named, Found, str | None]]:
        return self._named(self._sounds.find(heard_pattern(words)), Found.SOUND)

    def _named(
        self, owners: Iterable[int], found: Found
    ) -> Iterator[tuple[Named, Found, str | None]]:
        for owner in owners:
            one, spelling = self._spelled[owner]
            yield one, found, spelling

    def _areas_before(self, words: list[str]) -> tuple[tuple[tuple[str, ...], ...], str]:
        """Split what is typed into the codes of areas named first, and the rest."""
        within: list[tuple[str, ...]] = []
        *earlier, rest = words
        for word in earlier:
            named = self._strip(word, within)
            if named in self._areas:
                self._narrow(named, within)
        rest = self._strip(rest, within)
        return tuple(within), rest

    def _strip(self, word: str, within: list[tuple[str, ...]]) -> str:
        """Take the names in front of a word away as long as something stays; return the rest."""
        while True:
            longest = min(_LONGEST_AREA, len(word) - 1)
            size = next((n for n in range(longest, 1, -1) if word[:n] in self._areas), 0)
            if size == 0:
                return word
            self._narrow(word[:size], within)
            word = word[size:]

    def _narrow(self, form: str, within: list[tuple[str, ...]]) -> None:
        codes = self._areas[form]
        if codes is not None:
            within.append(tuple(sorted(codes)))


def _folded(word: str) -> str:
    return normalise(word).text


def _forms(one: Named) -> Iterator[tuple[str, str | None]]:
    """Yield the folded spellings of a name: its own first, then what else it is called."""
    name = normalise_name(one.name)
    forms: dict[str, str | None] = {name: None}
    for spelling in one.spellings:
        forms.setdefault(normalise_name(spelling), spelling)
    return ((form, spelling) for form, spelling in forms.items() if form)


def _add_area(areas: dict[str, set[str] | None], form: str, one: Named) -> None:
    """Keep what a name in front of another says: within which areas, or (a street) nothing."""
    if one.kind in _UNITS and one.kind != PlaceKind.GRID:
        known = areas.setdefault(form, set())
        if known is not None:
            known.add(one.area_code)
    elif one.kind == PlaceKind.ROAD:
        areas.setdefault(form, None)


def _meets(box: Box, view: Box) -> bool:
    return box[0] <= view[2] and box[2] >= view[0] and box[1] <= view[3] and box[3] >= view[1]
