"""Weigh a position: which grid owns it, how surely, and who else may.

The verdict is ``auto`` when the owner holds at least ``AUTO_SHARE`` of the accuracy disc,
``confirm`` when it holds less, ``desk`` outside the county or when the disc is too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.datums import datum_steps, to_cgcs2000
from geo.locate.county_map import CountyMap
from geo.locate.disc import AUTO_SHARE, LARGEST_DISC_M, DiscShares, disc_shares
from geo.locate.types import Verdict
from geo.position import Position

SMALL_DISC_M: Final = 100.0
"""As wide as the error of a phone in a town: such a disc touches a few grids at most."""

FEW_GRIDS: Final = 20_000
"""So many boxes are looked through in a tenth of a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFinding:
    """Hold what a position alone says.

    ``position`` is CGCS2000, ``declared`` as it came. ``sharing`` are all grids that cover the
    point (several on a border). ``nearest`` is the owner, or outside the nearest grid, and
    ``edge_m`` the metres to its border. ``shares`` is None for a disc of ``LARGEST_DISC_M`` and
    above. ``possible`` are the codes of all candidates by share, the owner among them.
    """

    declared: Position
    position: Position
    owner: str | None
    sharing: tuple[str, ...]
    nearest: str
    edge_m: float
    shares: DiscShares | None
    verdict: Verdict
    rule: str
    possible: tuple[str, ...]

    def share_of(self, code: str) -> float:
        """Return the part of the accuracy disc in a grid, 0 when shares were not computed."""
        return self.shares.of(code) if self.shares else 0.0


def weigh_point(county: CountyMap, declared: Position) -> PointFinding:
    """Convert a position and say who owns it; pure, the same for the same input and revision."""
    position = to_cgcs2000(declared)
    lon, lat = position.lon, position.lat
    sharing = county.index.covering(lon=lon, lat=lat)
    if sharing:
        nearest, edge_m = sharing[0], _edge_m(county, position, sharing[0])
    else:
        nearest, edge_m = county.index.nearest_outside(lon=lon, lat=lat)
    return _finding(county, declared, position, sharing, nearest, edge_m)


def weigh_at_once(county: CountyMap, declared: Position) -> PointFinding | None:
    """Return the same where that takes a fraction of a millisecond, None where it may take longer.

    A wide disc over a border may touch many grids, and a point outside looks at the boxes of all.
    """
    position = to_cgcs2000(declared)
    sharing = county.index.covering(lon=position.lon, lat=position.lat)
    if sharing:
        nearest, edge_m = sharing[0], _edge_m(county, position, sharing[0])
    elif len(county.index) > FEW_GRIDS:
        return None
    else:
        nearest, edge_m = county.index.nearest_outside(lon=position.lon, lat=position.lat)
    if position.accuracy_m > max(edge_m, SMALL_DISC_M):
        return None
    return _finding(county, declared, position, sharing, nearest, edge_m)


def _edge_m(county: CountyMap, position: Position, owner: str) -> float:
    return county.index.edge_distance_m(lon=position.lon, lat=position.lat, code=owner)


def _finding(
    county: CountyMap,
    declared: Position,
    position: Position,
    sharing: tuple[str, ...],
    nearest: str,
    edge_m: float,
) -> PointFinding:
    owner = sharing[0] if sharing else None
    shares = _shares(county, position, owner, edge_m)
    verdict, rule = _verdict(owner, shares)
    return PointFinding(
        declared=declared,
        position=position,
        owner=owner,
        sharing=sharing,
        nearest=nearest,
        edge_m=edge_m,
        shares=shares,
        verdict=verdict,
        rule=rule,
        possible=_possible(owner, shares),
    )


def _shares(
    county: CountyMap, position: Position, owner: str | None, edge_m: float
) -> DiscShares | None:
    if position.accuracy_m >= LARGEST_DISC_M:
        return None
    if position.accuracy_m <= edge_m:
        # The disc does not reach the nearest border: all in the owner, or all outside.
        return DiscShares(((owner, 1.0),), 0.0) if owner else DiscShares((), 1.0)
    return disc_shares(
        county.index,
        lon=position.lon,
        lat=position.lat,
        accuracy_m=position.accuracy_m,
        owner=owner,
    )


def _verdict(owner: str | None, shares: DiscShares | None) -> tuple[Verdict, str]:
    if owner is None:
        return Verdict.DESK, "outside"
    if shares is None:
        return Verdict.DESK, "too_coarse"
    if shares.of(owner) >= AUTO_SHARE:
        return Verdict.AUTO, "owner_holds_disc"
    return Verdict.CONFIRM, "disc_is_shared"


def _possible(owner: str | None, shares: DiscShares | None) -> tuple[str, ...]:
    if shares is None:
        return ()
    codes = [code for code, _ in shares.leading()]
    if owner is not None and owner not in codes:
        codes.append(owner)
    return tuple(codes)


def point_trace(point: PointFinding, *, most_shares: int) -> dict[str, object]:
    """Return the figures of a receipt as plain JSON values: datum steps, owner, shares, edges."""
    shares = point.shares.shares if point.shares else ()
    return {
        "declared": {
            "lon": point.declared.lon,
            "lat": point.declared.lat,
            "crs": point.declared.datum.value,
            "accuracy_m": point.declared.accuracy_m,
        },
        "datum_steps": list(datum_steps(point.declared, point.position)),
        "owner": point.owner,
        "on_border_of": list(point.sharing) if len(point.sharing) > 1 else [],
        "nearest": point.nearest,
        "edge_distance_m": point.edge_m,
        "shares": [[code, share] for code, share in shares[:most_shares]],
        "share_outside": point.shares.outside if point.shares else None,
    }
