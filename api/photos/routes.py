"""Serve photos: sent with a report, listed with it, shown to whoever may see it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.accounts.roles import REPORT_HANDLERS, REPORT_READERS, Caller, Role
from api.db.engine import Scope
from api.deps import (
    IpDep,
    KnowledgeDep,
    NowDep,
    ScopeDep,
    Service,
    ServiceDep,
    TransactionDep,
    allow,
)
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.photos import service, withdrawing
from api.photos.checking import MAX_BYTES
from api.photos.schemas import PhotoIn, PhotoList, PhotoOut, WithdrawalIn
from api.problems import invalid
from api.strict_json import StrictJsonError, StrictRoute, parse_strict
from api.uploads import file_of, form_docs, form_of, texts_of

router = APIRouter(prefix="/v1", tags=["photos"], route_class=StrictRoute)
SenderDep = Annotated[Caller, Depends(allow(REPORT_HANDLERS))]
# A photo shows people: never on a wall.
ViewerDep = Annotated[Caller, Depends(allow(REPORT_READERS - {Role.WALL}))]
_MOST_FIELDS = 8
_BODY_DOCS = form_docs(
    required=("file", "client_id"),
    fields={
        "client_id": {"type": "string", "format": "uuid"},
        "taken_at": {"type": "string", "format": "date-time"},
        "sent_at": {"type": "string", "format": "date-time"},
        "position": {"type": "string", "description": 'JSON: {"lon","lat","crs","accuracy_m"?}'},
    },
)


@router.post(
    "/reports/{report_id}/photos",
    status_code=201,
    response_model=PhotoOut,
    openapi_extra=_BODY_DOCS,
)
async def add_photo(
    report_id: UUID,
    request: Request,
    caller: SenderDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    scope: ScopeDep,
    now: NowDep,
) -> Response:
    """Take a photo of a report; the same ``client_id`` and picture again give the same answer."""
    # Read here and not by a parameter: whoever may not send one need not upload it to learn that.
    async with form_of(request, most_fields=_MOST_FIELDS, what="照片") as form:
        file = file_of(form, most_bytes=MAX_BYTES, what="照片", advice="请压缩后再传")
        content = await file.read()
        sent = service.Sent(_about(form), content, now)
        return await run_in_threadpool(_add, parts, known, caller, scope, report_id, sent)


def _about(form: FormData) -> PhotoIn:
    texts: dict[str, Any] = {k: v for k, v in texts_of(form).items() if v}
    if "position" in texts:
        try:
            texts["position"] = parse_strict(texts["position"].encode())
        except StrictJsonError as error:
            raise invalid(str(error), field="position", reason="malformed") from None
    try:
        # A form has only texts: the number of the photo is read from one.
        return PhotoIn.model_validate(
            {**texts, "client_id": _uuid(texts.get("client_id"))} if "client_id" in texts else texts
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        words = "client_id 应为 UUID。"
        raise invalid(words, field="client_id", reason="bad_uuid") from None


def _add(
    parts: Service,
    known: Knowledge,
    caller: Caller,
    scope: Scope,
    report_id: UUID,
    sent: service.Sent,
) -> Response:
    photo, replayed = service.add(parts, known, caller, scope, report_id, sent)
    headers = {"Location": photo["url"]}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return json_answer(photo, status=201, headers=headers)


@router.get("/reports/{report_id}/photos", response_model=PhotoList)
def list_photos(report_id: UUID, caller: ViewerDep, connection: TransactionDep) -> Response:
    """List the photos of a report in the order in which they came."""
    return json_answer({"items": service.of_report(connection, caller, report_id)})


@router.get("/photos/{photo_id}", response_class=Response)
def show_photo(
    photo_id: UUID,
    _caller: ViewerDep,
    parts: ServiceDep,
    connection: TransactionDep,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Show a photo: a JPEG below 300 KB, for the caller's eyes and nobody's cache."""
    content, sha256 = service.picture_of(parts, connection, photo_id)
    tag = f'"{sha256}"'
    # Kept by this browser, yet shown again only after asking whether that is still allowed.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{photo_id}.jpg"'
    return Response(content, media_type="image/jpeg", headers=headers)


@router.post("/photos/{photo_id}/withdraw", response_model=PhotoOut)
def withdraw_photo(
    photo_id: UUID,
    body: WithdrawalIn,
    caller: SenderDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    scope: ScopeDep,
    now: NowDep,
    ip: IpDep,
) -> Response:
    """Withdraw a photo for good: who took it while the report is open, a desk with a reason."""
    photo = withdrawing.withdraw(
        parts, known, caller, scope, photo_id, reason=body.reason, now=now, ip=ip
    )
    return json_answer(photo)
