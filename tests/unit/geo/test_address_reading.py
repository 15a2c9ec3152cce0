"""Check what a text makes of its places: asides, joined places, local names, posts, callers."""

from __future__ import annotations

import pytest

from geo.address.matcher import Matcher
from geo.address.types import AddressMatch, Lack, Link, MatchType, Place, PlaceKind, Relation
from tests.unit.geo.county_of_names import local, matcher_of, place, units

_TABLE = """
150221104 萨拉齐镇
150221105 双龙镇
150221106 美岱召镇
150221108 将军尧镇
150221214 明沙淖乡
150221107 沟门镇
150221104001 振华社区
150221104005 柴火市社区
150221104202 太平村
150221104212 王光亮村
150221104210 下茅庵村
150221105227 太平庄村
150221105250 双龙村
150221106217 沙图沟村
150221106224 大古营村
150221106230 八犋牛村
150221108205 东哈家素村
150221108212 西哈家素村
150221108259 田家圪旦村
150221214226 田家圪旦村
150221107004 农林街居委会
"""


def _poi(code: str, name: str, *names: str, scope: str = "", **more: object) -> Place:
    aliases = tuple(local(each, scope) for each in names)
    return place(code, name, PlaceKind.POI, grids=(code,), local_aliases=aliases, **more)


def _places() -> list[Place]:
    villages = units(_TABLE)
    return [
        *villages,
        place("150221", "国道110", PlaceKind.ROAD, id="road", aliases=("110国道",)),
        place("150221104001001", "652", PlaceKind.KILOMETRE_POST, parent_id="road"),
        place("150221104001002", "653", PlaceKind.KILOMETRE_POST, parent_id="road", lon=110.51),
        place("150221104", "站前街", PlaceKind.ROAD, grids=("150221104005001", "150221104001001")),
        place("150221104", "振华大街", PlaceKind.ROAD, grids=("150221104001001",)),
        place("150221104001", "惠民家园", PlaceKind.COMPOUND, id="c", grids=("150221104001003",)),
        place("150221104001003", "5号楼", PlaceKind.BUILDING, id="c-5", parent_id="c"),
        _poi("150221104001001", "建设银行振华支行", aliases=("建设银行",)),
        _poi("150221104001001", "萨拉齐镇政府", "镇政府", scope="150221104"),
        _poi("150221106217003", "沙图沟村村委会", "村委会", scope="150221106217"),
        _poi("150221107004001", "沟门粮库", "老粮站", scope="150221107004"),
        _poi("150221105250001", "双龙粮库", "老粮站", scope="150221105250"),
        _poi("150221108259001", "田家圪旦村井房", "井房", scope="150221108259"),
        _poi("150221214226001", "田家圪旦村东井房", "东井房", "井房", scope="150221214226"),
        place(
            "150221104210002", "下茅庵村二组", PlaceKind.HAMLET, parent_id="150221104210-下茅庵村",
            grids=("150221104210002",), local_aliases=(local("南营子", "150221104210"),),
        ),
        place("150221104210002", "下茅庵村第二网格", PlaceKind.GRID, grids=("150221104210002",)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return matcher_of(_places())


def _names(match: AddressMatch) -> list[str]:
    return sorted(found.name for found in match.places)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我是大古营村的，今天路过沙图沟村，看见树倒了", "沙图沟村"),
        ("我是大古营村的，今天路过沙图沟村看到树倒了", "沙图沟村"),
        ("来电人是大古营村人，现住惠民家园5号楼，漏水", "5号楼"),
        ("户口在大古营村，惠民家园5号楼没暖气", "5号楼"),
        ("原来住大古营村，现在惠民家园5号楼没暖气", "5号楼"),
        ("惠民家园5号楼没暖气，孩子在大古营村上学", "5号楼"),
        ("惠民家园5号楼没暖气，路上要经过建设银行", "5号楼"),
        ("惠民家园5号楼没暖气，请萨拉齐镇政府尽快处理", "5号楼"),
    ],
)
def test_a_place_in_passing_is_left_beside(matcher: Matcher, text: str, name: str) -> None:
    match = matcher.match(text)
    assert (_names(match), match.unexplained, match.hearsay) == ([name], None, False)
    assert (match.margin or 0) < 1


def test_the_speaker_s_own_place_is_taken_with_reserve(matcher: Matcher) -> None:
    match = matcher.match("我是沙图沟村的，家里停电了")
    assert (_names(match), match.hearsay) == (["沙图沟村"], True)


@pytest.mark.parametrize("text", ["萨拉齐镇政府不管", "请镇政府尽快修路", "来电人王光亮反映没电"])
def test_who_is_asked_and_who_calls_is_no_place(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).places == ()


