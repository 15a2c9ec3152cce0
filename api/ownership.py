"""Answer who owns a report: the decision of the spatial rules plus the person on duty.

Used by locating (questions) and by reports (intake): the same input and knowledge give the same
answer, and the receipt holds what is needed to ask again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller
from api.duty.roster import Org, Person, Post, Responsible
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.locating.match_json import match_json
from api.routing.lanes import Lane
from api.shown_units import units_of
from geo.address.types import AddressMatch
from geo.codes import level_of
from geo.locate.county_map import CountyMap
from geo.locate.decision import decide, left_to_desk
from geo.locate.types import Decision, Reason, Verdict
from geo.position import Position


@dataclass(frozen=True, slots=True)
class Question:
    """Ask for the owner of a position, an address or both, at an instant.

    ``text`` are the words of a report, which often say the place better than its address column.
    ``misplaced`` says why a position that was given could not be read: the desk decides then.
    """

    position: Position | None
    address: str | None
    at: datetime
    text: str | None = None
    misplaced: str | None = None


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """Hold the decision, the lane, the person on duty and the revisions they come from.

    ``area_code`` is the place: who sees it. ``owner_area`` is the area whose chain of duty
    answers, ``org`` the organisation that does in its stead; ``duty`` is theirs. ``lane`` is None
    for a question without a report, and where the doubt about the place must be settled first.
    ``informed`` are the leads of the building, told and not responsible; ``notes`` are the
    sentences of the routing. ``category`` and ``about`` (whom a complaint is about) are kept so
    that the same can be asked again.
    """

    question: Question
    decision: Decision
    duty: Responsible
    revision: str
    roster_revision: int
    county: CountyMap
    area_code: str
    owner_area: str
    lane: Lane | None = None
    org: Org | None = None
    informed: tuple[tuple[Post, Person], ...] = ()
    notes: tuple[Reason, ...] = ()
    category: str | None = None
    about: str | None = None

    @property
    def post_id(self) -> UUID | None:
        """Return the post that answers."""
        return self.duty.post.id if self.duty.post else None

    @property
    def person_id(self) -> UUID | None:
        """Return the person who answers."""
        return self.duty.person.id if self.duty.person else None


def answer(
    keeper: Keeper,
    knowledge: Knowledge,
    question: Question,
    *,
    category: str | None = None,
    about: str | None = None,
    matched: Matched | None = None,
) -> OwnerAnswer:
    """Return who owns what is asked for; raise Problem or GeoError for malformed input.

    ``category`` and ``about`` are kept in the answer, and change nothing of it. ``matched`` are
    questions whose words were looked up before, with the same knowledge.
    """
    county = keeper.map_at(knowledge, question.at)
    if matched is None:
        match = match_of(knowledge, question)
    else:
        match = matched[question.text, question.address]
    decision = decide(
        county=county, position=question.position, match=match, landmarks=knowledge.landmarks
    )
    if question.misplaced is not None:
        decision = left_to_desk(county, decision, question.misplaced)
    return answer_of(knowledge, question, county, decision, category=category, about=about)


def answer_of(
    knowledge: Knowledge,
    question: Question,
    county: CountyMap,
    decision: Decision,
    *,
    category: str | None = None,
    about: str | None = None,
) -> OwnerAnswer:
    """Return a decision with who is on duty for it."""
    area_code = _responsible_area(decision, knowledge.county.code)
    kind = county.kinds.get(area_code) if level_of(area_code) == "grid" else None
    duty = knowledge.roster.responsible(area_code=area_code, kind=kind, at=question.at)
    return OwnerAnswer(
        question,
        decision,
        duty,
        county.revision,
        knowledge.roster.revision,
        county,
        area_code,
        owner_area=area_code,
        category=category,
        about=about,
    )


Matched = Mapping[tuple[str | None, str | None], AddressMatch | None]
"""What words name, by the words of questions: text and address."""


def match_of(knowledge: Knowledge, question: Question) -> AddressMatch | None:
    """Return what address and text name; None for a text beside no address that names nothing."""
    matcher = knowledge.matcher
    if not question.text:
        return matcher.match(question.address) if question.address else None
    match = matcher.match(question.text, question.address or "")
    said = match.places or match.outside or match.building or question.address
    return match if said else None


def _responsible_area(decision: Decision, root: str) -> str:
    if decision.verdict is Verdict.AUTO and decision.grid is not None:
        return decision.grid
    return decision.decided_by or root


def answer_json(answer: OwnerAnswer) -> dict[str, Any]:
    """Return the answer in the shape of the contract, whole; ``seen_by`` cuts it for a caller."""
    decision, county = answer.decision, answer.county
    match, units = decision.address_match, units_of(county)
    # A place alone has no lane: that is a matter of the category.
    routed = {"lane": _lane(answer)} if answer.category or answer.about else {}
    return {
        "decision": decision.verdict.value,
        "grid": _grid(county, decision.grid),
        "path": [units[code] for code in decision.path],
        "worker": answer.duty.said(_worker),
        "decided_by": None if decision.decided_by is None else units[decision.decided_by],
        "candidates": [
            {
                "grid": {"code": candidate.code, "name": county.names[candidate.code]},
                "share": candidate.share,
                "distance_m": candidate.distance_m,
                "hint": candidate.hint,
            }
            for candidate in decision.candidates
        ],
        "position": position_json(decision.position),
        "address_match": None if match is None else match_json(match),
        "revision": answer.revision,
        "at": answer.question.at.astimezone(SHANGHAI).isoformat(),
        "reasons": [
            *(
                {"step": reason.step, "detail": reason.detail}
                for reason in (*decision.reasons, *answer.notes)
            ),
            {"step": "duty", "detail": answer.duty.said(duty_sentence)},
        ],
        **routed,
    }


def _lane(answer: OwnerAnswer) -> dict[str, Any] | None:
    if answer.lane is None:
        return None
    return {
        **lane_json(answer.lane),
        "owner": units_of(answer.county)[answer.owner_area],
        "org": None if answer.org is None else {"id": str(answer.org.id), "name": answer.org.name},
    }


def lane_json(lane: Lane) -> dict[str, Any]:
    """Return a lane, what the grid worker does beside it, and why the list forbids more."""
    refusal = lane.refusal
    return {
        "kind": lane.kind,
        "label": lane.label,
        "leads": list(lane.leads),
        "grid_action": lane.grid_action,
        "grid_action_label": lane.grid_action_words,
        "access": lane.access,
        "item": None if lane.item is None else {"no": lane.item.no, "name": lane.item.item},
        "refusal": None
        if refusal is None
        else {
            "reason": refusal.reason,
            "item": None if refusal.no is None else {"no": refusal.no, "name": refusal.item},
            "date": refusal.day.isoformat() if refusal.day else None,
            "detail": f"{refusal.words}。",
        },
        "list_version": lane.list_version,
    }


def duty_sentence(duty: Responsible) -> str:
    """Return who answers in words, with the tiers passed on the way."""
    if duty.post is None or duty.person is None:
        return "责任：各级均无在岗人员，转受理台处理。"
    skipped = [step.detail for step in duty.chain[:-1]]
    way = f"（{'；'.join(skipped)}）" if skipped else ""
    if duty.way in ("override", "cover"):
        # Who stands in, for whom and until when: the last sentence of the chain says it whole.
        return f"责任：{duty.chain[-1].detail}{way}。"
    return f"责任：由{duty.post.label}{duty.person.name}负责，今日在岗{way}。"


def _grid(county: CountyMap, code: str | None) -> dict[str, str] | None:
    if code is None:
        return None
    return {"code": code, "name": county.names[code], "kind": county.kinds.get(code, "")}


def _worker(duty: Responsible) -> dict[str, str | None] | None:
    if duty.person is None or duty.post is None:
        return None
    return {
        "post": str(duty.post.id),
        "role": duty.post.role,
        "name": duty.person.name,
        "phone": duty.person.phone,
    }


def seen_by(answer: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
    """Return a whole answer with people and words as far as the caller may see them."""
    shown, worker = dict(answer), answer["worker"]
    if caller is not None and not caller.sees_texts:
        shown["worker"] = shown["address_match"] = None
        # The other sentences name the person on duty and the words of the address.
        shown["reasons"] = [
            reason for reason in answer["reasons"] if reason["step"] in ("owner", "border")
        ]
    elif worker is not None:
        decisive = answer["grid"] if answer["decision"] == "auto" else answer["decided_by"]
        decisive = (answer.get("lane") or {}).get("owner") or decisive
        if caller is None or not caller.sees_worker_phones(decisive["code"] if decisive else ""):
            shown["worker"] = {**worker, "phone": mask_phone(worker["phone"])}
    return shown


def mask_phone(phone: str | None) -> str | None:
    """Return the phone with its middle hidden: 0000****567."""
    if phone is None or len(phone) < 8:
        return None if phone is None else "****"
    return f"{phone[:4]}****{phone[-3:]}"


def position_json(position: Position | None) -> dict[str, Any] | None:
    """Return a CGCS2000 position as the contract writes it."""
    if position is None:
        return None
    return {
        "lon": position.lon,
        "lat": position.lat,
        "crs": position.datum.value,
        "accuracy_m": position.accuracy_m,
    }
