"""List well-formed strokes that would harm the coverage, each with its reason and its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from tests.http.bad_strokes import (
    COMMUNITY,
    GRID,
    PAIR,
    SOMEWHERE,
    TOWNSHIP,
    VILLAGE,
    Body,
    circle,
    drawn,
    file_of,
    good_strokes,
    halves,
    land,
    line,
    node_between,
    ring,
    scribble,
)
from tests.http.demo_county import OTHER_TOWNSHIP, OTHER_TOWNSHIP_GRID, features, shape


@dataclass(frozen=True, slots=True)
class Harm:
    """Hold a stroke, the reason of its refusal, and land that the place shown must meet."""

    name: str
    stroke: Body
    reason: str
    place: BaseGeometry | None = None
    grids: frozenset[str] = field(default_factory=frozenset)


def changed(kind: str, **members: object) -> Body:
    """Return the good stroke of a kind with some members replaced."""
    return {**good_strokes()[kind], **members}


def harmful_strokes() -> Iterator[Harm]:
    """Yield all of them."""
    yield from _drawn_wrongly()
    yield from _of_other_places()
    yield from _that_break_grids()
    yield from _of_nodes()
    yield from _out_of_range()
    yield from _whole_plans()


def _drawn_wrongly() -> Iterator[Harm]:
    west, south, east, north = shape(GRID).bounds
    middle = ((west + east) / 2, (south + north) / 2)
    pair = shape(PAIR[0]) | shape(PAIR[1])
    w, s, e, n = pair.bounds
    cross = shapely.Point((w + e) / 2, (s + n) / 2)
    bow = ((w, s), (e, n), (e, s), (w, n))
    yield Harm("bow-tie", changed("transfer", area=ring(*bow)), "self_crossing", cross)
    yield Harm("crossing line", changed("split", line=line(*bow)), "self_crossing", cross)
    yield Harm("crossing border", changed("reshape", line=line(*bow)), "self_crossing", cross)
    tangle = scribble()
    yield Harm("scribbled line", changed("split", line=line(*tangle)), "self_crossing", pair)
    yield Harm(
        "scribbled area", changed("transfer", area=ring(*tangle)), "self_crossing", pair.envelope
    )
    flat = ring((w, s), (e, n), (w, s), (e, n))
    yield Harm("area without land", changed("transfer", area=flat), "self_crossing", pair.envelope)
    spot = line(middle, middle)
    yield Harm("line without length", changed("split", line=spot), "line_does_not_cut", shape(GRID))
    inside = line((west - 0.01, middle[1]), middle)
    yield Harm(
        "line that stops inside",
        changed("split", line=inside),
        "line_does_not_cut",
        shape(GRID),
        frozenset({GRID}),
    )
    for name, track in {
        "antimeridian": ((179.9, 40.0), (-179.9, 40.5)),
        "pole to pole": ((110.0, -90.0), (110.0, 90.0)),
        "the wrong sea": ((0.0, 0.0), (1.0, 1.0)),
    }.items():
        yield Harm(name, changed("split", line=line(*track)), "line_does_not_cut", shape(GRID))
    sieve = changed("transfer", area=_sieve(shape(PAIR[1])))
    yield Harm("an area full of holes", sieve, "too_many_pieces", shape(PAIR[1]))
    far = circle(0.01, points=4_900)
    aside = ring(*((lon + 9, lat) for lon, lat in far))
    beyond = shapely.box(118, 39, 121, 42)
    yield Harm("area outside", changed("transfer", area=aside), "outside_area", beyond)
    yield Harm("area of one step", changed("transfer", area=_speck()), "nothing_changes", pair)


def _speck() -> Body:
    lon, lat = shapely.get_coordinates(shape(PAIR[1]).representative_point())[0].tolist()
    return ring((lon, lat), (lon + 1e-8, lat), (lon, lat + 1e-8))


def _sieve(land: BaseGeometry, *, holes: int = 900) -> Body:
    """Return most of a grid, with small holes in rows."""
    lon, lat = shapely.get_coordinates(land.representative_point())[0].tolist()
    side = 0.002
    pitch = side / 31
    corners = [(lon - side, lat - side), (lon + side, lat - side), (lon + side, lat + side),
               (lon - side, lat + side)]  # fmt: skip
    rings = [[*corners, corners[0]]]
    for number in range(holes):
        x, y = lon - side / 2 + pitch * (number % 30), lat - side / 2 + pitch * (number // 30)
        rings.append([(x, y), (x + pitch / 2, y), (x, y + pitch / 2), (x, y)])
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring] for ring in rings]}


def _of_other_places() -> Iterator[Harm]:
    abroad = shape(OTHER_TOWNSHIP_GRID)
    named = frozenset({OTHER_TOWNSHIP_GRID})
    yield Harm(
        "split elsewhere",
        changed("split", grid=OTHER_TOWNSHIP_GRID),
        "outside_area",
        abroad,
        named,
    )
    yield Harm(
        "give elsewhere", changed("transfer", to=OTHER_TOWNSHIP_GRID), "outside_area", abroad, named
    )
    nobody = "150221104200777"
    yield Harm("unknown receiver", changed("transfer", to=nobody), "unknown_grid")
    yield Harm("unknown grid", changed("split", grid=nobody), "unknown_grid")
    yield Harm("unknown neighbour", changed("reshape", between=[PAIR[0], nobody]), "unknown_grid")
    yield Harm("unknown of two", changed("merge", grids=[PAIR[0], nobody]), "unknown_grid")
    yield Harm("unknown building", changed("assign_places", places=["a\x00b"]), "unknown_place")
    yield Harm("half the world", changed("transfer", area=drawn(shapely.box(-180, -90, 180, 90))),
               "too_many_grids", shape(GRID))  # fmt: skip


def _that_break_grids() -> Iterator[Harm]:
    first, second = PAIR
    w, s, e, n = shape(second).bounds
    band = shapely.box(w - 1e-4, s + (n - s) * 0.45, e + 1e-4, s + (n - s) * 0.55)
    through = drawn(
        shapely.union(band, shape(first).representative_point().buffer(1e-4)).convex_hull
    )
    yield Harm(
        "donor in two", changed("transfer", area=through, cross_parent=True), "would_fall_apart"
    )
    whole = drawn(shape(second).buffer(1e-6, join_style="mitre"))
    yield Harm("swallowed", changed("transfer", area=whole, cross_parent=True), "would_vanish",
               shape(second))  # fmt: skip
    yield Harm(
        "two villages", changed("merge", grids=[GRID, first], keep=GRID), "crosses_parent",
        shape(GRID), frozenset({GRID, first}),
    )  # fmt: skip
    yield Harm("keep another", changed("merge", keep=GRID), "bad_merge")
    yield Harm("with itself", changed("merge", grids=[first, first], keep=first), "bad_merge")
    yield Harm(
        "a hundred times the same",
        changed("merge", grids=[first] * 100, keep=first),
        "bad_merge",
    )
    lone = _far_from(first)
    yield Harm("no neighbours", changed("merge", grids=[first, lone], keep=first),
               "not_neighbours", shape(lone), frozenset({lone}))  # fmt: skip
    yield Harm("no border", changed("reshape", between=[first, lone]), "not_neighbours",
               shape(lone))  # fmt: skip
    yield Harm("itself", changed("reshape", between=[first, first]), "not_neighbours", shape(first))
    yield Harm("keep outside", changed("split", keep_at=[0, 0]), "keep_at_outside")


def _far_from(code: str) -> str:
    """Return a grid of the same community that does not touch ``code``."""
    return next(
        other
        for other in sorted(features())
        if other[:12] == code[:12] and shapely.disjoint(shape(other), shape(code))
    )


def _of_nodes() -> Iterator[Harm]:
    lon, lat = node_between()
    yield Harm("no node", changed("move_node", **{"from": [0, 0]}), "no_such_node")
    for name, end in {"Guinea": [0, 0], "pole": [110.5, 90], "far": [-180, -90]}.items():
        yield Harm(f"to {name}", changed("move_node", to=end), "self_crossing")
    stay = changed("move_node", to=[lon, lat])
    yield Harm("to itself", stay, "nothing_changes", shapely.Point(lon, lat))


def _out_of_range() -> Iterator[Harm]:
    for kind in ("split", "transfer", "reshape"):
        for snap in (-0.001, 5.001):
            yield Harm(f"{kind} snaps {snap:g} m", changed(kind, snap_m=snap), "bad_snap")
    for snap in (10**18, 1e308):
        yield Harm(f"split snaps {snap:g} m", changed("split", snap_m=snap), "bad_snap")
    yield Harm("a file snaps far", changed("replan", snap_m=5.001), "bad_snap")
    yield Harm("nobody a grid", changed("partition", households=0), "bad_partition")
    yield Harm("one a grid", changed("partition", households=1), "bad_partition")
    for share in (-0.01, 1.01, 1e308, 10**18):
        yield Harm(f"within {share:g}", changed("partition", tolerance=share), "bad_partition")
    for area in (TOWNSHIP, "150221", GRID):
        yield Harm(f"partition of {area}", changed("partition", area=area), "bad_area")
    yield Harm("of nothing", changed("partition", area="150221104999"), "unknown_area")
    elsewhere = changed("partition", area=f"{OTHER_TOWNSHIP}202")
    yield Harm("partition elsewhere", elsewhere, "outside_area", land(f"{OTHER_TOWNSHIP}202"))


def _whole_plans() -> Iterator[Harm]:
    west, east = halves(VILLAGE)

    def of(*pieces: Body, area: str = VILLAGE) -> Body:
        return changed("replan", grids=file_of(list(pieces)), area=area)

    def named(piece: Body, code: str) -> Body:
        return {**piece, "properties": {"code": code}}

    twice = of(named(west, GRID), named(east, GRID))
    yield Harm("two of one code", twice, "duplicate_code", land(VILLAGE), frozenset({GRID}))
    other = of(named(west, PAIR[0]), east)
    yield Harm("a grid of another village", other, "outside_area", land(VILLAGE))
    yield Harm("the same twice", of(west, west, east), "piece_outside", land(VILLAGE))
    yield Harm("another village", of(*halves(COMMUNITY)), "piece_outside", land(COMMUNITY))
    yield Harm("a township by two pieces", of(west, east, area=TOWNSHIP), "bad_pieces",
               land(PAIR[0][:12]))  # fmt: skip
    yield Harm("another township", of(west, east, area=OTHER_TOWNSHIP), "outside_area")
    yield Harm("no area", of(west, east, area="150221104999"), "unknown_area")
    shifted = changed("replan", crs="bd09")
    yield Harm("in another datum", shifted, "piece_outside")
    bow = ring((110.40, 40.60), (110.42, 40.62), (110.42, 40.60), (110.40, 40.62))
    piece = {"type": "Feature", "properties": {"code": SOMEWHERE}, "geometry": bow}
    centre = shapely.Point(110.41, 40.61)
    yield Harm("a bow-tie among the pieces", of(west, piece), "self_crossing", centre)
