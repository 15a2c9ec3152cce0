"""Serve what the editor looks up beside a draft: buildings to choose from, one changeset."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.accounts.roles import PLAN_READERS, Caller
from api.db import publication_store
from api.deps import KnowledgeDep, TransactionDep, allow
from api.plans import service
from api.plans.reading import MOST_CODES, buildings_out, grids_out, read_codes
from api.plans.sheets import SHEETS
from api.plans.views import changeset_out
from api.problems import Problem
from api.strict_json import StrictRoute
from geo.codes import is_within
from geo.redraw.outcome import outcome_between

router = APIRouter(prefix="/v1", tags=["plans"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]


@router.get("/plans/{plan_id}/buildings")
def plan_buildings(
    plan_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    codes: Annotated[str, Query(max_length=MOST_CODES * 16)],
) -> dict[str, Any]:
    """List the buildings of some grids of a draft, with households, to be given to another."""
    asked = read_codes(codes)
    plan = service.find(connection, caller, plan_id)
    sheet = SHEETS.drafted(connection, plan)
    return buildings_out(connection, sheet, plan.area_code, asked)


@router.get("/changesets/{changeset_id}")
def read_changeset(
    changeset_id: UUID, caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep
) -> dict[str, Any]:
    """Return one changeset with the grids that it changed."""
    row = publication_store.read_changeset(connection, changeset_id)
    if row is None or not (
        is_within(row.area_code, caller.area_code) or is_within(caller.area_code, row.area_code)
    ):
        raise Problem("not-found", "没有这个调整批次，或您没有查看权限。")
    shapes = publication_store.changeset_shapes(connection, row.id)
    outcome = outcome_between(
        {code: before for code, before, _ in shapes}, {code: after for code, _, after in shapes}
    )
    return {**changeset_out(row), "grids": grids_out(known, outcome)}