@pytest.mark.parametrize("text", ["萨拉齐镇政府门口有人摆摊", "王光亮村没电", "王光亮没电"])
def test_the_office_itself_and_the_village_of_that_name_are_places(
    matcher: Matcher, text: str
) -> None:
    assert len(matcher.match(text).places) == 1


def test_a_name_that_is_not_listed_keeps_the_one_beside_it_from_being_sure(
    matcher: Matcher,
) -> None:
    assert matcher.match("惠民家园的业主反映，丽水湾小区3号楼施工吵人").unexplained
    assert matcher.match("惠民家园5号楼业主反映，公园路灯不亮").unexplained == "公园"
    assert matcher.match("惠民家园5号楼业主反映，整个小区没水").unexplained is None


@pytest.mark.parametrize(
    ("text", "link", "names"),
    [
        ("从大古营村到沙图沟村的路上有坑", Link.BETWEEN, ["大古营村", "沙图沟村"]),
        ("大古营村和沙图沟村搭界的土路", Link.BETWEEN, ["大古营村", "沙图沟村"]),
        ("从美岱召往沙图沟走，路边没护栏", Link.BETWEEN, ["沙图沟村", "美岱召镇"]),
        ("东哈家素和西哈家素合用一眼机井", Link.BOTH, ["东哈家素村", "西哈家素村"]),
        ("振华大街与站前街交叉口", Link.CROSSING, ["振华大街", "站前街"]),
        ("东哈家素，西哈家素，都没电", Link.ONE_OF, ["东哈家素村", "西哈家素村"]),
        ("田家圪旦村没水", Link.NAMESAKES, ["田家圪旦村", "田家圪旦村"]),
    ],
)
def test_what_several_places_have_to_do_with_each_other(
    matcher: Matcher, text: str, link: Link, names: list[str]
) -> None:
    match = matcher.match(text)
    assert (match.link, _names(match)) == (link, names)


def test_a_street_is_answered_within_the_community_before_it(matcher: Matcher) -> None:
    match = matcher.match("萨拉齐镇柴火市社区站前街路口的下水井")
    assert (_names(match), match.within) == (["站前街"], "150221104005")


def test_of_two_alternatives_the_stated_township_keeps_one(matcher: Matcher) -> None:
    match = matcher.match("说不清是太平村还是太平庄，就是双龙那个")
    assert _names(match) == ["太平庄村"]


def test_a_local_name_means_its_place_where_its_area_is_named(matcher: Matcher) -> None:
    assert _names(matcher.match("沟门镇农林街老粮站后头")) == ["沟门粮库"]
    assert _names(matcher.match("双龙村老粮站")) == ["双龙粮库"]
    alone = matcher.match("老粮站后头")
    assert _names(alone) == ["双龙粮库", "沟门粮库"]
    assert alone.unexplained


def test_a_well_house_is_the_one_of_the_stated_village(matcher: Matcher) -> None:
    assert _names(matcher.match("明沙淖乡田家圪旦村井房后头")) == ["田家圪旦村东井房"]
    assert _names(matcher.match("将军尧镇田家圪旦村井房")) == ["田家圪旦村井房"]
    assert len(matcher.match("田家圪旦村井房").places) == 2


@pytest.mark.parametrize(
    "text", ["下茅庵村二队", "下茅庵2组", "下茅庵村第二村民小组", "下茅庵南营子"]
)
def test_a_group_is_found_by_its_number_and_its_nickname(matcher: Matcher, text: str) -> None:
    match = matcher.match(f"{text}地里烧秸秆")
    assert (_names(match), match.level) == (["下茅庵村二组"], "hamlet")


def test_an_unknown_group_falls_back_to_its_village(matcher: Matcher) -> None:
    match = matcher.match("下茅庵村八组没水")
    assert (_names(match), match.lack) == (["下茅庵村"], Lack.GROUP)
    assert match.match_type is MatchType.FALLBACK


def test_a_kilometre_post_is_a_place_and_an_unknown_one_leaves_the_road(matcher: Matcher) -> None:
    post = matcher.match("110国道652公里牌往西200米")
    assert (post.name, post.offset_m, post.direction) == ("国道110652公里", 200.0, "西")
    between = matcher.match("国道110线652公里500米处")
    assert between.places[0].lon == pytest.approx(110.505)
    unknown = matcher.match("110国道700公里处")
    assert (_names(unknown), unknown.lack) == (["国道110"], Lack.KILOMETRE_POST)


