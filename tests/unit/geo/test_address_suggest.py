"""Suggest names while one is typed: every way to type, and what comes first."""

from __future__ import annotations

import pytest

from geo.address.suggest import Box, Found, Named, Suggester

_TOWN, _BEACH = "150221104", "150221105"
_HERE: Box = (110.50, 40.50, 110.60, 40.60)


def named(code: str, name: str, kind: str, *spellings: str, at: float = 110.55) -> Named:
    return Named(
        id=f"{code}-{name}", name=name, kind=kind, area_code=code,
        box=(at, 40.55, at, 40.55), spellings=spellings,
    )  # fmt: skip


NAMES = (
    named("150221", "土默特右旗", "county", "土右旗"),
    named(_TOWN, "萨拉齐镇", "township", "萨拉齐"),
    named(_BEACH, "双龙镇", "township", at=110.9),
    named(f"{_TOWN}001", "后炭市社区", "community", "后炭社区"),
    named(f"{_BEACH}201", "后炭村", "community", "后炭村村委会", at=110.9),
    named(f"{_BEACH}202", "磴口村", "community", at=110.9),
    named(f"{_TOWN}203", "磴口村", "community"),
    named(f"{_TOWN}204", "廿四顷地村", "community"),
    named(f"{_TOWN}205", "板定圐圙村", "community"),
    named(f"{_TOWN}206", "石老丈营村", "community", "石老藏营村"),
    named(f"{_TOWN}001", "阳光小区", "compound"),
    named(f"{_TOWN}001", "阳光小区3号楼", "building"),
    named(f"{_TOWN}001", "振华大街", "road"),
    named(_TOWN, "国道110", "road", "110国道"),
    named(f"{_TOWN}001", "农行KTV", "poi"),
    named(f"{_TOWN}001001", "后炭市社区第一网格", "grid"),
)
SUGGESTER = Suggester(NAMES)


def suggested(typed: str, view: Box | None = None, limit: int = 10) -> list[str]:
    return [one.named.name for one in SUGGESTER.suggest(typed, view=view, limit=limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("沙", None), ("后炭", "后炭村"), ("houtan", "后炭村"),
        ("houta", "后炭村"), ("htc", "后炭村"), ("HTSSQ", "后炭市社区"),
        ("后t", "后炭村"), ("houts", "后炭市社区"), ("h炭s", "后炭市社区"),
        ("炭市", "后炭市社区"), ("tanshi", "后炭市社区"), ("后探村", "后炭村"),
        ("３号楼", "阳光小区3号楼"), ("阳光小区三号楼", "阳光小区3号楼"), ("24顷地", "廿四顷地村"),
        ("二十四顷地", "廿四顷地村"), ("kulun", "板定圐圙村"), ("库仑", "板定圐圙村"),
        ("庫倫", "板定圐圙村"), ("slzy", "石老丈营村"), ("shilaozang", "石老丈营村"),
        ("110g", "国道110"), ("ktv", "农行KTV"), ("ygxq3", "阳光小区3号楼"),
        ("150221104001", "后炭市社区"), ("hou'tan", "后炭村"), ("ouan", None),
        ("anguang", None),
    ],
)  # fmt: skip
def test_a_name_is_found_by_what_is_typed_of_it(typed: str, first: str | None) -> None:
    assert next(iter(suggested(typed)), None) == first


def test_initials_of_two_letters_offer_the_community_and_the_village() -> None:
    assert set(suggested("ht")[:2]) == {"后炭市社区", "后炭村"}


def test_what_is_on_screen_comes_first_and_nothing_is_lost() -> None:
    assert suggested("后炭")[0] == "后炭村"
    here = suggested("后炭", _HERE)
    assert here[:2] == ["后炭市社区", "后炭市社区第一网格"]
    assert set(here) == set(suggested("后炭"))


def test_a_name_from_its_front_comes_before_one_on_screen_that_only_holds_it() -> None:
    names = (*NAMES, named(f"{_TOWN}207", "上后炭村", "community"))
    found = Suggester(names).suggest("后炭村", view=_HERE)
    assert [one.named.name for one in found] == ["后炭村", "上后炭村"]


def test_namesakes_are_all_offered() -> None:
    assert suggested("dengkou") == ["磴口村", "磴口村"]


@pytest.mark.parametrize(
    "typed", ["萨拉齐 磴口", "萨拉齐镇磴口", "土右旗萨拉齐磴口村", "萨拉齐，dkc"]
)
def test_an_area_named_before_narrows_what_is_offered(typed: str) -> None:
    found = SUGGESTER.suggest(typed)
    assert [(one.named.name, one.named.area_code) for one in found] == [("磴口村", f"{_TOWN}203")]


def test_a_street_named_before_narrows_nothing() -> None:
    assert suggested("萨拉齐镇振华大街阳光小区")[0] == "阳光小区"


def test_what_a_place_was_found_by_is_said() -> None:
    (found, *_) = SUGGESTER.suggest("110国道")
    assert (found.found, found.spelling) == (Found.CHARACTERS, "110国道")
    assert SUGGESTER.suggest("后探村")[0].found is Found.SOUND
    assert SUGGESTER.suggest("150221104203")[0].found is Found.CODE
    assert SUGGESTER.suggest("磴口")[0].spelling is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "。，",
        "\u200b",
        "😀😀",
        "a" * 61,
        "(a+)+$",
        "[",
        "\\",
        "\n",
        "%_",
        "н",
        "zzzzzz" * 4,
    ],
)
def test_what_is_no_name_gives_nothing_and_no_error(typed: str) -> None:
    assert isinstance(suggested(typed), list)
    assert suggested(typed) == suggested(typed)


def test_an_empty_county_suggests_nothing() -> None:
    assert Suggester([]).suggest("后炭") == ()


def test_no_more_than_the_limit_are_offered_and_none_twice() -> None:
    many = [named(f"{_TOWN}001", f"阳光{number}", "poi", f"阳光{number}号") for number in range(50)]
    found = Suggester(many).suggest("yg", limit=7)
    assert len({one.named.id for one in found}) == 7
