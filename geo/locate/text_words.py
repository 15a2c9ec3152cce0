"""Give the reasons of a text and tell the grids that it leaves apart."""

from __future__ import annotations

from geo.address.types import PlaceKind
from geo.locate import wording
from geo.locate.county_map import CountyMap
from geo.locate.landmarks import MOST_NAMED, Landmarks, road_sides
from geo.locate.text_finding import TextFinding
from geo.locate.text_grids import grids_of
from geo.locate.text_sentences import main_words, question
from geo.locate.types import Candidate, Reason

_MOST_QUOTED = 12
_UNITS = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.GRID)


def text_candidates(
    county: CountyMap, text: TextFinding, codes: tuple[str, ...], landmarks: Landmarks
) -> tuple[Candidate, ...]:
    """Describe the grids that a text leaves: unit, side, and what lies inside."""
    if len(text.places) != 1:
        return _candidates(county, text, codes, landmarks)
    # Of one place nothing else that was said makes a difference.
    asked = (text.possible, codes)
    return landmarks.told(
        county, text.places[0], asked, lambda: _candidates(county, text, codes, landmarks)
    )


def _candidates(
    county: CountyMap, text: TextFinding, codes: tuple[str, ...], landmarks: Landmarks
) -> tuple[Candidate, ...]:
    sides = wording.parts_of_parents(county, text.possible)
    inside = _insides(county, text, codes, landmarks)
    candidates = []
    for code in codes:
        unit = _unit_words(county, text, code, sides.get(code, ""))
        hint = wording.joined(unit, _places_in(county, text, code), inside.get(code, ""))
        candidates.append(
            Candidate(
                code=code, share=None, distance_m=None, hint=hint or f"在{county.label(code)}内"
            )
        )
    return tuple(candidates)


def _insides(
    county: CountyMap, text: TextFinding, codes: tuple[str, ...], landmarks: Landmarks
) -> dict[str, str]:
    """Say what lies in each grid: the buildings of the compound, the side of the street, names."""
    if len(codes) < 2:
        return {}
    if len(text.places) == 1 and text.places[0].kind is PlaceKind.COMPOUND:
        buildings = landmarks.buildings_of(county, text.places[0], codes)
        return {code: f"有{numbers}" for code, numbers in buildings.items()}
    roads = [place for place in text.places if place.kind is PlaceKind.ROAD]
    sides = road_sides(county, roads[0], codes) if len(roads) == 1 else {}
    said = {place.name for place in text.places}
    words: dict[str, str] = {}
    for code, names in landmarks.inside(county, codes).items():
        shown = [_local(county, code, name) for name in names if name not in said]
        inside = "内有" + "、".join(shown[:MOST_NAMED]) if shown else ""
        words[code] = wording.joined(sides.get(code, ""), inside)
    return words


def _local(county: CountyMap, code: str, name: str) -> str:
    """Return a name without that of the village, which the hint has said."""
    village = county.name(code[:12])
    return name.removeprefix(village) or name


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
    """Return one to four sentences: what was recognised, what was not, what to split and ask."""
    reasons = [Reason(_STEPS.get(text.rule, "address"), main_words(county, text))]
    if text.match.unexplained and text.places:
        quoted = text.match.unexplained[:_MOST_QUOTED]
        reasons.append(Reason("unexplained", f"地址中“{quoted}”未能识别，不据此自动派单。"))
    if text.match.matters:
        reasons.append(Reason("split", _split_words(text)))
    asked = question(text)
    if asked:
        reasons.append(Reason("ask", f"请问明：{asked}"))
    return tuple(reasons)


_STEPS = {"text_outside": "outside", "text_unknown": "unknown", "county_only": "unknown"}


def _split_words(text: TextFinding) -> str:
    """Propose to split a report of several matters, and name its parts."""
    parts = [matter.text[:_MOST_QUOTED] for matter in text.match.matters]
    told = "；".join(f"{number}）{part}" for number, part in enumerate(parts, start=1))
    return f"这一单写了{len(parts)}件事，建议拆单：{told}。"
