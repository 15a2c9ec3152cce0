"""Hold likeness to what an operator would say: the same matter in other words, or another one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from api.duplicates.likeness import likeness, story
from geo.address.matcher import Matcher
from geo.address.places_file import read_places_csv

PLACES = Path(__file__).resolve().parents[4] / "data" / "boundaries" / "demo" / "places.csv"


@cache
def matcher() -> Matcher:
    return Matcher(
        read_places_csv(PLACES),
        county_code="150221",
        county_names=("土默特右旗", "土右旗"),
        foreign_names=("东河区",),
    )


def alike(one: str, other: str) -> float:
    known = matcher()
    return likeness(story(known.without_places(one)), story(known.without_places(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("路灯不亮", "阳光小区3号楼旁边的路灯没有亮，请派人修一修"),
        ("振华社区门口的路灯不亮了两天", "来电人反映：振华社区东门外路灯不亮"),
        ("下水堵了，污水往外冒", "下水道堵塞，污水外溢"),
        ("井盖不见了", "有个井盖丢失"),
        ("停水了没通知", "突然停水，没见通知，请问甚时候来水"),
    ],
)
def test_the_same_matter_in_other_words_is_alike(one: str, other: str) -> None:
    assert alike(one, other) >= 0.4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("萨拉齐镇振华社区路灯不亮", "萨拉齐镇振华社区垃圾桶满了没人清运"),
        ("来电人反映磴口村东头井盖不见了，请尽快处理", "来电人反映磴口村东头停电，请尽快处理"),
        ("3号楼2单元电梯停了两天", "3号楼2单元暖气不热两天了"),
    ],
)
def test_the_place_and_the_phrases_of_the_office_make_nothing_alike(one: str, other: str) -> None:
    assert alike(one, other) <= 0.1


def test_the_same_words_about_another_place_stay_the_same_words() -> None:
    # How far apart they are, the distance says.
    assert alike("磴口村东头路灯不亮", "振华社区门口路灯不亮") == 1.0


def test_how_long_a_text_is_and_which_comes_first_does_not_turn_it_round() -> None:
    short, long = "路灯不亮", "路灯不亮，晚上孩子放学看不见路，老人也不敢出门，真的很危险"
    assert alike(short, long) == alike(long, short)
    assert 0.2 < alike(short, long) < 1.0


@pytest.mark.parametrize("text", ["", "，。", "请尽快处理", "磴口村", "3号楼2单元"])
def test_a_text_that_says_nothing_of_the_matter_is_like_no_other(text: str) -> None:
    assert alike(text, text) == 0.0
    assert alike(text, "路灯不亮") == 0.0


def test_a_name_taken_out_leaves_a_gap_that_no_pair_crosses() -> None:
    assert matcher().without_places("路灯振华社区不亮") == "路灯|不亮"
    assert "灯不" not in story(matcher().without_places("路灯振华社区不亮"))
