"""Refuse what would make the gazetteer ambiguous: two of one name in one parent, or a cycle.

Namesakes in different villages are the field's daily bread; two of one name in one village could
never be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from geo.address.details import building_label
from geo.address.normalise import normalise_name
from geo.address.types import Place, PlaceKind
from geo.codes import parent_of
from geo.errors import GeoError

MOST_STEPS_UP = 20
_UNITS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
_COMMUNITY_DIGITS, _GRID_DIGITS = 12, 15
_Key = tuple[str, str]


def family_of(*, kind: PlaceKind, area_code: str, parent_id: str | None) -> str:
    """Return below what a place stands: its parent, the unit above a unit, else its area."""
    if parent_id is not None:
        return f"place:{parent_id}"
    return (parent_of(area_code) or "") if kind in _UNITS else area_code


def name_key(name: str, kind: PlaceKind) -> str:
    """Return what two names must share to be the same: 3号楼, 三号楼 and 3栋 do."""
    folded = normalise_name(name)
    return (building_label(folded) if kind is PlaceKind.BUILDING else None) or folded


class Siblings:
    """Hold which names are taken below each parent, and who is whose parent."""

    def __init__(self, known: Iterable[Place]) -> None:
        """Keep what is there; what is there already is not judged."""
        self._parents: dict[str, str | None] = {}
        self._keys: dict[str, _Key] = {}
        self._taken: dict[_Key, set[str]] = {}
        for place in known:
            self._keep(place)

    def _keep(self, place: Place) -> None:
        key = _key(place)
        self._parents[place.id], self._keys[place.id] = place.parent_id, key
        for where in _places_of(key):
            self._taken.setdefault(where, set()).add(place.id)

    def put(self, place: Place) -> None:
        """Take a new or changed place; raise GeoError for a cycle, no such parent, or a double."""
        if place.parent_id != self._parents.get(place.id):
            self._require_parent(place)
        before, key = self._keys.get(place.id), _key(place)
        if before != key and self._namesakes(key) - {place.id}:
            raise GeoError("same_name", "同一上级内已有同名地点。", field="name")
        if before is not None:
            for where in _places_of(before):
                self._taken[where].discard(place.id)
        self._keep(place)

    def _namesakes(self, key: _Key) -> set[str]:
        """Return who has a name in the same place, in its community, or in a grid of it."""
        family, name = key
        if len(family) == _GRID_DIGITS and family.isdigit():
            around = (family, family[:_COMMUNITY_DIGITS])
        else:
            around = (family, f"in:{family}")
        return set().union(*(self._taken.get((where, name), ()) for where in around))

    def _require_parent(self, place: Place) -> None:
        above, steps = place.parent_id, 0
        while above is not None:
            if above == place.id or steps > MOST_STEPS_UP:
                raise GeoError("cycle", "上级地点不能是它自己或它的下级。", field="parent")
            if above not in self._parents:
                raise GeoError("unknown_parent", "没有这个上级地点，或它已停用。", field="parent")
            above, steps = self._parents[above], steps + 1


def _key(place: Place) -> _Key:
    family = family_of(kind=place.kind, area_code=place.area_code, parent_id=place.parent_id)
    return family, name_key(place.name, place.kind)


def _places_of(key: _Key) -> tuple[_Key, ...]:
    """Return where a name counts as taken: where it stands, and in a grid for its community."""
    family, name = key
    if len(family) == _GRID_DIGITS and family.isdigit():
        return key, (f"in:{family[:_COMMUNITY_DIGITS]}", name)
    return (key,)
