"""Read how the words behind an anchor lead to the spot: 东200米, 往北二里地, 隔壁院, 村西头.

A distance is an offset only with a direction before it or a place word behind it: in
三间房村上学要走五里地 and 沙图沟村200米水管冻裂 it is none.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from geo.address.amounts import amount_at
from geo.address.normalise import SEPARATOR
from geo.address.types import Relation

_WINDS = {
    "东": "东", "西": "西", "南": "南", "北": "北",
    "东北": "东北", "北东": "东北", "东偏北": "东北", "北偏东": "东北",
    "西北": "西北", "北西": "西北", "西偏北": "西北", "北偏西": "西北",
    "东南": "东南", "南东": "东南", "东偏南": "东南", "南偏东": "东南",
    "西南": "西南", "南西": "西南", "西偏南": "西南", "南偏西": "西南",
}  # fmt: skip
_WIND = r"(?P<wind>[东西南北]偏[东西南北]|东[南北]|西[南北]|[东西南北])"
_OFFICE = r"村民委员会|居民委员会|村委会|居委会|村委|村部|大队部|大队|队部"
# From where the words count: the office of a village, a gate, the exit of a toll station.
_REFERENCE = re.compile(
    rf"\|?(?:的)?(?P<office>{_OFFICE})"
    r"|(?:的)?(?P<door>(?:正|大|[东西南北前后])门(?:口|前|外)?|门(?:口|前|外)|[村街院巷路桥沟]口|[出入]口"
    r"|桥头|牌子?|桩|处|那儿|那里|这儿|这里)?(?:出来|出去)?"
)
_HEADING = re.compile(
    rf"\|?(?:的)?(?P<towards>(?:再|一直|直着)?[往向朝](?:正)?|以|正)?{_WIND}"
    r"(?:方向|[边面侧方头])?(?:走|去|行|拐|过去|出去)?有?"
)
_PLACE_BEHIND = re.compile(r"(?:处|远|外|开外|以外|的?(?:地方|位置))")
_BEHIND_WIND = re.compile(rf"(?:以|的|往|向|之)?{_WIND}(?:边|面|侧|方)?(?:处)?")
_AHEAD = re.compile(r"\|?(?:的)?(?:往|向|朝)?(?:前|后|里|外|上|下)(?:面|边|方)?(?:走|去)?")
_ORDINAL = re.compile(
    r"(?:的)?第?(?P<count>[0-9]{1,2}|[一二三四五六七八九十两]{1,2})(?:个|座|道|根|条|家|户|排|栋)"
    r"(?P<thing>(?<=[家户排栋])|涵洞|路口|十字路口|桥洞|桥|红绿灯|弯道|弯|电线杆|电杆|路灯杆?|巷子|巷|胡同|井盖|岔路口|岔口|道口|门)"
)
_SIDE = re.compile(
    rf"(?:的)?(?:村|屯|营|路|街)?(?:最|靠)?{_WIND}"
    r"(?P<part>头|边|面|侧|口|角|部|段|半[个边]|那边|那头|墙外|(?=\||$|的|这|那|有))"
)
_INSIDE = re.compile(r"(?:的)?(?:里头|里面|里边|里|院里|院内|院子里|内|内部|当中|中间)(?![程弄])")
_BESIDE = re.compile(
    r"(?:的)?(?:紧?隔壁(?:院|家|户)?|旁边|旁|跟前|边上|墙根|墙外|楼下|外头|外面|外)"
)
_NEAR: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"(?:的)?(?:斜?对[面过]|斜对门|对门|马路对面)"), 80.0),
    (re.compile(r"(?:的)?(?:后[头面边]|背后|后身|屋后|前[头面边])"), 100.0),
    (re.compile(r"(?:的)?(?:附近|周边|周围|左右|不远处?|近处)"), 200.0),
    (re.compile(r"(?:的)?(?:一带|那一片|这一片|那片|沿线|沿路)"), 300.0),
)
# 那条巷子 behind 后头: an unnamed thing of some length.
_THING = re.compile(
    r"(?:的)?(?:那|这|有)?一?(?:条|个|座|片|截|段|道|排|家|口|栋|处|块)?"
    r"(?P<thing>小?巷子?|胡同|小路|土路|水泥路|路(?!灯)|街|排水沟|水沟|沟|水渠|渠|院子|院|荒地|空地|地里|地(?!方)|坡|桥|机?井"
    r"|电线?杆|变压器|平房|房子|门市)"
)
_LONG = re.compile(r"巷|胡同|路|街|沟|渠")
# With what any of these begins; the marks before 村委会 and before a direction are looked behind.
_BEGINS = frozenset(
    "的村居大队正东西南北前后门街院巷路桥沟出入牌桩处那这再一直往向朝以第0123456789二三四五六七八九十两"
    "里外上下约差不〇零百千半几屯营最靠斜对马背屋附周左近沿紧隔旁跟边墙楼内当中道涵"
)
_DOOR_M: Final = 20.0
_CROSSINGS: Final = ("路口", "街口")
_CROSSING_M: Final = 60.0
_BESIDE_M: Final = 40.0
_LONG_M: Final = 100.0
_TOWARDS_M: Final = 500.0


class Spot(NamedTuple):
    """Hold what stands between ``start`` (the anchor's end) and ``end``.

    ``offset_m`` is None without a distance, ``direction`` one of eight winds or None;
    ``spread_m`` is what the radius gains. ``reference`` is the span of 村委会, 大门 … from which
    the words count; ``office`` says that it is the office of the anchor, a point and no area.
    """

    start: int
    end: int
    relation: Relation
    direction: str | None = None
    offset_m: float | None = None
    spread_m: float = 0.0
    reference: tuple[int, int] | None = None
    office: bool = False


def read_spot(text: str, start: int, *, wide: bool = False) -> Spot | None:
    """Return how the folded ``text`` goes on behind an anchor that ends at ``start``.

    ``wide`` says that the anchor is a village, a community or wider: its east side lies in it,
    that of a building does not. None when nothing of the kind follows.
    """
    # Most names are followed by something else: none of the patterns begins with it.
    first = text[start : start + 1]
    if first == SEPARATOR:
        first = text[start + 1 : start + 2]
    return spot_behind(text, start, wide=wide) if first in _BEGINS else None


def spot_behind(text: str, start: int, *, wide: bool = False) -> Spot | None:
    """Return the same by trying all patterns, whatever ``text`` goes on with."""
    found = _REFERENCE.match(text, start)
    reference, at, door_m, office = None, start, 0.0, False
    if found is not None and text[start : found.end()] not in ("", "的"):
        office = found["office"] is not None
        reference, at = found.span("office" if office else "door"), found.end()
        reference = None if reference[0] < 0 else reference
        door_m = 0.0 if office else _DOOR_M
    further = _step(text, at, held=at > start) or _around(text, at, wide=wide and not office)
    if further is None:
        if at == start:
            return None
        # The crossing before a house or a compound is the street's, and often another grid's.
        crossing = not wide and text[start:at].endswith(_CROSSINGS)
        near, near_m = (Relation.NEAR, _CROSSING_M) if crossing else (Relation.AT, 0.0)
        further = Spot(start=at, end=at, relation=near, spread_m=near_m)
    return Spot(
        start=start,
        end=further.end,
        relation=further.relation,
        direction=further.direction,
        offset_m=further.offset_m,
        spread_m=further.spread_m + door_m,
        reference=reference,
        office=office,
    )


def _step(text: str, at: int, *, held: bool) -> Spot | None:
    """Read a direction with a distance, an ordinal, or none of them; or a distance alone."""
    heading = _HEADING.match(text, at)
    if heading is not None:
        amount = amount_at(text, heading.end())
        if amount is not None:
            wind = _WINDS.get(heading["wind"])
            return Spot(
                start=at, end=_thing(text, amount.end)[0], relation=Relation.STEP, direction=wind,
                offset_m=amount.metres, spread_m=amount.spread_m,
            )  # fmt: skip
        if heading["towards"]:
            ordinal = _ORDINAL.match(text, heading.end())
            end = ordinal.end() if ordinal else heading.end()
            wind = _WINDS.get(heading["wind"])
            return Spot(
                start=at, end=end, relation=Relation.TOWARDS, direction=wind, spread_m=_TOWARDS_M
            )
    ordinal = _ORDINAL.match(text, at)
    if ordinal is not None:
        return Spot(start=at, end=ordinal.end(), relation=Relation.TOWARDS, spread_m=_TOWARDS_M)
    return _bare_distance(text, at, held=held)


def _bare_distance(text: str, at: int, *, held: bool) -> Spot | None:
    """Read 200米处, 前面200米, 200米以东; 200米水管 is a length of pipe."""
    ahead = _AHEAD.match(text, at)
    begin = ahead.end() if ahead else at
    amount = amount_at(text, begin)
    if amount is None:
        return None
    wind = _BEHIND_WIND.match(text, amount.end)
    placed = text[amount.end - 1] in "处远方" or _PLACE_BEHIND.match(text, amount.end)
    if wind is None and not placed and not ahead and not held:
        return None
    if wind is not None:
        return Spot(
            start=at, end=wind.end(), relation=Relation.STEP, direction=_WINDS.get(wind["wind"]),
            offset_m=amount.metres, spread_m=amount.spread_m,
        )  # fmt: skip
    end = placed.end() if isinstance(placed, re.Match) else amount.end
    return Spot(
        start=at, end=end, relation=Relation.STEP,
        offset_m=amount.metres, spread_m=amount.spread_m,
    )  # fmt: skip


def _around(text: str, at: int, *, wide: bool) -> Spot | None:
    """Read 隔壁, 对面, 附近, 后头那条巷子, 里头, 西头."""
    side = _SIDE.match(text, at)
    if side is not None:
        wind = _WINDS.get(side["wind"])
        end, long_m = _thing(text, side.end())
        if wide:
            return Spot(start=at, end=end, relation=Relation.INSIDE, direction=wind)
        return Spot(
            start=at, end=end, relation=Relation.NEAR, direction=wind,
            spread_m=_NEAR[1][1] + long_m,
        )  # fmt: skip
    for pattern, near_m in _NEAR:
        near = pattern.match(text, at)
        if near is not None:
            end, long_m = _thing(text, near.end())
            return Spot(start=at, end=end, relation=Relation.NEAR, spread_m=near_m + long_m)
    beside = _BESIDE.match(text, at)
    if beside is not None:
        end, long_m = _thing(text, beside.end())
        near_by = Relation.NEAR if long_m else Relation.BESIDE
        return Spot(start=at, end=end, relation=near_by, spread_m=_BESIDE_M + long_m)
    inside = _INSIDE.match(text, at)
    if inside is not None:
        return Spot(start=at, end=inside.end(), relation=Relation.INSIDE)
    return None


def _thing(text: str, at: int) -> tuple[int, float]:
    """Return the end of an unnamed thing at ``at`` (那条巷子), and what its length adds."""
    found = _THING.match(text, at)
    if found is None:
        return at, 0.0
    return found.end(), _LONG_M if _LONG.search(found["thing"]) else 0.0


def village_side(text: str, start: int) -> tuple[str, int, int] | None:
    """Return the side of a village named later in the text (村西头) with its span, or None."""
    found = _LATER_SIDE.search(text, start)
    if found is None:
        return None
    return _WINDS[found["wind"]], found.start(), found.end()


_LATER_SIDE = re.compile(rf"(?:村|屯|营子|营)(?:最|靠)?{_WIND}(?:头|边|面|侧|口|角|部)")
