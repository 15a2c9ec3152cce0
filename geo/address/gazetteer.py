"""Spell out under which forms each place of one county may be written, and find them again.

A form is *full* when it ends in a word that makes it a place name (村, 社区, 小区, 镇 …) and
*bare* when it does not (沙图沟 for 沙图沟村). Bare forms have at least two characters and are
believed only where no longer name can be meant; bare forms that are everyday words (团结, 胜利)
only where an address would stand: see ``mentions``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

from geo.address.details import building_label
from geo.address.grid_names import grid_label
from geo.address.normalise import normalise_name
from geo.address.types import MatchType, Place, PlaceKind

_VILLAGE_SUFFIXES = (
    "村村民委员会", "村村委会", "村民委员会", "村委会", "嘎查", "村",
)  # fmt: skip
_RESIDENT_SUFFIXES = (
    "社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区",
)  # fmt: skip
_TOWNSHIP_SUFFIXES = (
    "街道办事处", "生态管理区", "管理区", "办事处", "街道", "苏木", "镇", "乡",
)  # fmt: skip
_OFFICE_SUFFIXES = ("管理委员会", "管委会")
_COMPOUND_SUFFIXES = ("小区", "住宅区", "生活区", "家属区")
_SPEAKING_ENDINGS = (
    *_VILLAGE_SUFFIXES, *_RESIDENT_SUFFIXES, *_TOWNSHIP_SUFFIXES, *_COMPOUND_SUFFIXES,
    *_OFFICE_SUFFIXES, "家园", "花园", "公寓", "大厦", "苑", "路", "街", "巷", "大道",
)  # fmt: skip
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
_SAID = (
    ("社区居民委员会", "社区"), ("社区居委会", "社区"), ("村村民委员会", "村"), ("村村委会", "村"),
    ("村民委员会", "村"), ("村委会", "村"),
)  # fmt: skip
_KIND_OF_CODE = {9: PlaceKind.TOWNSHIP, 12: PlaceKind.COMMUNITY}
_SHORTEST = 2  # characters; one alone is a word, not a name
_CLASS_WORD = 3  # characters; a nickname of a point of interest up to here is no proper name
_LONG_NAME = 8  # characters; as a whole it can be nothing but this name


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one reading of a form: the place, how the form relates to its name, how sure it is.

    ``class_word`` marks what many places are called for short (火车站, 菜市场): it may name the
    only one that is known, and never tells namesakes apart.
    """

    place: Place
    match_type: MatchType
    bare: bool = False
    everyday: bool = False
    class_word: bool = False


class Gazetteer:
    """Hold the places of one county by form, by number inside a compound, and by code."""

    def __init__(self, places: Iterable[Place], *, county_names: Iterable[str] = ()) -> None:
        """Index ``places``; linear in their number, does not copy them."""
        self._prefixes = sorted(map(normalise_name, county_names), key=len, reverse=True)
        self.forms: dict[str, list[Entry]] = {}
        self.by_id: dict[str, Place] = {}
        self._numbered: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._grids: dict[str, dict[str, Place]] = defaultdict(dict)
        self._area_names: dict[str, str] = {}
        for place in places:
            self.by_id[place.id] = place
            if place.kind in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY):
                self._area_names[place.area_code] = place.name
            if not self._is_numbered(place):
                self._add(place)

    def with_grids(self, grids: Sequence[Place]) -> Gazetteer | None:
        """Return the gazetteer with more grids, or None when one of them has no number.

        The same as one made from all places at once, as long as the codes of ``grids`` follow
        those of their communities' other grids. All forms are shared with this one.
        """
        labels = [grid_label(normalise_name(grid.name)) for grid in grids]
        if not all(labels):
            return None
        known = dict(self._grids)
        for grid, label in zip(grids, labels, strict=True):
            community = grid.area_code[:12]
            known[community] = {str(label): grid, **known.get(community, {})}
        joined = copy(self)
        vars(joined).update(by_id=self.by_id | {grid.id: grid for grid in grids}, _grids=known)
        return joined

    def building(self, compound: Place, label: str) -> tuple[Place, ...]:
        """Return the buildings of ``compound`` that carry the number ``label``."""
        return tuple(self._numbered.get((compound.id, label), ()))

    def _is_numbered(self, place: Place) -> bool:
        """Keep a place that is found by its number behind a name; say whether it is one."""
        if place.kind is PlaceKind.KILOMETRE_POST:
            return True
        name = normalise_name(place.name)
        if place.kind is PlaceKind.BUILDING and place.parent_id:
            label = building_label(name)
            if label:
                self._numbered[place.parent_id, label].append(place)
            return label is not None
        if place.kind is PlaceKind.GRID:
            label = grid_label(name)
            if label:
                self._grids[place.area_code[:12]].setdefault(label, place)
            return label is not None
        return False

    def grid(self, community: Place, label: str) -> Place | None:
        """Return the grid of ``community`` with the number ``label``."""
        return self._grids.get(community.area_code, {}).get(label)

    def has_numbered_grids(self, community: Place) -> bool:
        """Say whether the numbers of the grids of ``community`` are known."""
        return community.area_code in self._grids

    def usual_name(self, place: Place) -> str:
        """Return the full name as people say it: 振华社区 for its committee."""
        return _short(self.full_name(place), place.kind)

    def full_name(self, place: Place) -> str:
        """Return the name, with the compound's before it where the building's lacks it.

        A grid that is only called 第三网格 gets its community's before it.
        """
        if place.kind is PlaceKind.GRID:
            name = _short(self._area_names.get(place.area_code[:12], ""), PlaceKind.COMMUNITY)
            return place.name if place.name.startswith(name) else name + place.name
        compound = self.by_id.get(place.parent_id or "")
        if compound is None or place.name.startswith(compound.name):
            return place.name
        return compound.name + place.name

    def place_hint(self, place: Place) -> str:
        """Return what tells the place apart from its namesakes: township, community, name."""
        parts = [self.usual_name(place)]
        if place.kind is not PlaceKind.TOWNSHIP:
            finer = place.kind is not PlaceKind.COMMUNITY
            codes = (place.area_code[:12], place.area_code[:9]) if finer else (place.area_code[:9],)
            for code in dict.fromkeys(codes):
                name = self._area_names.get(code)
                short = _short(name, _KIND_OF_CODE[len(code)]) if name else ""
                if short and short not in parts[0]:
                    parts.insert(0, short)
        return "".join(parts)

    def _add(self, place: Place) -> None:
        for form, match_type in self._spellings(place):
            bare = not _is_speaking(form, place)
            everyday = bare and form in EVERYDAY_WORDS
            entry = Entry(place, match_type, bare, everyday, _is_class_word(form, place))
            entries = self.forms.setdefault(form, [])
            if all(known.place.id != place.id for known in entries):
                entries.append(entry)

    def _spellings(self, place: Place) -> Iterator[tuple[str, MatchType]]:
        """Yield each form once meant, exact spellings first."""
        exact = normalise_name(place.name)
        if len(exact) < _SHORTEST:
            return
        yield exact, MatchType.EXACT
        local = self._without_county(exact)
        residents = _core(exact, _RESIDENT_SUFFIXES) is not None
        yield from _variants(local, place.kind, residents=residents)
        for alias in place.aliases:
            spelled = normalise_name(alias)
            if len(spelled) >= _SHORTEST:
                yield spelled, MatchType.ALIAS
                if place.kind is PlaceKind.COMMUNITY:
                    variants = _variants(spelled, place.kind, residents=residents)
                    yield from ((form, MatchType.ALIAS) for form, _ in variants)

    def _without_county(self, name: str) -> str:
        for prefix in self._prefixes:
            if name.startswith(prefix) and len(name) - len(prefix) >= _SHORTEST:
                return name[len(prefix) :]
        return name


