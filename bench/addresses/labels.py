"""Turn what a person writes down about a text into a label that a machine can hold answers to.

A target names places of the county, never codes, and the label is computed from the geometry:

    V 磴口村@海子乡            a village or community        G 下茅庵村 2      its second group
    C 阳光小区                 a compound                    B 阳光小区 3      its building 3
    P 沟门粮库 ~100            a point, 100 m about it       L 铁匠巷          an alley
    P 沙图沟村村委会 东 200    … and so many metres from it  K 国道110 652+300 西 200
    R 站前街@柴火市社区        a street (in a community)     X 振华大街 站前街  a crossing
    T 双龙镇                   only a township is said       OUT               another county
    N / N 双龙镇               nothing known (but the township)
    A V 磴口村                 all namesakes of a kind       A V a;V b;C c     any of these

``one | other`` takes the grid of the first and accepts the name of the other too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bench.addresses.truth import WINDS, Spread, Truth, moved
from geo.address.types import Place, PlaceKind
from geo.codes import lowest_common_area
from geo.synthetic.units import ordinal

_KINDS = {
    "V": PlaceKind.COMMUNITY, "C": PlaceKind.COMPOUND, "P": PlaceKind.POI, "L": PlaceKind.LANE,
    "R": PlaceKind.ROAD, "T": PlaceKind.TOWNSHIP,
}  # fmt: skip
_CROSSING_M = 40.0
_STEP_SPREAD, _STEP_MORE_M = 0.3, 30.0
"""How far off 200 metres may be: a third, and the width of a yard."""


class Wanted(StrEnum):
    """Name what a text leaves to be answered."""

    GRID = "grid"
    """It determines one grid."""
    EITHER = "either"
    """It names one place whose disc reaches a little over a border: both answers are right."""
    PLACE = "place"
    """It names one place in several grids."""
    CHOICE = "choice"
    """It leaves several places, of which a person must choose."""
    NOTHING = "nothing"
    """It names nothing, or only a township, or another county."""


@dataclass(frozen=True, slots=True)
class Label:
    """Hold the right answer: the ids that name the place, its grid, and who may settle a doubt.

    ``settlers`` are the areas that may be asked; ``covers`` the codes that such an area must
    contain when several places are left.
    """

    wanted: Wanted
    level: str
    ids: frozenset[str] = frozenset()
    grid: str | None = None
    settlers: frozenset[str] = frozenset()
    covers: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Say whether one place is meant."""
        return self.wanted in (Wanted.GRID, Wanted.EITHER, Wanted.PLACE)


def label_of(target: str, truth: Truth) -> Label:
    """Return the label that a target means; raise ValueError for one that names nothing."""
    first, *others = [label_of_one(part, truth) for part in target.split(" | ")]
    return replace(
        first,
        ids=first.ids.union(*(other.ids for other in others)),
        settlers=first.settlers.union(*(other.settlers for other in others)),
    )


def label_of_one(target: str, truth: Truth) -> Label:
    """Return the label of a target without alternatives."""
    kind, _, rest = target.strip().partition(" ")
    if kind in ("N", "OUT", "T"):
        return _nothing(kind, rest, truth)
    if kind == "A":
        return _choice(rest, truth)
    if kind == "X":
        return _crossing(rest, truth)
    return _one(kind, rest, truth)


def _nothing(kind: str, rest: str, truth: Truth) -> Label:
    county = next(iter(truth.places.values())).area_code[:6]
    settlers = {county}
    if rest:
        settlers.add(truth.area(rest))
    level = {"N": "county", "OUT": "outside", "T": "township"}[kind]
    return Label(Wanted.NOTHING, level, settlers=frozenset(settlers))


def _choice(rest: str, truth: Truth) -> Label:
    places: list[Place] = []
    for part in rest.split(";"):
        kind, _, words = part.strip().partition(" ")
        if kind in _KINDS:
            places += truth.named(_KINDS[kind], words)
        else:
            places.append(_place(kind, words, truth)[0])
    if len(places) < 2:
        raise ValueError(f"no choice: {rest}")
    return Label(
        Wanted.CHOICE,
        max((place.kind for place in places), key=list(PlaceKind).index).value,
        ids=frozenset(place.id for place in places),
        covers=tuple(sorted({place.area_code for place in places})),
    )


def _crossing(rest: str, truth: Truth) -> Label:
    first, second = rest.split()
    lon, lat = truth.crossing(first.partition("@")[0], second.partition("@")[0])
    spread = truth.spread(lon, lat, _CROSSING_M, 2 * _CROSSING_M)
    roads = [truth.one(PlaceKind.ROAD, name.partition("@")[0]) for name in (first, second)]
    shared = set(roads[0].grids) & set(roads[1].grids)
    above = {_common((*shared, *spread.touched)), _common(spread.touched), spread.owner[:12]}
    ids = frozenset(road.id for road in roads)
    wanted = Wanted.EITHER if spread.sure else Wanted.PLACE
    return Label(wanted, "road", ids, spread.owner, frozenset(above))


