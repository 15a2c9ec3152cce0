"""Spell out under which forms a place may be written, and say how sure each of them is.

A form is *full* when it ends in a word that makes it a place name (村, 社区, 小区, 镇 …) and
*bare* when it does not (沙图沟 for 沙图沟村). Bare forms have at least two characters and are
believed only where no longer name can be meant; bare forms that are everyday words (团结, 胜利)
only where an address would stand: see ``believing``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from geo.address.normalise import normalise_name
from geo.address.types import MatchType, Place, PlaceKind
from geo.address.variants import other_numerals

OFFICES = ("村民委员会", "居民委员会", "村委会", "居委会")
VILLAGE_SUFFIXES = (
    "村村民委员会", "村村委会", "村民委员会", "村委会", "嘎查", "村",
)  # fmt: skip
RESIDENT_SUFFIXES = (
    "社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区",
)  # fmt: skip
_TOWNSHIP_SUFFIXES = (
    "街道办事处", "生态管理区", "管理区", "办事处", "街道", "苏木", "镇", "乡",
)  # fmt: skip
_OFFICE_SUFFIXES = ("管理委员会", "管委会")
_COMPOUND_SUFFIXES = ("小区", "住宅区", "生活区", "家属区")
_SPEAKING_ENDINGS = (
    *VILLAGE_SUFFIXES, *RESIDENT_SUFFIXES, *_TOWNSHIP_SUFFIXES, *_COMPOUND_SUFFIXES,
    *_OFFICE_SUFFIXES, "家园", "花园", "公寓", "大厦", "苑", "路", "街", "巷", "大道", "胡同",
)  # fmt: skip
ENDINGS = tuple(
    sorted({*_SPEAKING_ENDINGS, "佳苑", "名邸", "家属院", "新村", "大街"}, key=len, reverse=True)
)
"""What says of which kind a name is; longest first."""
_KIND_WORD = re.compile("|".join(ENDINGS))
_ENDINGS_BY_LAST: dict[str, list[str]] = {}
for _ending in ENDINGS:
    _ENDINGS_BY_LAST.setdefault(_ending[-1], []).append(_ending)
# Everyday words that are also names of villages and communities all over the country.
EVERYDAY_WORDS = frozenset(
    (
        "团结", "胜利", "和平", "太平", "建设", "建新", "建国", "复兴", "联合", "联盟", "朝阳",
        "光明", "前进", "红旗", "东风", "东方", "新建", "新民", "新华", "新生", "新营", "新村",
        "新城", "永丰", "永红", "兴隆", "兴旺", "兴地", "幸福", "平安", "丰收", "先锋", "友谊",
        "民主", "民族", "人民", "解放", "五一", "八一", "交通", "果园", "花园", "花苑", "回民",
        "海子", "双龙", "小城", "马场", "农场", "林场", "大东", "大西", "大南", "大北", "河东",
        "河西", "三岔口", "东湾", "西湾", "后湾", "阳光", "工业", "学府", "安康", "健康", "文明",
        "文化", "富强", "繁荣", "金和", "中心", "车站",
    )
)  # fmt: skip
SHORTEST = 2  # characters; one alone is a word, not a name
_CLASS_WORD = 3  # characters; a nickname of a point of interest up to here is no proper name
_LONG_NAME = 8  # characters; as a whole it can be nothing but this name
_SPEAKING_KINDS = (
    PlaceKind.ROAD,
    PlaceKind.POI,
    PlaceKind.BUILDING,
    PlaceKind.GRID,
    PlaceKind.LANE,
)


class Entry(NamedTuple):
    """Hold one reading of a form: the place, how the form relates to its name, how sure it is.

    ``class_word`` marks what many places are called for short (火车站, 菜市场): it may name the
    only one that is known, and never tells namesakes apart. ``form`` is the folded spelling
    that was met; ``scope`` the code of the area within which alone it means the place.
    ``likeness`` (0 to 1) is how much of a misspelt name is right.
    """

    place: Place
    match_type: MatchType
    bare: bool = False
    everyday: bool = False
    class_word: bool = False
    form: str = ""
    scope: str | None = None
    likeness: float = 1.0


def entries_of(place: Place, exact: str, local: str) -> Iterator[Entry]:
    """Yield the readings under which a place is found; exact spellings first, none twice.

    ``exact`` is the folded name, ``local`` the same without the county's in front of it.
    """
    seen: set[str] = set()
    for form, match_type in _spellings(place, exact, local):
        if form in seen or len(form) < SHORTEST:
            continue
        seen.add(form)
        bare = not _is_speaking(form, place)
        everyday = bare and form in EVERYDAY_WORDS
        class_word = place.kind is PlaceKind.POI and _is_class_word(form, exact, local)
        yield Entry(place, match_type, bare, everyday, class_word, form)
    for named in place.local_aliases:
        form = normalise_name(named.name)
        if len(form) >= SHORTEST:
            bare = not _is_speaking(form, place)
            yield Entry(place, MatchType.ALIAS, bare, False, False, form, named.scope)


def _spellings(place: Place, exact: str, local: str) -> Iterator[tuple[str, MatchType]]:
    residents = core(exact, RESIDENT_SUFFIXES) is not None
    spelled: list[tuple[str, MatchType]] = []
    if exact:
        spelled.append((exact, MatchType.EXACT))
        spelled += _variants(local, place.kind, residents=residents)
    for alias in map(normalise_name, place.aliases):
        if len(alias) >= SHORTEST:
            spelled.append((alias, MatchType.ALIAS))
            if place.kind is PlaceKind.COMMUNITY:
                forms = _variants(alias, place.kind, residents=residents)
                spelled += [(form, MatchType.ALIAS) for form, _ in forms]
    yield from spelled
    for form, _ in spelled:
        for other in other_numerals(form):
            yield other, MatchType.ALIAS


def _is_speaking(form: str, place: Place) -> bool:
    """Say whether the form alone shows that a place is meant."""
    if place.kind in _SPEAKING_KINDS or len(form) >= _LONG_NAME:
        return True
    # 新村 is a bare core although it ends in 村: what is left must be a name of its own.
    return form.endswith(_SPEAKING_ENDINGS) and any(
        form.endswith(end) and len(form) - len(end) >= SHORTEST for end in _SPEAKING_ENDINGS
    )


def _is_class_word(form: str, exact: str, local: str) -> bool:
    """Say whether a form is short for any place of its kind: 扬水站 for 磴口扬水站."""
    if form in (local, exact):
        return False
    return len(form) <= _CLASS_WORD or local.startswith(form) or local.endswith(form)


def core(name: str, suffixes: tuple[str, ...]) -> str | None:
    """Return ``name`` without the longest suffix that leaves two characters, else None."""
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= SHORTEST:
            return name[: -len(suffix)]
    return None


def ending_of(form: str) -> str:
    """Return the words that say of which kind a name is (小区, 村), or an empty string."""
    for ending in _ENDINGS_BY_LAST.get(form[-1:], ()):
        if form.endswith(ending) and len(form) > len(ending):
            return ending
    return ""


def kind_words(text: str) -> tuple[tuple[int, int], ...]:
    """Return where words that say of which kind a name is stand in a folded text, in order."""
    return tuple([found.span() for found in _KIND_WORD.finditer(text)])


def _variants(name: str, kind: PlaceKind, *, residents: bool) -> Iterator[tuple[str, MatchType]]:
    """Yield the official variants of a name, then its bare core as an alias.

    ``residents`` says that the place itself is a residents' committee: 团结, short for 团结社区,
    must never answer to 团结村.
    """
    if kind is PlaceKind.COMMUNITY:
        suffixes = RESIDENT_SUFFIXES if residents else VILLAGE_SUFFIXES
        bare = core(name, suffixes) or name
        for suffix in suffixes:
            yield bare + suffix, MatchType.EXACT
        yield bare, MatchType.ALIAS
        office = core(bare, _OFFICE_SUFFIXES)
        if office:
            yield office, MatchType.ALIAS
    elif kind is PlaceKind.TOWNSHIP:
        yield name, MatchType.EXACT
        yield core(name, _TOWNSHIP_SUFFIXES) or name, MatchType.ALIAS
    elif kind is PlaceKind.POI and name.endswith("政府"):
        seat = name.removesuffix("政府").removesuffix("人民")
        yield seat + "政府", MatchType.ALIAS
        yield seat + "人民政府", MatchType.ALIAS
    elif kind is PlaceKind.COMPOUND:
        bare = core(name, _COMPOUND_SUFFIXES) or name
        if len(bare) > SHORTEST:  # 阳光 alone is a word, 丽景苑 is a name
            yield bare, MatchType.ALIAS
        if bare == name:
            yield name + _COMPOUND_SUFFIXES[0], MatchType.ALIAS