def _short(name: str, kind: PlaceKind) -> str:
    """Return the name as people say it: 磴口村 for 磴口村委会, 振华社区 for its committee."""
    if kind is PlaceKind.COMMUNITY:
        for suffix, usual in _SAID:
            if name.endswith(suffix) and len(name) - len(suffix) >= _SHORTEST:
                return name[: -len(suffix)] + usual
    return name


def _is_speaking(form: str, place: Place) -> bool:
    """Say whether the form alone shows that a place is meant."""
    if place.kind in (PlaceKind.ROAD, PlaceKind.POI, PlaceKind.BUILDING, PlaceKind.GRID):
        return True
    ending = next((end for end in _SPEAKING_ENDINGS if form.endswith(end)), "")
    # 新村 is a bare core although it ends in 村: what is left must be a name of its own.
    speaking = bool(ending) and len(form) - len(ending) >= _SHORTEST
    return speaking or len(form) >= _LONG_NAME


def _is_class_word(form: str, place: Place) -> bool:
    """Say whether a form is short for any place of its kind: 扬水站 for 磴口扬水站."""
    name = normalise_name(place.name)
    if place.kind is not PlaceKind.POI or form == name:
        return False
    return len(form) <= _CLASS_WORD or name.startswith(form) or name.endswith(form)


def _core(name: str, suffixes: tuple[str, ...]) -> str | None:
    """Return ``name`` without the longest suffix that leaves two characters, else None."""
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= _SHORTEST:
            return name[: -len(suffix)]
    return None


def _variants(name: str, kind: PlaceKind, *, residents: bool) -> Iterator[tuple[str, MatchType]]:
    """Yield the official variants of a name, then its bare core as an alias.

    ``residents`` says that the place itself is a residents' committee: 团结, short for 团结社区,
    must never answer to 团结村.
    """
    if kind is PlaceKind.COMMUNITY:
        suffixes = _RESIDENT_SUFFIXES if residents else _VILLAGE_SUFFIXES
        core = _core(name, suffixes) or name
        for suffix in suffixes:
            yield core + suffix, MatchType.EXACT
        yield core, MatchType.ALIAS
        office = _core(core, _OFFICE_SUFFIXES)
        if office:
            yield office, MatchType.ALIAS
    elif kind is PlaceKind.TOWNSHIP:
        core = _core(name, _TOWNSHIP_SUFFIXES) or name
        yield name, MatchType.EXACT
        yield core, MatchType.ALIAS
    elif kind is PlaceKind.COMPOUND:
        core = _core(name, _COMPOUND_SUFFIXES) or name
        if len(core) > _SHORTEST:  # 阳光 alone is a word, 丽景苑 is a name
            yield core, MatchType.ALIAS
