"""Texts as callers speak them, on the demo county: what is decided, and who settles the doubt.

Each text is one trap: a namesake, an old name, an aside, a li, a stretch between two villages. The
texts are made up for these tests.
"""

from __future__ import annotations

import random

import pytest

from bench.addresses.county import Subject, demo_subject, make_matcher
from bench.county import read_county
from geo.address.surroundings import surroundings_of
from geo.locate.decision import decide
from geo.locate.landmarks import Landmarks
from geo.locate.types import Decision

COUNTY = "土默特右旗"


@pytest.fixture(scope="module")
def subject() -> Subject:
    return demo_subject()


@pytest.fixture(scope="module")
def landmarks(subject: Subject) -> Landmarks:
    return Landmarks(subject.truth.places.values())


def ask(subject: Subject, landmarks: Landmarks, text: str, column: str = "") -> Decision:
    match = subject.matcher.match(text, column)
    return decide(county=subject.county, position=None, match=match, landmarks=landmarks)


def told(subject: Subject, found: Decision) -> tuple[str, str]:
    """Return the verdict, and the grid or the area that settles the doubt, by name."""
    code = found.grid if found.verdict.value == "auto" else found.decided_by
    assert code is not None
    return found.verdict.value, subject.county.label(code)


# column, text, verdict, grid or settling area, trap
CASES = [
    ("萨拉齐镇", "振华大街阳光小区3号楼1单元水管爆了，水流到楼道里", "auto",
     "萨拉齐镇振华社区第九网格", "coarse column, building in the text"),
    ("", "惠民家园９＃楼道灯不亮，来电人家住顶层", "auto", "萨拉齐镇花苑社区第一网格",
     "full-width number"),
    ("", "阳光小区的暖气一直不热，物业不管", "confirm", "萨拉齐镇振华社区",
     "compound cut by a border"),
    ("", "来电人是将军尧镇小召子村人，现住萨拉齐镇惠民家园九号楼，楼顶漏水", "auto",
     "萨拉齐镇花苑社区第一网格", "where the speaker is from"),
    ("", "孩子在二小念书，来电人住惠民家园9号楼，楼下天天有人放炮", "auto",
     "萨拉齐镇花苑社区第一网格", "a school in passing"),
    ("磴口村", "磴口村的大渠决口了", "desk", COUNTY, "three villages of one name"),
    ("苏波盖乡磴口村", "磴口村的大渠决口了", "confirm", "苏波盖乡磴口村", "the township said"),
    ("", "田家圪旦村停电了", "desk", COUNTY, "two villages of one name"),
    ("将军尧镇", "田家圪旦停电了", "confirm", "将军尧镇田家圪旦村", "the township in the column"),
    ("", "下茅庵村三社的羊丢了", "auto", "萨拉齐镇下茅庵村第三网格", "a group is a grid"),
    ("", "下茅庵三队井坏了", "auto", "萨拉齐镇下茅庵村第三网格", "bare name and group"),
    ("", "上茅庵村路灯坏了", "confirm", "萨拉齐镇上茅庵村", "never the village next door"),
    ("", "茅庵村停水三天", "confirm", COUNTY, "short for two others as well"),
    ("明沙淖乡", "茅庵村停水三天", "confirm", "明沙淖乡茅庵村", "the township excludes them"),
    ("", "２４顷地村浇不上水", "confirm", "海子乡廿四顷地村", "numerals"),
    ("", "石老藏营村的路不好走", "confirm", "苏波盖乡石老丈营村", "an old name"),
    ("美岱召镇", "何家库伦没有路灯", "confirm", "美岱召镇何家圐圙村", "a spelling"),
    ("美岱召鎮", "沙圖溝村沒有路燈", "confirm", "美岱召镇沙图沟村", "traditional characters"),
    ("", "沙图沟村村委会往西三百米路塌了", "auto", "美岱召镇沙图沟村第三网格", "metres"),
    ("", "沙图沟村村委会往南四里地的桥断了", "confirm", None, "four li are two kilometres"),
    ("苏波盖乡三间房村", "三间房村老人看病要走八里地，请通公交", "confirm", "苏波盖乡三间房村",
     "li that are no offset"),
    ("", "沙图沟村修的两公里路裂了", "confirm", "美岱召镇沙图沟村", "a length"),
    ("", "沙图沟村和大古营村搭界的地方有人挖土", "desk", "美岱召镇", "between two villages"),
    ("", "从双龙往海子走，路上有个大坑", "desk", COUNTY, "between two townships"),
    ("", "沙图沟村和大古营村因为一条渠吵起来了", "desk", "美岱召镇", "a matter of two villages"),
    ("", "110国道640公里处翻了一辆车", "auto", None, "a kilometre post"),
    ("", "110国道999公里处翻了一辆车", "desk", COUNTY, "a post that nobody knows"),
    ("", "110国道上拉煤车洒了一路", "confirm", COUNTY, "a road alone"),
    ("萨拉齐镇", "振华大街与站前街路口红绿灯不亮", "confirm", "萨拉齐镇振华社区", "a crossing"),
    ("", "柴火市社区站前街路口井盖没了", "confirm", "萨拉齐镇柴火市社区",
     "a street in its community"),
    ("沟门镇", "农林街居委会隔壁的平房漏雨", "auto", "沟门镇农林街第六网格", "beside an office"),
    ("", "高速萨拉齐收费站出来往东走，护栏断了", "confirm", None, "a direction and no distance"),
    ("", "东河区和平路没暖气", "desk", COUNTY, "another county"),
    ("", "来电人户口在土右旗海子乡，现在东河区租房，房东不退钱", "desk", COUNTY,
     "the register is no place"),
    ("", "我家楼下有人吵架", "desk", COUNTY, "no place at all"),
    ("", "沟门镇的低保怎么办理", "desk", "沟门镇", "a township alone"),
    ("", "我在沙图沟村，闻到一股臭味，不知道是从哪飘过来的", "desk", "美岱召镇",
     "a smell from elsewhere"),
    ("", "阳光小区问题：一是3号楼电梯坏了；二是3号楼门口堆垃圾", "auto",
     "萨拉齐镇振华社区第九网格", "two matters in one grid"),
    ("", "一是惠民家园9号楼没水；二是沙图沟村没电", "desk", COUNTY, "two matters far apart"),
    ("", "说不清是太平村还是太平庄，双龙那边的，低保没发", "confirm", "双龙镇太平庄村",
     "the township excludes one"),
    ("", "耳沁尧村的自来水冻了", "auto", "九峰山生态管理区耳沁尧村第一网格", "one grid"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "text", "verdict", "who", "trap"), CASES, ids=[case[4] for case in CASES]
)
def test_a_text_is_decided_by_whoever_knows(
    subject: Subject,
    landmarks: Landmarks,
    column: str,
    text: str,
    verdict: str,
    who: str | None,
    trap: str,
) -> None:
    found = ask(subject, landmarks, text, column)
    decided, name = told(subject, found)
    assert decided == verdict, trap
    assert who is None or name == who, trap


def test_the_order_in_which_places_were_entered_changes_no_answer(subject: Subject) -> None:
    shuffled = list(subject.truth.places.values())
    random.Random(4).shuffle(shuffled)
    names = read_county().names
    other = make_matcher(shuffled, names, surroundings_of("150221"), "150221")
    for column, text, *_ in CASES:
        first, second = subject.matcher.match(text, column), other.match(text, column)
        assert [place.id for place in first.places] == [place.id for place in second.places], text
        assert (first.name, first.anchor, first.margin, first.detail) == (
            second.name,
            second.anchor,
            second.margin,
            second.detail,
        ), text


def test_three_villages_in_a_row_are_all_kept(subject: Subject, landmarks: Landmarks) -> None:
    found = ask(subject, landmarks, "沙图沟村、大古营村、八犋牛村都停电了")
    assert told(subject, found) == ("desk", "美岱召镇")
    assert {candidate.code[:12] for candidate in found.candidates} == {
        "150221106217",
        "150221106224",
        "150221106230",
    }
