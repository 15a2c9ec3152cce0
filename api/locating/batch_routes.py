"""Serve /v1/locate/batch: many positions at once, one row out for each row in."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.accounts.roles import ANYONE, Caller
from api.deps import KnowledgeDep, NowDep, ServiceDep, allow
from api.input_types import Instant
from api.locating.batch.answering import BatchAnswer
from api.locating.batch.formats import (
    ARROW,
    CONTENT_TYPES,
    CSV,
    JSON,
    PARQUET,
    given_format,
    is_gzip,
    wanted_format,
)
from api.locating.batch.inlet import too_large
from api.locating.batch.json_format import MOST_BYTES as MOST_JSON_BYTES
from api.locating.batch.parquet_reading import MOST_BYTES as MOST_PARQUET_BYTES
from api.locating.batch.service import Asked, work_for
from api.locating.routes import check_names
from geo.position import Datum, parse_datum

router = APIRouter(prefix="/v1", tags=["locate"])
CallerDep = Annotated[Caller, Depends(allow(ANYONE))]
# What needs its end before its beginning can be read is bounded; the other formats are not.
_MOST_BYTES: Final = {JSON: MOST_JSON_BYTES, PARQUET: MOST_PARQUET_BYTES}
_QUERY_NAMES: Final = frozenset({"crs", "at"})
_CRS_WORDS: Final = (
    "Datum of rows that name none. JSON names it in the body; here it may only repeat it: another "
    "one is refused with 422."
)
_AT_WORDS: Final = (
    "The instant that is asked for, now when absent. JSON may name it in the body; two that differ "
    "are refused with 422."
)
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_ROW: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["grid", "decision"],
    "properties": {
        "grid": {"type": ["string", "null"]},
        "decision": {"type": "string", "enum": ["auto", "desk"]},
        "reason": {"type": "string"},
    },
}
_DOCS: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["crs", "positions"],
                    "properties": {
                        "crs": {"type": "string", "enum": [datum.value for datum in Datum]},
                        "positions": {
                            "type": "array",
                            "items": {"type": "array", "items": {"type": "number"}},
                        },
                        "at": {"type": "string", "format": "date-time"},
                    },
                }
            },
            CSV: {"schema": {"type": "string"}},
            ARROW: _BINARY,
            PARQUET: _BINARY,
        },
    },
    "responses": {
        "200": {
            "description": "One row for each row of the request, in its order",
            "content": {
                JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["revision", "at", "rows"],
                        "properties": {
                            "revision": {"type": "string"},
                            "at": {"type": "string", "format": "date-time"},
                            "rows": {"type": "array", "items": _ROW},
                        },
                    }
                },
                CSV: {"schema": {"type": "string"}},
                ARROW: _BINARY,
                PARQUET: _BINARY,
            },
        }
    },
}


@router.post("/locate/batch", openapi_extra=_DOCS)
async def locate_batch(
    request: Request,
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    crs: Annotated[str | None, Query(description=_CRS_WORDS)] = None,
    at: Annotated[Instant | None, Query(description=_AT_WORDS)] = None,
) -> Response:
    """Say for each position its grid; a bad row gets its reason and stops nothing."""
    check_names(request, _QUERY_NAMES)
    given = given_format(request.headers.get("content-type", ""))
    wanted = wanted_format(request.headers.get("accept", "*/*"), given)
    asked = Asked(
        given=given,
        wanted=wanted,
        is_packed=is_gzip(request.headers.get("content-encoding", "")),
        datum=None if crs is None else parse_datum(crs),
        at=at,
        now=now,
    )
    declared = request.headers.get("content-length", "")
    most = _MOST_BYTES.get(given)
    if most is not None and declared.isdigit() and int(declared) > most:
        raise too_large(most, "请分批提交，或改用 CSV 或 Arrow")
    folder = parts.settings.var_dir / "batches"
    share = parts.batches.parking.share(str(caller.account_id))
    return BatchAnswer(
        work_for(asked, parts, known, folder, share),
        content_type=CONTENT_TYPES[wanted],
        place=parts.batches.entered(str(caller.account_id)),
        turns=parts.batches.turns,
        folder=folder,
        share=share,
    )
