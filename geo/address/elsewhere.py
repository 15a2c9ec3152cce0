"""Find the words that put the matter somewhere else than at the place that a text names.

我住X，上班路上看见… is not at X, X对面的村子 is another village, 从X到包头 is a journey, 在包头打工
is away, 不在X says so: none of them may be answered by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from geo.address.anchors import RANK, Anchor
from geo.address.asked import only_speaks
from geo.address.believing import Mention, Role
from geo.address.normalise import SEPARATOR
from geo.address.spots import Spot
from geo.address.types import PlaceKind, Relation

_BEFORE: Final = 8  # characters
_LIVES = re.compile(r"(?:现在?|家|我|人)(?:是)?住(?:在|于)?$")
_SAW = re.compile(
    r"路过|途经|经过|路上(?!的)|散步|走到|来到|(?:上班|下班|出门|开车|骑车|回家|放学)[^|]{0,4}(?:时|途中|看[见到]|发现)"
)
_NOT = re.compile(r"(?:(?<!是)不是|并非|不在|不属于|不归|除了|除开)(?:在|说)?$")
_FROM = re.compile(r"(?:从|由|自)$")
_BEFORE_ENDS = frozenset("是非在于归了开说住从由自")  # with one of these each of them ends
_TO = re.compile(
    r"(?:到|至|去|开往|去往)(?![处底期年月头今现目后半]|少|不了)[^|]{1,12}|坐[^|]{0,3}车"
)
_OTHER = re.compile(
    r"(?:的|那|另|一|个|座)*(?:村子?(?!民)|小区|社区|营子|屯|镇子)"
    r"|的[\u4e00-\u9fff]{2,4}(?:村|营|营子|圪旦)(?=\||的|$)"
)
_ANOTHER = re.compile(
    r"另外?一?个(?:村|小区|社区|镇|乡|地方)|(?:旁边|隔壁|邻|对面)的?村(?!民)|(?:写|说|搞|弄|记)错"
)
_ANOTHER_SIGN = re.compile("[另错村]")  # one of them is in each of the above
_VILLAGE = re.compile(r"村里|村子里|老家")
_ABROAD = re.compile(r"(?:在|到|去|往|回)$")
_OF_ABROAD = re.compile(r"(?:的|某)")
_AROUND = (Relation.NEAR, Relation.BESIDE, Relation.TOWARDS, Relation.STEP)
_IN_TOWN = (PlaceKind.BUILDING, PlaceKind.COMPOUND)


def elsewhere_span(
    text: str,
    anchor: Anchor,
    members: Iterable[Anchor],
    spot: Spot | None,
    mentions: Iterable[Mention],
) -> tuple[int, int] | None:
    """Return the span of words that lead away from the place of ``anchor``, or None.

    ``members`` are the names that are read together with it: its areas, its street.
    """
    members = tuple(members)
    return (
        _before(text, anchor, members, spot)
        or _behind(text, anchor, spot)
        or _abroad(text, anchor.end, mentions)
    )


def _before(
    text: str, anchor: Anchor, members: tuple[Anchor, ...], spot: Spot | None
) -> tuple[int, int] | None:
    """Read 我住, 从 and 不在 before the name, with what they lead to behind it."""
    start, end = min([anchor.start, *[member.start for member in members]]), anchor.end
    if text[start - 1 : start] not in _BEFORE_ENDS:
        return None
    begin = max(start - _BEFORE, 0)
    denied = _NOT.search(text, begin, start)
    if denied is not None:
        return denied.span()
    if _LIVES.search(text, begin, start):
        saw = _SAW.search(text, end)
        if saw is not None:
            return saw.span()
    if _FROM.search(text, begin, start):
        way = _TO.match(text, end) or (_TO.match(text, spot.end) if spot is not None else None)
        return way.span() if way is not None else None
    return None


def _behind(text: str, anchor: Anchor, spot: Spot | None) -> tuple[int, int] | None:
    """Read another village or compound behind the name, and what takes the name back."""
    end = spot.end if spot is not None and spot.relation in _AROUND else None
    found = _OTHER.match(text, end) if end is not None else None
    if found is None and _ANOTHER_SIGN.search(text):
        found = _ANOTHER.search(text)
    if found is None and not [e for e in anchor.entries if e.place.kind not in _IN_TOWN]:
        found = _VILLAGE.search(text, anchor.end)
    return found.span() if found is not None else None


def _abroad(text: str, end: int, mentions: Iterable[Mention]) -> tuple[int, int] | None:
    """Return the name of the city around the county where somebody is there: 在包头打工."""
    for mention in mentions:
        if mention.role is not Role.ABOVE or mention.start < end:
            continue
        there = _ABROAD.search(text, max(mention.start - 1, 0), mention.start)
        if there is not None or _OF_ABROAD.match(text, mention.end):
            return mention.start, mention.end
    return None


def street_of_later(text: str, anchor: Anchor, members: Iterable[Anchor]) -> tuple[int, int] | None:
    """Return a street that a later clause names: X没水，文化路的树倒了."""
    last = max([anchor.end, *[end for _, _, end in anchor.again]])
    for member in members:
        if member is anchor or member.rank != RANK[PlaceKind.ROAD] or member.start < last:
            continue
        if SEPARATOR in text[last : member.start] or only_speaks(text, last):
            return member.start, member.end
    return None
