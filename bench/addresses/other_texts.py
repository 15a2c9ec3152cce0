"""Make texts about an invented county: another generator than that of the tuning texts.

It speaks other words, makes its mistakes by sound (any character of the same toneless syllable)
and by hand (a character dropped, doubled or mistaken), and wraps half of its texts in a story.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from bench.addresses.cases import Case, Source, labelled
from bench.addresses.speaker import Speaker
from bench.addresses.truth import Truth
from geo.address.types import PlaceKind
from geo.synthetic.units import ordinal

_NOWHERE = ("我家门口", "隔壁邻居", "单位后院", "楼下", "这边", "村里", "小区大门", "我们学校附近")
_ELSEWHERE = ("嘉阳县城关镇", "北固区人民路", "东昌市开发区", "望都县石佛乡", "宁海县渔港")

Maker = Callable[["Speaker"], Source | None]


def _village(s: Speaker) -> Source:
    place = s.village()
    return s.tell(s.town(place).name + place.name, "village", f"V {s.key(place)}")


def _village_bare(s: Speaker) -> Source | None:
    place = s.village()
    return s.tell(place.name, "village bare", f"V {place.name}") if s.alone(place) else None


def _namesakes(s: Speaker) -> Source | None:
    place = s.village()
    return None if s.alone(place) else s.tell(place.name, "namesakes", f"A V {place.name}")


def _contradicts(s: Speaker) -> Source | None:
    place, other = s.village(), s.any(PlaceKind.TOWNSHIP)
    same = s.truth.named(PlaceKind.COMMUNITY, place.name)
    if any(p.area_code.startswith(other.area_code) for p in same):
        return None
    return s.tell(other.name + place.name, "township contradicts", "N")


def _sound(s: Speaker) -> Source | None:
    place = s.village()
    said = s.by_sound(place.name)
    if said is None or s.truth.named(PlaceKind.COMMUNITY, said):
        return None
    return s.tell(s.town(place).name + said, "homophone", f"V {s.key(place)}")


def _hand(s: Speaker) -> Source | None:
    place = s.village()
    said = s.by_hand(place.name)
    if said is None or s.truth.named(PlaceKind.COMMUNITY, said):
        return None
    return s.tell(s.town(place).name + said, "typo", f"V {s.key(place)}")


def _building(s: Speaker) -> Source | None:
    building = s.any(PlaceKind.BUILDING)
    compound = s.truth.places[building.parent_id or ""]
    if not s.alone(compound):
        return None
    number = building.name.removesuffix("号楼")
    said = s.chance.choice(("{}号楼", "{}幢", "{}栋3单元", "第{}栋", "{}#")).format(number)
    head = s.chance.choice(("", s.town(compound).name, f"平川县{s.town(compound).name}"))
    return s.tell(f"{head}{compound.name}{said}", "building", f"B {compound.name} {number}")


def _compound(s: Speaker) -> Source | None:
    place = s.any(PlaceKind.COMPOUND)
    return s.tell(place.name, "compound", f"C {place.name}") if s.alone(place) else None


def _compounds(s: Speaker) -> Source | None:
    place = s.any(PlaceKind.COMPOUND)
    return None if s.alone(place) else s.tell(place.name, "namesake compound", f"A C {place.name}")


def _group(s: Speaker) -> Source:
    group = s.any(PlaceKind.HAMLET)
    village, number = s.truth.places[group.parent_id or ""], int(group.area_code[12:])
    said = s.chance.choice((f"{number}组", f"第{number}村民小组", ordinal(number) + "社"))
    where = s.town(village).name + village.name + said
    return s.tell(where, "group", f"G {s.key(village)} {number}")


def _point(s: Speaker) -> Source | None:
    place = s.any(PlaceKind.POI)
    return s.tell(place.name, "point", f"P {place.name}") if s.alone(place) else None


def _said_point(s: Speaker) -> Source | None:
    place = s.any(PlaceKind.POI)
    community = s.truth.places[f"V{place.area_code[:12]}"]
    if not place.local_aliases or not s.alone(community) or not s.alone(place):
        return None
    alias = s.chance.choice(place.local_aliases)
    if sum(alias in other.local_aliases for other in s.by_kind[PlaceKind.POI]) > 1:
        return None
    return s.tell(community.name + alias.name, "local name", f"P {place.name}")


def _step(s: Speaker) -> Source | None:
    place = s.chance.choice([p for p in s.by_kind[PlaceKind.POI] if p.name.endswith("村委会")])
    wind, metres = (
        s.chance.choice(("东", "西", "南", "北", "东北", "西南")),
        s.chance.choice((80, 150, 250)),
    )
    if not s.alone(place):
        return None
    said = s.chance.choice(
        (f"{wind}{metres}米", f"往{wind}{metres}米左右", f"{wind}侧约{metres}米")
    )
    where = s.town(place).name + place.name + said
    return s.tell(where, "offset", f"P {place.name} {wind} {metres}")


def _post(s: Speaker) -> Source:
    post = s.any(PlaceKind.KILOMETRE_POST)
    road = s.truth.places[post.parent_id or ""]
    said = s.chance.choice((f"K{post.name}处", f"{post.name}公里处", f"{post.name}公里碑"))
    return s.tell(f"{road.name}线{said}", "kilometre post", f"K {road.name} {post.name}")


def _lane(s: Speaker) -> Source:
    lane = s.any(PlaceKind.LANE)
    community = s.truth.places[f"V{lane.area_code[:12]}"]
    scope = f"{s.town(lane).name}/{community.name}"
    return s.tell(s.town(lane).name + community.name + lane.name, "alley", f"L {lane.name}@{scope}")


def _street(s: Speaker) -> Source:
    road = s.any(PlaceKind.ROAD)
    return s.tell(road.name + "边上", "street", f"R {road.name}")


def _township(s: Speaker) -> Source:
    town = s.any(PlaceKind.TOWNSHIP)
    return s.tell(f"平川县{town.name}", "township", f"T {town.name}")


def _nothing(s: Speaker) -> Source:
    return s.tell(s.chance.choice(_NOWHERE), "nothing", "N")


def _outside(s: Speaker) -> Source:
    return s.tell(s.chance.choice(_ELSEWHERE), "outside", "OUT")


def _near(s: Speaker) -> Source | None:
    """Say a village that differs from a known one by a direction or size, and is not there."""
    place = s.village()
    if place.name[0] not in "东西南北上下大小前后":
        return None
    said = s.chance.choice("东西南北上下大小前后") + place.name[1:]
    if any(s.truth.named(PlaceKind.COMMUNITY, name) for name in (said, said[1:])):
        return None
    town = s.town(place).name
    return s.tell(town + said, "near unknown", f"N {town}")


def _speaker(s: Speaker) -> Source | None:
    place, home = s.village(), s.village()
    if place is home or not s.alone(place) or not s.alone(home):
        return None
    where = f"我是{home.name}的，今天路过{s.town(place).name}{place.name}看到"
    return s.tell(where, "speaker", f"V {place.name}")


_MAKERS: tuple[tuple[Maker, int], ...] = (
    (_village, 12), (_village_bare, 12), (_namesakes, 10), (_contradicts, 8), (_sound, 14),
    (_hand, 14), (_building, 40), (_compound, 8), (_compounds, 6), (_group, 24), (_point, 14),
    (_said_point, 10), (_step, 14), (_post, 12), (_lane, 10), (_street, 5), (_township, 6),
    (_nothing, 8), (_outside, 6), (_near, 10), (_speaker, 7),
)  # fmt: skip


def other_cases(truth: Truth, seed: int) -> list[Case]:
    """Return 250 labelled texts about a county, the same for the same seed."""
    return [case for maker, count in _MAKERS for case in _some(maker, count, truth, seed)]


def _some(make: Maker, count: int, truth: Truth, seed: int) -> Iterator[Case]:
    speaker = Speaker(truth, random.Random(f"{seed} {make.__name__}"))
    found: dict[str, Case] = {}
    for _ in range(count * 40):
        source = make(speaker)
        try:
            cases = labelled([source], truth) if source else []
        except ValueError:
            continue
        found.update((case.source.text, case) for case in cases)
        if len(found) >= count:
            break
    yield from list(found.values())[:count]
