"""Make the texts that the matcher is tuned on: ``python -m bench.addresses.tuning_texts``.

A plain generator: one place, one way to say it, one matter. The texts that the matcher is judged
by are written by hand or made by another generator, with other words and other mistakes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from bench.addresses.cases import DATA, Source, labelled, write_sources
from bench.addresses.truth import Truth, demo_truth
from geo.address.types import Place, PlaceKind

SEED = 20_261
_MATTERS = (
    "路灯不亮", "下水道堵了", "垃圾没人清", "井盖丢了", "半夜有人放炮", "自来水停了两天",
    "有人乱倒垃圾", "墙皮掉了砸着车", "电线耷拉下来了", "路面塌了个坑", "水管冻裂了", "邻居占地",
    "狗没人管", "没人扫雪", "变压器嗡嗡响",
)  # fmt: skip
_OPENINGS = ("", "来电反映", "市民反映：", "您好，", "村民来电，", "请派人看看，", "投诉：")
_SOUNDS = (
    ("营", "迎"), ("沟", "钩"), ("村", "邨"), ("尧", "窑"), ("淖", "闹"), ("旦", "蛋"),
    ("召", "照"), ("社", "设"), ("圪", "疙"), ("湾", "弯"), ("园", "圆"), ("苑", "院"),
    ("岱", "代"), ("格", "各"),
)  # fmt: skip
_NOWHERE = (
    "我家楼下", "门口", "这条街上", "我们村里", "小区里头", "我们这儿", "楼道里", "单位门前",
)  # fmt: skip
_ELSEWHERE = (
    "昆都仑区友谊大街", "土左旗察素齐镇", "东河区西脑包", "托克托县双河镇", "达拉特旗树林召镇",
    "九原区沙河街", "青山区幸福路", "固阳县金山镇",
)  # fmt: skip
_FIGURES = "零一二三四五六七八九十"


def sources(truth: Truth) -> Iterator[Source]:
    """Return the rows in a fixed order."""
    chance = random.Random(SEED)
    makers: tuple[tuple[Callable[[random.Random, Truth], Source | None], int], ...] = (
        (_village, 60), (_bare_village, 25), (_namesakes, 20), (_wrong_township, 15),
        (_sound, 25), (_typo, 25), (_building, 70), (_no_building, 20), (_group, 40),
        (_point, 40), (_local_point, 25), (_step, 30), (_post, 25), (_lane, 20), (_street, 15),
        (_township, 12), (_nothing, 20), (_outside, 12), (_long, 25), (_near_unknown, 15),
        (_speaker, 15),
    )  # fmt: skip
    for make, count in makers:
        made: dict[str, Source] = {}
        for _ in range(count * 20):
            source = make(chance, truth)
            if source is not None and _has_label(source, truth):
                made.setdefault(source.text, source)
            if len(made) == count:
                break
        yield from made.values()


def _has_label(source: Source, truth: Truth) -> bool:
    try:
        labelled([source], truth)
    except ValueError:
        return False
    return True


def _of(truth: Truth, kind: PlaceKind) -> list[Place]:
    return [place for place in truth.places.values() if place.kind is kind]


def _villages(truth: Truth, *, rural: bool = True) -> list[Place]:
    found = _of(truth, PlaceKind.COMMUNITY)
    return [p for p in found if (p.area_code[9] == "2") == rural]


def _town(truth: Truth, place: Place) -> str:
    return truth.places[f"T{place.area_code[:9]}"].name


def _key(truth: Truth, place: Place) -> str:
    """Return how a target names a village, with its township where the name repeats."""
    if len(truth.named(PlaceKind.COMMUNITY, place.name)) == 1:
        return place.name
    return f"{place.name}@{_town(truth, place)}"


def _alone(truth: Truth, place: Place) -> bool:
    return len(truth.named(place.kind, place.name)) == 1


def _tell(chance: random.Random, where: str) -> str:
    opening, matter = chance.choice(_OPENINGS), chance.choice(_MATTERS)
    return opening + where + chance.choice(("", "，", "的")) + matter


def _village(chance: random.Random, truth: Truth) -> Source:
    place = chance.choice(_villages(truth))
    head = chance.choice(("", "土右旗", "包头市土默特右旗"))
    return Source("", _tell(chance, head + _town(truth, place) + place.name), "village",
                  f"V {_key(truth, place)}")  # fmt: skip


def _bare_village(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice(_villages(truth))
    if not _alone(truth, place) or len(place.name) < 4:
        return None
    return Source("", _tell(chance, place.name), "village bare", f"V {place.name}")


def _namesakes(chance: random.Random, truth: Truth) -> Source | None:
    names = [p.name for p in _villages(truth) if not _alone(truth, p)]
    name = chance.choice(sorted(set(names)))
    return Source("", _tell(chance, name), "namesakes", f"A V {name}")


def _wrong_township(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice(_villages(truth))
    other = chance.choice(_of(truth, PlaceKind.TOWNSHIP))
    same = truth.named(PlaceKind.COMMUNITY, place.name)
    if any(p.area_code.startswith(other.area_code) for p in same):
        return None
    return Source("", _tell(chance, other.name + place.name), "township contradicts", "N")


def _sound(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice(_villages(truth))
    right, wrong = chance.choice(_SOUNDS)
    if right not in place.name[1:-1] or not _alone(truth, place):
        return None
    said = place.name[0] + place.name[1:].replace(right, wrong, 1)
    return Source("", _tell(chance, _town(truth, place) + said), "homophone", f"V {place.name}")


def _typo(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice(_villages(truth))
    if not _alone(truth, place) or len(place.name) < 4:
        return None
    at = chance.randrange(1, len(place.name) - 1)
    if place.name[at] in "东西南北上下大小前后一二三四五六七八九十":
        return None
    said = place.name[:at] + chance.choice("甲乙宁丰昌") + place.name[at + 1 :]
    return Source("", _tell(chance, _town(truth, place) + said), "typo", f"V {place.name}")


def _building(chance: random.Random, truth: Truth) -> Source | None:
    building = chance.choice(_of(truth, PlaceKind.BUILDING))
    compound = truth.places[building.parent_id or ""]
    if not _alone(truth, compound):
        return None
    number = int(building.name.removesuffix("号楼"))
    figure = chance.choice((str(number), _FIGURES[number] if number <= 10 else str(number)))
    word = chance.choice(("号楼", "栋", "#楼", "幢", "号楼2单元", "栋一单元"))
    head = chance.choice(("", _town(truth, compound)))
    return Source("", _tell(chance, f"{head}{compound.name}{figure}{word}"), "building",
                  f"B {compound.name} {number}")  # fmt: skip


def _no_building(chance: random.Random, truth: Truth) -> Source | None:
    compound = chance.choice(_of(truth, PlaceKind.COMPOUND))
    if not _alone(truth, compound):
        return None
    return Source("", _tell(chance, compound.name), "compound", f"C {compound.name}")


def _group(chance: random.Random, truth: Truth) -> Source | None:
    group = chance.choice(_of(truth, PlaceKind.HAMLET))
    village = truth.places[group.parent_id or ""]
    number = int(group.area_code[12:])
    if number > 10:
        return None
    figure = chance.choice((str(number), _FIGURES[number]))
    where = f"{_town(truth, village)}{village.name}{figure}{chance.choice('组队社')}"
    return Source("", _tell(chance, where), "group", f"G {_key(truth, village)} {number}")


def _point(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice([p for p in _of(truth, PlaceKind.POI) if "（" not in p.name])
    if not _alone(truth, place):
        return None
    where = place.name + chance.choice(("", "门口", "里"))
    return Source("", _tell(chance, where), "point", f"P {place.name}")


def _local_point(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice([p for p in _of(truth, PlaceKind.POI) if p.local_aliases])
    alias = chance.choice(place.local_aliases)
    above = truth.places.get(f"V{alias.scope}")
    said = [p for p in _of(truth, PlaceKind.POI) if alias in p.local_aliases]
    if above is None or len(said) > 1 or not _alone(truth, place) or not _alone(truth, above):
        return None
    return Source("", _tell(chance, above.name + alias.name), "local name", f"P {place.name}")


def _step(chance: random.Random, truth: Truth) -> Source | None:
    place = chance.choice([p for p in _of(truth, PlaceKind.POI) if p.name.endswith("村委会")])
    if not _alone(truth, place):
        return None
    wind, metres = chance.choice("东西南北"), chance.choice((50, 100, 200, 300, 500))
    said = chance.choice((f"{wind}{metres}米", f"往{wind}{metres}米", f"{wind}边{metres}米处"))
    if metres == 500:
        said = chance.choice((said, f"往{wind}一里地"))
    where = _town(truth, place) + place.name + said
    return Source("", _tell(chance, where), "offset", f"P {place.name} {wind} {metres}")


def _post(chance: random.Random, truth: Truth) -> Source:
    post = chance.choice(_of(truth, PlaceKind.KILOMETRE_POST))
    road = truth.places[post.parent_id or ""]
    said = chance.choice((f"{post.name}公里处", f"K{post.name}", f"{post.name}公里牌"))
    name = chance.choice(("110国道", "国道110线")) if road.name == "国道110" else road.name
    return Source("", _tell(chance, name + said), "kilometre post", f"K {road.name} {post.name}")


def _lane(chance: random.Random, truth: Truth) -> Source:
    lane = chance.choice(_of(truth, PlaceKind.LANE))
    community = truth.places[f"V{lane.area_code[:12]}"]
    return Source("", _tell(chance, community.name + lane.name), "alley",
                  f"L {lane.name}@{community.name}")  # fmt: skip


def _street(chance: random.Random, truth: Truth) -> Source:
    road = chance.choice(_of(truth, PlaceKind.ROAD))
    return Source("", _tell(chance, road.name + chance.choice(("上", "", "路边"))), "street",
                  f"R {road.name}")  # fmt: skip


def _township(chance: random.Random, truth: Truth) -> Source:
    town = chance.choice(_of(truth, PlaceKind.TOWNSHIP))
    return Source("", _tell(chance, chance.choice(("", "土右旗")) + town.name), "township",
                  f"T {town.name}")  # fmt: skip


def _nothing(chance: random.Random, _truth: Truth) -> Source:
    return Source("", _tell(chance, chance.choice(_NOWHERE)), "nothing", "N")


def _outside(chance: random.Random, _truth: Truth) -> Source:
    return Source("", _tell(chance, chance.choice(_ELSEWHERE)), "outside", "OUT")


def _long(chance: random.Random, truth: Truth) -> Source | None:
    source = _building(chance, truth)
    if source is None:
        return None
    story = (
        "。来电人称此前已多次打电话反映，一直没有人来处理，家里有八十多岁的老人和上小学的孩子，"
        "出入很不方便，希望有关部门尽快安排人员到现场查看，并把处理结果告诉来电人。"
        "另外在建设银行门口问过保安，保安也说不归他们管，请给个答复。"
    )
    return Source("", source.text + story, "long", source.target)


def _near_unknown(chance: random.Random, truth: Truth) -> Source | None:
    """Change a direction or size so that the village does not exist."""
    place = chance.choice([p for p in _villages(truth) if p.name[0] in "东西上下大小二三五六"])
    first = chance.choice("东西南北上下大小中二三四五六七")
    said = first + place.name[1:]
    if truth.named(PlaceKind.COMMUNITY, said) or truth.named(PlaceKind.COMMUNITY, place.name[1:]):
        return None
    return Source("", _tell(chance, _town(truth, place) + said), "near unknown",
                  f"N {_town(truth, place)}")  # fmt: skip


def _speaker(chance: random.Random, truth: Truth) -> Source | None:
    place, other = chance.choice(_villages(truth)), chance.choice(_villages(truth))
    if place is other or not _alone(truth, place) or not _alone(truth, other):
        return None
    where = _town(truth, place) + place.name
    text = f"我是{other.name}的，今天路过{where}，看见{chance.choice(_MATTERS)}"
    return Source("", text, "speaker", f"V {place.name}")


def main() -> None:
    """Write the file."""
    write_sources(DATA / "tuning.csv", sources(demo_truth()))


if __name__ == "__main__":
    main()
