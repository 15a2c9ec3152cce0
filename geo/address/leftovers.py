"""Find the words around a place that nobody has understood, without those that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from geo.address.anchors import RANK, Anchor
from geo.address.chain import Group
from geo.address.details import find_leftover, leads_in, skip_inside_building
from geo.address.mentions import Findings, Mention
from geo.address.normalise import SEPARATOR, Normalised
from geo.address.spots import Spot
from geo.address.types import PlaceKind

_LONGEST_FIRST_HALF = 3  # characters of a name
_BLANK = "\0"


def without_names(folded: Normalised, members: Iterable[Anchor]) -> Normalised:
    """Blank out the names of other places: what they say is known, not left over."""
    chars = list(folded.text)
    for member in members:
        chars[member.start : member.end] = _BLANK * (member.end - member.start)
    return replace(folded, text="".join(chars))


def narrowed(folded: Normalised, group: Group) -> Normalised:
    """Blank out the compound that a grid named beside it has narrowed."""
    if any(entry.place.kind is not PlaceKind.GRID for entry in group.anchor.entries):
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
    return _leading_gap(text, findings, group)


def _leading_gap(text: str, findings: Findings, group: Group) -> tuple[int, int] | None:
    """Return words before a name that may be its first half: 东方+阳光小区, 葛+沙图沟村.

    Only a few characters behind a word that leads in can be; more are the beginning of a story.
    """
    anchor = group.anchor
    if anchor.rank < RANK[PlaceKind.COMMUNITY]:
        return None
    names: tuple[Mention | Anchor, ...] = (*findings.mentions, *group.members)
    ends = [name.end for name in names if name.end <= anchor.start]
    marks = (text.rfind(mark, 0, anchor.start) + 1 for mark in (SEPARATOR, _BLANK))
    start = max([*marks, *ends])
    led = next((at for at in range(anchor.start, start, -1) if leads_in(text[start:at])), start)
    first_half = anchor.start - led
    return (led, anchor.start) if 0 < first_half <= _LONGEST_FIRST_HALF else None
