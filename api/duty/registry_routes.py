"""Serve what terms are about: organisations, people, posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.db import registry_store
from api.db.engine import Connection
from api.deps import TransactionDep
from api.duty import registry
from api.duty.editing import Editor
from api.duty.routes import CodeQuery, DeskDep, InstantQuery, ReaderDep, page_of, read_after
from api.duty.schemas import OrgChange, OrgIn, PersonChange, PersonIn, PostChange, PostIn
from api.duty.service import Desk, registered
from api.duty.views import org_out, person_out, post_out
from api.input_types import CleanText
from api.json_answers import json_answer
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["duty"], route_class=StrictRoute)
Words = Annotated[CleanText | None, Query(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=500)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a list is narrowed by, and which page of it is wanted."""

    area: str | None
    at: datetime | None
    after: UUID | None
    limit: int

    def rows(self, connection: Connection, table: str, words: str | None) -> list[dict[str, Any]]:
        """Return the rows of the page by id, and one more if there are."""
        return registry_store.list_rows(
            connection,
            table,
            area=self.area,
            words=words,
            at=self.at,
            after=self.after,
            limit=self.limit + 1,
        )


def _asked(
    area: CodeQuery = None, at: InstantQuery = None, cursor: str | None = None, limit: Limit = 100
) -> Asked:
    return Asked(parse_code(area) if area else None, at, read_after(cursor), limit)


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/orgs")
def list_orgs(
    _caller: ReaderDep, connection: TransactionDep, asked: AskedDep, q: Words = None
) -> dict[str, Any]:
    """List organisations by id; ``q`` is a part of the name."""
    return page_of([org_out(row) for row in asked.rows(connection, "orgs", q)], asked.limit)


@router.get("/people")
def list_people(
    caller: ReaderDep, connection: TransactionDep, asked: AskedDep, q: Words = None
) -> dict[str, Any]:
    """List the people of the caller's area by id; ``q`` is a part of the name, or a number."""
    rows = asked.rows(connection, "people", q)
    return page_of([person_out(row, caller) for row in rows], asked.limit)


@router.get("/posts")
def list_posts(_caller: ReaderDep, connection: TransactionDep, asked: AskedDep) -> dict[str, Any]:
    """List the posts of the caller's area by id."""
    return page_of([post_out(row) for row in asked.rows(connection, "posts", None)], asked.limit)


def _write(desk: Desk, table: str, work: Callable[[Editor], UUID]) -> dict[str, Any]:
    return desk.write(lambda editor: registered(desk, editor.connection, table, work(editor)))


@router.post("/orgs", status_code=201)
def add_org(body: OrgIn, desk: DeskDep) -> Response:
    """Register an organisation."""
    return json_answer(_write(desk, "orgs", lambda e: registry.add_org(e, body)), status=201)


@router.post("/people", status_code=201)
def add_person(body: PersonIn, desk: DeskDep) -> Response:
    """Register a person under a number; without one a number is given."""
    return json_answer(_write(desk, "people", lambda e: registry.add_person(e, body)), status=201)


@router.post("/posts", status_code=201)
def add_post(body: PostIn, desk: DeskDep) -> Response:
    """Set up a post on an area or on an organisation."""
    return json_answer(_write(desk, "posts", lambda e: registry.add_post(e, body)), status=201)


def _change(
    desk: Desk, table: str, row_id: UUID, work: Callable[[Editor], object]
) -> dict[str, Any]:
    def changed(editor: Editor) -> UUID:
        work(editor)
        return row_id

    return _write(desk, table, changed)


@router.patch("/orgs/{org_id}")
def change_org(org_id: UUID, body: OrgChange, desk: DeskDep) -> dict[str, Any]:
    """Change an organisation's name, what it belongs to, or its end."""
    return _change(desk, "orgs", org_id, lambda e: registry.change_org(e, org_id, body))


@router.patch("/people/{person_id}")
def change_person(person_id: UUID, body: PersonChange, desk: DeskDep) -> dict[str, Any]:
    """Change a person's name, phone, area, organisation or end; the number stays."""
    return _change(desk, "people", person_id, lambda e: registry.change_person(e, person_id, body))


@router.patch("/posts/{post_id}")
def change_post(post_id: UUID, body: PostChange, desk: DeskDep) -> dict[str, Any]:
    """Change a post's name, seats, shifts, places or end."""
    return _change(desk, "posts", post_id, lambda e: registry.change_post(e, post_id, body))


def _end(desk: Desk, table: str, row_id: UUID) -> dict[str, Any]:
    return _change(desk, table, row_id, lambda e: registry.end_now(e, table, row_id))


@router.delete("/orgs/{org_id}")
def end_org(org_id: UUID, desk: DeskDep) -> dict[str, Any]:
    """End an organisation now; nothing is erased."""
    return _end(desk, "orgs", org_id)


@router.delete("/people/{person_id}")
def end_person(person_id: UUID, desk: DeskDep) -> dict[str, Any]:
    """Let a person leave now; refused while terms of theirs run on."""
    return _end(desk, "people", person_id)


@router.delete("/posts/{post_id}")
def end_post(post_id: UUID, desk: DeskDep) -> dict[str, Any]:
    """End a post now; refused while terms on it run on."""
    return _end(desk, "posts", post_id)
