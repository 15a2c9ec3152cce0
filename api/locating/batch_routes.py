"""Serve /v1/locate/batch: many positions at once, as JSON or CSV, one row out for each row in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from api.accounts.roles import ANYONE, Caller
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, allow
from api.input_types import SHANGHAI, Instant, parse_time
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.locating import batch
from api.problems import Problem, invalid
from api.strict_json import StrictJsonError, parse_strict

router = APIRouter(prefix="/v1", tags=["locate"])
CallerDep = Annotated[Caller, Depends(allow(ANYONE))]
JSON, CSV = "application/json", "text/csv"
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?", re.ASCII)
_BODY_DOCS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["crs", "positions"],
                    "properties": {
                        "crs": {"type": "string", "enum": list(batch.DATUMS)},
                        "positions": {
                            "type": "array",
                            "items": {"type": "array", "items": {"type": "number"}},
                        },
                        "at": {"type": "string", "format": "date-time"},
                    },
                }
            },
            CSV: {"schema": {"type": "string"}},
        },
    }
}


@router.post("/locate/batch", openapi_extra=_BODY_DOCS)
async def locate_batch(
    request: Request,
    _caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    crs: str | None = None,
    at: Instant | None = None,
) -> Response:
    """Say for each position its grid; a bad row gets its reason and stops nothing."""
    given = _media_type(request.headers.get("content-type", ""))
    if given not in (JSON, CSV):
        raise Problem("unsupported-media-type", "批量定位接受 application/json 或 text/csv。")
    wanted = _wanted(request.headers.get("accept", "*/*"), given)
    body = await request.body()
    return await run_in_threadpool(
        _answer, parts, known, body, given=given, wanted=wanted, crs=crs, at=at, now=now
    )


def _answer(
    parts: Service,
    known: Knowledge,
    body: bytes,
    *,
    given: str,
    wanted: str,
    crs: str | None,
    at: datetime | None,
    now: datetime,
) -> Response:
    if given == JSON:
        table, stated = _read_json(body)
        at = stated or at
    else:
        table = batch.read_csv(body, default_crs=crs)
    moment = at or now
    county = parts.keeper.map_at(known, moment)
    rows = batch.locate_rows(county, table)
    if wanted == CSV:
        return Response(batch.write_csv(table, rows), media_type="text/csv; charset=utf-8")
    return json_answer(
        {
            "revision": county.revision,
            "at": moment.astimezone(SHANGHAI).isoformat(),
            "rows": [row.as_json() for row in rows],
        }
    )


def _media_type(header: str) -> str:
    return header.split(";", maxsplit=1)[0].strip().lower()


def _wanted(accept: str, given: str) -> str:
    for offer in _by_preference(accept):
        if offer in (JSON, CSV):
            return offer
        if offer in ("*/*", ""):
            return given
        if offer == "application/*":
            return JSON
        if offer == "text/*":
            return CSV
    raise Problem("unsupported-media-type", "答复只有 application/json 或 text/csv 两种格式。")


def _by_preference(accept: str) -> list[str]:
    """Return the media types of an Accept header, the most wanted first, without the refused."""
    weighed: list[tuple[float, str]] = []
    for part in accept.split(","):
        name, *parameters = part.split(";")
        given = [word.strip()[2:] for word in parameters if word.strip().lower().startswith("q=")]
        weight = float(given[0]) if given and _WEIGHT.fullmatch(given[0]) else 1.0
        if weight > 0:
            weighed.append((weight, name.strip().lower()))
    return [name for _, name in sorted(weighed, key=lambda entry: -entry[0])]


def _read_json(body: bytes) -> tuple[batch.Table, datetime | None]:
    try:
        value = parse_strict(body)
    except StrictJsonError as error:
        raise Problem("malformed-body", str(error)) from None
    if not isinstance(value, dict) or not isinstance(value.get("positions"), list):
        raise invalid("缺少 positions 数组。", field="positions", reason="missing")
    if not isinstance(value.get("crs"), str):
        raise invalid("缺少坐标系 crs。", field="crs", reason="missing")
    unknown = set(value) - {"crs", "positions", "at"}
    if unknown:
        raise invalid("请求中有不认识的项。", field="", reason="extra_forbidden")
    try:
        at = parse_time(value["at"]) if value.get("at") is not None else None
    except (PydanticCustomError, ValidationError):
        raise invalid(
            "时间应写作 2026-11-20T14:05:00+08:00，须带时区。", field="at", reason="bad_time"
        ) from None
    return batch.table_from_json(value["crs"], value["positions"]), at
