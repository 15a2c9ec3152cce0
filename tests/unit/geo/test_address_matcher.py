"""Check that a text leads to the place it names, to all its namesakes, or to nobody."""

from __future__ import annotations

import pytest

from geo.address.matcher import Matcher
from geo.address.surroundings import surroundings_of
from geo.address.types import AddressMatch, Link, MatchType, Place, PlaceKind, Relation
from geo.errors import GeoError

_UNITS = """
150221104 萨拉齐镇
150221105 双龙镇
150221106 美岱召镇
150221108 将军尧镇
150221213 海子乡
150221214 明沙淖乡
150221215 苏波盖乡
150221104001 振华社区居委会
150221104002 花苑社区居委会
150221104016 团结社区
150221104203 和平村委会
150221104210 下茅庵村委会
150221104211 上茅庵村委会
150221104217 小厂圐圙村委会
150221105227 太平庄村委会
150221105244 磴口村委会
150221105250 双龙村委会
150221106200 何家圐圙村委会
150221106215 美岱召村委会
150221106217 沙图沟村委会
150221106224 大古营村委会
150221108264 团结村委会
150221213200 海子村委会
150221213211 磴口村委会
150221213215 德胜村委会
150221213237 联合村委会
150221214224 茅庵村委会
150221215201 德胜营村委会
150221215210 新村村委会
150221215220 磴口村委会
"""


def _place(place_id: str, name: str, kind: PlaceKind, area: str, **more: object) -> Place:
    values: dict[str, object] = {
        "id": place_id, "name": name, "kind": kind, "lon": 110.5, "lat": 40.5,
        "radius_m": 0.0, "area_code": area, **more,
    }  # fmt: skip
    return Place(**values)  # type: ignore[arg-type]


def _compound(place_id: str, name: str, area: str, numbers: range, *grids: str) -> list[Place]:
    compound = _place(
        place_id, name, PlaceKind.COMPOUND, area, radius_m=220.0, grids=grids, aliases=()
    )
    buildings = [
        _place(
            f"{place_id}-{n}",
            f"{name}{n}号楼",
            PlaceKind.BUILDING,
            grids[n % len(grids)],
            radius_m=30.0,
            parent_id=place_id,
            grids=(grids[n % len(grids)],),
        )
        for n in numbers
    ]
    return [compound, *buildings]


def _places() -> list[Place]:
    places: list[Place] = []
    for line in _UNITS.split("\n"):
        if line:
            code, name = line.split()
            kind = PlaceKind.TOWNSHIP if len(code) == 9 else PlaceKind.COMMUNITY
            places.append(_place(code, name, kind, code, grids=(code.ljust(12, "0") + "001",)))
    places += _compound(
        "sun", "阳光小区", "150221104001", range(1, 10), "150221104001002", "150221104001003"
    )
    places += _compound("gain", "惠民家园", "150221104002", range(1, 13), "150221104002001")
    places += _compound("twin-a", "金色年华", "150221104001", range(1, 4), "150221104001001")
    places += _compound("twin-b", "金色年华", "150221104016", range(1, 3), "150221104016001")
    places += _compound("view", "丽景苑小区", "150221104002", range(1, 4), "150221104002002")
    places.append(_place("road", "振华大街", PlaceKind.ROAD, "150221104"))
    places.append(
        _place("pump", "磴口扬水站", PlaceKind.POI, "150221213211001", aliases=("扬水站",))
    )
    places.append(_place("street", "农林街", PlaceKind.ROAD, "150221107004"))
    places.append(_place("150221107004", "农林街居委会", PlaceKind.COMMUNITY, "150221107004"))
    places.append(
        _place(
            "24",
            "廿四顷地村",
            PlaceKind.COMMUNITY,
            "150221213224",
            aliases=("24顷地", "二十四顷地"),
        )
    )
    return places


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    names = surroundings_of("150221")
    return Matcher(
        _places(),
        county_code="150221",
        county_names=names.county_names,
        above_names=names.above_names,
        foreign_names=names.foreign_names,
    )


def _codes(match: AddressMatch) -> list[str]:
    return [place.area_code for place in match.places]


def _ids(match: AddressMatch) -> list[str]:
    return [place.id for place in match.places]