def _one(kind: str, rest: str, truth: Truth) -> Label:
    place, words = _place(kind, rest, truth)
    if kind == "R":
        within = truth.area(rest.split(maxsplit=1)[0].partition("@")[2]) if "@" in rest else None
        codes = [code for code in place.grids if code.startswith(within or "")]
        # A community that is called as its street is: 农林街.
        ids = {place.id, *(p.id for p in truth.named(PlaceKind.COMMUNITY, place.name))}
        ids |= {f"V{within}"} if within else set()
        settlers = {_common(codes), *(i[1:] for i in ids if i.startswith("V"))}
        return Label(Wanted.PLACE, "road", frozenset(ids), None, frozenset(settlers))
    if kind in ("V", "C", "L"):
        return _area(place, words, truth)
    if kind in ("B", "G") and not words:
        ids = {place.id, f"grid:{place.area_code}"} if kind == "G" else {place.id}
        grid = place.area_code
        return Label(Wanted.GRID, place.kind.value, frozenset(ids), grid, frozenset((grid[:12],)))
    return _disc(place, words, truth)


def _place(kind: str, rest: str, truth: Truth) -> tuple[Place, list[str]]:
    name, *words = rest.split()
    if kind == "B":
        compound = truth.one(PlaceKind.COMPOUND, name)
        return truth.child(compound, f"{words[0]}号楼"), words[1:]
    if kind == "G":
        village = truth.one(PlaceKind.COMMUNITY, name)
        return truth.child(village, f"{village.name}{ordinal(int(words[0]))}组"), words[1:]
    if kind == "K":
        post = words[0].partition("+")[0]
        return truth.child(truth.one(PlaceKind.ROAD, name), post), words
    if kind == "R":
        name = name.partition("@")[0]  # a street is narrowed by the community, not found in it
    return truth.one(_KINDS[kind], name), words


def _area(place: Place, words: list[str], truth: Truth) -> Label:
    """Label a village, compound or alley: by its grids."""
    grids = truth.grids_of(place.area_code) if place.kind is PlaceKind.COMMUNITY else place.grids
    ids = frozenset((place.id,))
    if len(grids) == 1 and not words:
        return Label(Wanted.GRID, place.kind.value, ids, grids[0], frozenset((grids[0][:12],)))
    return Label(Wanted.PLACE, place.kind.value, ids, None, frozenset((_common(grids),)))


def _disc(place: Place, words: list[str], truth: Truth) -> Label:
    """Label a point of interest or a kilometre post, moved and widened as the text says."""
    lon, lat, narrow_m, generous_m = place.lon, place.lat, place.radius_m, place.radius_m * 1.5
    ids = {place.id}
    if place.kind is PlaceKind.KILOMETRE_POST:
        lon, lat = _along(place, words.pop(0), truth)
    while words and words[0] in WINDS:
        wind, metres = words.pop(0), float(words.pop(0))
        lon, lat = moved(lon, lat, wind, metres)
        generous_m += _STEP_SPREAD * metres + _STEP_MORE_M
    for word in words:
        if word.startswith("~"):
            generous_m += 1.5 * float(word[1:])
            narrow_m += 0.5 * float(word[1:])
    if place.id.startswith("L") and len(place.id) == 13:
        ids.add(f"V{place.id[1:]}")  # the house of a committee: or the unit, from its office
    spread = truth.spread(lon, lat, narrow_m, generous_m)
    return _by_spread(spread, place.kind.value, frozenset(ids))


def _along(post: Place, words: str, truth: Truth) -> tuple[float, float]:
    """Return the place of 652+300: on the straight line to the next post."""
    km, _, more = words.partition("+")
    if not more:
        return post.lon, post.lat
    following = truth.child(truth.places[post.parent_id or ""], str(int(km) + 1))
    part = int(more) / 1_000
    return (
        post.lon + part * (following.lon - post.lon),
        post.lat + part * (following.lat - post.lat),
    )


def _by_spread(spread: Spread, level: str, ids: frozenset[str]) -> Label:
    settlers = frozenset((spread.owner[:12], _common(spread.touched), _common(spread.close)))
    if spread.sure:
        return Label(Wanted.GRID, level, ids, spread.owner, settlers)
    wanted = Wanted.PLACE if spread.split else Wanted.EITHER
    return Label(wanted, level, ids, spread.owner, settlers)


def _common(codes: tuple[str, ...] | list[str]) -> str:
    shared = lowest_common_area(codes)
    if shared is None:
        raise ValueError("no grids")
    return shared[:12]
