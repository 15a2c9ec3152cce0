"""Serve suggestions for a name that is being typed."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, StringConstraints

from api.accounts.roles import ANYONE, Caller
from api.deps import KnowledgeDep, NowDep, ServiceDep, allow
from api.input_types import CleanText
from api.json_answers import json_answer
from api.places.suggesting import suggestion_json
from api.problems import invalid
from api.strict_json import StrictRoute
from geo.address.suggest import LONGEST_TYPED, Box

router = APIRouter(prefix="/v1", tags=["places"], route_class=StrictRoute)
AnyDep = Annotated[Caller, Depends(allow(ANYONE))]
Typed = Annotated[
    CleanText,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TYPED),
    Query(description="What is typed so far: characters, pinyin, initials, or a mix."),
]
BoxText = Annotated[
    str | None,
    Query(max_length=100, description="What is on screen: west,south,east,north in CGCS2000."),
]
_BOX = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?(?:,-?\d{1,3}(?:\.\d{1,20})?){3}", re.ASCII)


class SuggestionOut(BaseModel):
    """Hold a suggested place or area: ``text`` is what to write as its address.

    ``found`` says by what it was found (code, characters, letters, sound), ``spelling`` by which
    of its other names; areas have a ``bbox``.
    """

    id: str
    kind: str
    name: str
    text: str
    path_name: str
    code: str
    center: list[float]
    found: str
    spelling: str | None
    bbox: list[float] | None = None


class SuggestionList(BaseModel):
    """Hold the suggestions, the likeliest first."""

    items: list[SuggestionOut]


def _view(text: str | None) -> Box | None:
    """Return what is on screen; raise Problem 422 for what is no box."""
    if text is None:
        return None
    numbers = [float(part) for part in text.split(",")] if _BOX.fullmatch(text) else []
    match numbers:
        case [west, south, east, north] if west <= east and south <= north:
            return west, south, east, north
    raise invalid("bbox 应为西,南,东,北四个度数。", field="bbox", reason="bad_box")


@router.get("/places/suggest", response_model=SuggestionList)
def suggest(
    _caller: AnyDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    q: Typed,
    bbox: BoxText = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Response:
    """Suggest places and areas for what is typed so far, those on screen first."""
    suggester = parts.suggesters.of(parts.keeper, known, now)
    boxes = parts.keeper.boxes_at(known, now)
    found = suggester.suggest(q, view=_view(bbox), limit=limit)
    return json_answer({"items": [suggestion_json(one, known, boxes) for one in found]})
