"""Read a kilometre post behind a road: 652公里牌, K652+300, 652公里300米处; and find its place.

A post stands in the gazetteer under its road with the number as its name. Between two posts the
place is taken on the straight line between them; without posts the road alone says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from geo.address.details import read_number
from geo.address.normalise import normalise
from geo.address.types import Place

LARGEST_KM: Final = 6_000
_CHINESE = r"[〇零一二三四五六七八九十百]{1,9}"
_POST = re.compile(
    r"\|?(?:的|线)?(?:在)?(?:"
    r"k(?P<k>[0-9]{1,4})(?:[+|](?P<km>[0-9]{1,3}))?(?:公里|米)?(?:处|桩|牌)?"
    rf"|(?:约|大约|第)?(?P<number>[0-9]{{1,4}}|{_CHINESE})(?:(?:公里|千米)(?:[+|加]?(?P<more>[0-9]{{1,3}}|{_CHINESE})米)?"
    r"|[+](?P<plus>[0-9]{1,3}))"
    r"(?P<mark>(?:的)?(?:里程碑|界碑|桩号|桩|牌子?|碑|处|路段|路标|标志))?)(?![外长远多左])"
)
_NAME = re.compile(r"k?([0-9]{1,4})(?:[+|]([0-9]{3}))?(?:公里|千米|km)?(?:牌|桩|碑|处)?$")
_METRES_APART: Final = 2_500.0
"""Posts further apart than this are no neighbours: nothing is read between them."""


@dataclass(frozen=True, slots=True)
class Post:
    """Hold a chainage in metres from the beginning of a road and its span behind the road."""

    metres: int
    start: int
    end: int


def post_at(text: str, start: int) -> Post | None:
    """Return the kilometre post written at ``start`` of the folded text, behind its road."""
    found = _POST.match(text, start)
    if found is None:
        return None
    kilometres = int(found["k"]) if found["k"] else read_number(found["number"])
    more = found["km"] or found["more"] or found["plus"]
    metres = 0 if more is None else read_number(more)
    if kilometres is None or metres is None or kilometres > LARGEST_KM or metres >= 1_000:
        return None
    return Post(kilometres * 1_000 + metres, start, found.end())


def chainage_of(post: Place) -> int | None:
    """Return the metres on a post of the gazetteer (652 or K652+300), or None."""
    name = normalise(post.name).text
    found = _NAME.search(name)
    return int(found[1]) * 1_000 + int(found[2] or 0) if found else None


def place_on_road(posts: Iterable[Place], metres: int) -> Place | None:
    """Return the place ``metres`` along the road of these posts; None beyond or between too few.

    A place between two posts has the id of the one before it, both posts' grids, and the straight
    line's point; CGCS2000 degrees.
    """
    known = sorted(
        ((at, post) for post in posts if (at := chainage_of(post)) is not None),
        key=lambda pair: (pair[0], pair[1].id),
    )
    before = next((pair for pair in reversed(known) if pair[0] <= metres), None)
    after = next((pair for pair in known if pair[0] >= metres), None)
    if before is None or after is None or after[0] - before[0] > _METRES_APART:
        return None
    if before[0] == metres:
        return before[1]
    part = (metres - before[0]) / (after[0] - before[0])
    first, second = before[1], after[1]
    same = first.area_code == second.area_code
    return replace(
        first,
        name=f"{metres // 1_000}公里{metres % 1_000}米",
        lon=first.lon + part * (second.lon - first.lon),
        lat=first.lat + part * (second.lat - first.lat),
        radius_m=max(first.radius_m, second.radius_m),
        area_code=first.area_code if same else first.area_code[:6],
        grids=tuple(dict.fromkeys((*first.grids, *second.grids))),
    )
