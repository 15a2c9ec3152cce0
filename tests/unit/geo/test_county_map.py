"""Tests of names, paths and areas of a county map, and of the words built on them."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from geo.locate.county_map import CountyMap, short_name
from geo.locate.wording import metres, percent, side

NAMES = {
    "150221": "土默特右旗",
    "150221104": "萨拉齐镇",
    "150221104001": "振华社区居委会",
    "150221104001003": "振华社区第三网格",
    "150221104002001": "东片",
    "150221104002": "花苑社区居委会",
}
CODES = ["150221104001003", "150221104001999", "150221104002001", "150221105001001"]


@pytest.fixture
def county() -> CountyMap:
    squares = [box(110 + n / 10, 40, 110.1 + n / 10, 40.1) for n in range(len(CODES))]
    return CountyMap(revision="r1", codes=CODES, geometries=squares, names=NAMES)


def test_an_area_holds_exactly_the_grids_below_it(county: CountyMap) -> None:
    assert county.grids_below("150221104001") == tuple(CODES[:2])
    assert county.grids_below("150221104") == tuple(CODES[:3])
    assert county.grids_below("150221") == tuple(CODES)
    assert county.grids_below("150221104001003") == ("150221104001003",)
    assert county.grids_below("150222") == ()


def test_a_label_tells_a_grid_apart_without_saying_its_community_twice(county: CountyMap) -> None:
    assert county.label("150221104001003") == "萨拉齐镇振华社区第三网格"
    assert county.label("150221104002001") == "萨拉齐镇花苑社区东片"
    assert county.label("150221104001") == "萨拉齐镇振华社区"
    assert county.label("150221") == "土默特右旗"


def test_committees_are_called_as_people_call_the_place() -> None:
    assert short_name("振华社区居委会") == "振华社区"
    assert short_name("沙图沟村委会") == "沙图沟村"
    assert short_name("沙图沟村村民委员会") == "沙图沟村"
    assert short_name("萨拉齐镇") == "萨拉齐镇"


def test_a_map_of_one_county_has_a_root_and_a_map_of_several_has_none(county: CountyMap) -> None:
    assert county.root == "150221"
    assert county.path("150221104001003")[0] == "150221"
    two = [box(110, 40, 111, 41), box(111, 40, 112, 41)]
    several = CountyMap(revision="r", codes=["150221", "150222"], geometries=two, names={})
    assert several.root is None


def test_later_changes_of_the_callers_names_do_not_reach_the_map() -> None:
    names = dict(NAMES)
    county = CountyMap(
        revision="r", codes=["150221"], geometries=[box(110, 40, 111, 41)], names=names
    )
    names["150221"] = "改名"
    assert county.name("150221") == "土默特右旗"


def test_a_share_short_of_nine_tenths_never_reads_as_ninety_percent() -> None:
    assert percent(0.8999) == "89%"
    assert percent(0.9) == "90%"


def test_shares_are_rounded_and_only_the_whole_disc_reads_as_all_of_it() -> None:
    assert [percent(share) for share in (0.5691, 0.4309, 0.945)] == ["57%", "43%", "95%"]
    assert [percent(share) for share in (0.9999, 1 - 1e-12, 1.0)] == ["99%", "100%", "100%"]
    assert percent(0.004) == "不足1%"


def test_distances_and_sides_are_said_as_people_say_them() -> None:
    said = [metres(m) for m in (0, 3.21, 5.0, 10.0, 96.4, 9_999.7, 12_500, 125_400)]
    assert said == ["不到1米", "3米", "5米", "10米", "96米", "10公里", "12.5公里", "125公里"]
    # At 40 degrees a degree of longitude is shorter: equal degrees are not quite north-east.
    assert side(lon=110.51, lat=40.5, of_lon=110.5, of_lat=40.5) == "东"
    assert side(lon=110.5, lat=40.49, of_lon=110.5, of_lat=40.5) == "南"
    assert side(lon=110.49, lat=40.51, of_lon=110.5, of_lat=40.5) == "西北"
    assert side(lon=110.5, lat=40.5, of_lon=110.5, of_lat=40.5) is None
