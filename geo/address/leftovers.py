"""Find the words around a place that nobody has understood, without those that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from geo.address.anchors import RANK, Anchor
from geo.address.asked import only_speaks
from geo.address.believing import Findings, Mention
from geo.address.chain import Group
from geo.address.details import find_leftover, leads_in, skip_inside_building
from geo.address.normalise import SEPARATOR, Normalised
from geo.address.spots import Spot
from geo.address.types import PlaceKind

_LONGEST_FIRST_HALF = 3  # characters of a name
_BLANK = "\0"
_STARTS_ANEW = (SEPARATOR, _BLANK)


def without_names(folded: Normalised, members: Iterable[Anchor]) -> Normalised:
    """Blank out the names of other places: what they say is known, not left over."""
    text = folded.text
    for member in members:
        blank = _BLANK * (member.end - member.start)
        text = text[: member.start] + blank + text[member.end :]
    return folded if text is folded.text else Normalised(folded.original, text, folded.offsets)


def narrowed(folded: Normalised, group: Group) -> Normalised:
    """Blank out the compound that a grid named beside it has narrowed."""
    if [entry for entry in group.anchor.entries if entry.place.kind is not PlaceKind.GRID]:
        return folded
    return without_names(folded, (m for m in group.members if m.rank == RANK[PlaceKind.COMPOUND]))


def unexplained_span(
    folded: Normalised, findings: Findings, group: Group, spot: Spot | None
) -> tuple[int, int] | None:
    """Return the span of words around the anchor that may name a finer or another place.

    What ``spot`` has read behind the name or one of its repeats is understood.
    """
    text, anchor = folded.text, group.anchor
    if findings.refused:
        return findings.refused[0]
    building = anchor.label if anchor.is_building else None
    ends = [anchor.end, *(end for _, _, end in anchor.again)]
    if spot is not None:
        # What stands before the spot's name says nothing more than its repeat does.
        ends = [max(end, spot.end) if end <= spot.start or end <= spot.end else end for end in ends]
    for end in dict.fromkeys(ends):
        begin = skip_inside_building(text, end) if anchor.is_building else end
        span = find_leftover(text, begin, building)
        if span is not None:
            return span
    return _leading_gap(text, findings, group) or _unknown_name(text, findings, anchor)


def _unknown_name(text: str, findings: Findings, anchor: Anchor) -> tuple[int, int] | None:
    """Return what looks like the name of another compound or village later on: 丽水湾小区.

    Behind a name that only says who speaks (X的业主反映) a place of any kind counts.
    """
    begin = text.find(SEPARATOR, anchor.end)
    if begin < 0:
        return None
    # The pattern tries every character; most texts have none of its last ones.
    like = _NAME_SIGN.search(text, begin)
    likes = list(_NAME_LIKE.finditer(text, begin)) if like else []
    known = _known_in(findings) if likes else set()
    for found in likes:
        name, kind = found.span("name"), found.start("kind")
        if kind in known or leads_in(text[name[0] : name[1]]) or text[kind - 1] in _ANY:
            continue
        return found.span()
    end = skip_inside_building(text, anchor.end) if anchor.is_building else anchor.end
    if only_speaks(text, end) or anchor.aside is not None:
        spot = _SPOT_LIKE.search(text, begin)
        if spot is not None and spot.start() not in _known_in(findings):
            return spot.span()
    return None


def _known_in(findings: Findings) -> set[int]:
    """Return where in the text the names stand that were found."""
    return {at for m in findings.mentions for at in range(m.start, m.end)}


_NAME_LIKE = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,4}?)(?P<kind>小区(?!域)|家园|花园|嘉园|佳苑|公寓|社区|家属院|村(?![民里上委干庄口头东西南北级镇]))"
)
_NAME_SIGN = re.compile("[村区园苑寓院]")
# Before such a word these make it any compound or village: 整个小区, 附近村, 新农村.
_ANY = frozenset(
    "壁面头侧边旁下个们本全该各这那此的老旧近他她它整住同有无多些每户家农乡山进出我咱两邻外别某城中和与后前周边合并居区期式型化"
)
_SPOT_LIKE = re.compile(
    r"公园|广场|市场|学校|小学|中学|幼儿园|医院|车站|超市|银行|大桥|工地|马路|公路|路口|路段|大街|巷子"
)


# 北京市海淀区, 榆林市神木县 right before a name of ours: a city of another county.
_OF_A_KIND = "社小本全该我咱们各这那外城郊市地山园校学厂矿库片辖景牧农林住宅新老旧超门都每某"
_ELSEWHERE_FIRST = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,4}}(?:省|自治区))?(?:[\u4e00-\u9fff]{{2,5}}(?<![{_OF_A_KIND}])[市盟州])?"
    rf"(?:[\u4e00-\u9fff]{{1,6}}(?<![{_OF_A_KIND}])[市区县旗])(?:[\u4e00-\u9fff]{{2,6}}(?:街道|镇|乡|路|街))?"
)


def _leading_gap(text: str, findings: Findings, group: Group) -> tuple[int, int] | None:
    """Return words before a name that may be its first half: 东方+阳光小区, 葛+沙图沟村.

    Only a few characters behind a word that leads in can be; more are the beginning of a story.
    """
    anchor = group.anchor
    if anchor.rank < RANK[PlaceKind.COMMUNITY]:
        return None
    if anchor.start == 0 or text[anchor.start - 1] in _STARTS_ANEW:
        return None
    names: tuple[Mention | Anchor, ...] = (*findings.mentions, *group.members)
    ends = [name.end for name in names if name.end <= anchor.start]
    start = max(
        text.rfind(SEPARATOR, 0, anchor.start) + 1, text.rfind(_BLANK, 0, anchor.start) + 1, *ends
    )
    # 包头市区: the city itself, which is not in this county.
    in_town = text.endswith("市区", 0, anchor.start)
    if in_town or (start < anchor.start and _ELSEWHERE_FIRST.fullmatch(text, start, anchor.start)):
        return start, anchor.start
    led = next((at for at in range(anchor.start, start, -1) if leads_in(text[start:at])), start)
    first_half = anchor.start - led
    return (led, anchor.start) if 0 < first_half <= _LONGEST_FIRST_HALF else None
