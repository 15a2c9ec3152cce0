"""Test what the seat asks and what it reads to the caller."""

from __future__ import annotations

from typing import Any

from api.desk.service import spoken
from api.desk.wording import Answerer, Choice, questions, sentence

UNTIL = "11月25日（星期三）18:00"


def choice(township: str, community: str, hint: str = "", grid: str = "第一网格") -> Choice:
    return Choice(township=township, community=community, grid=grid, hint=hint)


def asked(*choices: Choice, **changed: Any) -> list[str]:
    given: dict[str, Any] = {
        "has_category": True,
        "has_place": True,
        "urgent": False,
        "decision": "confirm",
        "reasons": (),
        "choices": choices,
    }
    return questions(**{**given, **changed})


def read(**changed: Any) -> str:
    given: dict[str, Any] = {
        "matter": "环境卫生",
        "answerer": Answerer(place="振华社区第三网格", role="专职网格员", name="张某"),
        "until": UNTIL,
        "provisional": False,
        "secret": False,
        "doubtful": False,
    }
    return sentence(**{**given, **changed})


def test_nothing_is_asked_when_nothing_is_doubtful() -> None:
    assert asked(decision="auto") == []


def test_of_the_same_name_in_two_townships_the_township_is_asked() -> None:
    found = asked(choice("萨拉齐镇", "甲村"), choice("沟门镇", "甲村"))
    assert found == ["在哪个乡镇：萨拉齐镇还是沟门镇？"]


def test_within_a_township_the_village_is_asked_and_within_a_village_the_side() -> None:
    villages = asked(choice("萨拉齐镇", "甲村"), choice("萨拉齐镇", "乙村"))
    assert villages == ["在哪个村（社区）：甲村还是乙村？"]
    sides = asked(choice("镇", "村", "村东"), choice("镇", "村", "村西", "第二网格"))
    assert sides == ["在哪一边：村东还是村西？"]


def test_the_address_readers_own_question_comes_before_ours() -> None:
    reasons = [("address", "地址：识别为…"), ("ask", "请问明：几号楼？")]
    assert asked(choice("甲", "a"), choice("乙", "b"), reasons=reasons) == ["几号楼？"]


def test_danger_is_asked_before_place_and_matter() -> None:
    found = asked(urgent=True, has_category=False, has_place=False)
    assert "受伤" in found[0]
    assert "什么事" in found[1]
    assert "什么地方" in found[2]


def test_many_candidates_are_not_all_read_out() -> None:
    many = [choice(f"第{number}镇", "村") for number in range(9)]
    (words,) = asked(*many)
    assert "第3镇" in words
    assert "第4镇" not in words
    assert "别处" in words


def test_outside_the_county_the_place_is_asked_again() -> None:
    (words,) = asked(reasons=[("outside", "不在本旗。")], decision="desk")
    assert "本旗" in words


def test_the_sentence_names_worker_and_deadline_and_no_phone() -> None:
    words = read()
    assert words == (
        "您反映的“环境卫生”已登记，由振华社区第三网格专职网格员张某负责，"
        "11月25日（星期三）18:00前答复您。"
    )


def test_only_a_published_phone_is_read_out() -> None:
    worker = Answerer(place="第三网格", role="网格员", name="张某", public_phone="0000-123")
    assert "（电话0000-123）" in read(answerer=worker)


def test_of_a_secret_matter_nobody_is_named() -> None:
    words = read(secret=True)
    assert "张某" not in words
    assert "振华" not in words
    assert "保密" in words
    # The grid's own worker keeps it: nobody above is promised.
    assert "由专人处理" in words
    desk = Answerer(place="萨拉齐镇值班人员", role="", name="", desk=True)
    assert "由上级专人处理" in read(secret=True, answerer=desk)


def test_a_category_is_spoken_without_the_remark_at_its_end() -> None:
    assert spoken("环境卫生（暴露垃圾、清运）") == "环境卫生"
    assert spoken("对村（居）干部、网格员的投诉（默认保密）") == "对村（居）干部、网格员的投诉"


def test_while_the_place_is_doubtful_nobody_is_promised() -> None:
    desk = Answerer(place="振华社区值班人员", role="", name="", desk=True)
    words = read(answerer=desk, doubtful=True)
    assert "核实具体位置" in words
    assert "负责" not in words


def test_without_anybody_on_duty_the_county_answers() -> None:
    assert "旗中心值班" in read(answerer=None)


def test_a_provisional_deadline_says_so() -> None:
    assert "可能调整" in read(provisional=True)


def test_who_wants_to_stay_unknown_hears_that_nothing_is_kept() -> None:
    words = read(anonymous=True)
    assert "不会留存" in words
    assert "答复您" not in words
