"""Serve the page /places 地名库."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import PLAN_READERS, Caller
from api.deps import NowDep, ServiceDep, public
from api.pages import admitted, county_block, render
from api.places.checking import KIND_LABELS
from api.places.schemas import ALIAS_LABELS
from api.places.views import PLACE_EDITORS
from api.sheet_files import OF_A_COUNTY
from geo.boundary_files.limits import MIB

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


@router.get("/places")
def places_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show what people call places, and what was proposed."""
    reader = admitted(
        request,
        parts,
        caller,
        readers=PLAN_READERS,
        refusal="地名库对管理员、坐席员、值班长和领导开放。",
    )
    if isinstance(reader, Response):
        return reader
    return render(
        request,
        parts,
        reader,
        "places.html",
        block=county_block(request, parts, now),
        may_change=reader.role in PLACE_EDITORS,
        kinds={kind.value: label for kind, label in KIND_LABELS.items()},
        alias_kinds=ALIAS_LABELS,
        most_mib=OF_A_COUNTY.file_bytes // MIB,
    )
