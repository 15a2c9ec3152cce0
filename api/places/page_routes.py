"""Serve the page /places 地名库."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.accounts.roles import PLAN_READERS
from api.pages import VisitDep, page_for
from api.places.checking import KIND_LABELS
from api.places.schemas import ALIAS_LABELS
from api.places.views import PLACE_EDITORS
from api.sheet_files import OF_A_COUNTY
from geo.boundary_files.limits import MIB

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/places")
def places_page(visit: VisitDep) -> Response:
    """Show what people call places, and what was proposed."""
    return page_for(
        visit,
        "places.html",
        readers=PLAN_READERS,
        refusal="地名库对管理员、坐席员、值班长和领导开放。",
        with_map=True,
        extra=lambda reader: {
            "may_change": reader.role in PLACE_EDITORS,
            "kinds": {kind.value: label for kind, label in KIND_LABELS.items()},
            "alias_kinds": ALIAS_LABELS,
            "most_mib": OF_A_COUNTY.file_bytes // MIB,
        },
    )
