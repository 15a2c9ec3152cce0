"""Speak of places as callers do: openings, matters, stories, and mistakes of ear and hand."""

from __future__ import annotations

import random
from collections import defaultdict

from pypinyin import lazy_pinyin

from bench.addresses.cases import Source
from bench.addresses.other_county import SURNAMES
from bench.addresses.truth import Truth
from geo.address.types import Place, PlaceKind

_WHAT = (
    "消防栓被车撞断一直喷水", "有人占道摆摊", "广告牌快掉下来了", "三更半夜装修", "河里飘着死鱼",
    "窨井盖不见了", "高压线离屋顶太近", "有人焚烧秸秆", "路面结冰摔伤老人", "化粪池外溢",
    "电梯困人", "天然气味道很重", "树倒下来压住了车", "有人散发传销资料", "桥栏杆断了一截",
    "井水变黄不能喝",
)  # fmt: skip
_BEFORE = (
    "", "", "喂，", "我要投诉，", "热线吗？", "反映一个情况：", "求助！", "麻烦登记一下，",
    "工单内容：", "本人实名举报，", "你们管不管，",
)  # fmt: skip
_AFTER = (
    "", "", "，请尽快处理", "，已经一个星期了", "，打了好几次电话都没人理", "，希望回复", "。谢谢",
)  # fmt: skip
_RAIN = (
    "，前两天下雨之后情况更加严重，附近的老人孩子都不敢出门，之前也跟物业和村干部说过，"
    "一直互相推诿没有下文，希望上级部门能够重视起来给老百姓一个满意的答复。"
)
_AWAY = (
    "。这个问题已经持续了大半年，我本人在外地务工，是听家里父母讲的，他们年纪大了不会打电话，"
    "邻居也都敢怒不敢言，请你们派人到现场核实情况，并将处理结果短信告知，不胜感激。"
)
_STORIES = (_RAIN, _AWAY)
# Characters that tell one place from another are never mistaken here: another place would be said.
_KEPT = frozenset("东西南北上下大小前后老新中一二三四五六七八九十〇零百千万").union(SURNAMES)
_POOL = (
    "的是在有人我他这中大为上个国和地到说们你来时要就出会可也对生能而子那得于着下自之年过后作"
    "里唐堂糖棠破婆陵领龄债宅斋报宝保普浦圃极级及典电殿敦蹲蹬乔侨坪平瓶屏哑鸭芽罢爸霸吁徐虚度"
    "渡镀沃握卧喔坑吭玉育域欲喵苗妙漏娄搂晨沉尘照召兆逊寻循洲舟粥悟武务争征正凤奉逢江将讲审婶"
    "伸含寒汗羊阳样珠竹诸琴勤芹序续吓贺荷旅铝诗失师草槽操言沿研位卫未桃逃淘僵浆疆写泻邹走周寓"
    "水睡税荣容融绘惠包厚侯候鹤语雨精经晶风枫丰叶页业世士市记计技石十代带待莱"
)


class Speaker:
    """Hold the county, chance, and the places by kind."""

    def __init__(self, truth: Truth, chance: random.Random) -> None:
        """Sort the places and the characters by sound."""
        self.truth, self.chance = truth, chance
        self.by_kind: dict[PlaceKind, list[Place]] = defaultdict(list)
        for place in truth.places.values():
            self.by_kind[place.kind].append(place)
        self._alike: dict[str, list[str]] = defaultdict(list)
        self._pool = [char for char in dict.fromkeys(_POOL) if char not in _KEPT]
        for char in self._pool:
            self._alike[lazy_pinyin(char)[0]].append(char)

    def any(self, kind: PlaceKind) -> Place:
        """Return a place of a kind by chance."""
        return self.chance.choice(self.by_kind[kind])

    def village(self) -> Place:
        """Return a village by chance."""
        return self.chance.choice([p for p in self.by_kind[PlaceKind.COMMUNITY] if self.rural(p)])

    @staticmethod
    def rural(place: Place) -> bool:
        """Say whether a community is a village."""
        return place.area_code[9] == "2"

    def town(self, place: Place) -> Place:
        """Return the township of a place."""
        return self.truth.places[f"T{place.area_code[:9]}"]

    def alone(self, place: Place) -> bool:
        """Say whether no other place of the kind has the name."""
        return len(self.truth.named(place.kind, place.name)) == 1

    def key(self, place: Place) -> str:
        """Return the name as a target writes it."""
        return place.name if self.alone(place) else f"{place.name}@{self.town(place).name}"

    def by_sound(self, name: str) -> str | None:
        """Return the name with one character of the same sound, None when there is none."""
        spots = list(range(len(name) - 1))
        self.chance.shuffle(spots)
        for at in spots:
            same = [c for c in self._alike[lazy_pinyin(name[at])[0]] if c != name[at]]
            if name[at] not in _KEPT and same:
                return name[:at] + self.chance.choice(same) + name[at + 1 :]
        return None

    def by_hand(self, name: str) -> str | None:
        """Return the name with one character mistaken, dropped or doubled behind the first."""
        if len(name) < 4:
            return None
        at = self.chance.randrange(1, len(name) - 1)
        if name[at] in _KEPT:
            return None
        how = self.chance.choice("mmd")
        middle = name[at] * 2 if how == "d" else self.chance.choice(self._pool)
        return name[:at] + middle + name[at + 1 :]

    def tell(self, where: str, trap: str, target: str) -> Source:
        """Put a place into a sentence, half of them into a story."""
        chance = self.chance
        text = (
            chance.choice(_BEFORE)
            + where
            + chance.choice(("", "，", "这里", "有"))
            + chance.choice(_WHAT)
        )
        text += chance.choice(_STORIES) if chance.random() < 0.5 else chance.choice(_AFTER)
        return Source("", text, trap, target)