@pytest.mark.parametrize(
    "text",
    [
        "阳光小区3号楼", "阳光小区三号楼", "阳光小区3栋", "阳光小区３＃", "阳光小区3幢",
        "阳光小区 3 号楼",
        "阳光小区第三号楼", "阳光小区03号楼", "“阳光小区”3号楼", "阳光小区（3号楼）",
        "阳光小区,3#楼",
        "包头市土右旗萨拉齐镇阳光小区3号楼", "内蒙古包头市土默特右旗振华社区阳光小区3号楼",
        "萨拉齐镇振华大街阳光小区3号楼2单元301", "阳光小区3号楼2-301",
        "振华大街12号阳光小区3栋2单元301室门口",
        "萨拉齐镇振华大街阳光小区3号楼2单元门口路灯坏了",
        "市民来电反映：振华大街阳光小区3号楼2单元，从昨天后晌开始暖气就冰凉，家里有80多岁的老人。",
    ],
)  # fmt: skip
def test_every_usual_spelling_of_a_building_number_leads_to_the_building(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    assert _ids(match) == ["sun-3"]
    assert (match.level, match.name, match.radius_m) == ("building", "阳光小区3号楼", 30.0)
    assert match.match_type is MatchType.EXACT
    assert match.unexplained is None
    assert not match.outside


@pytest.mark.parametrize("text", ["阳光小区", "萨拉齐镇阳光小区整个小区都不热，三天了"])
def test_a_compound_without_a_number_stays_the_whole_compound(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.level, _ids(match), match.radius_m) == ("compound", ["sun"], 220.0)
    assert match.unexplained is None


@pytest.mark.parametrize("text", ["3号楼2单元", "6号楼2单元楼道里一股煤气味，快来人！"])
def test_a_building_number_without_a_compound_names_nothing(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).places == ()


def test_an_unknown_building_number_falls_back_to_the_compound_and_says_so(
    matcher: Matcher,
) -> None:
    match = matcher.match("阳光小区99号楼")
    assert (_ids(match), match.match_type) == (["sun"], MatchType.FALLBACK)
    assert match.unexplained == "99号楼"
    assert "楼号" in match.detail


@pytest.mark.parametrize(
    "text",
    [
        "阳光小区3、5号楼", "阳光小区3 5号楼", "阳光小区三五号楼", "阳光小区①3号楼",
        "阳光小区西区3号楼",
        "阳光小区二期3号楼", "阳光小区3号", "阳光小区3楼", "阳光小区附近",
        "阳光小区3号楼到5号楼", "阳光小区3号楼东侧", "阳光小区3号楼往东200米", "阳光小区3号楼对面",
        "阳光小区，一是3号楼电梯坏了，二是7号楼没水", "阳光小区3-2-301", "东方阳光小区3号楼",
    ],
)  # fmt: skip
def test_what_is_not_understood_around_a_compound_forbids_an_automatic_answer(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    beside = match.relation not in (Relation.AT, Relation.INSIDE)
    assert match.unexplained or beside or match.link is Link.MATTERS
    assert all(place_id.startswith("sun") for place_id in _ids(match))


@pytest.mark.parametrize(
    "text", ["阳光小区3号楼和5号楼停电", "阳光小区3号楼、5号楼", "阳光小区三栋与五栋之间"]
)
def test_all_buildings_of_a_list_are_meant(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert _ids(match) == ["sun-3", "sun-5"]
    assert match.mentions == ("阳光小区3号楼", "阳光小区5号楼")


def test_a_list_with_an_unknown_building_needs_a_person(matcher: Matcher) -> None:
    match = matcher.match("阳光小区3号楼和50号楼停电")
    assert (_ids(match), match.unexplained) == (["sun-3"], "50号楼停电")


def test_a_gate_that_is_not_listed_stays_with_the_whole_compound(matcher: Matcher) -> None:
    match = matcher.match("阳光小区南门")
    assert (_ids(match), match.spot, match.relation) == (["sun"], "南门", Relation.AT)


def test_a_number_is_never_glued_together_across_a_mark(matcher: Matcher) -> None:
    match = matcher.match("惠民家园1、2号楼")
    assert _ids(match) != ["gain-12"]
    assert match.unexplained


@pytest.mark.parametrize(
    "text", ["磴口村", "包头市土右旗磴口村", "磴口", "磴口村委会", "磴口村路口"]
)
def test_a_name_in_three_townships_gives_all_three_and_chooses_none(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    assert _codes(match) == ["150221105244", "150221213211", "150221215220"]
    assert match.level == "community"
    assert "海子乡磴口村" in match.detail


@pytest.mark.parametrize(
    "text",
    [
        "海子乡磴口村", "海子乡的磴口村", "海子乡 磴口村", "土右旗海子乡磴口", "磴口村，海子乡的",
        "海子磴口村", "海子乡，来电人反映磴口村没水", "双龙镇的人，住海子乡磴口村",
    ],
)  # fmt: skip
def test_a_stated_township_decides_between_namesakes(matcher: Matcher, text: str) -> None:
    assert "150221213211" in _codes(matcher.match(text))
    assert not {"150221105244", "150221215220"} & set(_codes(matcher.match(text)))


def test_a_village_with_its_township_is_one_place_with_the_radius_of_a_village(
    matcher: Matcher,
) -> None:
    match = matcher.match("海子乡磴口村村民反映扬水站漏水")
    assert (_codes(match), match.level, match.radius_m) == (["150221213211"], "community", 2000.0)
    assert matcher.place_hint(match.places[0]) == "海子乡磴口村"


@pytest.mark.parametrize(
    "text",
    [
        "海子乡上茅庵村", "将军尧镇磴口村", "双龙镇阳光小区3号楼",
        "明沙淖乡磴口村三社", "明沙淖磴口村三社", "将军尧磴口", "海子上茅庵村",
    ],
)  # fmt: skip
def test_a_township_that_contradicts_the_name_leaves_no_answer(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.level, match.places) == ("county", ())
    assert "对不上" in match.detail


def test_a_township_listed_beside_a_village_elsewhere_is_a_place_of_its_own(
    matcher: Matcher,
) -> None:
    match = matcher.match("明沙淖、上茅庵村都停电")
    assert set(_codes(match)) == {"150221214", "150221104211"}
    assert match.mentions == ("明沙淖乡", "上茅庵村")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("上茅庵村", ["150221104211"]),
        ("下茅庵", ["150221104210"]),
        ("茅庵村", ["150221214224"]),
        ("德胜营", ["150221215201"]),
        ("德胜村", ["150221213215"]),
        ("团结社区", ["150221104016"]),
        ("团结居委会", ["150221104016"]),
        ("团结村", ["150221108264"]),
        ("团结", ["150221104016", "150221108264"]),
        ("新村村", ["150221215210"]),
        ("小厂库伦村", ["150221104217"]),
        ("何家库仑村民委员会", ["150221106200"]),
        ("振华居委会", ["150221104001"]),
        ("沙图沟嘎查", ["150221106217"]),
        ("沙图沟", ["150221106217"]),
        ("24顷地村", ["150221213224"]),
    ],
)
def test_the_longest_name_and_its_suffix_decide(
    matcher: Matcher, text: str, codes: list[str]
) -> None:
    assert _codes(matcher.match(text)) == codes


@pytest.mark.parametrize(
    "text", ["东磴口村", "二茅庵村", "小沙图沟村", "新阳光小区3号楼", "老德胜营", "北惠民家园9号楼"]
)
def test_direction_size_and_number_characters_are_never_dropped(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    assert match.places == ()
    assert text[:2] in match.detail


@pytest.mark.parametrize("text", ["晚上磴口村没电", "以后磴口村停水"])
def test_a_word_that_ends_in_such_a_character_does_not_hide_the_village(
    matcher: Matcher, text: str
) -> None:
    assert len(matcher.match(text).places) == 3


@pytest.mark.parametrize(
    "text",
    [
        "团结一致搞建设",
        "邻里和平相处",
        "联合执法",
        "和平路的路灯",
        "沙图沟湾",
        "德胜花园",
        "新村建设",
    ],
)
def test_an_everyday_word_or_half_of_another_name_is_no_village(
    matcher: Matcher, text: str
) -> None:
    assert matcher.match(text).places == ()


def test_an_everyday_word_behind_its_township_is_the_village(matcher: Matcher) -> None:
    assert _codes(matcher.match("海子乡联合三组")) == ["150221213237"]


@pytest.mark.parametrize(
    "text", ["葛沙图沟村", "美岱召镇葛沙图沟村", "沙图沟村东队", "沙图沟村北梁"]
)
def test_a_village_in_a_longer_unknown_name_needs_a_person(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert _codes(match) == ["150221106217"]
    assert match.unexplained


def test_an_unknown_name_beside_a_known_place_needs_a_person(matcher: Matcher) -> None:
    match = matcher.match("东磴口村的人住阳光小区3号楼")
    assert (_ids(match), match.unexplained) == (["sun-3"], "东磴口村")


def test_two_names_that_share_a_character_are_not_decided_by_order() -> None:
    places = [
        _place("v", "柳树村", PlaceKind.COMMUNITY, "150221104201"),
        _place("c", "村西小区", PlaceKind.COMPOUND, "150221104001"),
    ]
    matcher = Matcher(places, county_code="150221", county_names=(), foreign_names=())
    assert matcher.match("柳树村西小区").unexplained == "柳树村"


def test_a_short_name_in_the_list_does_not_blur_village_and_community() -> None:
    places = [
        _place("s", "团结社区", PlaceKind.COMMUNITY, "150221104016", aliases=("团结",)),
        _place("v", "团结村", PlaceKind.COMMUNITY, "150221108264", aliases=("团结", "团结村委会")),
    ]
    matcher = Matcher(places, county_code="150221", county_names=(), foreign_names=())
    assert _ids(matcher.match("团结村")) == ["v"]
    assert _ids(matcher.match("团结社区居委会")) == ["s"]
    assert _ids(matcher.match("团结")) == ["s", "v"]


def test_a_distance_is_read_with_its_direction_from_the_house_of_the_village(
    matcher: Matcher,
) -> None:
    match = matcher.match("沙图沟村村委会东200米")
    assert (match.name, match.anchor) == ("沙图沟村", "村委会")
    assert (match.offset_m, match.direction, match.unexplained) == (200.0, "东", None)


def test_two_characters_of_a_compound_are_not_its_name() -> None:
    places = [_place("c", "星光小区", PlaceKind.COMPOUND, "150221104001")]
    matcher = Matcher(places, county_code="150221", county_names=(), foreign_names=())
    assert matcher.match("星光灿烂").places == ()


def test_a_villagers_group_is_left_for_a_person(matcher: Matcher) -> None:
    match = matcher.match("下茅庵村二队地里烧秸秆")
    assert _codes(match) == ["150221104210"]
    assert match.unexplained


def test_a_township_that_shares_its_name_with_a_village_in_it_stays_the_township(
    matcher: Matcher,
) -> None:
    match = matcher.match("美岱召")
    assert (match.level, _codes(match)) == ("township", ["150221106"])
    assert matcher.match("美岱召村").level == "community"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("阳光小区3号楼和惠民家园9号楼之间", {"sun-3", "gain-9"}),
        ("从萨拉齐镇往美岱召镇走", {"150221104", "150221106"}),
        ("金色年华2号楼", {"twin-a-2", "twin-b-2"}),
        ("金色年华3号楼", {"twin-a-3", "twin-b"}),
    ],
)
def test_several_places_are_all_named_and_none_is_chosen(
    matcher: Matcher, text: str, ids: set[str]
) -> None:
    match = matcher.match(text)
    assert set(_ids(match)) == ids
    assert "哪一处" in match.detail


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("振华社区和团结社区之间", ("振华社区", "团结社区")),
        ("不是振华社区，是团结社区", ("振华社区", "团结社区")),
        ("惠民家园9号楼旁边，阳光小区3号楼", ("惠民家园9号楼", "阳光小区3号楼")),
        ("磴口村和阳光小区", ("磴口村", "阳光小区")),
        ("磴口村", ()),
        ("团结", ()),
        ("阳光小区3号楼", ()),
    ],
)
def test_different_places_are_listed_as_the_text_orders_them_and_namesakes_are_not(
    matcher: Matcher, text: str, mentions: tuple[str, ...]
) -> None:
    assert matcher.match(text).mentions == mentions


