"""Which words of an address teach a name, and which are only speech."""

from __future__ import annotations

import pytest

from api.places.learning import words_to_learn
from geo.address.types import AddressMatch, MatchType, Matter, PlaceKind
from tests.unit.api.test_place_rows import VILLAGE

NOTHING = AddressMatch(
    level="county", name=None, anchor=None, match_type=None, radius_m=None, places=()
)


def understood(**more: object) -> AddressMatch:
    held: dict[str, object] = {
        "level": PlaceKind.COMMUNITY.value, "name": VILLAGE.name, "anchor": "磴口村",
        "match_type": MatchType.EXACT, "radius_m": 2000.0, "places": (VILLAGE,), **more,
    }  # fmt: skip
    return AddressMatch(**held)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "learned"),
    [
        ("老驼队大院门口", "老驼队大院"),
        ("大车马店后头的", "大车马店"),
        ("我家楼下", None),
        ("没有地方", None),
        ("110", None),
        ("团结", None),
        ("门口", None),
        ("一句说得很长很长很长很长的话", None),
    ],
)
def test_of_a_text_without_a_known_name_the_name_alone_is_learned(
    left: str, learned: str | None
) -> None:
    found = words_to_learn(NOTHING, left)
    assert (found[0] if found else None) == learned


def test_words_beside_a_known_name_are_sayings_and_near_sounds_are_spellings() -> None:
    assert words_to_learn(understood(unexplained="老粮站"), "") == ("老粮站", "colloquial")
    assert words_to_learn(understood(unexplained="厂"), "老砖窑厂") == ("老砖窑厂", "colloquial")
    told = understood(unexplained="老粮站")
    assert words_to_learn(told, "我说的就是老粮站") == ("老粮站", "colloquial")
    heard = understood(anchor="瞪口村", match_type=MatchType.HOMOPHONE)
    assert words_to_learn(heard, "") == ("瞪口村", "spelling")
    assert words_to_learn(understood(), "路灯不亮") is None


@pytest.mark.parametrize(
    "match",
    [
        understood(unexplained="老粮站", outside=True),
        understood(unexplained="老粮站", hearsay=True),
        understood(unexplained="老粮站", matters=(Matter(text="x", match=NOTHING),)),
    ],
)
def test_what_lies_elsewhere_or_was_only_mentioned_teaches_nothing(match: AddressMatch) -> None:
    assert words_to_learn(match, "老粮站") is None
