"""Join what the several matters of one text name into one answer, each part kept for a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from geo.address.matters import split_matters
from geo.address.types import AddressMatch, Link, Matter, Place, PlaceKind

_COARSE_FIRST = tuple(PlaceKind)


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
    matters = tuple(
        Matter(text=text[slice(*span)], match=match(column, f"{heading}，{text[slice(*span)]}"))
        for span in parts.matters
    )
    return joined(matters)


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