def test_a_name_that_was_understood_is_never_quoted_as_not_understood(
    matcher: Matcher,
) -> None:
    between = matcher.match("振华社区和团结社区之间")
    assert (between.link, between.unexplained) == (Link.BETWEEN, None)
    assert matcher.match("振华社区不是团结社区").unexplained is None


def test_the_community_before_it_decides_between_two_compounds_of_one_name(
    matcher: Matcher,
) -> None:
    assert _ids(matcher.match("团结社区金色年华2号楼")) == ["twin-b-2"]


def test_a_word_for_a_kind_of_place_never_tells_namesakes_apart(matcher: Matcher) -> None:
    match = matcher.match("磴口村扬水站")
    assert len(match.places) == 3
    assert match.unexplained == "扬水站"


def test_a_word_for_a_kind_of_place_counts_inside_the_place_that_is_named(
    matcher: Matcher,
) -> None:
    assert _ids(matcher.match("海子乡磴口村扬水站")) == ["pump"]
    assert _codes(matcher.match("上茅庵村扬水站")) == ["150221104211"]


def test_a_word_for_a_kind_of_place_alone_needs_a_person(matcher: Matcher) -> None:
    match = matcher.match("扬水站坏了")
    assert (_ids(match), match.unexplained) == (["pump"], "扬水站")


