"""Make the knowledge after a publication from the knowledge before it and what was changed."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from api.db.area_store import AreaRow, RevisionRow, read_areas, read_changed_areas
from api.db.engine import Connection
from api.db.news_store import News
from api.knowledge_parts import Knowledge
from geo.address.matcher import AddressMatcher, Matcher

# How long one thread keeps the interpreter from another that asks for it; Python's own is 5 ms.
_QUICK_TURN_S: Final = 0.0002


class _Hurry:
    """Hold how the interpreter was before the first of those who hurry began."""

    lock = threading.Lock()
    count = 0
    turn_s = 0.0
    collects = True


@contextmanager
def at_once() -> Iterator[None]:
    """Let this thread come to its turn at once for the length of a block.

    What is done has many short waits, and after each of them it would queue behind requests. No
    garbage is looked for meanwhile: that stops every thread.
    """
    with _Hurry.lock:
        if _Hurry.count == 0:
            _Hurry.turn_s, _Hurry.collects = sys.getswitchinterval(), gc.isenabled()
            sys.setswitchinterval(_QUICK_TURN_S)
            gc.disable()
        _Hurry.count += 1
    try:
        yield
    finally:
        with _Hurry.lock:
            _Hurry.count -= 1
            if _Hurry.count == 0:
                sys.setswitchinterval(_Hurry.turn_s)
                if _Hurry.collects:
                    gc.enable()


def after_publication(old: Knowledge, begun: Sequence[RevisionRow], news: News) -> Knowledge | None:
    """Return the knowledge with a single publication more; None where anything else happened.

    ``begun`` are the revisions after which ``news`` tell. What begins later still may have been
    stored anew with it, under another name, or withdrawn.
    """
    known = {row.name for row in old.boundary_revisions}
    revisions = (*begun, *news.later)
    count = sum(row.name not in known for row in news.later)
    numbers = {**old.revisions, "boundaries": old.revisions.get("boundaries", 0) + count}
    # Each publication raises the number by one and adds its revision; whatever else raises it, an
    # import of units for one, leaves the two apart.
    if news.revision is None or news.numbers != numbers or news.count != len(revisions):
        return None
    areas = with_changed(old.areas, {row.code: row for row in news.areas})
    matcher = with_new_grids(old, areas)
    if matcher is None:
        return None
    return replace(
        old,
        revisions=numbers,
        county=areas[old.county.code],
        areas=areas,
        boundary_revisions=revisions,
        matcher=matcher,
    )


def areas_since(
    connection: Connection,
    numbers: Mapping[str, int],
    old: Knowledge | None,
    revisions: Sequence[RevisionRow],
) -> Mapping[str, AreaRow]:
    """Return the areas: all, or what publications touched when nothing else has happened.

    Each publication raises the number by one and adds its revision; whatever else raises it, an
    import of units for one, leaves the two apart.
    """
    if old is not None:
        known = {row.name for row in old.boundary_revisions}
        fresh = [row for row in revisions if row.name not in known]
        if len(fresh) == numbers["boundaries"] - old.revisions["boundaries"] and len(known) + len(
            fresh
        ) == len(revisions):
            changed = read_changed_areas(connection, fresh)
            return with_changed(old.areas, {row.code: row for row in changed})
    return {row.code: row for row in read_areas(connection)}


def with_changed(
    areas: Mapping[str, AreaRow], changed: Mapping[str, AreaRow]
) -> Mapping[str, AreaRow]:
    """Return the areas with some of them changed or added: coarse to fine, as they are read."""
    after = {**areas, **changed}
    if len(after) == len(areas):
        return after
    return {code: after[code] for code in sorted(after, key=lambda code: (len(code), code))}


def with_new_grids(old: Knowledge, areas: Mapping[str, AreaRow]) -> AddressMatcher | None:
    """Return the matcher for the areas of today, or None when it has to be made anew."""
    if any(code not in areas or areas[code].name != row.name for code, row in old.areas.items()):
        return None
    added = {code: row.name for code, row in areas.items() if code not in old.areas}
    if not added:
        return old.matcher
    if not isinstance(old.matcher, Matcher) or any(len(code) != 15 for code in added):
        return None
    return old.matcher.with_grids(added)
