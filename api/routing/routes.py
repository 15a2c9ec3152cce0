"""Serve the categories with their lanes, and the access list: read, load, add, end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BeforeValidator
from starlette.datastructures import FormData

from api.accounts.audit_trail import Actor
from api.accounts.roles import ACCOUNT_ADMINS, ANYONE, Caller
from api.calendar.schemas import refused_rows
from api.deps import IpDep, KnowledgeDep, NowDep, Service, ServiceDep, allow
from api.input_types import now, parse_time
from api.json_answers import json_answer
from api.routing import service
from api.routing.list_file import LONGEST_NO
from api.routing.schemas import (
    AccessListOut,
    CategoryList,
    EndIn,
    ImportOut,
    ItemIn,
    ItemOut,
)
from api.routing.views import categories_out, item_out, list_out
from api.sheet_files import MAX_FILE_BYTES
from api.strict_json import StrictRoute
from api.uploads import file_of, form_docs, form_of

router = APIRouter(prefix="/v1", tags=["routing"], route_class=StrictRoute)
AnyDep = Annotated[Caller, Depends(allow(ANYONE))]
AdminDep = Annotated[Caller, Depends(allow(ACCOUNT_ADMINS))]
InstantQuery = Annotated[datetime | None, BeforeValidator(parse_time)]
ItemPath = Annotated[str, Path(max_length=LONGEST_NO)]
_BODY_DOCS = form_docs(
    about_file="CSV or XLSX: no,item,kind,applied_for_by,frequency_or_term and, "
    "where they change, categories,season,from,to"
)


@router.get("/categories", response_model=CategoryList)
def categories(
    _caller: AnyDep, known: KnowledgeDep, parts: ServiceDep, now: NowDep, at: InstantQuery = None
) -> Response:
    """Return the categories by code: response level, initials, lane in each kind of grid."""
    folder = parts.settings.data_dir / "reference"
    return json_answer(categories_out(known, folder, at or now))


@router.get("/access-list", response_model=AccessListOut)
def access_list(
    _caller: AnyDep, known: KnowledgeDep, now: NowDep, at: InstantQuery = None
) -> Response:
    """Return the access list in force at an instant, and how each item stands then."""
    return json_answer(list_out(known, at or now))


@router.post("/access-list/import", response_model=ImportOut, openapi_extra=_BODY_DOCS)
async def import_list(
    request: Request, caller: AdminDep, parts: ServiceDep, ip: IpDep, dry_run: bool = False
) -> Response:
    """Load a whole access list (CSV or XLSX), all of it or nothing; a dry run stores nothing.

    Faulty rows are answered with line, column and reason. It is a new version from now on.
    """
    async with form_of(request) as form:
        return await run_in_threadpool(_import, parts, Actor.of(caller, ip), form, dry_run)


def _import(parts: Service, actor: Actor, form: FormData, dry_run: bool) -> Response:
    file = file_of(form, most_bytes=MAX_FILE_BYTES)
    outcome = service.import_list(
        parts.database, parts.keeper, file.file.read(), now=now(), actor=actor, dry_run=dry_run
    )
    if outcome.refused:
        raise refused_rows(outcome.errors_json())
    return json_answer(outcome.as_json(dry_run=dry_run))


@router.post("/access-list/items", status_code=201, response_model=ItemOut)
def add_item(
    body: ItemIn, caller: AdminDep, parts: ServiceDep, known: KnowledgeDep, at: NowDep, ip: IpDep
) -> Response:
    """Admit something for a time: it ends by itself after its last day."""
    wanted = service.NewItem(
        item=body.item,
        applied_for_by=body.applied_for_by,
        last=body.to,
        first=body.start,
        no=body.no,
        categories=tuple(dict.fromkeys(body.categories)),
        note=body.note,
    )
    item = service.add_item(
        parts.database, parts.keeper, wanted, now=at, actor=Actor.of(caller, ip)
    )
    return json_answer(item_out(item, known, at), status=201)


@router.post("/access-list/items/{no}/end", response_model=ItemOut)
def end_item(
    no: ItemPath,
    body: EndIn,
    caller: AdminDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    at: NowDep,
    ip: IpDep,
) -> Response:
    """Let an item end at once, or after a new last day; what it decided before stays."""
    item = service.end_item(
        parts.database, parts.keeper, no, last=body.to, now=at, actor=Actor.of(caller, ip)
    )
    return json_answer(item_out(item, known, at))