def test_a_street_inside_the_community_of_its_name_does_not_hide_it(matcher: Matcher) -> None:
    assert _ids(matcher.match("农林街老粮站后头")) == ["150221107004"]


def test_a_road_named_after_a_community_is_not_the_community() -> None:
    places = [_place("150221104001", "振华社区", PlaceKind.COMMUNITY, "150221104001")]
    matcher = Matcher(places, county_code="150221", county_names=(), foreign_names=())
    assert matcher.match("振华大街12号").places == ()
    assert matcher.match("振华的路灯").places != ()


def test_the_same_place_named_twice_is_one_place(matcher: Matcher) -> None:
    match = matcher.match("惠民家园9号楼，花苑社区惠民家园9号楼没电")
    assert (_ids(match), match.unexplained) == (["gain-9"], None)


@pytest.mark.parametrize(
    "text",
    [
        "昆都仑区友谊大街",
        "土左旗毕克齐镇",
        "包头市东河区",
        "昆都仑区团结社区",
        "东河区阳光小区3号楼",
    ],
)
def test_an_address_in_another_county_is_outside(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert match.outside
    assert match.places == ()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("来电人是美岱召镇大古营村人，现住萨拉齐镇花苑社区惠民家园9号楼顶楼", ["gain-9"]),
        ("户口在东河区，现住萨拉齐镇阳光小区3号楼", ["sun-3"]),
    ],
)
def test_where_a_speaker_is_from_is_only_mentioned(
    matcher: Matcher, text: str, ids: list[str]
) -> None:
    match = matcher.match(text)
    assert (_ids(match), match.unexplained, match.hearsay) == (ids, None, False)


