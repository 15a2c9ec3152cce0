"""Say what an address was understood to be, and what to ask the caller when that is not enough."""

from __future__ import annotations

from geo.address.types import AddressMatch, Lack, PlaceKind, Relation
from geo.locate import wording
from geo.locate.county_map import CountyMap
from geo.locate.text_finding import TextFinding
from geo.locate.types import Verdict

_MOST_NAMED = 4
_MOST_QUOTED = 16


def main_words(county: CountyMap, text: TextFinding) -> str:
    """Return the sentence that says what was recognised and where that lies."""
    match = text.match
    if text.rule == "text_outside":
        return f"地址：所述地点不在{wording.county_name(county)}范围内。"
    if text.rule in ("text_unknown", "county_only"):
        if match.detail:
            return f"地址：{match.detail}"
        return f"地址：未能识别出{wording.county_name(county)}内的地名。"
    if text.rule == "township_only":
        return f"地址：只识别到{county.label(text.places[0].area_code)}，未说明村或社区。"
    recognised = _recognised(match)
    if text.rule in ("same_name_elsewhere", "several_places"):
        same = f"，同名的有{len(text.places)}处" if text.rule == "same_name_elsewhere" else ""
        units = list(dict.fromkeys(county.name(p.area_code[:9]) for p in text.places))
        return f"{recognised}{same}，分属{'、'.join(units)}，不能代选。"
    ruled = _of_rule(text)
    if ruled:
        return f"{recognised}，{ruled}。"
    if text.grid is not None and text.places[0].kind is PlaceKind.GRID and not match.mentions:
        return f"{recognised}，属{county.label(text.grid[:12])}。"
    if text.grid is not None:
        every = "都" if match.mentions else ""
        return f"{recognised}，{every}在{county.label(text.grid)}内{_but(text)}。"
    return f"{recognised}，涉及{len(text.possible)}个网格{_first_names(county, text)}。"


def _of_rule(text: TextFinding) -> str:
    """Return what a rule of its own says of the places; nothing for the usual ones."""
    if text.rule == "short_for_others":
        others = "、".join(place.name for place in text.match.possibly[:_MOST_NAMED])
        return f"也可能是{others}的简称，不能代选"
    return _RULE_WORDS.get(text.rule, "")


_RULE_WORDS = {
    "road_crosses_grids": "道路穿过多个网格，不按道路定网格",
    "crossing_of_streets": "路口在几个网格交界处，不按道路定网格",
    "post_unknown": "地名库中没有这条路的公里桩，不能落点",
    "between_places": "说的是两处之间的一段或一片，只凭文字不落点",
    "of_both_places": "一件事涉及两处，不派给其中一处",
    "source_unknown": "说的是察觉到的地方，来源不明，不按此处派单",
    "several_matters": "一单写了几件事，各有地点",
}
_BUT = {
    "speakers_place": "，但只说了来电人在哪里，没有说事发地",
    "direction_only": "，但只说了方向，没有说多远",
    "match_uncertain": "，地名不是完全一致，须由人确认",
    "margin_small": "，但还有读法与之相近，须由人确认",
}


def _but(text: TextFinding) -> str:
    return _BUT.get(text.rule, "")


def _recognised(match: AddressMatch) -> str:
    if match.mentions:
        return f"地址：识别出{len(match.mentions)}处：{'、'.join(match.mentions[:_MOST_NAMED])}"
    return f"地址：识别为“{spoken(match)}”{_offset(match)}（{_how(match)}）"


def spoken(match: AddressMatch) -> str:
    """Return the place's name; of several places the words that they share."""
    if len(match.places) > 1 and match.anchor:
        return match.anchor
    return match.name or match.places[0].name


def _offset(match: AddressMatch) -> str:
    """Return how the spot lies to the place: 村委会东200米, 附近200米, 后头那条巷子."""
    anchor = match.anchor or ""
    office = anchor if match.office and anchor not in spoken(match) else ""
    if match.offset_m:
        return f"{office}{match.direction or '附近'}{wording.metres(match.offset_m)}"
    away = match.relation not in (Relation.AT, Relation.INSIDE)
    return office + (match.spot or "")[:_MOST_QUOTED] if away else ""


def _how(match: AddressMatch) -> str:
    kind = wording.PLACE_NAMES[match.places[0].kind]
    return f"{kind}，{wording.MATCH_NAMES[match.match_type]}" if match.match_type else kind


def _first_names(county: CountyMap, text: TextFinding) -> str:
    if not 0 < len(text.possible) <= _MOST_NAMED:
        return ""
    return "（" + "、".join(wording.names(county, text.possible)) + "）"


_QUESTIONS = {
    "township_only": "哪个村或社区？",
    "post_unknown": "在哪个乡镇、靠近哪个村或出口？",
    "between_places": "从哪里到哪里，靠近哪一头，旁边有什么？",
    "of_both_places": "东西在哪个村的地界上？",
    "source_unknown": "味道或声音从哪个方向来，附近有什么？",
    "direction_only": "往那边大约多少米，旁边有什么？",
    "crossing_of_streets": "在路口的哪个角，旁边是什么？",
}


def question(text: TextFinding) -> str:
    """Return what the operator should ask next, or nothing when the text is enough."""
    if text.rule in _QUESTIONS:
        return _QUESTIONS[text.rule]
    if text.match.mentions and text.verdict is not Verdict.AUTO:
        shown = text.match.mentions[:_MOST_NAMED]
        return f"事发地是{'还是'.join(shown)}，还是别处？" if text.grid is None else ""
    if text.rule == "same_name_elsewhere":
        return f"哪个乡镇的{spoken(text.match)}？"
    if text.rule == "short_for_others":
        others = "还是".join(place.name for place in text.match.possibly[:_MOST_NAMED])
        return f"是{spoken(text.match)}，还是{others}？"
    if text.rule == "speakers_place":
        return f"事发地就在{spoken(text.match)}吗？"
    if text.rule == "road_crosses_grids":
        return "在这条路的什么位置，附近是哪个小区、单位或村？"
    if text.match.lack is Lack.BUILDING:
        return "几号楼？所写的楼号没有登记。"
    return _of_many_grids(text) if text.rule == "several_grids" else ""


def _of_many_grids(text: TextFinding) -> str:
    kinds = {place.kind for place in text.places}
    if text.match.offset_m:
        return "那里附近有什么，是哪家哪户？"
    if kinds == {PlaceKind.COMPOUND}:
        return "几号楼？"
    if PlaceKind.COMMUNITY not in kinds:
        return "具体位置？"
    urban = all(_is_urban(place.area_code) for place in text.places)
    return "哪个小区、几号楼？" if urban else "哪个村民小组、哪个院落，或附近有什么？"


def _is_urban(area_code: str) -> bool:
    """Say whether a community is a residents' committee: 001-199 of the statistical codes."""
    return "001" <= area_code[9:12] <= "199"
