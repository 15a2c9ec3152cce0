"""Serve the gazetteer: places by name, changes, other names, proposals, imports."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from api.accounts.roles import PLAN_READERS, Caller
from api.db import gazetteer_store
from api.db.engine import Connection
from api.db.gazetteer_store import PlaceFilter
from api.deps import IpDep, KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.if_match import MatchDep
from api.input_types import CleanText
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.paging import next_after, read_cursor
from api.places import changing
from api.places.editing import Desk, Editor, find
from api.places.schemas import (
    AliasIn,
    EndIn,
    HistoryOut,
    Kind,
    NothingIn,
    PlaceChange,
    PlaceIn,
    PlaceList,
    PlaceOut,
)
from api.places.views import PLACE_EDITORS, change_out, places_out
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["places"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]
EditorDep = Annotated[Caller, Depends(allow(PLACE_EDITORS))]
PlaceId = Annotated[CleanText, Path(max_length=64)]
Words = Annotated[CleanText | None, Query(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=500)]
State = Annotated[str, Query(pattern="^(in_force|ended|all)$")]


async def desk_for(caller: EditorDep, parts: ServiceDep, now: NowDep, ip: IpDep) -> Desk:
    """Return what a request of an administrator brings to a change of the gazetteer."""
    return Desk(parts, caller, now, ip)


DeskDep = Annotated[Desk, Depends(desk_for)]


def shown(
    connection: Connection, place_id: str, known: Knowledge, caller: Caller, *, status: int = 200
) -> Response:
    """Return the answer that shows one place as it stands."""
    row = find(connection, place_id)
    (place,) = places_out(connection, [row], known, caller)
    return json_answer(place, status=status, headers={"ETag": f'"{row.edition}"'})


def after_change(editor: Editor, place_id: str, *, status: int = 200) -> Response:
    """Return the answer to a change: the place as it stands now."""
    return shown(editor.connection, place_id, editor.known, editor.caller, status=status)


@router.get("/places", response_model=PlaceList)
def list_places(
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    q: Words = None,
    kind: Kind | None = None,
    area: Annotated[CleanText | None, Query(max_length=15)] = None,
    parent: Annotated[CleanText | None, Query(max_length=64)] = None,
    state: State = "in_force",
    cursor: str | None = None,
    limit: Limit = 100,
) -> Response:
    """List places by name; ``q`` is a part of a name or alias, or an id."""
    after = read_cursor(cursor, 2) if cursor else None
    wanted = PlaceFilter(
        words=q,
        kind=kind,
        area=parse_code(area) if area else None,
        parent=parent,
        state=state,
        after=(str(after[0]), str(after[1])) if after else None,
        limit=limit + 1,
    )
    rows = gazetteer_store.list_places(connection, wanted)
    return json_answer(
        {
            "items": places_out(connection, rows[:limit], known, caller),
            "next": next_after(rows, limit, lambda row: (row.name, row.id)),
        }
    )


@router.post("/places", status_code=201, response_model=PlaceOut)
def add_place(body: PlaceIn, desk: DeskDep) -> Response:
    """Add a place, known to every process at once."""
    with desk.editing() as editor:
        return after_change(editor, changing.add_place(editor, body), status=201)


@router.get("/places/{place_id}", response_model=PlaceOut)
def read_place(
    place_id: PlaceId, caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep
) -> Response:
    """Return one place, in force or not, with its other names."""
    return shown(connection, place_id, known, caller)


@router.patch("/places/{place_id}", response_model=PlaceOut)
def change_place(
    place_id: PlaceId, body: PlaceChange, desk: DeskDep, edition: MatchDep
) -> Response:
    """Change a place (If-Match: its edition); a new name keeps the old one as an alias."""
    with desk.editing() as editor:
        changing.change_place(editor, place_id, body, edition)
        return after_change(editor, place_id)


@router.post("/places/{place_id}/end", response_model=PlaceOut)
def end_place(place_id: PlaceId, body: EndIn, desk: DeskDep, edition: MatchDep) -> Response:
    """Let a place end, now or at an instant to come; it stays written and can come back."""
    with desk.editing() as editor:
        changing.end_place(editor, place_id, body, edition)
        return after_change(editor, place_id)


@router.post("/places/{place_id}/reopen", response_model=PlaceOut)
def reopen_place(place_id: PlaceId, _body: NothingIn, desk: DeskDep, edition: MatchDep) -> Response:
    """Take the end of a place back."""
    with desk.editing() as editor:
        changing.reopen_place(editor, place_id, edition)
        return after_change(editor, place_id)


@router.post("/places/{place_id}/undo", response_model=PlaceOut)
def undo(place_id: PlaceId, _body: NothingIn, desk: DeskDep, edition: MatchDep) -> Response:
    """Make a place what it was before its last change; once more does it again."""
    with desk.editing() as editor:
        changing.undo(editor, place_id, edition)
        return after_change(editor, place_id)


@router.get("/places/{place_id}/history", response_model=HistoryOut)
def history(
    place_id: PlaceId,
    _caller: ReaderDep,
    connection: TransactionDep,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Response:
    """Return who changed what of a place, newest first."""
    find(connection, place_id)
    before = int(read_cursor(cursor, 1)[0]) if cursor else None
    rows = gazetteer_store.read_history(connection, place_id, before=before, limit=limit + 1)
    return json_answer(
        {
            "items": [change_out(row) for row in rows[:limit]],
            "next": next_after(rows, limit, lambda row: (row.id,)),
        }
    )


@router.post("/places/{place_id}/aliases", status_code=201, response_model=PlaceOut)
def add_alias(place_id: PlaceId, body: AliasIn, desk: DeskDep, edition: MatchDep) -> Response:
    """Give a place another name, everywhere or in one area only."""
    with desk.editing() as editor:
        changing.give_alias(editor, place_id, body, edition)
        return after_change(editor, place_id, status=201)


@router.post("/places/{place_id}/aliases/{alias_id}/end", response_model=PlaceOut)
def end_alias(
    place_id: PlaceId, alias_id: UUID, _body: NothingIn, desk: DeskDep, edition: MatchDep
) -> Response:
    """Let an alias end: nobody is found by it any more."""
    with desk.editing() as editor:
        changing.turn_alias(editor, place_id, alias_id, edition, ended=True)
        return after_change(editor, place_id)


@router.post("/places/{place_id}/aliases/{alias_id}/reopen", response_model=PlaceOut)
def reopen_alias(
    place_id: PlaceId, alias_id: UUID, _body: NothingIn, desk: DeskDep, edition: MatchDep
) -> Response:
    """Take the end of an alias back."""
    with desk.editing() as editor:
        changing.turn_alias(editor, place_id, alias_id, edition, ended=False)
        return after_change(editor, place_id)
