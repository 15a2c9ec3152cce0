"""Serve what the editor looks up beside a draft: buildings to choose from."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.accounts.roles import PLAN_READERS, Caller
from api.deps import TransactionDep, allow
from api.plans import service
from api.plans.reading import MOST_CODES, buildings_out, read_codes
from api.plans.sheets import SHEETS
from api.strict_json import StrictRoute

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
