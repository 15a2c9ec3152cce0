"""Keep what suggests names while one types: the areas and the gazetteer of today."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.db.area_store import AreaRow, Box
from api.knowledge import Keeper, Knowledge
from geo.address.matcher import AddressMatcher
from geo.address.suggest import Named, Suggester, Suggestion
from geo.address.types import PlaceKind
from geo.codes import Level, level_of, lineage_of

_UNIT_KINDS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.GRID)
_NAMED_ALONE = (PlaceKind.HAMLET, PlaceKind.POI, PlaceKind.LANE)


@dataclass(frozen=True, slots=True)
class _Made:
    """Hold the suggester and what it was made from."""

    matcher: AddressMatcher
    areas: Mapping[str, AreaRow]
    suggester: Suggester


class Suggesters:
    """Make the suggester of the knowledge in force when it is first asked for, and keep it."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._made: _Made | None = None

    def of(self, keeper: Keeper, known: Knowledge, now: datetime) -> Suggester:
        """Return the suggester of ``known``; one thread makes it, the others wait for it."""
        with self._lock:
            made = self._made
            if made is None or made.matcher is not known.matcher or made.areas is not known.areas:
                named = named_of(known, keeper.boxes_at(known, now))
                made = self._made = _Made(known.matcher, known.areas, Suggester(named))
            return made.suggester


def named_of(known: Knowledge, boxes: Mapping[str, Box]) -> Iterator[Named]:
    """Yield the areas in force and the places of the county as they can be suggested."""
    said: dict[str, list[str]] = defaultdict(list)
    for place, name in known.matcher.known_places():
        spellings = (*place.aliases, *(alias.name for alias in place.local_aliases))
        if place.kind in _UNIT_KINDS:
            said[place.area_code] += [name, *spellings]
            continue
        yield Named(
            id=place.id,
            name=name,
            kind=place.kind.value,
            area_code=place.area_code,
            box=(place.lon, place.lat, place.lon, place.lat),
            spellings=(place.name, *spellings) if place.kind in _NAMED_ALONE else spellings,
        )
    for code, row in known.areas.items():
        box = boxes.get(code)
        if box is not None:
            yield Named(
                id=code,
                name=row.name,
                kind=row.level,
                area_code=code,
                box=box[:4],
                spellings=(*said.get(code, ()), row.official_name),
            )


def suggestion_json(
    found: Suggestion, known: Knowledge, boxes: Mapping[str, Box]
) -> dict[str, Any]:
    """Return a suggestion as it is served; areas have their box, places their point.

    ``text`` is what to write as an address: the name behind those of its township and community.
    """
    named = found.named
    area = named.kind in tuple(Level)
    shown: dict[str, Any] = {
        "id": named.id,
        "kind": named.kind,
        "name": named.name,
        "text": _text(known, named),
        "path_name": path_name(known, named.area_code),
        "code": named.area_code,
        "center": list(boxes[named.id][4:6]) if area else list(named.box[:2]),
        "found": found.found.value,
        "spelling": found.spelling,
    }
    if area:
        shown["bbox"] = list(named.box)
    return shown


def _text(known: Knowledge, named: Named) -> str:
    """Return the name with what contains it in front, each word once."""
    parts = [named.name]
    for digits in (12, 9):
        code = named.area_code[:digits]
        row = known.areas.get(code) if len(code) == digits and code != named.id else None
        if row is not None and row.name not in parts[0]:
            parts.insert(0, row.name)
    return "".join(parts)


def path_name(known: Knowledge, code: str) -> str:
    """Return the names from the township down to an area: 萨拉齐镇 › 振华社区."""
    units = lineage_of(code)[1:] if level_of(code) is not Level.COUNTY else (code,)
    return " › ".join(known.areas[unit].name for unit in units)
