"""The words behind an anchor lead to the spot: metres and winds, sides, neighbours, ordinals."""

from __future__ import annotations

import pytest

from geo.address.amounts import amount_at
from geo.address.normalise import normalise
from geo.address.spots import Spot, read_spot, village_side
from geo.address.types import Relation


def spot(words: str, *, wide: bool = False) -> Spot | None:
    return read_spot(normalise(words).text, 0, wide=wide)


@pytest.mark.parametrize(
    ("words", "metres"),
    [
        ("200米", 200),
        ("２００ｍ", 200),
        ("二百米", 200),
        ("二百五十米", 250),
        ("一千二米", 1200),
        ("两公里", 2000),
        ("1.5公里", 1500),
        ("3km", 3000),
        ("三四百米", 350),
        ("十几米", 15),
        ("半公里", 500),
        ("一里地", 500),
        ("二里地", 1000),
        ("两里半", 1250),
        ("半里路", 250),
        ("三华里", 1500),
    ],
)
def test_a_distance_is_read_in_either_script_and_a_li_is_five_hundred_metres(
    words: str, metres: float
) -> None:
    amount = amount_at(normalise(words).text, 0)
    assert amount is not None
    assert amount.metres == metres


@pytest.mark.parametrize(
    "words", ["里面", "里头", "三个", "米", "零米", "九十公里", "200", "一二三四米"]
)
def test_what_is_no_distance_or_a_journey_is_not_read_as_one(words: str) -> None:
    assert amount_at(normalise(words).text, 0) is None


def test_what_a_speaker_rounds_is_known_less_well() -> None:
    spreads = [amount_at(words, 0) for words in ("200米", "二百来米", "几百米")]
    values = [amount.spread_m for amount in spreads if amount]
    assert len(values) == 3
    assert values == sorted(values)
    assert values[0] < values[1] < values[2]


@pytest.mark.parametrize(
    ("words", "direction", "metres"),
    [
        ("东200米", "东", 200),
        ("往北二里地那条排水沟", "北", 1000),
        ("向东南走三百米", "东南", 300),
        ("以西约500米处", "西", 500),
        ("北边五十米", "北", 50),
        ("东北方向走一公里", "东北", 1000),
        ("往西二百来米，拉煤车", "西", 200),
        ("正南方向300米", "南", 300),
        ("东偏北二百米", "东北", 200),
        ("200米以东", "东", 200),
        ("一公里处往南", "南", 1000),
        ("前面100米", None, 100),
        ("300米处", None, 300),
        ("门口50米", None, 50),
    ],
)
def test_a_step_has_a_direction_and_metres(
    words: str, direction: str | None, metres: float
) -> None:
    found = spot(words, wide=True)
    assert found is not None
    assert (found.relation, found.direction, found.offset_m) == (Relation.STEP, direction, metres)
    assert found.spread_m > 0


@pytest.mark.parametrize(
    "words",
    [
        "娃娃上学要走五里地",
        "上学要走五里地",
        "，上学要走五里地",
        "200米水管冻裂",
        "有五六条大狗",
        "东队",
        "北梁",
        "西街",
        "东路",
        "南滩",
        "里程碑",
        "民反映",
        "",
    ],
)
def test_a_distance_in_the_story_and_half_of_a_longer_name_are_no_spot(words: str) -> None:
    assert spot(words, wide=True) is None


def test_the_office_of_a_village_is_where_the_metres_begin() -> None:
    for words in ("村委会东200米", "，村委会往东走200米", "的村委会东面200米"):
        found = spot(words, wide=True)
        assert found is not None
        assert found.office
        assert found.reference is not None
        assert normalise(words).text[slice(*found.reference)] == "村委会"
        assert (found.direction, found.offset_m) == ("东", 200)


@pytest.mark.parametrize(
    ("words", "relation"),
    [
        ("门口路灯坏了", Relation.AT),
        ("南门口井盖没了", Relation.AT),
        ("东门消防通道", Relation.AT),
        ("村口", Relation.AT),
        ("里头卖肉那家", Relation.INSIDE),
        ("院里", Relation.INSIDE),
        ("隔壁院", Relation.BESIDE),
        ("旁边", Relation.BESIDE),
        ("对面", Relation.NEAR),
        ("斜对面", Relation.NEAR),
        ("附近", Relation.NEAR),
        ("后头那条巷子下水道憋了", Relation.NEAR),
        ("后头那个变压器", Relation.NEAR),
        ("东侧", Relation.NEAR),
        ("往东第二个涵洞", Relation.TOWARDS),
        ("第三个路口", Relation.TOWARDS),
        ("出来往南走", Relation.TOWARDS),
        ("以北", Relation.TOWARDS),
    ],
)
def test_words_without_metres_say_how_the_spot_lies(words: str, relation: Relation) -> None:
    found = spot(words)
    assert found is not None
    assert (found.relation, found.offset_m) == (relation, None)


def test_a_lane_behind_a_place_is_longer_than_a_transformer() -> None:
    lane, thing = spot("后头那条巷子"), spot("后头那个变压器")
    assert lane is not None
    assert thing is not None
    assert lane.spread_m > thing.spread_m > 0


@pytest.mark.parametrize("words", ["西头", "西头路让车轧烂了", "西边", "西侧那片地", "西"])
def test_the_side_of_a_village_lies_in_it_and_that_of_a_house_beside_it(words: str) -> None:
    village, house = spot(words, wide=True), spot(words)
    assert village is not None
    assert house is not None
    assert (village.relation, village.direction) == (Relation.INSIDE, "西")
    assert (house.relation, house.direction) == (Relation.NEAR, "西")


def test_an_unnamed_thing_belongs_to_the_spot_and_is_not_left_over() -> None:
    words = "往北二里地那条排水沟垃圾堵满"
    found = spot(words, wide=True)
    assert found is not None
    assert words[found.end :] == "垃圾堵满"


def test_the_side_of_the_village_is_found_later_in_the_text() -> None:
    text = normalise("上茅庵村村民来电，村西头路让拉料的大车轧烂了").text
    side = village_side(text, 4)
    assert side is not None
    assert (side[0], text[side[1] : side[2]]) == ("西", "村西头")
    assert village_side("村民说路灯坏了", 0) is None


def test_reading_is_linear_however_many_figures_or_winds_follow() -> None:
    for words in ("东" * 5_000, "1" * 5_000, "二百" * 5_000, "往东" * 5_000, "的" * 5_000):
        read_spot(words, 0)
        village_side(words, 0)
