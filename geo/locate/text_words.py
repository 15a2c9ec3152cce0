"""Say in words what an address shows, what to ask the caller, and how grids are told apart."""

from __future__ import annotations

from geo.address.types import AddressMatch, PlaceKind
from geo.locate import wording
from geo.locate.county_map import CountyMap
from geo.locate.text_finding import TextFinding, grids_of
from geo.locate.types import Candidate, Reason, Verdict

_MOST_NAMED = 4
_MOST_QUOTED = 12
_UNITS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.GRID)


def text_candidates(
    county: CountyMap, text: TextFinding, codes: tuple[str, ...]
) -> tuple[Candidate, ...]:
    """Describe the grids that a text leaves: unit, place in it, side of the community."""
    sides = wording.parts_of_parents(county, text.possible)
    candidates = []
    for code in codes:
        unit = _unit_words(county, text, code, sides.get(code, ""))
        hint = wording.joined(unit, _places_in(county, text, code))
        candidates.append(
            Candidate(
                code=code, share=None, distance_m=None, hint=hint or f"在{county.label(code)}内"
            )
        )
    return tuple(candidates)


def _unit_words(county: CountyMap, text: TextFinding, code: str, part: str) -> str:
    """Say to which unit a grid belongs and where in its community it lies, each name once."""
    unit = wording.belongs(county, code, text.possible)
    community = county.name(code[:12])
    if unit.endswith(community):
        return unit + part
    if part:
        return wording.joined(unit, f"在{community}{part}")
    return unit + community if unit else ""


def _places_in(county: CountyMap, text: TextFinding, code: str) -> str:
    """Name the places of several that lie in a grid; its own units are said without it."""
    if len(text.places) < 2:
        return ""
    match = text.match
    finer = [place for place in match.places if place.kind not in _UNITS]
    names = [place.name for place in finer if code in grids_of(county, place, match)]
    return "、".join(dict.fromkeys(names))


def text_reasons(county: CountyMap, text: TextFinding) -> tuple[Reason, ...]:
    """Return one to three sentences: what was recognised, what was not, what to ask."""
    reasons = [Reason(_STEPS.get(text.rule, "address"), _main_words(county, text))]
    if text.match.unexplained and text.places:
        quoted = text.match.unexplained[:_MOST_QUOTED]
        reasons.append(Reason("unexplained", f"地址中“{quoted}”未能识别，不据此自动派单。"))
    question = _question(text)
    if question:
        reasons.append(Reason("ask", f"请问明：{question}"))
    return tuple(reasons)


_STEPS = {"text_outside": "outside", "text_unknown": "unknown", "county_only": "unknown"}


def _main_words(county: CountyMap, text: TextFinding) -> str:
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
    if text.rule == "road_crosses_grids":
        return f"{recognised}，道路穿过多个网格，不按道路定网格。"
    if text.grid is not None and text.places[0].kind is PlaceKind.GRID and not match.mentions:
        return f"{recognised}，属{county.label(text.grid[:12])}。"
    if text.grid is not None:
        every = "都" if match.mentions else ""
        return f"{recognised}，{every}在{county.label(text.grid)}内。"
    return f"{recognised}，涉及{len(text.possible)}个网格{_first_names(county, text)}。"


def _recognised(match: AddressMatch) -> str:
    if match.mentions:
        return f"地址：识别出{len(match.mentions)}处：{'、'.join(match.mentions[:_MOST_NAMED])}"
    return f"地址：识别为“{_spoken(match)}”{_offset(match)}（{_how(match)}）"


def _spoken(match: AddressMatch) -> str:
    """Return the place's name; of several places the words that they share."""
    if len(match.places) > 1 and match.anchor:
        return match.anchor
    return match.name or match.places[0].name


def _offset(match: AddressMatch) -> str:
    return f"{match.direction or '附近'}{wording.metres(match.offset_m)}" if match.offset_m else ""


def _how(match: AddressMatch) -> str:
    kind = wording.PLACE_NAMES[match.places[0].kind]
    return f"{kind}，{wording.MATCH_NAMES[match.match_type]}" if match.match_type else kind


def _first_names(county: CountyMap, text: TextFinding) -> str:
    if not 0 < len(text.possible) <= _MOST_NAMED:
        return ""
    return "（" + "、".join(wording.names(county, text.possible)) + "）"


def _question(text: TextFinding) -> str:
    """Return what the operator should ask next, or nothing when the text is enough."""
    kinds = {place.kind for place in text.places}
    if text.match.mentions and text.verdict is not Verdict.AUTO:
        shown = text.match.mentions[:_MOST_NAMED]
        return f"事发地是{'还是'.join(shown)}，还是别处？" if text.grid is None else ""
    if text.rule == "same_name_elsewhere":
        return f"哪个乡镇的{_spoken(text.match)}？"
    if text.rule == "township_only":
        return "哪个村或社区？"
    if text.rule == "road_crosses_grids":
        return "在这条路的什么位置，附近是哪个小区、单位或村？"
    if text.rule != "several_grids":
        return ""
    if kinds == {PlaceKind.COMPOUND}:
        return "几号楼？"
    if PlaceKind.COMMUNITY not in kinds:
        return "具体位置？"
    urban = all(_is_urban(place.area_code) for place in text.places)
    return "哪个小区、几号楼？" if urban else "哪个村民小组、哪个院落，或附近有什么？"


def _is_urban(area_code: str) -> bool:
    """Say whether a community is a residents' committee: 001-199 of the statistical codes."""
    return "001" <= area_code[9:12] <= "199"
