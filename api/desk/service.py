"""Look at a call before it is written down, and list what waits at a desk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from api.accounts.roles import Caller
from api.db import desk_store
from api.db.desk_store import Asked
from api.db.engine import Connection
from api.desk.schemas import LookIn
from api.desk.wording import Answerer, Choice, questions, sentence
from api.duplicates import service as duplicates
from api.input_types import local_time
from api.knowledge import Category, Keeper, Knowledge
from api.life.vocabulary import HANDED_ON
from api.ownership import OwnerAnswer, Question, answer_json, seen_by
from api.problems import invalid
from api.reports.asking import ask, for_category
from api.reports.due_dates import due_words
from api.reports.views import summary
from geo.codes import Level, level_of
from geo.locate.types import Verdict

QUEUE_LABELS = {
    "triage": "待研判",
    "returns": "退单待审",
    "dispatch": "待派单",
    "red": "超期",
    "nobody": "无人负责",
    "verify": "待核查",
    "follow_up": "待回访",
    "open": "全部在办",
}
_WAYS = {"override": "临时顶岗", "cover": "代班", "holder": "在岗"}
_REMARK_AT_THE_END = re.compile("（[^（）]*）$")
_MOST_ROWS = 100


def look(
    connection: Connection,
    keeper: Keeper,
    known: Knowledge,
    caller: Caller,
    body: LookIn,
    now: datetime,
) -> dict[str, Any]:
    """Return whose a call would be, until when, what to ask, what is similar, what to say.

    Nothing is written. Raises Problem 422 for an unknown category or grid.
    """
    at = body.at or now
    category = _category(known, body.category)
    asked = _asked(keeper, known, body, at)
    found = asked if asked is None or body.grid is None else _settled(asked, known, body, at)
    due = _due(known, category, at)
    secret = bool(body.about) or (
        category is not None and (category.confidential or category.withheld_from_grid)
    )
    return {
        "answer": None if asked is None else seen_by(answer_json(asked), caller),
        "chosen": body.grid if found is not asked else None,
        "duty": None if found is None else _duty_out(found, known),
        "due": due,
        "questions": _questions(found, known, body, due["urgent"]),
        "similar": _similar(connection, known, body, at, secret),
        "sentence": sentence(
            matter=None if category is None else spoken(category.name),
            answerer=None if found is None else _answerer(found, known),
            until=due["words"],
            provisional=due["provisional"],
            secret=secret,
            anonymous=body.anonymous,
            doubtful=found is None or found.decision.verdict is not Verdict.AUTO,
            direct=found is not None and found.lane is not None and found.lane.kind == "direct",
        ),
        "confidential": secret,
    }


def spoken(name: str) -> str:
    """Return a category as one says it: ``环境卫生（暴露垃圾、清运）`` is 环境卫生."""
    return _REMARK_AT_THE_END.sub("", name)


def _category(known: Knowledge, code: str | None) -> Category | None:
    if code is None:
        return None
    if code not in known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    return known.categories[code]


def _asked(keeper: Keeper, known: Knowledge, body: LookIn, at: datetime) -> OwnerAnswer | None:
    """Return the owner by the place that was told; None before one is."""
    position = body.position.to_position() if body.position else None
    address = (body.address or "").strip() or None
    text = body.text.strip() or None
    if position is None and address is None and text is None:
        return None
    question = Question(position, address, at, text)
    found = ask(keeper, known, question, category=body.category, about=body.about)
    told = position is not None or address is not None
    return found if told or found.decision.address_match is not None else None


def _settled(asked: OwnerAnswer, known: Knowledge, body: LookIn, at: datetime) -> OwnerAnswer:
    """Return the owner when the operator has settled the doubt for one of the candidates."""
    area = known.areas.get(body.grid or "")
    if area is None or area.level != Level.GRID.value:
        raise invalid("没有这个网格。", field="grid", reason="unknown_grid")
    if area.code not in [one.code for one in asked.decision.candidates]:
        # A choice that was made for another place than the one that is told now.
        return asked
    duty = known.roster.responsible(area_code=area.code, kind=area.kind, at=at)
    decision = replace(asked.decision, verdict=Verdict.AUTO, grid=area.code, decided_by=None)
    settled = replace(
        asked, decision=decision, duty=duty, area_code=area.code, owner_area=area.code, notes=()
    )
    return for_category(settled, known, body.category, about=body.about)


def _due(known: Knowledge, category: Category | None, at: datetime) -> dict[str, Any]:
    template = known.templates.current
    response = template.response(template.level_of(category.response if category else None))
    until = known.time.due(response.settle.limit, at)
    return {
        "due_at": local_time(until.at),
        "words": due_words(until.at, at),
        "provisional": until.provisional,
        "response": response.label,
        "urgent": response.urgent,
    }


def _duty_out(found: OwnerAnswer, known: Knowledge) -> dict[str, Any]:
    duty = found.duty
    return {
        "place": _place(found, known),
        "role_label": duty.post.label if duty.post else None,
        "name": duty.person.name if duty.person else None,
        "way": _WAYS.get(duty.way, ""),
        "stands_for": duty.stands_for.name if duty.stands_for else None,
        "until": local_time(duty.until),
        "chain": [step.detail for step in duty.chain],
        "nobody": duty.person is None,
    }


def _place(found: OwnerAnswer, known: Knowledge) -> str:
    if found.org is not None:
        return found.org.name
    return known.areas[found.owner_area].name


def _answerer(found: OwnerAnswer, known: Knowledge) -> Answerer | None:
    """Return who answers as the caller may hear it; phones of the roster are private."""
    if found.decision.verdict is not Verdict.AUTO:
        return Answerer(place=f"{_place(found, known)}值班人员", role="", name="", desk=True)
    duty = found.duty
    if duty.person is None or duty.post is None:
        return None
    if found.org is not None:
        return Answerer(place=found.org.name, role="", name="", desk=True)
    desk = level_of(found.owner_area) is not Level.GRID
    place = _place(found, known)
    return Answerer(
        place=f"{place}值班人员" if desk else place,
        role=duty.post.label,
        name=duty.person.name,
        desk=desk,
    )


def _questions(
    found: OwnerAnswer | None, known: Knowledge, body: LookIn, urgent: bool
) -> list[str]:
    category = None if body.category is None else known.categories[body.category]
    above = bool(body.about) or (category is not None and category.withheld_from_grid)
    decision = "" if found is None else found.decision.verdict.value
    # No grid is to have it: once the township is known the place needs no more words.
    if above and found is not None and level_of(found.owner_area) is not Level.COUNTY:
        decision = Verdict.AUTO.value
    codes = [] if found is None else [one.code for one in found.decision.candidates]
    hints = [] if found is None else [one.hint for one in found.decision.candidates]
    return questions(
        has_category=body.category is not None,
        has_place=found is not None,
        urgent=urgent,
        decision=decision,
        reasons=[] if found is None else [(r.step, r.detail) for r in found.decision.reasons],
        choices=[_choice(known, code, hint) for code, hint in zip(codes, hints, strict=True)],
    )


def _choice(known: Knowledge, code: str, hint: str) -> Choice:
    return Choice(
        township=known.areas[code[:9]].name,
        community=known.areas[code[:12]].name,
        grid=known.areas[code].name,
        hint=hint,
    )


def _similar(
    connection: Connection, known: Knowledge, body: LookIn, at: datetime, secret: bool
) -> dict[str, Any] | None:
    placed = body.position is not None or (body.address or "").strip()
    if body.category is None or not placed or secret:
        return None
    matter = duplicates.matter_of(
        known,
        category=body.category,
        position=body.position.to_position() if body.position else None,
        text=body.text,
        address=body.address,
        at=at,
    )
    return duplicates.answer(connection, known, matter, limit=duplicates.MOST)


def _desk(connection: Connection, known: Knowledge, caller: Caller, now: datetime) -> Asked:
    """Return whose lists are read, and of which holders of reports nobody is there now."""
    posts, orgs = desk_store.read_holders(connection)
    return Asked(
        area=caller.area_code,
        at=now,
        vacant=[post for post in posts if known.roster.is_vacant(post, now)],
        gone=[org for org in orgs if not known.roster.has_org(org, now)],
        unfinished=sorted(HANDED_ON),
    )


def queues(
    connection: Connection, known: Knowledge, caller: Caller, now: datetime
) -> list[dict[str, Any]]:
    """Return the lists of work with their numbers."""
    counts = desk_store.count_queues(connection, _desk(connection, known, caller, now))
    return [
        {"key": key, "label": label, "count": counts[key][0], "here": counts[key][1]}
        for key, label in QUEUE_LABELS.items()
    ]


def queue(
    connection: Connection, known: Knowledge, caller: Caller, key: str, now: datetime
) -> dict[str, Any]:
    """Return one list of work, the most pressing reports first."""
    asked = _desk(connection, known, caller, now)
    rows: Sequence[tuple[Any, bool]] = desk_store.read_queue(
        connection, key, asked, limit=_MOST_ROWS
    )
    total, _ = desk_store.count_queues(connection, asked)[key]
    return {
        "key": key,
        "label": QUEUE_LABELS[key],
        "items": [{**summary(row, known, caller, now), "here": mine} for row, mine in rows],
        "more": max(0, total - len(rows)),
    }
