"""Find the words that put the matter somewhere else than at the place that a text names.

我住X，上班路上看见… is not at X, X对面的村子 is another village, 从X到包头 is a journey and
在包头打工 is away: none of them may be answered by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from geo.address.mentions import Mention, Role
from geo.address.spots import Spot
from geo.address.types import Relation

_BEFORE: Final = 8  # characters
_LIVES = re.compile(r"(?:现在?|家|我|人)(?:是)?住(?:在|于)?$")
_SAW = re.compile(
    r"路过|途经|经过|路上(?!的)|散步|走到|来到|(?:上班|下班|出门|开车|骑车|回家|放学)[^|]{0,4}(?:时|途中|看[见到]|发现)"
)
_FROM = re.compile(r"(?:从|由|自)$")
_TO = re.compile(r"(?:到|至|去|开往|去往)(?![处底期年月头今现目后半]|少|不了)[^|]{1,12}")
_OTHER = re.compile(
    r"(?:的|那|另|一|个|座)*(?:村子?|小区|社区|营子|屯|镇子)(?![民里上委口头东西南北大中])"
)
_ANOTHER = re.compile(r"另外?一?个(?:村子?|小区|社区|镇|乡|地方)")
_ABROAD = re.compile(r"(?:在|到|去|往|回)$")
_OF_ABROAD = re.compile(r"(?:的|某)")
_AROUND = (Relation.NEAR, Relation.BESIDE, Relation.TOWARDS, Relation.STEP)


def elsewhere_span(
    text: str, place: tuple[int, int], spot: Spot | None, mentions: Iterable[Mention]
) -> tuple[int, int] | None:
    """Return the span of words that lead away from a place, or None.

    ``place`` is where its name stands in the folded text, the areas before it included.
    """
    start, end = place
    if _LIVES.search(text, max(start - _BEFORE, 0), start):
        saw = _SAW.search(text, end)
        if saw is not None:
            return saw.span()
    if _FROM.search(text, max(start - _BEFORE, 0), start):
        way = _TO.match(text, end)
        if way is not None:
            return way.span()
    if spot is not None and spot.relation in _AROUND:
        other = _OTHER.match(text, spot.end)
        if other is not None:
            return other.span()
    another = _ANOTHER.search(text)
    return another.span() if another is not None else _abroad(text, end, mentions)


def _abroad(text: str, end: int, mentions: Iterable[Mention]) -> tuple[int, int] | None:
    """Return the name of the city around the county where somebody is there: 在包头打工."""
    for mention in mentions:
        if mention.role is not Role.ABOVE or mention.start < end:
            continue
        there = _ABROAD.search(text, max(mention.start - 1, 0), mention.start)
        if there is not None or _OF_ABROAD.match(text, mention.end):
            return mention.start, mention.end
    return None
