"""Put the names of a text together: township, community, compound, building make one place.

Names that lie in one another are one place. Names that do not are several, and nobody chooses
between them. A township that is written out and fits none of the names refutes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from geo.address.anchors import AREAS, MAX_PLACES, RANK, Anchor, unique, without_nested
from geo.address.forms import Entry
from geo.address.types import PlaceKind

# What may stand between two links of one address.
_LINK = re.compile(r"\|?(?:的|辖区|境内|内|[^|]{1,6}(?:路|街|大道|巷)[0-9]{0,4}号?)?\|?")
_HOLDING = (*AREAS, PlaceKind.GRID)
_CLOSE_LINK = re.compile(r"(?:的|辖区|境内)?")


@dataclass(slots=True)
class Group:
    """Hold anchors that are one place; ``anchor`` is the finest of them."""

    anchor: Anchor
    entries: tuple[Entry, ...]
    members: list[Anchor] = field(default_factory=list)


class Chains(NamedTuple):
    """Hold the places of a text; ``refuted`` is the township that fits none of them.

    ``left_out`` is a class word that was named beside them and not believed.
    """

    groups: tuple[Group, ...]
    refuted: Anchor | None = None
    left_out: Anchor | None = None
    too_many: bool = False


def contains(outer: Entry, inner: Entry) -> bool:
    """Say whether the place of ``inner`` lies, or may lie, in the place of ``outer``."""
    whole, part = outer.place, inner.place
    if RANK[whole.kind] >= RANK[part.kind]:
        return False
    if whole.kind in _HOLDING:
        code = whole.area_code
        return part.area_code.startswith(code) or _any_starts(part.grids, code)
    if whole.kind is PlaceKind.ROAD:
        # A street passes many places; it never speaks against a compound, but may against a
        # community through which it does not run.
        if part.kind is not PlaceKind.COMMUNITY or not whole.grids:
            return True
        return _any_starts(whole.grids, part.area_code)
    if whole.kind is PlaceKind.LANE:
        return not set(whole.grids).isdisjoint(part.grids)
    if part.kind is PlaceKind.GRID:
        # A compound that a grid border cuts is narrowed by the grid that is named beside it.
        return part.area_code == whole.area_code or part.area_code in whole.grids
    # Two names inside one and the same grid do not change its owner.
    return part.parent_id == whole.id or (len(whole.grids) == 1 and whole.grids == part.grids)


def _any_starts(codes: Iterable[str], area: str) -> bool:
    return bool([code for code in codes if code.startswith(area)])


def link(text: str, anchors: Sequence[Anchor]) -> Chains:
    """Narrow neighbours by each other, then gather what belongs together.

    Class words come last: they count where nothing else is named, or behind the one place that
    holds them. 磴口村扬水站 must not choose that 磴口 whose pumping station happens to be listed.
    """
    if len(anchors) > MAX_PLACES:
        return Chains((), too_many=True)
    anchors = _without_far_guesses(anchors)
    named = [anchor for anchor in anchors if not anchor.class_word]
    chains = _gather(text, named or anchors)
    if not named or len(named) == len(anchors) or chains.refuted is not None:
        return chains
    entries = without_nested([e for group in chains.groups for e in group.entries])
    words = [anchor for anchor in anchors if anchor.class_word]
    if len(entries) != 1:
        return chains._replace(left_out=words[0])
    believed = [word for word in words if _narrow_word(text, word, named, entries[0])]
    if not believed:
        return chains._replace(left_out=words[0])
    # 村委会 … 井房: the second is another spot of the village, or one beside the first.
    others = [word for word in words if word is not believed[0]]
    chains = _gather(text, sorted([*named, believed[0]], key=lambda a: a.start))
    return chains._replace(left_out=others[0]) if others else chains


def _narrow_word(text: str, word: Anchor, named: Sequence[Anchor], place: Entry) -> bool:
    """Narrow a class word to what it means in the one place that is named; say whether it does."""
    inside = tuple(
        e._replace(class_word=False, scope=None)
        for e in word.entries
        if contains(place, e) and (e.scope is None or place.place.area_code.startswith(e.scope))
    )
    behind = any(_LINK.fullmatch(text, name.end, word.start) for name in named)
    local = any(e.scope is not None for e in word.entries)
    if not inside or not (behind or local):
        return False
    word.entries = inside
    return True


def _without_far_guesses(anchors: Sequence[Anchor]) -> Sequence[Anchor]:
    """Drop guessed names that lie in none of the townships written out: nobody named them."""
    if not [anchor for anchor in anchors if anchor.guessed]:
        return anchors
    towns = [entry for a in anchors if a.written_township for entry in a.entries]
    if not towns:
        return anchors
    kept: list[Anchor] = []
    for anchor in anchors:
        if anchor.guessed:
            near = tuple(e for e in anchor.entries if any(contains(t, e) for t in towns))
            if not near:
                continue
            anchor.entries = near
        kept.append(anchor)
    return kept


def _gather(text: str, anchors: Sequence[Anchor]) -> Chains:
    """Group the anchors that can be one place, finest first."""
    if len(anchors) == 1:
        only = anchors[0]
        return Chains((Group(only, only.entries, [only]),))
    _narrow_neighbours(text, anchors)
    groups: list[Group] = []
    for anchor in sorted(anchors, key=lambda a: (-a.rank, a.start)):
        # A list, not any(): an area may hold several of the groups.
        if [group for group in groups if _join(group, anchor)]:
            continue
        if anchor.written_township and _is_refuting(groups):
            return Chains((), refuted=anchor)
        groups.append(Group(anchor, anchor.entries, [anchor]))
    return Chains(tuple(groups))


def _narrow_neighbours(text: str, anchors: Sequence[Anchor]) -> None:
    """Let the area written directly before a name decide which namesake is meant."""
    before: Anchor | None = None
    for anchor in anchors:
        if before is not None and (
            before.end == anchor.start or _LINK.fullmatch(text, before.end, anchor.start)
        ):
            pairs = [(o, i) for o in before.entries for i in anchor.entries if contains(o, i)]
            if pairs:
                before.entries = unique([outer for outer, _ in pairs])
                anchor.entries = unique([inner for _, inner in pairs])
                anchor.confirmed = before.confirmed or before.written_township
            elif _is_stated(text, before, anchor):
                before.stated = True
        if anchor.rank != RANK[PlaceKind.ROAD]:
            before = anchor


def _is_stated(text: str, township: Anchor, anchor: Anchor) -> bool:
    """Say whether a township stands as one before a name: 明沙淖磴口村, like 明沙淖乡磴口村."""
    finer = anchor.rank >= RANK[PlaceKind.COMMUNITY] and not anchor.may_be_township
    close = _CLOSE_LINK.fullmatch(text, township.end, anchor.start) is not None
    return finer and close and township.may_be_township


def _join(group: Group, anchor: Anchor) -> bool:
    """Narrow the group by the anchor and say whether they can be one place."""
    wanted = {entry.place.id for entry in anchor.entries}
    kept = [e for e in group.entries if e.place.id in wanted]
    if not kept:
        kept = [e for e in group.entries if _holds(anchor, e)]
    if not kept:
        return False
    group.entries = tuple(kept)
    group.members.append(anchor)
    return True


def _holds(anchor: Anchor, inner: Entry) -> bool:
    return bool([outer for outer in anchor.entries if contains(outer, inner)])


def _is_refuting(groups: Sequence[Group]) -> bool:
    """Say whether a township that fits none of the groups leaves nothing to believe.

    A name behind its own township stands, and of two townships neither refutes the other.
    """
    members = [anchor for group in groups for anchor in group.members]
    finer = any(not anchor.written_township for anchor in members)
    return finer and not any(anchor.confirmed for anchor in members)
