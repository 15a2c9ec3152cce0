"""Serve the working-day calendar: when something is due, what is known, loading a notice."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.accounts.audit_trail import Actor
from api.accounts.roles import ACCOUNT_ADMINS, ANYONE, Caller
from api.calendar import service, showing
from api.calendar.schemas import (
    MOST_WORKING_DAYS,
    CalendarOut,
    DueOut,
    HoursIn,
    HoursOut,
    ImportForm,
    ImportOut,
    import_form,
    refused_rows,
)
from api.calendar.working_days import nth_working_day
from api.deps import IpDep, KnowledgeDep, NowDep, Service, ServiceDep, TransactionDep, allow
from api.input_types import Instant, now
from api.json_answers import json_answer
from api.sheet_files import MAX_FILE_BYTES
from api.strict_json import StrictRoute
from api.uploads import file_of, form_docs, form_of, texts_of

router = APIRouter(prefix="/v1/calendar", tags=["calendar"], route_class=StrictRoute)
AnyDep = Annotated[Caller, Depends(allow(ANYONE))]
AdminDep = Annotated[Caller, Depends(allow(ACCOUNT_ADMINS))]
_BODY_DOCS = form_docs(
    about_file="CSV or XLSX: date,kind,name; kind holiday or makeup",
    fields=ImportForm.model_json_schema()["properties"],
)


@router.get("/due", response_model=DueOut)
def due(
    _caller: AnyDep,
    known: KnowledgeDep,
    start: Annotated[Instant, Query(alias="from")],
    working_days: Annotated[int, Query(ge=0, le=MOST_WORKING_DAYS)],
) -> Response:
    """Return the same clock time on the n-th working day after ``from``.

    A ``from`` on a day off counts from 00:00 of the next working day. Beyond the published
    notices weekends are the guess, and the answer is ``provisional``.
    """
    until = nth_working_day(known.calendar, start, working_days)
    return json_answer(
        {
            "due_at": until.at.isoformat(),
            "provisional": until.provisional,
            "calendar_version": until.calendar_version,
        }
    )


@router.get("", response_model=CalendarOut)
def read_calendar(_caller: AnyDep, connection: TransactionDep) -> Response:
    """Return days off, make-up days, working hours, and which notices were loaded when."""
    return json_answer(showing.show(connection))


@router.post("/hours", status_code=201, response_model=HoursOut)
def set_hours(
    body: HoursIn,
    caller: AdminDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    at: NowDep,
    ip: IpDep,
) -> Response:
    """Set from which day on offices work when; what is due already keeps its due time."""
    settings = body.to_settings()
    service.set_hours(connection, known, settings, now=at, actor=Actor.of(caller, ip))
    return json_answer(showing.hours(settings), status=201)


@router.post("/import", response_model=ImportOut, openapi_extra=_BODY_DOCS)
async def import_notice(
    request: Request, caller: AdminDep, parts: ServiceDep, ip: IpDep
) -> Response:
    """Load the State Council's notice of a year, all of it or nothing.

    Faulty rows are answered with line, column and reason. Provisional due dates of open reports
    are counted again, each with an event.
    """
    # Read here and not by a parameter: whoever may not import need not send 64 MiB to learn it.
    async with form_of(request) as form:
        return await run_in_threadpool(_import, parts, caller, ip, form)


def _import(parts: Service, caller: Caller, ip: str | None, form: FormData) -> Response:
    file = file_of(form, most_bytes=MAX_FILE_BYTES)
    asked = import_form(texts_of(form))
    outcome = service.import_calendar(
        parts.database,
        parts.keeper,
        file.file.read(),
        now=now(),
        actor=Actor.of(caller, ip),
        year=asked.year,
        document_no=asked.document_no,
        dry_run=asked.dry_run,
    )
    if outcome.refused:
        raise refused_rows(showing.errors(outcome))
    return json_answer(showing.outcome(outcome, dry_run=asked.dry_run))
