"""Make up bodies of every kind: places inside, on borders and outside, texts alone, complaints."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import shapely

from geo.datums import from_cgcs2000
from geo.locate.county_map import CountyMap
from geo.position import Datum

TEXTS = (
    "路灯不亮，晚上看不见路。",
    "振华社区第三网格垃圾桶满了没人清运。",
    "下水堵了，污水流到路上，在村委会东200米。",
    "萨拉齐镇阳光小区3号楼楼道里堆满了杂物。",
    "邻居吵架，来劝一劝。",
    "磴口的井盖丢了。",
    "网格员态度不好，我要投诉。",
    "外地来的，想问一下包头市昆都仑区的事。",
    "1、路灯不亮；2、井盖丢失。",
)
ADDRESSES = (
    "萨拉齐镇振华社区",
    "萨拉齐镇振华大街阳光小区3号楼",
    "萨拉齐镇",
    "邻居家门口",
    "磴口",
    "田家圪旦",
    "包头市青山区",
)
CHANNELS = ("hotline_12345", "app", "wechat", "walk_in", "patrol", "other_system")
REPORTERS = (
    None,
    {"name": "示意", "phone": "00001234567"},
    {"phone": "00007654321"},
    {"name": "示意", "phone": "00001112222", "confidential": True},
)
ABOUT = (None, None, None, "grid_worker", "community_cadre", "township_cadre")
ACCURACIES_M = (None, 0, 5, 30, 120, 900, 6000, 25_000)


def bodies(
    county: CountyMap, categories: list[str], *, seed: int, count: int, now: datetime
) -> list[dict[str, Any]]:
    """Return ``count`` bodies without their source numbers; the same seed, the same bodies."""
    chance = random.Random(seed)
    return [_body(county, categories, chance, now) for _ in range(count)]


def _body(
    county: CountyMap, categories: list[str], chance: random.Random, now: datetime
) -> dict[str, Any]:
    body: dict[str, Any] = {"channel": chance.choice(CHANNELS), "text": chance.choice(TEXTS)}
    optional = {
        "category": chance.choice([None, *categories]),
        "reporter": chance.choice(REPORTERS),
        "about": chance.choice(ABOUT),
        "address": chance.choice(ADDRESSES) if chance.random() < 0.5 else None,
        "position": _position(county, chance) if chance.random() < 0.7 else None,
        "round": chance.choice((None, None, 2)),
    }
    if chance.random() < 0.5:
        occurred = now - timedelta(minutes=chance.randrange(10_000))
        optional["occurred_at"] = occurred.isoformat(timespec="seconds")
    return body | {name: value for name, value in optional.items() if value is not None}


def _position(county: CountyMap, chance: random.Random) -> dict[str, Any]:
    shape = county.index.geometry(chance.choice(county.index.codes))
    kind = chance.random()
    if kind < 0.3:  # a vertex that several grids share, as it is stored
        lon, lat = chance.choice(shapely.get_coordinates(shape).tolist())
        datum = Datum.CGCS2000
    else:
        west, south, east, north = county.index.bounds if kind > 0.9 else shape.bounds
        lon, lat = chance.uniform(west - 0.02, east + 0.02), chance.uniform(south, north)
        if kind < 0.8:
            inside = shape.point_on_surface()
            lon, lat = inside.x, inside.y
        datum = chance.choice(list(Datum))
        lon, lat = from_cgcs2000(lon=lon, lat=lat, datum=datum)
    accuracy_m = chance.choice(ACCURACIES_M)
    place: dict[str, Any] = {"lon": lon, "lat": lat, "crs": datum.value}
    return place if accuracy_m is None else {**place, "accuracy_m": accuracy_m}
