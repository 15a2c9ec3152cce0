"""Say in words what a position alone shows, and how each candidate is told apart from it."""

from __future__ import annotations

from geo.crs import distance_m
from geo.datums import is_shifted
from geo.locate import wording
from geo.locate.county_map import CountyMap
from geo.locate.point_finding import PointFinding
from geo.locate.types import Candidate, Reason

_MOST_NAMED = 4


def near_candidate(
    county: CountyMap, point: PointFinding, code: str, among: tuple[str, ...]
) -> Candidate:
    """Describe a grid as seen from the point: inside, or on which side and how far."""
    lon, lat = point.position.lon, point.position.lat
    if code == point.owner and len(point.sharing) == 1:
        away_m = 0.0
        where = f"点位在此格内，距界线{wording.metres(point.edge_m)}"
    elif code in point.sharing:
        away_m, where = 0.0, "点位在此格界线上"
    else:
        away_m = county.index.edge_distance_m(lon=lon, lat=lat, code=code)
        edge_lon, edge_lat = county.index.nearest_edge_point(lon=lon, lat=lat, code=code)
        side = wording.side(lon=edge_lon, lat=edge_lat, of_lon=lon, of_lat=lat)
        where = f"在点位{side}侧{wording.metres(away_m)}处" if side else "紧邻点位"
    share = point.share_of(code)
    part = f"占误差圈{wording.percent(share)}" if share and point.position.accuracy_m else ""
    return Candidate(
        code=code,
        share=share if point.shares else None,
        distance_m=away_m,
        hint=wording.joined(wording.belongs(county, code, among), where, part),
    )


def point_reasons(county: CountyMap, point: PointFinding) -> tuple[Reason, ...]:
    """Return one to three sentences: the datum, the place in the grid, a shared border."""
    reasons: list[Reason] = []
    if is_shifted(point.declared.datum) and (moved_m := _moved_m(point)) > 0:
        name = wording.DATUM_NAMES[point.declared.datum]
        moved = wording.metres(moved_m)
        reasons.append(Reason("datum", f"坐标系：{name}已换算为国家2000，移动约{moved}。"))
    reasons.append(_place_reason(county, point))
    if len(point.sharing) > 1:
        names = wording.names(county, point.sharing)
        shared = "、".join(names)
        detail = f"界线：点位恰在界线上，{shared}共用此界，按编码最小归{names[0]}。"
        reasons.append(Reason("border", detail))
    return tuple(reasons)


def _moved_m(point: PointFinding) -> float:
    declared, position = point.declared, point.position
    return distance_m(declared.lon, declared.lat, position.lon, position.lat)


def _place_reason(county: CountyMap, point: PointFinding) -> Reason:
    said = wording.source(point.declared)
    if point.owner is None:
        return Reason("outside", said + _outside_words(county, point))
    label = county.label(point.owner)
    if point.shares is None:
        detail = f"，点位在{label}，但误差达20公里以上，不能据此定网格。"
        return Reason("disc", said + detail)
    on_line = len(point.sharing) > 1
    edge = "正在界线上。" if on_line else f"距最近界线{wording.metres(point.edge_m)}。"
    if point.declared.accuracy_m == 0:
        where = f"落在{label}的界线上。" if on_line else f"落在{label}内，{edge}"
        return Reason("owner", f"{said}，{where}")
    share = point.share_of(point.owner)
    if share >= wording.WHOLE:
        return Reason("owner", f"{said}，整体落在{label}内，{edge}")
    if point.rule == "owner_holds_disc":
        return Reason("owner", f"{said}，{wording.percent(share)}落在{label}内，{edge}")
    return Reason("disc", f"{said}，误差圈内{_spread_words(county, point)}，{edge}")


def _spread_words(county: CountyMap, point: PointFinding) -> str:
    first = point.possible[:_MOST_NAMED]
    named = [
        f"{name}占{wording.percent(point.share_of(code))}"
        for name, code in zip(wording.names(county, first), first, strict=True)
    ]
    more = len(point.possible) - len(named)
    text = "、".join(named) + (f"，另有{more}个网格" if more > 0 else "")
    outside = point.shares.outside if point.shares else 0.0
    return f"{text}，{wording.percent(outside)}在界外" if outside >= 0.01 else text


def _outside_words(county: CountyMap, point: PointFinding) -> str:
    where = f"，不在{wording.county_name(county)}范围内"
    nearest = f"，距最近的{county.label(point.nearest)}{wording.far(point.edge_m)}"
    touches = 1.0 - point.shares.outside if point.shares else 0.0
    reach = f"，误差圈有{wording.percent(touches)}落在界内" if touches > 0 else ""
    return where + nearest + reach + "。"
