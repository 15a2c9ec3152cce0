"""Join what the several matters of one text name into one answer, each part kept for a split."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from geo.address.details import NUMBER
from geo.address.matters import split_matters
from geo.address.types import AddressMatch, Link, Matter, Place, PlaceKind

_COARSE_FIRST = tuple(PlaceKind)
_STARTS_WITH_BUILDING = re.compile(rf"{NUMBER}(?:号楼|号栋|栋|幢|#)")
_BUILDING_END = re.compile(rf"{NUMBER}(?:号楼|号栋|栋|幢|座|号|楼|#)$")


def match_matters(
    column: str, text: str, match: Callable[[str, str], AddressMatch]
) -> AddressMatch | None:
    """Return the answer for a text that counts its matters, or None for one matter.

    ``match`` answers a column and a text of one matter; each matter is asked for with the words
    before the first, for there stands the place that they share, or behind the last.
    """
    parts = split_matters(text)
    if parts is None:
        return None
    heading = text[slice(*parts.heading)]
    if not match(column, heading).places:
        heading = f"{heading}，{text[slice(*parts.tail)]}"
    matters: list[Matter] = []
    compound = ""
    for span in parts.matters:
        words = text[slice(*span)]
        found = match(column, f"{heading}，{words}")
        if not found.places and compound and _STARTS_WITH_BUILDING.match(words):
            # 一是阳光小区3号楼…；二是5号楼…: the second is of the same compound.
            found = match(column, f"{heading}，{compound}{words}")
        compound = _compound_of(found) or compound
        matters.append(Matter(text=words, match=found))
    return joined(matters)


def _compound_of(match: AddressMatch) -> str:
    """Return the name of the only building's compound, or of the only compound."""
    kinds = {place.kind for place in match.places}
    if len(match.places) != 1 or not kinds <= {PlaceKind.BUILDING, PlaceKind.COMPOUND}:
        return ""
    return _BUILDING_END.sub("", match.name or "")


def joined(matters: Sequence[Matter]) -> AddressMatch:
    """Return one match for all matters: the coarsest that is named, with the places of each.

    Matters at one and the same place are an answer like any other, with a split proposed.
    """
    matches = [matter.match for matter in matters]
    places = _distinct(matches)
    whole = min(matches, key=lambda match: (not match.places, _level(match)))
    same = all(match.places == whole.places for match in matches)
    link = whole.link if same else Link.MATTERS
    if same:
        return replace(whole, matters=tuple(matters), link=link)
    return replace(whole, places=places, matters=tuple(matters), link=link, mentions=())


def _level(match: AddressMatch) -> int:
    kinds = [place.kind for place in match.places]
    return min((_COARSE_FIRST.index(kind) for kind in kinds), default=-1)


def _distinct(matches: Sequence[AddressMatch]) -> tuple[Place, ...]:
    return tuple({place.id: place for match in matches for place in match.places}.values())
