"""Decide which grid owns a report, or who settles the doubt: the heart of the project.

``decide`` is pure and deterministic: the same position, address match and boundary revision give
an equal decision, which is how a stored receipt is replayed. It never guesses silently: ``auto``
only when one grid is certain, ``confirm`` with candidates otherwise, ``desk`` outside or unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from geo.address.types import AddressMatch, MatchType
from geo.locate import wording
from geo.locate.county_map import CountyMap
from geo.locate.landmarks import Landmarks
from geo.locate.point_finding import PointFinding, point_trace, weigh_point
from geo.locate.point_words import near_candidate, point_reasons
from geo.locate.text_finding import TextFinding, weigh_text
from geo.locate.text_words import text_candidates, text_reasons
from geo.locate.together import Joint, settled, weigh_together
from geo.locate.types import Candidate, Decision, Reason, Verdict
from geo.position import Position

MOST_CANDIDATES: Final = 20
NO_LANDMARKS: Final = Landmarks()
NEAR_BUILDING_M: Final = 60.0
"""A phone in a building, or before it, lies so near to its point, whatever its own error."""


def decide(
    *,
    county: CountyMap,
    position: Position | None,
    match: AddressMatch | None,
    landmarks: Landmarks = NO_LANDMARKS,
) -> Decision:
    """Say who owns the place that a position, an address match or both describe.

    ``position`` may be in any of the four datums. With neither, or with nothing that is known,
    the desk of the county decides. ``landmarks`` tell the candidates of a text apart, and whose
    building a number without a name is.
    """
    if position is None:
        return _from_text(county, match, landmarks)
    point = weigh_point(county, position)
    if match is None:
        return decide_point(county, point)
    return _from_both(county, point, weigh_text(county, _with_building(match, point, landmarks)))


def left_to_desk(county: CountyMap, decision: Decision, why: str) -> Decision:
    """Return a decision with its candidates, but for a person to take: what was given is faulty.

    ``why`` says what was; it comes before the other reasons.
    """
    count = len(decision.candidates)
    reasons = [Reason("misplaced", why), *decision.reasons[:-1]]
    return replace(
        decision,
        verdict=Verdict.DESK,
        grid=None,
        path=(),
        decided_by=county.root,
        reasons=_closed(county, reasons, Verdict.DESK, county.root, count),
        trace={**decision.trace, "left_to_desk": True},
    )


def _with_building(match: AddressMatch, point: PointFinding, landmarks: Landmarks) -> AddressMatch:
    """Let the position tell whose building a number without a name is: 6号楼 beside the phone."""
    if match.places or match.building is None or match.outside:
        return match
    place = landmarks.building_near(
        match.building,
        lon=point.position.lon,
        lat=point.position.lat,
        within_m=point.position.accuracy_m + NEAR_BUILDING_M,
    )
    if place is None:
        return match
    return replace(
        match,
        level=place.kind.value,
        name=place.name,
        match_type=MatchType.ALIAS,
        radius_m=place.radius_m,
        places=(place,),
    )


def decide_point(county: CountyMap, point: PointFinding, *, traced: bool = True) -> Decision:
    """Say who owns the place of a position alone, once it is weighed.

    Not ``traced``: without the figures of a receipt, for an answer that leaves none.
    """
    shown = _shown(point.possible, point.owner)
    decided_by = settled(county, point.verdict, point.possible)
    reasons = list(point_reasons(county, point))
    return Decision(
        verdict=point.verdict,
        grid=point.owner,
        path=county.path(point.owner) if point.owner else (),
        decided_by=decided_by,
        candidates=tuple(near_candidate(county, point, code, point.possible) for code in shown),
        position=point.position,
        address_match=None,
        reasons=_closed(county, reasons, point.verdict, decided_by, len(point.possible)),
        trace=_point_trace(county, point) if traced else {},
    )


def _point_trace(county: CountyMap, point: PointFinding) -> dict[str, object]:
    return {
        "revision": county.revision,
        "rule": point.rule,
        **point_trace(point, most_shares=MOST_CANDIDATES),
    }


def _from_text(county: CountyMap, match: AddressMatch | None, landmarks: Landmarks) -> Decision:
    if match is None:
        reasons = [Reason("unknown", "没有位置，也没有可识别的地址，请问明地点。")]
        return Decision(
            verdict=Verdict.DESK,
            grid=None,
            path=(),
            decided_by=county.root,
            candidates=(),
            position=None,
            address_match=None,
            reasons=_closed(county, reasons, Verdict.DESK, county.root, 0),
            trace={"revision": county.revision, "rule": "nothing_known"},
        )
    text = weigh_text(county, match)
    shown = text.possible[:MOST_CANDIDATES]
    reasons = list(text_reasons(county, text))
    return Decision(
        verdict=text.verdict,
        grid=text.grid,
        path=county.path(text.certain) if text.certain else (),
        decided_by=text.settled_by,
        candidates=text_candidates(county, text, shown, landmarks),
        position=None,
        address_match=match,
        reasons=_closed(county, reasons, text.verdict, text.settled_by, len(text.possible)),
        trace={
            "revision": county.revision,
            "rule": text.rule,
            "address": _address_trace(text),
        },
    )


def _from_both(county: CountyMap, point: PointFinding, text: TextFinding) -> Decision:
    joint = weigh_together(county, point, text)
    shown = _shown(joint.possible, joint.grid)
    certain = joint.grid or (joint.text.certain if point.shares is None else None)
    reasons = [
        *point_reasons(county, point),
        *(reason for reason in text_reasons(county, joint.text) if _is_new(joint, reason)),
        *_joint_reasons(county, joint),
    ]
    return Decision(
        verdict=joint.verdict,
        grid=joint.grid,
        path=county.path(certain) if certain else (),
        decided_by=joint.settled_by,
        candidates=tuple(_joint_candidate(county, point, joint, code) for code in shown),
        position=point.position,
        address_match=joint.text.match,
        reasons=_closed(county, reasons, joint.verdict, joint.settled_by, len(joint.possible)),
        trace={
            "revision": county.revision,
            "rule": joint.rule,
            **point_trace(point, most_shares=MOST_CANDIDATES),
            "address": _address_trace(joint.text),
            "agrees": joint.agrees,
            "building_away_m": joint.away_m,
            "other_readings": [[other.datum.value, other.owner] for other in joint.readings],
        },
    )


def _is_new(joint: Joint, reason: Reason) -> bool:
    """Say whether a sentence about the address still matters beside a position."""
    if reason.step == "ask":
        return joint.verdict is not Verdict.AUTO and joint.agrees is None
    return reason.step != "unexplained" or not joint.agrees


def _joint_candidate(county: CountyMap, point: PointFinding, joint: Joint, code: str) -> Candidate:
    """Describe a candidate from the point's side, and say when the address speaks for it.

    A grid that the address alone has chosen has no share of the disc, not a share of nought.
    """
    seen = near_candidate(county, point, code, joint.possible)
    named = "与地址相符" if code in joint.text.possible else ""
    read = [wording.DATUM_NAMES[other.datum] for other in joint.readings if other.owner == code]
    other = f"按{'、'.join(read)}解读点位在此格" if read else ""
    return Candidate(
        code=code,
        share=None if code == joint.grid and not seen.share else seen.share,
        distance_m=seen.distance_m,
        hint=wording.joined(seen.hint, named, other),
    )


def _joint_reasons(county: CountyMap, joint: Joint) -> list[Reason]:
    reasons: list[Reason] = []
    if joint.agrees:
        reasons.append(Reason("agreement", _AGREEMENT.get(joint.rule, "位置与地址相符。")))
    elif joint.away_m is not None:
        reasons.append(Reason("conflict", _far_words(joint, joint.away_m)))
    elif joint.agrees is False:
        reasons.append(
            Reason("conflict", _CONFLICT.get(joint.rule, "位置与地址不一致，不自动派单。"))
        )
    if joint.readings:
        names = "、".join(wording.DATUM_NAMES[other.datum] for other in joint.readings)
        label = county.label(joint.readings[0].owner)
        detail = f"坐标系可能填错：按{names}解读与地址相符（在{label}内）。"
        reasons.append(Reason("datum_mislabel", detail))
    return reasons


_AGREEMENT = {
    "two_grids_near": "位置与地址相近，但分属不同网格，不自动派单。",
    "text_and_point_agree": "位置与地址相符，以其中较准的为准。",
}
_CONFLICT = {
    "text_says_outside": "位置在本旗县区内，地址却在外地，两者不一致，不自动派单。",
}


def _far_words(joint: Joint, away_m: float) -> str:
    look = "，相距较远，须由人确认" if joint.verdict is Verdict.CONFIRM else ""
    said = f"手机定位在{wording.metres(away_m)}外，以地址为准"
    return f"位置与地址不一致：{said}（地址写明楼栋）{look}。"


def _shown(possible: tuple[str, ...], owner: str | None) -> tuple[str, ...]:
    """Return the candidates that are listed: the first of them, the owner always included."""
    first = possible[:MOST_CANDIDATES]
    if owner is None or owner in first or owner not in possible:
        return first
    return (*first[:-1], owner)


def _closed(
    county: CountyMap,
    reasons: list[Reason],
    verdict: Verdict,
    decided_by: str | None,
    count: int,
) -> tuple[Reason, ...]:
    """Add the sentence that says what follows: assigned at once, or who settles the doubt."""
    if verdict is Verdict.AUTO:
        return (*reasons, Reason("auto", "判定：归属明确，自动派单。"))
    who = county.label(decided_by) if decided_by else wording.county_name(county)
    more = count - MOST_CANDIDATES
    among = f"候选{count}个网格" if count else "没有候选网格"
    if more > 0:
        among = f"{among}（另有{more}个未列出）"
    if verdict is Verdict.DESK:
        detail = f"判定：转{who}人工研判，{among}。"
    else:
        detail = f"判定：待{who}确认，{among}。"
    return (*reasons, Reason("decided_by", detail))


def _address_trace(text: TextFinding) -> dict[str, object]:
    match = text.match
    return {
        "level": match.level,
        "name": match.name,
        "match_type": match.match_type.value if match.match_type else None,
        "places": [place.id for place in match.places],
        "grids": list(text.possible[:MOST_CANDIDATES]),
        "unexplained": match.unexplained,
        "outside": match.outside,
        "link": match.link.value if match.link else None,
        "relation": match.relation.value,
        "offset_m": match.offset_m,
        "direction": match.direction,
        "margin": match.margin,
        "rule": text.rule,
    }
