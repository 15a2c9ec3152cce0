"""Match an address text to a place of one county: its names, what lies near them, how surely.

The order of work: fold (``normalise``), find names (``mentions``, ``sounds``, ``close_names``), put
them together (``chain``), read on (``reading``), weigh (``scoring``), answer (``answers``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Protocol

from geo.address.answers import Answerer, nothing
from geo.address.explain import Explanation, explanation_of
from geo.address.gazetteer import Gazetteer
from geo.address.grid_names import grid_places
from geo.address.mentions import NameFinder
from geo.address.normalise import SEPARATOR, normalise
from geo.address.reading import Reader
from geo.address.several_matters import match_matters
from geo.address.types import AddressMatch, Place
from geo.errors import GeoError

MAX_CHARACTERS = 20_000


class AddressMatcher(Protocol):
    """Turn a text into a place, or say that it cannot."""

    def match(self, text: str, column: str = "") -> AddressMatch:
        """Return the match of a text, and of the address column beside it.

        Raises GeoError only for a text that is too long.
        """
        ...

    def explain(self, text: str) -> Explanation:
        """Return what was found in a text, which places it may mean, and why."""
        ...

    def place_hint(self, place: Place) -> str:
        """Return what tells a place apart from its namesakes."""
        ...

    def without_places(self, text: str) -> str:
        """Return the folded text, a separator where the name of a place stood."""
        ...

    def known_places(self) -> Iterator[tuple[Place, str]]:
        """Yield every place with its full name as people say it."""
        ...


class Matcher:
    """Match the names of one county down to building, villagers' group, grid and kilometre post."""

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
        self._county_name = county_names[0] if county_names else ""
        self._gazetteer = Gazetteer(known, county_names=(*county_names, *above_names))
        self._finder = NameFinder(
            self._gazetteer,
            county_names=county_names,
            above_names=above_names,
            foreign_names=foreign_names,
        )
        self._take(self._gazetteer)

    def _take(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._reader = Reader(gazetteer, self._finder)
        self._answerer = Answerer(gazetteer, self._county_name)

    def with_grids(self, names: Mapping[str, str]) -> Matcher | None:
        """Return a matcher that knows grids by these names and codes, too, for next to no time.

        None when that takes a matcher made anew: a grid without a number in its name.
        """
        grids = grid_places(names, self._gazetteer.by_id.values())
        gazetteer = self._gazetteer.with_grids(grids)
        if gazetteer is None:
            return None
        joined = copy(self)
        joined._take(gazetteer)  # noqa: SLF001  # its own kind
        return joined

    def place_hint(self, place: Place) -> str:
        """Return what tells a place apart from its namesakes, like 海子乡磴口村."""
        return self._gazetteer.place_hint(place)

    def known_places(self) -> Iterator[tuple[Place, str]]:
        """Yield every place with its full name as people say it, a building's compound with it."""
        for place in self._gazetteer.by_id.values():
            yield place, self._gazetteer.usual_name(place)

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

    def match(self, text: str, column: str = "") -> AddressMatch:
        """Return what ``text`` names; radius in metres, places in CGCS2000.

        Linear in the length of the text. Raises GeoError for more than 20,000 characters, and
        for no other text.
        """
        _check_length(text, column)
        return match_matters(column, text, self._match) or self._match(column, text)

    def explain(self, text: str) -> Explanation:
        """Return the spans of ``text`` by role, and the candidates with scores and reasons.

        It is the run of ``match`` with its notes; raises GeoError like it.
        """
        _check_length(text, "")
        reading = self._reader.read(text)
        match = self._answerer.answer(reading)
        return explanation_of(text, reading, match, self._answerer)

    def _match(self, column: str, text: str) -> AddressMatch:
        reading = self._reader.read(f"{column}，{text}" if column else text)
        if not reading.folded.text.strip(SEPARATOR + "#"):
            return nothing("没有可读的地址文字，请问清在哪个乡镇、哪个村或小区。")
        return self._answerer.answer(reading)


def _check_length(text: str, column: str) -> None:
    if len(text) + len(column) > MAX_CHARACTERS:
        raise GeoError("text_too_long", f"地址文字最多{MAX_CHARACTERS}个字。", field="address")
