"""Serve the import of places: a table, or points of a GIS file."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.accounts.audit_trail import Actor
from api.accounts.roles import scope_of
from api.calendar.schemas import refused_rows
from api.input_types import now
from api.json_answers import json_answer
from api.places.editing import Desk
from api.places.routes import DeskDep
from api.places.schemas import ImportOut
from api.places.service import Importer, Reading, import_places
from api.sheet_files import OF_A_COUNTY
from api.strict_json import StrictRoute
from api.uploads import file_of, form_docs, form_of, texts_of

router = APIRouter(prefix="/v1", tags=["places"], route_class=StrictRoute)
_TEXT = {"type": "string", "maxLength": 200}
_BODY_DOCS = form_docs(
    about_file="CSV or XLSX: id,name,kind,lon,lat,area_code and, where wanted, crs,radius_m,"
    "aliases,local_aliases,parent_id; or points with the same columns: GeoJSON, Shapefile (zip), "
    "GeoPackage, FlatGeobuf, KML",
    fields={"crs": _TEXT, "encoding": _TEXT, "layer": _TEXT},
)


@router.post("/places/import", response_model=ImportOut, openapi_extra=_BODY_DOCS)
async def import_file(request: Request, desk: DeskDep, dry_run: bool = False) -> Response:
    """Import places of the caller's area, all of them or none; a dry run stores nothing.

    A row with a known id updates that place; a faulty row is answered with its line and reason.
    """
    async with form_of(request) as form:
        return await run_in_threadpool(_import, desk, form, dry_run)


def _import(desk: Desk, form: FormData, dry_run: bool) -> Response:
    parts, caller = desk.parts, desk.caller
    file = file_of(form, most_bytes=OF_A_COUNTY.file_bytes)
    fields = texts_of(form)
    reading = Reading(**{name: fields[name].strip()[:200] or None for name in
                         ("crs", "encoding", "layer") if name in fields})  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places"
        with path.open("wb") as target:
            shutil.copyfileobj(file.file, target)
        outcome = import_places(
            parts.database,
            parts.keeper,
            path,
            now=now(),
            dry_run=dry_run,
            reading=reading,
            by=Importer(
                actor=Actor.of(caller, desk.ip), scope=scope_of(caller), area=caller.area_code
            ),
        )
    if outcome.refused:
        raise refused_rows([asdict(error) | {"column": "", "message": error.reason} for error in
                            outcome.errors])  # fmt: skip
    parts.keeper.refresh()
    return json_answer(outcome.as_json(dry_run=dry_run))
