"""Choose what a report is about and how it is worded, by season and setting."""

from __future__ import annotations

import random

from api.demo.sources import Spot, Wording

DISCREET = frozenset(
    ("cg05", "cg06", "cg07", "aq01", "aq02", "jf01", "jf02", "jf03", "jf04", "jf05", "jf06",
     "jt02", "sc01", "st02", "zx03")
)  # fmt: skip
"""Matters between people: they never name a real village or community."""
CONFIDENTIAL = frozenset(("jf03", "zx03"))

_WINTER_ONLY = frozenset(("ms01", "cg09", "aq06", "aq08"))
_WINTER_MONTHS = frozenset((10, 11, 12, 1, 2, 3, 4))
_WEIGHTS = {
    "ms01": 9.0, "cg03": 5.0, "cg04": 4.0, "wy01": 4.0, "cg01": 3.5, "cg09": 3.0, "ms02": 3.5,
    "jt02": 3.0, "jt01": 3.0, "cg07": 2.5, "jf01": 2.0, "aq02": 2.0, "ms03": 2.0, "ms05": 3.0,
    "aq03": 0.6, "aq08": 0.5, "nm02": 0.5, "zx01": 3.0,
}  # fmt: skip
_RIVER_LAT = 40.36

_TOWN_SPOTS = ("南门口", "北门口", "东门外", "西墙外", "门前", "车棚旁", "中心花池边", "临街一侧")
_RURAL_SPOTS = ("村东头", "村西头", "村口", "村南", "村北", "井房后头", "学校门前", "戏台旁")
_DAYS = ("两天", "三天", "四五天", "一个礼拜", "好几天")
_HERE = "这儿"
_PATROL = "巡查"
_CALLER = "来电人"
_CALLED_IN = ("hotline_12345", "other_system")
_PATROLLED = frozenset(
    ("cg01", "cg02", "cg03", "cg04", "cg08", "cg09", "aq01", "aq02", "aq04", "aq05", "aq06",
     "aq07", "aq08", "jt01", "jt02", "jt04", "st04", "nm01")
)  # fmt: skip


def choose_wording(
    wordings: list[Wording], spot: Spot, channel: str, month: int, rng: random.Random
) -> Wording:
    """Return a wording that fits the channel, the season and the place."""
    fitting = [w for w in wordings if _fits_channel(w, channel) and _fits(w, spot, month)]
    counts: dict[str, int] = {}
    for wording in fitting:
        counts[wording.category] = counts.get(wording.category, 0) + 1
    weights = [_WEIGHTS.get(w.category, 1.5) / counts[w.category] for w in fitting]
    return rng.choices(fitting, weights)[0]


def _fits_channel(wording: Wording, channel: str) -> bool:
    """Say whether the wording suits who tells it: a patrol reports what it can see."""
    if channel == "patrol":
        return wording.category in _PATROLLED and not wording.text.startswith(_CALLER)
    return not wording.text.startswith(_PATROL)


def _fits(wording: Wording, spot: Spot, month: int) -> bool:
    if wording.category in _WINTER_ONLY and month not in _WINTER_MONTHS:
        return False
    return wording.category != "aq08" or spot.lat < _RIVER_LAT


def worded(wording: Wording, spot: Spot, channel: str, rng: random.Random, *, here: bool) -> str:
    """Return the sentence with its slots filled; ``here`` names no place at all."""
    place = spot.compound or spot.community
    details = _TOWN_SPOTS if spot.compound else _RURAL_SPOTS
    unit = f"{spot.number}号楼{rng.randint(1, 4)}单元" if spot.number else ""
    filled = wording.text.format(
        place=_HERE if here else place,
        spot="" if here else rng.choice(details),
        unit=f"{rng.randint(1, 4)}单元" if here else unit,
        days=rng.choice(_DAYS),
        cold=rng.randint(11, 15),
    )
    if channel == "patrol" and not filled.startswith(_PATROL):
        return f"{_PATROL}发现：{filled}"
    return filled if channel in _CALLED_IN else filled.removeprefix(_CALLER + "反映")
