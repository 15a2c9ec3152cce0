"""Read what joins two names: 振华大街与站前街交叉口, 从萨拉齐往美岱召走, 老樊营到五犋牛那一截."""

from __future__ import annotations

import re

from geo.address.types import Link

_AND = r"(?:与|和|跟|同|及|、|\||以?东?南?西?北?)"
_CORNER = (
    r"(?:的)?(?:交叉路?口|交汇处?|交口|相交处?|十字路?口?|丁字路?口?"
    r"|路口|街口|道口|拐角处?|转角处?)"
)
_JOINS_STREETS = re.compile(rf"{_AND}?")
_CROSSING = re.compile(_CORNER)
_TO = re.compile(r"[^|]{0,2}(?:到|至|往|去|通往?|通向|回|上)[^|]{0,2}")
_ROAD_BEHIND = re.compile(
    r"(?:的)?(?:(?:方向)?(?:走|去)?的?(?:路上|途中|半路|半道|那条路|那条土路|路段|公路|沿线|那一?[截段]|这一?[截段]|一[截段]|段|之间|中间|当中)"
    r"|(?:方向)?(?:走|去|方向))"
)
_FROM = re.compile(r"(?:从|由|自|打)$")
_PAIR = re.compile(r"(?:村|社区)?(?:与|和|跟|同|及|、|\|)(?:[^|]{0,2})")
_BORDER_BEHIND = re.compile(
    r"(?:两个?村|两家|两乡|俩村)?的?(?:搭界|交界|接壤|相邻|毗邻|之间|中间|当间|夹着|分界|地界|边界|合界)"
)
_BOTH_BEHIND = re.compile(
    r"(?:等?(?:几|两|三|四|五|[2-9])个?村)?(?:的)?(?:人|村民|群众|老百姓)?"
    r"(?:两个?村|两家|俩村|俩家|都|合用|共用|合伙|共同|一起|因为?|为了?|为|之间发生|发生|争|抢|闹|打架|打起来"
    r"|吵|有?矛盾|有?纠纷|起冲突)"
)

LONGEST_LINK = 6
"""Characters between two names that are joined, at most; there is one at least."""

Span = tuple[int, int]


def crossing_end(text: str, first: Span, second: Span) -> int | None:
    """Return the end of the words that make two streets a crossing, or None.

    Both spans are of streets in the folded text, in its order.
    """
    if not _JOINS_STREETS.fullmatch(text, first[1], second[0]):
        return None
    found = _CROSSING.match(text, second[1])
    return found.end() if found else None


def corner_end(text: str, end: int) -> int | None:
    """Return the end of 路口, 十字 … behind one street alone, or None."""
    found = _CROSSING.match(text, end)
    return found.end() if found else None


def in_a_row(text: str, first: Span, second: Span) -> bool:
    """Say whether two names are listed one after the other: 甲村、乙村和丙村."""
    return _PAIR.fullmatch(text, first[1], second[0]) is not None


def link_of(text: str, first: Span, second: Span) -> tuple[Link, int] | None:
    """Return how two places of the folded text belong together and where the words end.

    ``BETWEEN`` is a road, a border or a piece of land between them, ``BOTH`` a matter of the two;
    None when nothing says so: then they are two places, of which a person chooses.
    """
    if not 0 < second[0] - first[1] <= LONGEST_LINK:
        return None
    if _TO.fullmatch(text, first[1], second[0]):
        behind = _ROAD_BEHIND.match(text, second[1])
        before = _FROM.search(text, 0, first[0]) is not None
        if behind is not None or before:
            return Link.BETWEEN, behind.end() if behind else second[1]
    if _PAIR.fullmatch(text, first[1], second[0]):
        border = _BORDER_BEHIND.match(text, second[1])
        if border is not None:
            return Link.BETWEEN, border.end()
        both = _BOTH_BEHIND.match(text, second[1])
        if both is not None:
            return Link.BOTH, both.end()
    return None
