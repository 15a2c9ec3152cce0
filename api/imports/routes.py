"""Serve the import of boundary files: upload, report, drawings, a plan of it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.accounts.roles import IMPORTERS, Caller
from api.deps import KnowledgeDep, Service, ServiceDep, allow
from api.imports import applying, service
from api.imports.schemas import ApplyIn, OptionsIn, options_of
from api.imports.views import brief, show
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.problems import Problem
from api.strict_json import StrictRoute
from api.uploads import file_of, form_docs, form_of, texts_of
from geo.boundary_files import examination
from geo.boundary_files.limits import MAX_FILE_BYTES
from geo.boundary_files.reading import format_of
from geo.codes import Level

router = APIRouter(prefix="/v1", tags=["imports"], route_class=StrictRoute)
CallerDep = Annotated[Caller, Depends(allow(IMPORTERS))]
_MOST_FIELDS = 20
_HEAD_BYTES = 4096
_BODY_DOCS = form_docs(
    fields={
        **OptionsIn.model_json_schema()["properties"],
        "level": {"type": "string", "enum": list(Level), "default": "grid"},
    }
)
# What is served under each name, and the file of the examination that it is.
_DRAWINGS = {
    "findings": examination.FINDINGS,
    "areas": examination.AREAS,
    "repaired": examination.REPAIRED,
    "repair": examination.REPAIR,
    "update": examination.UPDATE,
}


@router.post("/imports/boundaries", status_code=202, openapi_extra=_BODY_DOCS)
async def upload(
    request: Request, caller: CallerDep, parts: ServiceDep, known: KnowledgeDep
) -> Response:
    """Take a boundary file and have it examined; nothing is changed by that."""
    # Read here and not by a parameter: whoever may not import need not send 64 MiB to learn it.
    async with form_of(request, most_fields=_MOST_FIELDS) as form:
        return await run_in_threadpool(_take, parts, known, caller, form)


def _take(parts: Service, known: Knowledge, caller: Caller, form: FormData) -> Response:
    options = options_of(texts_of(form))
    file = file_of(form, most_bytes=MAX_FILE_BYTES, advice="请按旗县分开或压缩为 zip")
    # What is no boundary file by its first bytes needs no examination.
    format_of(file.file.read(_HEAD_BYTES))
    file.file.seek(0)
    record = service.take(
        parts,
        known,
        caller,
        name=_file_name(file.filename),
        content=file.file,
        size=file.size or 0,
        options=options,
    )
    location = {"Location": f"/v1/imports/{record.id}"}
    return json_answer(show(service.spool_of(parts), record), status=202, headers=location)


def _file_name(given: str | None) -> str:
    """Return a name to show: the last part, without what could break a line or turn it round."""
    name = PurePath((given or "").replace("\\", "/")).name
    shown = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    return re.sub(r"\s+", " ", shown).strip()[:120] or "未命名"


@router.get("/imports")
def list_imports(caller: CallerDep, parts: ServiceDep) -> dict[str, Any]:
    """List the uploads of the caller's area, newest first."""
    return {
        "items": [brief(record) for record in service.mine(parts, caller)],
        "next": None,
    }


@router.get("/imports/{import_id}")
def read_import(
    import_id: UUID, caller: CallerDep, parts: ServiceDep, known: KnowledgeDep
) -> Response:
    """Return an upload: how far its examination is, and the report when it is done."""
    record = service.look_after(parts, known, service.find(parts, caller, import_id))
    return json_answer(show(service.spool_of(parts), record))


@router.patch("/imports/{import_id}", status_code=202)
def change_options(
    import_id: UUID, body: OptionsIn, caller: CallerDep, parts: ServiceDep, known: KnowledgeDep
) -> Response:
    """Examine the file again with other options, on the boundaries in force now."""
    record = service.examine_again(parts, known, caller, import_id, body)
    return json_answer(show(service.spool_of(parts), record), status=202)


@router.get("/imports/{import_id}/{drawing}.geojson", response_class=Response)
def read_drawing(import_id: UUID, drawing: str, caller: CallerDep, parts: ServiceDep) -> Response:
    """Return findings, the areas as they came, repaired, what a repair or the plan moves."""
    if drawing not in _DRAWINGS:
        raise Problem("not-found", "没有这份图形。")
    text = service.drawing(parts, caller, import_id, _DRAWINGS[drawing])
    return Response(
        text, media_type="application/geo+json", headers={"Cache-Control": "private, no-cache"}
    )


@router.post("/imports/{import_id}/apply", status_code=201)
def apply(
    import_id: UUID, body: ApplyIn, caller: CallerDep, parts: ServiceDep, known: KnowledgeDep
) -> Response:
    """Make a plan of the file: a draft like any other, with preview, approval and undo."""
    return json_answer(applying.apply(parts, known, caller, import_id, body), status=201)


@router.delete("/imports/{import_id}", status_code=204)
def forget(import_id: UUID, caller: CallerDep, parts: ServiceDep) -> Response:
    """Erase an upload and all that was found in it."""
    service.forget(parts, caller, import_id)
    return Response(status_code=204)