@pytest.mark.parametrize("text", ["房主在昆都仑区，阳光小区3号楼", "阳光小区3号楼，房主在昆都仑区"])
def test_another_county_in_passing_keeps_the_place_but_needs_a_person(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    assert (_ids(match), match.outside) == (["sun-3"], False)
    assert match.unexplained in ("东河区", "昆都仑区")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "，。！",
        "👍🏽👨‍👩‍👧",
        "\x00\x1f\u202e",
        "\ud800",
        "我家楼下",
        "###",
        "1 2 3",
    ],
)
def test_a_text_without_a_place_says_so(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.level, match.places, match.match_type) == ("county", (), None)
    assert match.detail.endswith("。")


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("土默特右旗", MatchType.EXACT),
        ("土右旗", MatchType.ALIAS),
        ("内蒙古包头市土默特右旗", MatchType.EXACT),
    ],
)
def test_the_county_alone_is_named_as_the_county(
    matcher: Matcher, text: str, how: MatchType
) -> None:
    match = matcher.match(text)
    assert (match.level, match.name, match.match_type) == ("county", "土默特右旗", how)
    assert match.places == ()


@pytest.mark.parametrize("text", ["包头市", "内蒙古自治区", "我在包头"])
def test_an_area_above_the_county_is_not_taken_for_the_county(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.level, match.name, match.places) == ("county", None, ())
    assert "哪个旗县区" in match.detail
    assert "只写到旗" not in match.detail


def test_an_invisible_character_inside_a_name_does_not_hide_it_nor_leave_with_it(
    matcher: Matcher,
) -> None:
    match = matcher.match("上茅\u200b庵\u202e村西头\ud800")
    assert _codes(match) == ["150221104211"]
    assert match.anchor == "上茅庵村"
    assert (match.unexplained or "").isprintable()


def test_a_text_of_more_than_twenty_thousand_characters_is_refused(matcher: Matcher) -> None:
    assert matcher.match("磴" * 20_000).places == ()
    with pytest.raises(GeoError) as refusal:
        matcher.match("磴" * 20_001)
    assert refusal.value.reason == "text_too_long"


def test_a_text_that_lists_every_village_is_left_to_a_person(matcher: Matcher) -> None:
    places = [
        _place(f"v{n}", f"甲{chr(0x5000 + n)}村", PlaceKind.COMMUNITY, f"150221104{n:03d}")
        for n in range(60)
    ]
    crowded = Matcher(places, county_code="150221", county_names=(), foreign_names=())
    match = crowded.match("、".join(place.name for place in places))
    assert match.places == ()
    assert "太多" in match.detail


def test_a_gazetteer_with_a_place_of_another_county_is_refused() -> None:
    with pytest.raises(GeoError):
        Matcher(
            [_place("x", "某村", PlaceKind.COMMUNITY, "150202003001")],
            county_code="150221", county_names=(), foreign_names=(),
        )  # fmt: skip


def test_an_empty_gazetteer_answers_nothing() -> None:
    empty = Matcher([], county_code="150221", county_names=(), foreign_names=())
    assert empty.match("阳光小区3号楼").places == ()