@pytest.mark.parametrize(
    ("text", "relation", "metres", "direction"),
    [
        ("沙图沟村村委会东200米", Relation.STEP, 200.0, "东"),
        ("沙图沟村，村委会往北二里地", Relation.STEP, 1_000.0, "北"),
        ("沙图沟村村西头", Relation.INSIDE, None, "西"),
        ("沙图沟村村委会隔壁院", Relation.BESIDE, None, None),
        ("沙图沟村娃娃上学要走五里地", Relation.AT, None, None),
    ],
)
def test_the_way_to_the_spot_is_read_behind_the_place(
    matcher: Matcher, text: str, relation: Relation, metres: float | None, direction: str | None
) -> None:
    match = matcher.match(text)
    assert (match.relation, match.offset_m, match.direction) == (relation, metres, direction)


def test_the_house_of_a_village_answers_for_a_step_from_it(matcher: Matcher) -> None:
    match = matcher.match("美岱召镇沙图沟村村委会东200米")
    assert _names(match) == ["沙图沟村村委会"]
    assert (match.name, match.anchor) == ("沙图沟村", "村委会")
    without = matcher.match("大古营村村委会东200米")
    assert (_names(without), without.office) == (["大古营村"], True)


def test_a_column_stands_before_the_text(matcher: Matcher) -> None:
    match = matcher.match("居民反映5号楼没暖气", "萨拉齐镇惠民家园")
    assert [found.id for found in match.places] == ["c-5"]
    coarse = matcher.match("来电反映：振华大街惠民家园5号楼2单元没暖气", "包头市土右旗萨拉齐镇")
    assert ([found.id for found in coarse.places], coarse.unexplained) == (["c-5"], None)


def test_several_matters_keep_their_places(matcher: Matcher) -> None:
    match = matcher.match("惠民家园问题：一是5号楼电梯坏；二是车库结冰；三是物业费涨")
    assert len(match.matters) == 3
    assert match.link is Link.MATTERS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我住在惠民家园5号楼，今天上班路上看见井盖没了", "上班路上看见"),
        ("我家住萨拉齐镇惠民家园5号楼，开车时发现路灯坏了", "开车时发现"),
        ("坐车从建设银行振华支行到包头，车上没暖气", "到包头"),
        ("惠民家园5号楼对面的村子烧秸秆", "的村子"),
        ("昨天说的是惠民家园5号楼，今天是另外一个小区的", "另外一个小区"),
        ("惠民家园5号楼的，工头在包头欠我工资", "包头"),
        ("从建设银行振华支行门口坐班车，司机骂人", "坐班车"),
        ("不在惠民家园5号楼", "不在"),
        ("惠民家园5号楼，写错了", "写错"),
        ("惠民家园5号楼没事，旁边村着火了", "旁边村"),
        ("110国道652公里附近的村子没电", "的村子"),
        ("110国道652公里南边的村里停电", "的村"),
        ("我爸妈住惠民家园5号楼，他们村里的老房子漏水", "村里"),
        ("惠民家园5号楼没水，站前街的树也倒了", "站前街"),
        ("下茅庵村二组，振华大街路灯不亮", "振华大街"),
        ("惠民家园5号楼的业主说站前街的树倒了", "站前街"),
    ],
)
def test_what_leads_elsewhere_keeps_a_place_from_being_sure(
    matcher: Matcher, text: str, words: str
) -> None:
    match = matcher.match(text)
    assert match.unexplained == words
    # A position decides alone then; only of a second street it is not known which is meant.
    assert match.hearsay == (words not in ("站前街", "振华大街"))


@pytest.mark.parametrize(
    "text",
    [
        "我住在惠民家园5号楼，楼道灯坏了",
        "从惠民家园5号楼到处都是积水",
        "是不是惠民家园5号楼也要停水",
        "惠民家园5号楼，给包头市长热线打过电话",
        "包头市土右旗惠民家园5号楼没暖气",
        "萨拉齐镇站前街惠民家园5号楼没暖气",
        "惠民家园5号楼，站前街惠民家园5号楼没暖气",
    ],
)
def test_what_stays_at_the_place_leaves_it_sure(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (_names(match), match.unexplained, match.hearsay) == (["5号楼"], None, False)


@pytest.mark.parametrize("text", ["和惠民家园5号楼一样，我们也没水", "去惠民家园的路上有坑"])
def test_what_is_only_compared_or_gone_to_is_hearsay(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).hearsay


def test_a_crossing_before_a_house_is_near_it_and_its_door_is_at_it(matcher: Matcher) -> None:
    assert matcher.match("惠民家园路口红绿灯坏了").relation is Relation.NEAR
    assert matcher.match("惠民家园门口积水").relation is Relation.AT
    assert matcher.match("110国道652公里附近").relation is Relation.NEAR


def test_an_office_that_refuses_something_is_no_place(matcher: Matcher) -> None:
    assert matcher.match("萨拉齐镇政府不给批宅基地").places == ()
