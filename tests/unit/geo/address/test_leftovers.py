"""What stands behind a name and looks like a finer place is kept; what counts things is not."""

from __future__ import annotations

import pytest

from geo.address.details import find_leftover, later_building, lone_building
from geo.address.normalise import normalise


def left(words: str, label: str | None = None) -> str | None:
    text = normalise(words).text
    span = find_leftover(text, 0, label)
    return text[slice(*span)] if span else None


@pytest.mark.parametrize(
    "words",
    [
        "东侧小院", "北梁", "东队", "200米水管冻裂", "对面的超市", "17号院", "第三排平房",
        "二期", "17", "西街", "超市门口", "后头那个院", "，3号楼也没电", "，路对面也没电",
        "，往东走一截", "井房", "，东边200米", "至641公里", "到300米", "和5号楼", "，是三组",
        "居民反映，小区东门堆满垃圾", "村民说，村委会门口的灯坏了",
        "东99999999999999999999米", "东一亿亿米", "东负200米", "，往西三千万公里",
    ],
)  # fmt: skip
def test_words_that_may_name_a_spot_are_left_over(words: str) -> None:
    assert left(words)


@pytest.mark.parametrize(
    "words",
    [
        "路灯3天不亮了", "3盏路灯不亮", "的自来水三天没水了", "，已撒沙二百来米", "，11月3号停的电",
        "有5户人家没水", "积水2米深", "一共12辆车", "，欠了20多户的钱", "自2026年11月起没暖气",
        "只有13度", "楼下广场舞太吵", "居民反映，自家的门坏了", "，发了两组照片",
        "，上学要走五里地", "，3号那天就坏了", "，电费1.2元", "",
    ],
)  # fmt: skip
def test_days_amounts_and_prices_are_no_places(words: str) -> None:
    assert left(words) is None


def test_the_number_that_was_read_is_not_left_over_and_another_one_is() -> None:
    assert left("的电梯坏了，3号楼的人都爬楼", "3") is None
    assert left("的电梯坏了，5号楼的人都爬楼", "3") == "5号楼"


def test_one_building_number_further_on_is_that_of_the_compound_and_of_two_none_is() -> None:
    assert later_building("问题|3号楼电梯坏了", 0, 11) == "3"
    assert later_building("问题|三号楼电梯坏了|3号楼没灯", 0, 17) == "3"
    assert later_building("问题|3号楼|5号楼都没电", 0, 12) is None
    assert later_building("问题|电梯坏了", 0, 7) is None


def test_one_building_of_a_list_is_not_the_one_that_is_meant() -> None:
    assert later_building("三|八号楼停水", 0, 7) is None
    assert later_building("3|8号楼停水", 0, 7) is None


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("6号楼2单元楼道里一股煤气味", "6"),
        ("我们6号楼没电", "6"),
        ("没电了，住六号楼", "6"),
        ("幸福里6号楼没电", None),
        ("6号楼和7号楼没电", None),
        ("楼道里有煤气味", None),
    ],
)
def test_a_building_number_without_a_name_is_kept_and_one_behind_an_unknown_name_is_not(
    words: str, label: str | None
) -> None:
    assert lone_building(normalise(words).text) == label
